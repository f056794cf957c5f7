// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

// A Severity is how much a [Finding] matters.
type Severity int32

const (
	SeverityNote    Severity = C.HGX_NOTE    // good to know
	SeverityWarning Severity = C.HGX_WARNING // probably not what you want
	SeverityProblem Severity = C.HGX_PROBLEM // will not work
)

// String returns "note", "warning" or "problem", and the number of another severity.
func (s Severity) String() string {
	return named(C.hgx_severity_name(C.int(s)), int32(s))
}

// A Finding is something noticed while a topology was read or a plan was made.
type Finding struct {
	// stable id, such as "iommu-off" ([Rules]); in a topology read from JSON, it may come from another version
	Rule     string
	Severity Severity
	Node     Node   // what it is about; none: the machine
	Text     string // one sentence
	// what to do; "": nothing. Of a rule of [CheckHost] and its like, lines after the first are commands for the
	// shell of root
	Remedy string
}

// findings copies findings, whose nodes node makes.
func findings(c *C.struct_hgx_finding, count C.size_t, node func(*C.struct_hgx_node) Node) []Finding {
	return list(c, count, func(c *C.struct_hgx_finding) Finding { return newFinding(c, node(c.node)) })
}

func newFinding(c *C.struct_hgx_finding, node Node) Finding {
	return Finding{Rule: C.GoString(c.rule), Severity: Severity(c.severity), Node: node,
		Text: C.GoString(c.text), Remedy: C.GoString(c.remedy)}
}
