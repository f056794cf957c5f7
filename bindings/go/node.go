// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

// A Kind is what a node of the tree is.
type Kind int32

const (
	KindNone       Kind = -1                // there is no such node
	KindMachine    Kind = C.HGX_MACHINE     // the root; its children are packages, NUMA nodes, host bridges
	KindPackage    Kind = C.HGX_PACKAGE     // a CPU socket; its children are cores
	KindCore       Kind = C.HGX_CORE        // its children are logical CPUs: SMT siblings are siblings
	KindCPU        Kind = C.HGX_CPU         // a logical CPU as Linux numbers it; an offline one is a child of the machine
	KindNUMA       Kind = C.HGX_NUMA        // a NUMA node: memory
	KindHostBridge Kind = C.HGX_HOST_BRIDGE // a PCI root bus, such as "pci0000:15"
	KindRootPort   Kind = C.HGX_ROOT_PORT   // a PCIe root port
	KindSwitchUp   Kind = C.HGX_SWITCH_UP   // upstream port of a PCIe switch; represents the switch
	KindSwitchDown Kind = C.HGX_SWITCH_DOWN // downstream port of a PCIe switch
	KindBridge     Kind = C.HGX_BRIDGE      // any other PCI bridge
	KindGPU        Kind = C.HGX_GPU         // also a virtual function of a GPU, see [Node.Kind]
	KindNIC        Kind = C.HGX_NIC         // a network card
	KindNVMe       Kind = C.HGX_NVME        // an NVMe drive
	KindNVSwitch   Kind = C.HGX_NVSWITCH    // an NVSwitch
	KindOther      Kind = C.HGX_OTHER       // any other PCI function
	// a ConnectX function that manages the NVLinks of a board without NVSwitches on the PCI bus, for the
	// Fabric Manager; not a NIC
	KindNVLinkManager Kind = C.HGX_NVLINK_MANAGER
	// computes without being a GPU, such as a Gaudi; plans choose it as they choose GPUs
	KindAccelerator Kind = C.HGX_ACCELERATOR
)

// String returns the lower-case name of the kind, such as "root-port", and the number of one that the library
// does not know.
func (k Kind) String() string {
	return named(C.hgx_kind_name(C.enum_hgx_kind(k)), int32(k))
}

// A Node is a part of a [Topology]: a PCI function, a NUMA node, a CPU. Nodes of one topology are equal (==)
// if they are the same, and can be keys of a map. A node keeps the memory of its topology alive.
//
// The zero Node is no node. It and a node of a closed topology answer alike: KindNone, "", nil.
type Node struct {
	lifetime *lifetime
	c        *C.struct_hgx_node
}

func newNode(l *lifetime, c *C.struct_hgx_node) Node {
	if c == nil {
		return Node{}
	}
	return Node{lifetime: l, c: c}
}

// Valid returns whether there is such a node, and its topology is not closed.
func (n Node) Valid() bool {
	return within(n.lifetime, false, func() bool { return true })
}

// Kind returns what the node is. A virtual function of a GPU is a KindGPU too; of these, only AMD's are
// numbered and chosen as GPUs, in place of their physical function.
func (n Node) Kind() Kind {
	return within(n.lifetime, KindNone, func() Kind { return Kind(C.hgx_node_kind(n.c)) })
}

// Name returns the unique name of the node: "0000:19:00.0" for PCI functions (lower case), "pci0000:15" for root
// buses, "cpu3", "node0", "package1", "core0:0:12" (package:die:core), "machine".
func (n Node) Name() string {
	return within(n.lifetime, "", func() string { return C.GoString(C.hgx_node_name(n.c)) })
}

// String returns the name.
func (n Node) String() string {
	return n.Name()
}

// node returns the node that a call about this one says.
func (n Node) node(call func() *C.struct_hgx_node) Node {
	return within(n.lifetime, Node{}, func() Node { return newNode(n.lifetime, call()) })
}

// nodes returns the nodes that next leads to, each from the one before and the first from nil.
func (n Node) nodes(next func(*C.struct_hgx_node) *C.struct_hgx_node) []Node {
	return within(n.lifetime, nil, func() []Node {
		var found []Node
		for c := next(nil); c != nil; c = next(c) {
			found = append(found, newNode(n.lifetime, c))
		}
		return found
	})
}

// Parent returns the node above; none for the root.
func (n Node) Parent() Node {
	return n.node(func() *C.struct_hgx_node { return C.hgx_node_parent(n.c) })
}

// Children returns the nodes directly below: packages, NUMA nodes, host bridges; then by number or address.
func (n Node) Children() []Node {
	return n.nodes(func(c *C.struct_hgx_node) *C.struct_hgx_node {
		if c == nil {
			return C.hgx_node_first_child(n.c)
		}
		return C.hgx_node_next_sibling(c)
	})
}

// Nodes returns all nodes of the tree below this one, itself included, parents before children.
func (n Node) Nodes() []Node {
	return n.nodes(func(c *C.struct_hgx_node) *C.struct_hgx_node { return C.hgx_node_next(n.c, c) })
}

// NodesOf returns the same, but only the nodes of one kind.
func (n Node) NodesOf(kind Kind) []Node {
	return n.nodes(func(c *C.struct_hgx_node) *C.struct_hgx_node {
		return C.hgx_node_next_of(n.c, c, C.enum_hgx_kind(kind))
	})
}

// NUMA returns the NUMA node that a node belongs to (itself for a NUMA node); none if unknown. If the firmware
// reports none for a PCI function, it is that of the nearest bridge above with one.
func (n Node) NUMA() Node {
	return n.node(func() *C.struct_hgx_node { return C.hgx_node_numa(n.c) })
}

// PCI returns what is known of a PCI function; nil if the node is of another kind.
func (n Node) PCI() *PCI {
	return within(n.lifetime, nil, func() *PCI { return newPCI(n.lifetime, C.hgx_node_pci(n.c)) })
}

// CPU returns what is known of a logical CPU; nil if the node is of another kind.
func (n Node) CPU() *CPU {
	return within(n.lifetime, nil, func() *CPU { return newCPU(C.hgx_node_cpu(n.c)) })
}

// Memory returns what is known of a NUMA node; nil if the node is of another kind.
func (n Node) Memory() *Memory {
	return within(n.lifetime, nil, func() *Memory { return newMemory(C.hgx_node_memory(n.c)) })
}

// Processor returns what is known of a package; nil if the node is of another kind.
func (n Node) Processor() *Processor {
	return within(n.lifetime, nil, func() *Processor { return newProcessor(C.hgx_node_processor(n.c)) })
}

// Link returns the PCIe link between a function and the port above it: the lower speed and the lower width of its
// two ends. If one end is unknown, the other counts; if both are, the value is 0. It is this one link only;
// those further up may be slower.
//
// now is the current, trained link, possible the fastest that both ends can do. ok is false if there is no
// such link: the function is on a root bus, inside a switch (a downstream port) or behind another kind of
// bridge, or the node is not a PCI function. The link below a port is that of its child.
func (n Node) Link() (now, possible Link, ok bool) {
	var cNow, cPossible C.struct_hgx_link
	ok = within(n.lifetime, false, func() bool { return C.hgx_node_link(n.c, &cNow, &cPossible) != 0 })
	return newLink(&cNow), newLink(&cPossible), ok
}

// A Distance is how far apart two nodes are, in the words of nvidia-smi topo -m.
type Distance int32

const (
	DistanceSelf    Distance = C.HGX_SELF    // the same node
	DistancePIX     Distance = C.HGX_PIX     // at most one PCIe switch between them
	DistancePXB     Distance = C.HGX_PXB     // several PCIe switches, no host bridge
	DistancePHB     Distance = C.HGX_PHB     // through one PCIe host bridge
	DistanceNode    Distance = C.HGX_NODE    // through two host bridges of one NUMA node
	DistanceSys     Distance = C.HGX_SYS     // through the link between NUMA nodes
	DistanceNowhere Distance = C.HGX_NOWHERE // not both PCI functions of one topology
)

// String returns "X", "PIX", "PXB", "PHB", "NODE" or "SYS"; "-" for DistanceNowhere, and the number of another
// distance.
func (d Distance) String() string {
	return named(C.hgx_distance_name(C.enum_hgx_distance(d)), int32(d))
}

// Distance returns the path class between two PCI functions of one topology. If the NUMA node of one is unknown
// and the machine has several, the result is DistanceSys, the worst case.
func (n Node) Distance(other Node) Distance {
	return within(n.lifetime, DistanceNowhere, func() Distance {
		return within(other.lifetime, DistanceNowhere, func() Distance {
			return Distance(C.hgx_distance(n.c, other.c))
		})
	})
}

// Nearest returns the node of that kind nearest to this one, by path class, then by address; virtual functions
// only count if there is nothing else.
func (n Node) Nearest(kind Kind) Node {
	return n.node(func() *C.struct_hgx_node { return C.hgx_node_nearest(n.c, C.enum_hgx_kind(kind)) })
}
