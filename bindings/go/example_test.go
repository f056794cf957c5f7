// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo_test

import (
	"errors"
	"fmt"
	"log"

	"hgxtopo"
)

// Each GPU with its nearest NIC. hgxtopo.FromHost(nil) reads the running machine instead.
func Example() {
	host, err := hgxtopo.FromExample("hgx-h200")
	if err != nil {
		log.Fatal(err)
	}
	defer host.Close()
	for _, gpu := range host.Root().NodesOf(hgxtopo.KindGPU) {
		nic := gpu.Nearest(hgxtopo.KindNIC)
		fmt.Println(gpu, nic, gpu.Distance(nic))
	}
	// Output:
	// 0000:19:00.0 0000:1a:00.0 PIX
	// 0000:3b:00.0 0000:3c:00.0 PIX
	// 0000:4c:00.0 0000:4d:00.0 PIX
	// 0000:5d:00.0 0000:5e:00.0 PIX
	// 0000:9b:00.0 0000:9c:00.0 PIX
	// 0000:bb:00.0 0000:bc:00.0 PIX
	// 0000:cb:00.0 0000:cc:00.0 PIX
	// 0000:db:00.0 0000:dc:00.0 PIX
}

// The second of four VMs: its devices, on the host and in the guest.
func ExampleNewPlan() {
	host, err := hgxtopo.FromExample("hgx-h200")
	if err != nil {
		log.Fatal(err)
	}
	defer host.Close()
	plan, err := hgxtopo.NewPlan(host, &hgxtopo.PlanOptions{VM: 2, VMs: 4})
	if err != nil {
		log.Fatal(err)
	}
	defer plan.Close()
	fmt.Println(plan.Name(), "has", len(plan.VCPUs()), "vCPUs")
	for _, gpu := range plan.Guest().Root().NodesOf(hgxtopo.KindGPU) {
		fmt.Println(gpu, "is", plan.HostOf(gpu), "of the host")
	}
	// Output:
	// hgx-vm-2 has 22 vCPUs
	// 0000:24:00.0 is 0000:4c:00.0 of the host
	// 0000:29:00.0 is 0000:5d:00.0 of the host
}

// What the library refuses has a sentence for people and names for programs.
func ExampleError() {
	host, err := hgxtopo.FromExample("hgx-h200")
	if err != nil {
		log.Fatal(err)
	}
	defer host.Close()
	_, err = hgxtopo.NewPlan(host, &hgxtopo.PlanOptions{Add: "01:00.0"})
	fmt.Println(err)
	var refused *hgxtopo.Error
	if errors.As(err, &refused) {
		fmt.Printf("%v, %s, %s, %s\n", refused.Code, refused.Rule, refused.Option, refused.Node)
	}
	// Output:
	// add: NIC 0000:01:00.0 (NetXtreme BCM5720 Gigabit Ethernet PCIe) cannot be assigned: the host needs it (eno1 has the default route); free it first, or leave it out
	// refused, device-in-use, add, 0000:01:00.0
}

// Why a function of the host is in the VM or not.
func ExamplePlan_Verdict() {
	host, err := hgxtopo.FromExample("hgx-h200")
	if err != nil {
		log.Fatal(err)
	}
	defer host.Close()
	plan, err := hgxtopo.NewPlan(host, &hgxtopo.PlanOptions{GPUs: "0-1"})
	if err != nil {
		log.Fatal(err)
	}
	defer plan.Close()
	for _, nic := range host.Root().NodesOf(hgxtopo.KindNIC)[:4] {
		verdict := plan.Verdict(nic)
		fmt.Printf("%v: %v: %s\n", nic, verdict.Fate, verdict.Reason)
	}
	// Output:
	// 0000:01:00.0: host: the host needs it (eno1 has the default route)
	// 0000:01:00.1: left-out: it shares no PCIe switch with a GPU of the VM
	// 0000:1a:00.0: this-vm: it shares a PCIe switch with GPU 0000:19:00.0
	// 0000:3c:00.0: this-vm: it shares a PCIe switch with GPU 0000:3b:00.0
}

// What of a function the operating system and the firmware say.
func ExampleNode_PCI() {
	host, err := hgxtopo.FromExample("hgx-h200")
	if err != nil {
		log.Fatal(err)
	}
	defer host.Close()
	nic := host.Find("1a:00.0").PCI()
	fmt.Printf("%04x:%04x %s, driver %s, IOMMU group %d, %v\n", nic.Vendor, nic.Device, nic.DeviceName, nic.Driver,
		nic.IOMMUGroup, nic.OSDevices)
	// Output:
	// 15b3:1021 MT2910 Family [ConnectX-7], driver mlx5_core, IOMMU group 21, [{net ibp26s0} {infiniband mlx5_0}]
}

func ExampleParseSize() {
	bytes, err := hgxtopo.ParseSize("1.75T")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes >> 30)
	// Output: 1792
}
