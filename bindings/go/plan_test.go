// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"fmt"
	"os"
	"testing"
)

func TestAPlanIsMade(t *testing.T) {
	host := example(t)
	plan := planned(t, host, &PlanOptions{Name: "every", ReserveCores: 8})
	same(t, "its name", plan.Name(), "every")
	gpu := plan.Guest().Find("24:00.0")
	same(t, "the GPU of the host", plan.HostOf(gpu), host.Find("19:00.0"))
	same(t, "that of the guest", plan.GuestOf(host.Find("19:00.0")), gpu)
	same(t, "the host's of a host's", plan.HostOf(host.Find("19:00.0")), Node{})
	same(t, "the guest's of one that stays", plan.GuestOf(host.Find("01:00.0")), Node{})
	same(t, "the number of vCPUs", len(plan.VCPUs()), 80)
	same(t, "the last vCPU", plan.VCPUs()[79], VCPU{ID: 79, HostCPU: 95, Cell: 1, Socket: 1, Core: 39})
	same(t, "the number of QEMU's CPUs", len(plan.EmulatorCPUs()), 16)
	same(t, "the last of QEMU's CPUs", plan.EmulatorCPUs()[15], 15)
	same(t, "the page size", plan.PageSize(), 0)
	same(t, "what is no whole MiB of the window", plan.Window()%(1<<20), 0)
	same(t, "the memory of the host", HostMemory(1<<40), 1<<40-921<<30)
}

func TestEveryFunctionHasAVerdict(t *testing.T) {
	host := example(t)
	plan := planned(t, host, &PlanOptions{VM: 2, VMs: 4})
	same(t, "the fate of the host's NIC", plan.Verdict(host.Find("01:00.0")).Fate, FateHost)
	same(t, "that of a GPU of another VM", plan.Verdict(host.Find("19:00.0")).VM, 1)
	nic := plan.Verdict(host.Find("4d:00.0"))
	same(t, "that of a NIC", nic.Fate, FateThisVM)
	same(t, "its VM", nic.VM, 2)
	same(t, "because of what", nic.Because, host.Find("4c:00.0"))
	same(t, "whether there is a reason", nic.Reason != "", true)
	if plan.Verdict(host.Find("cpu0")) != nil || plan.Verdict(plan.Guest().Find("24:00.0")) != nil {
		t.Error("there is a verdict about what is no function of the host")
	}
}

func TestFindingsKnowTheirNodes(t *testing.T) {
	host := example(t)
	plan := planned(t, host, nil)
	found := map[Node]string{}
	for _, finding := range plan.Findings() {
		found[finding.Node] = finding.Rule + " " + finding.Severity.String()
	}
	same(t, "the finding about the host's NIC", found[host.Find("01:00.0")], "left-out note")
	same(t, "the node of the host", plan.node(host.Find("node0").c), host.Find("node0"))
	same(t, "the node of the guest", plan.node(plan.Guest().Find("node0").c), plan.Guest().Find("node0"))
	same(t, "no node", plan.node(nil), Node{})
}

func TestAPlanIsWritten(t *testing.T) {
	host := example(t)
	first, second := planned(t, host, &PlanOptions{VM: 1, VMs: 2}), planned(t, host, &PlanOptions{VM: 2, VMs: 2})
	has(t, "the domain", must(second.Libvirt())(t), "<name>hgx-vm-2</name>")
	has(t, "the NCCL file", must(second.Guest().NCCL(nil))(t), `class="0x030200"`)
	has(t, "the arguments", must(first.QEMU(nil))(t), "-machine\n")
	has(t, "the command", must(first.QEMU(&QEMUOptions{Format: QEMUShell, FirmwareCode: "/code.fd", FirmwareVars: "/vars.fd"}))(t), "/code.fd")
	has(t, "the array", must(first.QEMU(&QEMUOptions{Format: QEMUJSON, FirmwareVars: "/vars.fd"}))(t), "/vars.fd")
	both := must(Map(first, second))(t)
	has(t, "the map", both, "hgx-vm-1\n")
	has(t, "the map", both, "hgx-vm-2\n")
	has(t, "the map as JSON", must(MapJSON(first))(t), `"hgx-vm-1"`)
	has(t, "the kernel arguments", must(KernelArgs(nil, first, second))(t), "vfio-pci.ids=")
	has(t, "those of another driver", must(KernelArgs(&KernelOptions{Driver: "pci-stub"}, first))(t), "pci-stub.ids=")
	_, err := first.QEMU(&QEMUOptions{Format: 9})
	refused(t, err, CodeInvalid, "option-value", "format")
	_, err = KernelArgs(&KernelOptions{Driver: "nothing"}, first)
	refused(t, err, CodeInvalid, "option-value", "driver")
	for _, call := range []func(...*Plan) (string, error){Map, MapJSON,
		func(plans ...*Plan) (string, error) { return KernelArgs(nil, plans...) }} {
		_, err = call()
		refused(t, err, CodeInvalid, "plans-none", "")
	}
}

func TestADomainIsMirrored(t *testing.T) {
	text, err := os.ReadFile("../../tests/bases/flat.xml")
	if err != nil {
		t.Fatal(err)
	}
	host := example(t)
	plan := planned(t, host, &PlanOptions{Base: string(text), BaseName: "flat.xml"})
	domain := must(plan.Libvirt())(t)
	has(t, "the domain", domain, "<name>flat</name>")
	has(t, "its changes", must(plan.Changes())(t), "GPU 0000:9b:00.0")
	has(t, "the changes as JSON", must(plan.ChangesJSON())(t), "0000:9b:00.0")
	again := planned(t, host, &PlanOptions{Base: domain})
	same(t, "what changes then", must(again.Changes())(t), "")
	_, err = planned(t, host, nil).Changes()
	refused(t, err, CodeInvalid, "option-incomplete", "base")
	_, err = NewPlan(host, &PlanOptions{Base: "<domain>\x00", BaseName: "vm.xml"})
	has(t, "the sentence", refused(t, err, CodeRefused, "xml-encoding", "base").Text, "vm.xml: the text contains a NUL")
}

// What the library refuses keeps its sentence, and names the option as it is asked to.
func TestRefusalsAreThoseOfTheLibrary(t *testing.T) {
	host := example(t)
	_, err := NewPlan(host, &PlanOptions{VM: 2, VMs: 3})
	refusal := refused(t, err, CodeRefused, "vms-uneven", "vms")
	same(t, "the sentence", refusal.Text,
		"8 GPUs (4 + 4 by NUMA node) do not divide evenly into 3 VMs, but into 1, 2, 4, 8; or allow uneven VMs with uneven = 1")
	_, err = NewPlan(host, &PlanOptions{VM: 2, VMs: 3, Words: WordsOptions})
	has(t, "the sentence of the command", refused(t, err, CodeRefused, "vms-uneven", "vms").Text, "--uneven")
	_, err = NewPlan(host, &PlanOptions{Add: "01:00.0"})
	same(t, "the node", refused(t, err, CodeRefused, "device-in-use", "add").Node, "0000:01:00.0")
	_, err = NewPlan(planned(t, host, nil).Guest(), nil)
	refused(t, err, CodeInvalid, "topology-is-guest", "")
	for option, options := range map[string]PlanOptions{"name": {Name: "a\x00b"}, "gpus": {GPUs: "0\x00"}, "base_name": {BaseName: "\x00"}} {
		_, err = NewPlan(host, &options)
		same(t, "the sentence", refused(t, err, CodeInvalid, "option-value", option).Text, option+": the text contains a NUL byte; remove it")
	}
}

func TestVMsAreDisjoint(t *testing.T) {
	host := example(t)
	owner := map[uint32]string{}
	for vm := uint32(1); vm <= 4; vm++ {
		plan := planned(t, host, &PlanOptions{VM: vm, VMs: 4})
		for _, vcpu := range plan.VCPUs() {
			if other := owner[vcpu.HostCPU]; other != "" {
				t.Fatalf("%s has the host CPU %d of %s", plan.Name(), vcpu.HostCPU, other)
			}
			owner[vcpu.HostCPU] = plan.Name()
		}
	}
	same(t, "the number of host CPUs", fmt.Sprint(len(owner)), "88")
}
