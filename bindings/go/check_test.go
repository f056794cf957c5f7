// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"fmt"
	"os"
	"testing"
)

func TestAHostIsChecked(t *testing.T) {
	data, err := os.ReadFile("../../tests/hosts/made-odd-cpus/topo.json")
	if err != nil {
		t.Fatal(err)
	}
	host := must(FromJSON(string(data), ""))(t)
	defer host.Close()
	found := must(CheckHost(host, nil))(t)
	defer found.Close()
	list := found.List()
	if len(list) == 0 {
		t.Fatal("the narrow link is not found")
	}
	same(t, "the first rule", list[0].Rule, "link-narrow")
	same(t, "its node", list[0].Node, host.Find("0001:14:00.0"))
	has(t, "the text", must(FindingsText(false, found))(t), list[0].Text)
	has(t, "the text with everything", must(FindingsText(true, found))(t), list[0].Text)
	has(t, "the JSON of several", must(FindingsJSON(found, found))(t), "link-narrow")

	others := must(CheckHost(host, &CheckOptions{Ignore: "link-narrow"}))(t)
	defer others.Close()
	same(t, "what else is found", len(others.List()), len(list)-1)
	refusal := must(CheckHost(example(t), &CheckOptions{Plan: &PlanOptions{VM: 1, VMs: 3}}))(t)
	defer refusal.Close()
	same(t, "the finding about a plan that is refused", refusal.List()[0].Rule, "vms-uneven")
	_, err = CheckHost(host, &CheckOptions{Rules: "nothing"})
	refused(t, err, CodeInvalid, "option-value", "rules")
}

func TestClosedFindingsAnswerWithoutCrashing(t *testing.T) {
	host := example(t)
	found := must(CheckHost(host, &CheckOptions{Plan: &PlanOptions{VM: 1, VMs: 3}}))(t)
	same(t, "how many use the host", host.lifetime.users.Load(), 3)
	for i := 0; i < 2; i++ {
		found.Close()
		for _, found := range []*Findings{found, nil} {
			same(t, "what is listed", len(found.List()), 0)
			_, err := FindingsText(false, found)
			closed(t, "FindingsText", err)
			_, err = FindingsJSON(found)
			closed(t, "FindingsJSON", err)
		}
	}
	same(t, "how many use the host", host.lifetime.users.Load(), 1)
	host.Close()
	_, err := CheckHost(host, nil)
	closed(t, "CheckHost", err)
}

func TestTopologiesAreCompared(t *testing.T) {
	expected, examined := example(t), planned(t, example(t), nil).Guest()
	same(t, "the fingerprint of a copy", must(example(t).Fingerprint())(t), must(expected.Fingerprint())(t))
	nothing := must(example(t).Compare(expected))(t)
	defer nothing.Close()
	same(t, "what differs of a copy", len(nothing.List()), 0)
	found := must(examined.Compare(expected))(t)
	defer found.Close()
	if len(found.List()) == 0 {
		t.Error("a guest is as its host")
	}
	for _, finding := range found.List() {
		if finding.Node != (Node{}) && finding.Rule == "diff-gone" {
			same(t, "the node", finding.Node, expected.Find(finding.Node.Name()))
		}
	}
}

func TestADomainIsChecked(t *testing.T) {
	host := example(t)
	plan := must(NewPlan(host, &PlanOptions{GPUs: "0"}))(t)
	defer plan.Close()
	xml := must(plan.Libvirt())(t)
	twice := must(CheckDomain([]DomainText{{Data: xml}, {Data: xml, Name: "second.xml"}}, host, &CheckOptions{Rules: "source-twice"}))(t)
	defer twice.Close()
	same(t, "the rule", twice.List()[0].Rule, "source-twice")
	has(t, "the text", twice.List()[0].Text, "second.xml:")
	chosen := must(CheckHost(host, &CheckOptions{Rules: "ats-off", Domains: []DomainText{{Data: xml}}}))(t)
	defer chosen.Close()
	same(t, "the NICs of the domain", len(chosen.List()), 1)
	_, err := CheckDomain(nil, host, nil)
	refused(t, err, CodeInvalid, "text-missing", "")
}

func TestCheckNCCL(t *testing.T) {
	host := example(t)
	const broken = `<system version="1"><cpu/></system>`
	alone := must(CheckNCCLFile(broken, "topo.xml", nil))(t)
	defer alone.Close()
	if rule := alone.List()[0].Rule; rule != "nccl-attribute-missing" {
		t.Error(rule)
	}
	fixed, changes, err := host.FixNCCL(broken, "")
	if err != nil || len(changes.List()) == 0 {
		t.Fatal(err)
	}
	defer changes.Close()
	found := must(host.CheckNCCL(fixed, "", nil, nil))(t)
	defer found.Close()
	if len(found.List()) != 0 {
		t.Error(found.List())
	}
	setup := must(CheckNCCLSetup(NCCLSetup{Checked: "/a", Variable: "/b"}, nil))(t)
	defer setup.Close()
	if rule := setup.List()[0].Rule; rule != "nccl-file-unused" {
		t.Error(rule)
	}
	plan := must(NewPlan(host, nil))(t)
	defer plan.Close()
	guest := plan.Guest()
	differ := must(guest.CheckGuest(guest, nil))(t)
	defer differ.Close()
	if len(differ.List()) != 0 {
		t.Error(differ.List())
	}
}

func TestTopologiesAndPlansPrintWhatTheyAre(t *testing.T) {
	host := example(t)
	plan := planned(t, host, &PlanOptions{GPUs: "0"})
	same(t, "a host", fmt.Sprint(host), "host with 8 GPUs")
	same(t, "a plan", fmt.Sprint(plan), "hgx-vm: guest with 1 GPU")
	plan.Close()
	same(t, "a closed plan", fmt.Sprint(plan), "closed plan")
	host.Close()
	same(t, "a closed host", fmt.Sprint(host), "closed topology")
}
