// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestATopologyIsWritten(t *testing.T) {
	host := example(t)
	has(t, "the tree", must(host.Tree())(t), "8 GPUs, 10 NICs")
	has(t, "the matrix", must(host.Matrix())(t), "PIX")
	has(t, "the NCCL file", must(host.NCCL(nil))(t), `<pci busid="0000:19:00.0" class="0x030200"`)
	bare := must(host.NCCL(&NCCLOptions{Content: NCCLSwitches}))(t)
	same(t, "whether devices are in the file of switches", strings.Contains(bare, "0x030200"), false)
	_, err := host.NCCL(&NCCLOptions{Content: 9})
	refused(t, err, CodeInvalid, "option-value", "content")
}

func TestJSONIsReadBack(t *testing.T) {
	host := example(t)
	text := must(host.JSON())(t)
	again := must(FromJSON(text, "dump"))(t)
	defer again.Close()
	same(t, "whether it is the same", must(again.JSON())(t) == text, true)
	same(t, "whether numbers make it longer", len(must(host.JSONWithIDs())(t)) >= len(text), true)
	for _, row := range []struct{ data, name, rule, part string }{
		{"", "", "json-truncated", "the topology"},
		{"{", "host.json", "json-truncated", "host.json:1"},
		{"{}\x00", "a\x00b", "json-syntax", "a\uFFFDb:1:3"},
	} {
		_, err := FromJSON(row.data, row.name)
		refusal := refused(t, err, CodeSyntax, row.rule, "")
		has(t, "the sentence", refusal.Text, row.part)
	}
}

func TestWhatATopologySays(t *testing.T) {
	host := example(t)
	same(t, "whether it is a guest", host.IsGuest(), false)
	same(t, "its libvirt", host.Software("libvirt"), "9.0.0")
	same(t, "a program that is not there", host.Software("nothing"), "")
	_, err := InstalledVersion("nothing")
	refused(t, err, CodeMissing, "software-missing", "")
	_, err = FromExample("nothing")
	refused(t, err, CodeMissing, "example-missing", "")
	_, err = FromExample("hgx-h200\x00")
	refused(t, err, CodeMissing, "example-missing", "")
	_, err = host.Match(host)
	refused(t, err, CodeInvalid, "topology-is-host", "")
}

func TestARunningGuestIsMatched(t *testing.T) {
	guest := planned(t, example(t), nil).Guest()
	same(t, "whether it is a guest", guest.IsGuest(), true)
	seen := must(FromJSON(must(guest.JSON())(t), ""))(t)
	defer seen.Close()
	matched := must(seen.Match(guest))(t)
	defer matched.Close()
	findings := matched.Findings()
	if len(findings) == 0 {
		t.Fatal("there is no finding about how")
	}
	same(t, "the severity of the first", findings[0].Severity, SeverityNote)
	same(t, "whether it has text and rule", findings[0].Text != "" && findings[0].Rule != "", true)
	same(t, "its NCCL file", must(matched.NCCL(nil))(t), must(guest.NCCL(nil))(t))
}

func TestADomainIsRead(t *testing.T) {
	host := example(t)
	domain := must(planned(t, host, nil).Libvirt())(t)
	guest := must(FromDomain(domain, "vm.xml", &DomainOptions{Host: host, LibvirtVersion: "11.3"}))(t)
	defer guest.Close()
	same(t, "the link of a GPU", guest.Find("24:00.0").PCI().LinkMax, Link{32000, 16})
	alone := must(FromDomain(domain, "", nil))(t)
	defer alone.Close()
	same(t, "the kind without a host", alone.Find("24:00.0").Kind(), KindGPU)
	same(t, "the class without a host", alone.Find("24:00.0").PCI().ClassCode, 0)
	_, err := FromDomain("<domain>", "vm.xml", nil)
	has(t, "the sentence", refused(t, err, CodeSyntax, "xml-syntax", "").Text, "vm.xml")
	_, err = FromDomain(domain, "", &DomainOptions{LibvirtVersion: "x"})
	refused(t, err, CodeInvalid, "option-value", "libvirt_version")
	_, err = FromDomain(domain, "", &DomainOptions{Words: 9})
	refused(t, err, CodeInvalid, "option-value", "words")
}

func TestACapturedHostIsRead(t *testing.T) {
	roots, _ := filepath.Glob(filepath.Join(os.Getenv("HGX_TEST_ROOTS"), "made-one-gpu"))
	if os.Getenv("HGX_TEST_ROOTS") == "" || len(roots) == 0 {
		t.Skip("HGX_TEST_ROOTS does not have the machine made-one-gpu")
	}
	host := must(FromHost(&HostOptions{Root: roots[0]}))(t)
	defer host.Close()
	same(t, "the number of its GPUs", len(host.Root().NodesOf(KindGPU)), 1)
	_, err := FromHost(&HostOptions{Root: "/nothing"})
	refused(t, err, CodeMissing, "root-missing", "root")
}

func TestWhatIsOddAboutADomainIsFound(t *testing.T) {
	text, err := os.ReadFile("../../tests/bases/flat.xml")
	if err != nil {
		t.Fatal(err)
	}
	guest := must(FromDomain(string(text), "", &DomainOptions{LibvirtVersion: "11.4"}))(t)
	defer guest.Close()
	found := map[string]Finding{}
	for _, finding := range guest.Findings() {
		found[finding.Rule] = finding
	}
	has(t, "the finding about versions", found["libvirt-places"].Text, "11.3")
	same(t, "what it is about", found["libvirt-places"].Node, Node{})
}

// Where a program is built, /sys may be missing.
func TestThisMachineIsReadOrRefused(t *testing.T) {
	host, err := FromHost(nil)
	if err == nil {
		defer host.Close()
		same(t, "the root", host.Root().Kind(), KindMachine)
		return
	}
	same(t, "whether there is a topology too", host == nil, true)
}
