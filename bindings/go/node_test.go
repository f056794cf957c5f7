// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"fmt"
	"os"
	"testing"
)

func TestTheTreeIsWalked(t *testing.T) {
	root := example(t).Root()
	all := root.Nodes()
	same(t, "the first node", all[0], root)
	position, kinds := map[Node]int{}, map[Kind]int{}
	for i, node := range all {
		position[node] = i
		kinds[node.Kind()]++
		if node != root && position[node.Parent()] >= i {
			t.Errorf("%v is before its parent %v", node, node.Parent())
		}
		for _, child := range node.Children() {
			same(t, "the parent of "+child.Name(), child.Parent(), node)
		}
	}
	same(t, "the number of different nodes", len(position), len(all))
	for kind, count := range kinds {
		same(t, "the number of "+kind.String(), len(root.NodesOf(kind)), count)
	}
	same(t, "the number of GPUs", kinds[KindGPU], 8)
	same(t, "the first children", fmt.Sprint(root.Children()[:4]), "[package0 package1 node0 node1]")
	same(t, "the parent of the root", root.Parent(), Node{})
	if children := root.NodesOf(KindGPU)[0].Children(); children != nil {
		t.Errorf("a GPU has the children %v", children)
	}
}

func TestNodesAreFoundByName(t *testing.T) {
	host := example(t)
	gpu := host.Find("19:00.0")
	same(t, "the GPU", gpu.Name(), "0000:19:00.0")
	same(t, "its kind", gpu.Kind(), KindGPU)
	same(t, "the same GPU", host.Find("0000:19:00.0"), gpu)
	same(t, "its parent", gpu.Parent().Kind(), KindSwitchDown)
	same(t, "its NUMA node", gpu.NUMA(), host.Find("node0"))
	for _, name := range []string{"", "nothing", "19:00.0\x00"} {
		same(t, fmt.Sprintf("%q", name), host.Find(name), Node{})
	}
}

func TestValuesOfAFunction(t *testing.T) {
	host := example(t)
	pci := host.Find("19:00.0").PCI()
	same(t, "its address", pci.Address.String(), "0000:19:00.0")
	same(t, "the ids", [4]uint16{pci.Vendor, pci.Device, pci.SubsystemVendor, pci.SubsystemDevice},
		[4]uint16{0x10de, 0x2335, 0x10de, 0x18be})
	same(t, "its class", pci.ClassCode, 0x030200)
	same(t, "its revision", pci.Revision, 0xa1)
	same(t, "its name", pci.DeviceName, "GH100 [H200 SXM 141GB]")
	same(t, "its maker", pci.VendorName, "NVIDIA Corporation")
	same(t, "its links", [2]Link{pci.LinkMax, pci.LinkNow}, [2]Link{{32000, 16}, {32000, 16}})
	same(t, "its second pair of BARs", pci.BARs[2], BAR{256 << 30, BAR64Bit | BARPrefetch})
	same(t, "its ROM", pci.BARs[6].Size, 0)
	same(t, "its node", pci.NUMANode, 0)
	same(t, "its driver", pci.Driver, "nvidia")
	same(t, "its group", pci.IOMMUGroup, 20)
	same(t, "its port type", pci.PortType, 0)
	same(t, "its slot", pci.Slot, "21")
	same(t, "what it is of", pci.PhysicalFunction, Node{})
	same(t, "its numbers", pci.DriveSerial+pci.GUID+pci.HostUse, "")
	same(t, "its operating system's devices", len(pci.OSDevices), 0)

	nic := host.Find("1a:00.0").PCI()
	same(t, "the devices of the NIC", fmt.Sprint(nic.OSDevices), "[{net ibp26s0} {infiniband mlx5_0}]")
	same(t, "what the host uses", host.Find("01:00.0").PCI().HostUse, "eno1 has the default route")
	port := host.Find("17:01.0").PCI()
	same(t, "the ACS of a port", port.ACS, Capability{KnownPresent, port.ACS.Bits, 0x1d})
	same(t, "its ATS", port.ATS, Capability{State: KnownAbsent})
	same(t, "whether its kind was inferred", port.KindInferred, false)
}

func TestVirtualFunctionsKnowTheirPhysicalOne(t *testing.T) {
	text, err := os.ReadFile("../../tests/hosts/made-odd-cpus/topo.json")
	if err != nil {
		t.Fatal(err)
	}
	topology := must(FromJSON(string(text), ""))(t)
	defer topology.Close()
	physical := topology.Find("21:00.0")
	same(t, "its functions", [2]int{physical.PCI().SRIOVTotal, physical.PCI().SRIOVEnabled}, [2]int{16, 4})
	same(t, "the physical function", topology.Find("21:00.1").PCI().PhysicalFunction, physical)
}

func TestValuesOfOtherNodes(t *testing.T) {
	host := example(t)
	same(t, "a CPU", *host.Find("cpu3").CPU(), CPU{ID: 3, Package: 1, Die: host.Find("cpu3").CPU().Die,
		Core: host.Find("cpu3").CPU().Core, NUMANode: 1, Online: true})
	memory := host.Find("node1").Memory()
	same(t, "the memory of a node", fmt.Sprint(memory.ID, memory.Bytes>>30, memory.Distances), "1 1007 [21 10]")
	same(t, "its huge pages", fmt.Sprint(memory.HugePages), "[{2097152 0 0} {1073741824 64 64}]")
	same(t, "a processor", *host.Find("package1").Processor(), Processor{1, "x86_64", "GenuineIntel",
		"Intel(R) Xeon(R) Platinum 8468", 6, 143, 52})
	gpu := host.Find("19:00.0")
	if gpu.CPU() != nil || gpu.Memory() != nil || gpu.Processor() != nil || host.Root().PCI() != nil {
		t.Error("a node has the values of another kind")
	}
}

func TestDistancesAndLinks(t *testing.T) {
	host := example(t)
	gpu := host.Find("19:00.0")
	nic := gpu.Nearest(KindNIC)
	same(t, "the nearest NIC", nic.Name(), "0000:1a:00.0")
	same(t, "its distance", gpu.Distance(nic), DistancePIX)
	same(t, "the distance to the other socket", gpu.Distance(host.Find("9c:00.0")), DistanceSys)
	same(t, "that to itself", gpu.Distance(gpu), DistanceSelf)
	same(t, "that to another topology", gpu.Distance(example(t).Find("1a:00.0")), DistanceNowhere)
	same(t, "the nearest of a kind that is missing", gpu.Nearest(KindAccelerator), Node{})
	now, possible, ok := gpu.Link()
	same(t, "its link", ok, true)
	same(t, "the links", [2]Link{now, possible}, [2]Link{{32000, 16}, {32000, 16}})
	now, possible, ok = host.Find("node0").Link()
	same(t, "that of no function", [2]Link{now, possible} == [2]Link{} && !ok, true)
}

func TestNoNodeAnswers(t *testing.T) {
	silent(t, Node{})
	same(t, "the distance to none", example(t).Find("19:00.0").Distance(Node{}), DistanceNowhere)
}

// silent fails unless the node answers as one that does not exist.
func silent(t *testing.T, node Node) {
	t.Helper()
	same(t, "whether it is there", node.Valid(), false)
	same(t, "its name", node.Name()+node.String(), "")
	same(t, "its kind", node.Kind(), KindNone)
	same(t, "its relatives", [4]Node{node.Parent(), node.NUMA(), node.Nearest(KindNIC)}, [4]Node{})
	same(t, "the nodes below", len(node.Children())+len(node.Nodes())+len(node.NodesOf(KindGPU)), 0)
	same(t, "its distance", node.Distance(node), DistanceNowhere)
	now, possible, ok := node.Link()
	same(t, "its link", [2]Link{now, possible} == [2]Link{} && !ok, true)
	if node.PCI() != nil || node.CPU() != nil || node.Memory() != nil || node.Processor() != nil {
		t.Error("it has values")
	}
}
