// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

import "fmt"

// A Topology is the tree of a machine, of a host or of what a guest sees: packages, cores, CPUs, NUMA nodes, host
// bridges, PCI functions. It never changes.
type Topology struct {
	lifetime *lifetime // of the plan, if it is that of a plan's guest
	c        *C.struct_hgx_topo
	borrowed bool
}

// newTopology calls a function of the library that makes a topology.
func newTopology(call func(out **C.struct_hgx_topo, err *C.struct_hgx_error) C.int) (*Topology, error) {
	var c *C.struct_hgx_topo
	if err := try(func(err *C.struct_hgx_error) C.int { return call(&c, err) }); err != nil {
		return nil, err
	}
	return &Topology{lifetime: begin(func() { C.hgx_topo_free(c) }), c: c}, nil
}

// HostOptions are the options of [FromHost].
type HostOptions struct {
	// a captured root directory (with sys/ and proc/ in it); "" is the running machine. For a captured root,
	// nothing is read from the running machine, except names from the installed pci.ids if the root has none.
	Root string `c:"root"`
}

// FromHost reads a machine: CPUs and memory through hwloc, devices from sysfs, capabilities and names through
// libpci. nil options are the defaults.
//
// It also works for an ordinary user; what only root can read is then marked unknown. A captured root is passed
// to hwloc in the environment of C (HWLOC_FSROOT, restored before return), so no other thread may use that
// during the call: do not call [os.Setenv], nor code in C that reads the environment.
func FromHost(options *HostOptions) (*Topology, error) {
	var a arguments
	defer a.free()
	var c C.struct_hgx_host_options
	if err := a.options(&c, options); err != nil {
		return nil, err
	}
	return newTopology(func(out **C.struct_hgx_topo, err *C.struct_hgx_error) C.int {
		return C.hgx_topo_from_host(out, &c, err)
	})
}

// FromJSON reads the output of [Topology.JSON]. name is what to call the text in an error, such as its file name;
// "": "the topology".
func FromJSON(data, name string) (*Topology, error) {
	var a arguments
	defer a.free()
	return newTopology(func(out **C.struct_hgx_topo, err *C.struct_hgx_error) C.int {
		return C.hgx_topo_from_json(out, a.bytes(data), C.size_t(len(data)), a.optional(name), err)
	})
}

// DomainOptions are the options of [FromDomain].
type DomainOptions struct {
	// the machine the domain runs on, which shows what the assigned devices are, and their links; default:
	// unknown
	Host *Topology `c:"host"`
	// "9.0", "11.3.0": the libvirt that will define the domain; default: [Topology.Software] of the host,
	// else "9.0"
	LibvirtVersion string `c:"libvirt_version"`
	Words          Words  `c:"words"` // of errors and of the findings of the topology
}

// FromDomain reads a libvirt domain (XML, such as virsh dumpxml writes) as the guest it will be, without starting
// it: CPUs, NUMA nodes, and the PCI tree with the bus numbers that firmware gives. nil options are the defaults.
//
// The domain must be an x86_64 q35. Devices without an address, and those that libvirt will add, are where that
// version of libvirt puts them. The rules of 9.0, 10.0, 11.0, 11.3, 11.6, 12.0, 12.6 and 12.8 are known; a
// version in between has those of the nearest older one, and a version before 9.0 those of 9.0. A finding names
// the version whose rules were used. Without a host, the kind of an assigned device comes from its alias if
// [Plan.Libvirt] wrote it, and is KindOther otherwise; its ClassCode is 0.
//
// name is what to call the text in an error, such as its file name; "": "the domain". CodeSyntax, CodeBroken:
// the text is wrong; CodeRefused: another type of machine; CodeLimit: buses overlap, or no address is left for a
// device.
func FromDomain(data, name string, options *DomainOptions) (*Topology, error) {
	var a arguments
	defer a.free()
	var c C.struct_hgx_domain_options
	if err := a.options(&c, options); err != nil {
		return nil, err
	}
	return newTopology(func(out **C.struct_hgx_topo, err *C.struct_hgx_error) C.int {
		return C.hgx_topo_from_domain(out, a.bytes(data), C.size_t(len(data)), a.optional(name), &c, err)
	})
}

// FromExample returns one of the built-in examples, such as "hgx-h200".
func FromExample(name string) (*Topology, error) {
	var a arguments
	defer a.free()
	return newTopology(func(out **C.struct_hgx_topo, err *C.struct_hgx_error) C.int {
		return C.hgx_topo_from_example(out, a.text(name), err)
	})
}

// Examples returns the names of the built-in examples.
func Examples() []string {
	var names []string
	for name := C.hgx_example_name(0); name != nil; name = C.hgx_example_name(C.size_t(len(names))) {
		names = append(names, C.GoString(name))
	}
	return names
}

// Match returns the topology of a running guest, for [Topology.NCCL]: this one, as [FromHost] read it in the
// guest, with the links and processors that emulation hides. These come from planned, the guest that was
// planned for it ([Plan.Guest], or its JSON).
//
// GPUs, NICs, NVMe drives and NVSwitches are matched by GUID, then by serial number. The others are matched by
// address if all unmatched devices of the model are where they were planned, and otherwise by order. In a guest
// without the switches of the planned one, only numbers count, and a model of which there is one only. Findings
// of the result say how, and report each difference. CodeInvalid: planned is not a guest; CodeRefused: a GPU or
// NIC of such a guest could be one of several.
func (t *Topology) Match(planned *Topology) (*Topology, error) {
	var a arguments
	defer a.free()
	if err := a.hold(t.life(), planned.life()); err != nil {
		return nil, err
	}
	return newTopology(func(out **C.struct_hgx_topo, err *C.struct_hgx_error) C.int {
		return C.hgx_topo_match(out, t.c, planned.c, err)
	})
}

// Close ends the topology and its nodes. Its memory is freed when no plan needs it any more. The topology of a plan's
// guest ends with its plan, and Close leaves it as it is. The error is always nil.
func (t *Topology) Close() error {
	if t != nil && !t.borrowed {
		t.lifetime.end()
	}
	return nil
}

func (t *Topology) life() *lifetime {
	if t == nil {
		return nil
	}
	return t.lifetime
}

// Root returns the machine node.
func (t *Topology) Root() Node {
	return within(t.life(), Node{}, func() Node { return newNode(t.lifetime, C.hgx_topo_root(t.c)) })
}

// Find returns the node of that name. PCI addresses may leave out domain 0000 and may be written in upper case.
func (t *Topology) Find(name string) Node {
	var a arguments
	defer a.free()
	return within(t.life(), Node{}, func() Node { return newNode(t.lifetime, C.hgx_topo_find(t.c, a.text(name))) })
}

// String returns what it is, such as "host with 8 GPUs"; "closed topology" where it is closed.
func (t *Topology) String() string {
	root := t.Root()
	if !root.Valid() {
		return "closed topology"
	}
	what, gpus := "host", len(root.NodesOf(KindGPU))
	if t.IsGuest() {
		what = "guest"
	}
	if gpus == 1 {
		return what + " with 1 GPU"
	}
	return fmt.Sprintf("%s with %d GPUs", what, gpus)
}

// IsGuest returns true if this is what a guest sees, false for a host.
func (t *Topology) IsGuest() bool {
	return within(t.life(), false, func() bool { return C.hgx_topo_is_guest(t.c) != 0 })
}

// Software returns the version of a program installed on the machine, such as "9.0.0"; name is "libvirt", "qemu" or
// "ovmf". "": not installed, or unknown without running it.
func (t *Topology) Software(name string) string {
	var a arguments
	defer a.free()
	return within(t.life(), "", func() string { return C.GoString(C.hgx_topo_software(t.c, a.text(name))) })
}

// InstalledVersion returns the same for the running machine, without reading the rest of it. CodeMissing: not
// installed, or unknown without running it.
func InstalledVersion(name string) (string, error) {
	var a arguments
	defer a.free()
	return text(func(out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_installed_version(out, a.text(name), err)
	})
}

// Findings returns what was noticed while the topology was read.
func (t *Topology) Findings() []Finding {
	return within(t.life(), nil, func() []Finding {
		var c *C.struct_hgx_finding
		count := C.hgx_topo_findings(t.c, &c)
		return findings(c, count, func(c *C.struct_hgx_node) Node { return newNode(t.lifetime, c) })
	})
}

// JSON returns the whole topology as JSON, see docs/json-format.md; without serial numbers and GUIDs.
func (t *Topology) JSON() (string, error) {
	return emit(t.life(), func(out **C.char, err *C.struct_hgx_error) C.int { return C.hgx_emit_json(t.c, out, err) })
}

// JSONWithIDs returns the same with serial numbers and GUIDs, by which [Topology.Match] recognizes devices.
func (t *Topology) JSONWithIDs() (string, error) {
	return emit(t.life(), func(out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_json_with_ids(t.c, out, err)
	})
}

// Tree returns a tree for people.
func (t *Topology) Tree() (string, error) {
	return emit(t.life(), func(out **C.char, err *C.struct_hgx_error) C.int { return C.hgx_emit_tree(t.c, out, err) })
}

// Matrix returns GPUs × GPUs, NICs and NVMe drives as nvidia-smi topo -m shows it.
func (t *Topology) Matrix() (string, error) {
	return emit(t.life(), func(out **C.char, err *C.struct_hgx_error) C.int { return C.hgx_emit_matrix(t.c, out, err) })
}

// NCCLContent is what an NCCL topology file lists.
type NCCLContent int32

const (
	NCCLDevices  NCCLContent = C.HGX_NCCL_DEVICES  // CPUs, switches, GPUs and NICs
	NCCLSwitches NCCLContent = C.HGX_NCCL_SWITCHES // CPUs and switches with their links; NCCL finds the devices below them in sysfs, whatever their addresses
)

// NCCLOptions are the options of [Topology.NCCL].
type NCCLOptions struct {
	Content NCCLContent `c:"content"`
	Words   Words       `c:"words"` // of errors
}

// NCCL returns an NCCL topology file: of a guest ([Plan.Guest], [Topology.Match], [FromDomain]), or of a host for
// bare metal. nil options are the defaults. Where the host of a guest is known, the file states the host's tree at
// the guest's addresses; a switch that the guest does not have gets the address ffff:ff:DD.0. If the GPUs are
// AMD's, it is the file that RCCL reads (version 2).
//
// CodeLimit: more elements or CPUs than NCCL reads; CodeRefused: there is nothing to list, there are GPUs of
// both NVIDIA and AMD, or a device is unknown ([FromDomain] without its host).
func (t *Topology) NCCL(options *NCCLOptions) (string, error) {
	var a arguments
	defer a.free()
	var c C.struct_hgx_nccl_options
	if err := a.options(&c, options); err != nil {
		return "", err
	}
	return emit(t.life(), func(out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_nccl(t.c, &c, out, err)
	})
}
