// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"fmt"
	"testing"
)

func TestVersions(t *testing.T) {
	built := fmt.Sprintf("%d.%d.%d", VersionMajor, VersionMinor, VersionPatch)
	same(t, "the version", Version(), built)
	same(t, "its number", VersionNumber(), HeaderVersion)
	same(t, "the number of 1.2.3", versionText(1002003), "1.2.3")
	if err := compatible(); err != nil {
		t.Error(err)
	}
}

func TestAnotherLibraryIsRefusedInWords(t *testing.T) {
	sizes := func(built, running uint64, fixed bool) []layout { return []layout{{"hgx_x", built, running, fixed}} }
	for _, row := range []struct {
		built, running uint
		sizes          []layout
		want           string
	}{
		{2000, 2000, nil, ""},
		{2000, 2001, sizes(8, 16, false), ""},
		{1002003, 1003000, sizes(8, 8, true), ""},
		{2000, 3000, nil, "the program was built for libhgxtopo 0.2.0 and runs with 0.3.0; build it again"},
		{2000, 1002000, nil, "the program was built for libhgxtopo 0.2.0 and runs with 1.2.0; build it again"},
		{1002003, 2002003, nil, "the program was built for libhgxtopo 1.2.3 and runs with 2.2.3; build it again"},
		{2001, 2000, nil, "the program was built for libhgxtopo 0.2.1 and runs with 0.2.0; install the newer one"},
		{2000, 2000, sizes(16, 8, false), "struct hgx_x has 16 bytes in the program and 8 in libhgxtopo 0.2.0; build the program again"},
		{2000, 2000, sizes(8, 16, true), "struct hgx_x has 8 bytes in the program and 16 in libhgxtopo 0.2.0; build the program again"},
	} {
		got := ""
		if err := mismatch(row.built, row.running, row.sizes); err != nil {
			got = err.Error()
		}
		same(t, fmt.Sprintf("%d with %d", row.built, row.running), got, row.want)
	}
	same(t, "the number of structs", len(layouts()), 9)
}

func TestAddressesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]BDF{
		"0000:19:00.0":  {Bus: 0x19},
		"10000:E1:1f.7": {Domain: 0x10000, Bus: 0xe1, Device: 0x1f, Function: 7},
	} {
		address, err := ParseBDF(text)
		if err != nil {
			t.Fatal(err)
		}
		same(t, text, address, want)
	}
	same(t, "a text without a domain", must(ParseBDF("19:00.1"))(t).String(), "0000:19:00.1")
	same(t, "a large address", BDF{0x10000, 0xe1, 0x1f, 7}.String(), "10000:e1:1f.7")
	same(t, "the largest", BDF{1<<32 - 1, 255, 31, 7}.String(), "ffffffff:ff:1f.7")
	for _, text := range []string{"", "19", "19:00.0\x00", "19:00.0\x00x"} {
		address, err := ParseBDF(text)
		refused(t, err, CodeInvalid, "address-malformed", "")
		same(t, "the address after an error", address, BDF{})
	}
}

func TestSizesAreRead(t *testing.T) {
	same(t, "1.5K", must(ParseSize("1.5K"))(t), 1536)
	same(t, "64GB", must(ParseSize("64GB"))(t), 64000000000)
	for _, text := range []string{"", "5", "5K\x00"} {
		_, err := ParseSize(text)
		refused(t, err, CodeInvalid, "size-malformed", "")
	}
}

func TestNumbersHaveTheNamesOfTheLibrary(t *testing.T) {
	for _, row := range []struct {
		value fmt.Stringer
		want  string
	}{
		{KindNVSwitch, "nvswitch"}, {KindNone, "-1"}, {Kind(99), "99"},
		{DistancePIX, "PIX"}, {DistanceNowhere, "-"}, {Distance(99), "99"},
		{SeverityWarning, "warning"}, {Severity(-1), "-1"},
		{CodeNoMemory, "no-memory"}, {Code(99), "99"},
		{FateOtherVM, "other-vm"}, {Fate(99), "99"},
	} {
		same(t, fmt.Sprintf("%T", row.value), row.value.String(), row.want)
	}
}

func TestRulesAndExamplesAreListed(t *testing.T) {
	codes := map[string]Code{}
	for _, rule := range Rules() {
		if rule.ID == "" || rule.Meaning == "" {
			t.Errorf("a rule is %v", rule)
		}
		codes[rule.ID] = rule.Code
	}
	same(t, "the code of a refusal", codes["huge-pages-missing"], CodeRefused)
	same(t, "the code of a finding", codes["iommu-off"], CodeOK)
	same(t, "the first example", Examples()[0], "hgx-h200")
}
