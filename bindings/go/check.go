// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

// Findings are what a check has found.
type Findings struct {
	lifetime *lifetime
	c        *C.struct_hgx_findings
	expected *lifetime // of the rule "diff-gone"
	examined *lifetime // of the others
}

// CheckOptions are the options of [CheckHost] and [CheckDomain].
type CheckOptions struct {
	// which devices count as chosen: those of this VM; default: every GPU, with what is near it
	Plan *PlanOptions `c:"plan"`
	// of every VM of Plan.VMs, whatever Plan.VM is
	Every bool `c:"every"`
	// also findings that follow from another one
	Consequences bool   `c:"consequences"`
	Rules        string `c:"rules"`  // ids, separated by commas: only findings of these rules
	Ignore       string `c:"ignore"` // likewise: none of these
	Words        Words  `c:"words"`  // of errors and findings
	// of CheckHost: the devices that these assign count as chosen, and Plan is not read
	Domains []DomainText `c:"domains,domain_count"`
}

// DomainText is a libvirt domain (XML).
type DomainText struct {
	Data string
	Name string // what to call it in a finding, such as its file name; default: "the domain"
}

// CheckHost returns what is wrong with a host that is to run VMs; nil options are the defaults. What cannot be told
// (in a capture, without root, or because the host comes from JSON) is listed in a finding of the rule
// "not-checked".
//
// A plan that is refused is a finding too, with the rule of the refusal. CodeInvalid: an option has an invalid
// value, a rule does not exist, or host is a guest; CodeMissing: an option names a device that the host does not
// have.
func CheckHost(host *Topology, options *CheckOptions) (*Findings, error) {
	var a arguments
	defer a.free()
	var cOptions C.struct_hgx_check_options
	if err := a.options(&cOptions, options); err != nil {
		return nil, err
	}
	return newFindings(host, host, func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int {
		return C.hgx_check_host(out, host.c, &cOptions, err)
	})
}

// noticed calls a function of the library that lists what was noticed about what lives as long as of; of is also
// the machine of the nodes, unless there is another.
func noticed(of, nodes *lifetime, call func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int) (*Findings, error) {
	return holding(nodes, nodes, call, of)
}

// holding calls a function of the library that makes a list, and keeps what it lives as long as.
func holding(expected, examined *lifetime, call func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int, kept ...*lifetime) (*Findings, error) {
	var a arguments
	if err := a.hold(kept...); err != nil {
		a.free()
		return nil, err
	}
	var c *C.struct_hgx_findings
	if err := try(func(err *C.struct_hgx_error) C.int { return call(&c, err) }); err != nil {
		a.free()
		return nil, err
	}
	free := func() {
		C.hgx_findings_free(c)
		a.free()
	}
	return &Findings{lifetime: begin(free), c: c, expected: expected, examined: examined}, nil
}

// Noticed returns what was noticed while reading as a list, for [FindingLines] and [FindingsJSON].
func (t *Topology) Noticed() (*Findings, error) {
	return noticed(t.life(), t.life(), func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int {
		return C.hgx_findings_of_topo(out, t.c, err)
	})
}

// Noticed returns what the plan noticed as a list, which knows the name of the VM and its verdicts.
func (p *Plan) Noticed() (*Findings, error) {
	if p == nil {
		return nil, ErrClosed
	}
	return noticed(p.life(), p.host, func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int {
		return C.hgx_findings_of_plan(out, p.c, err)
	})
}

// Noticed returns what was assumed as a list, for [FindingLines] and [FindingsJSON].
func (f *Forecast) Noticed() (*Findings, error) {
	if f == nil {
		return nil, ErrClosed
	}
	return noticed(f.life(), f.of, func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int {
		return C.hgx_findings_of_forecast(out, f.c, err)
	})
}

// CheckDomain returns what is wrong with libvirt domains, which are to run at the same time, and their devices on a
// host: what libvirt or QEMU would refuse, or what the guest would not see as the host has it; nil options are the
// defaults. Of Plan, LibvirtVersion, QEMUVersion, ReserveCores and ModuleIDs count.
//
// A domain that cannot be read is a finding too, with the rule of the refusal. CodeInvalid: an option has an invalid
// value, a rule does not exist, there is no domain, or host is a guest.
func CheckDomain(domains []DomainText, host *Topology, options *CheckOptions) (*Findings, error) {
	var a arguments
	defer a.free()
	var cOptions C.struct_hgx_check_options
	if err := a.options(&cOptions, options); err != nil {
		return nil, err
	}
	c := a.domains(domains)
	return newFindings(host, host, func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int {
		return C.hgx_check_domain(out, c, C.size_t(len(domains)), host.c, &cOptions, err)
	})
}

// CheckGuest returns what is wrong with this running guest, as [FromHost] read it in the guest, compared with its plan:
// devices that are missing or elsewhere, NUMA nodes of CPUs and memory, links; nil options are the defaults. A guest
// whose devices cannot be told apart is a finding with the rule of the refusal.
func (t *Topology) CheckGuest(planned *Topology, options *CheckOptions) (*Findings, error) {
	var a arguments
	defer a.free()
	var cOptions C.struct_hgx_check_options
	if err := a.options(&cOptions, options); err != nil {
		return nil, err
	}
	if err := a.hold(planned.life()); err != nil {
		return nil, err
	}
	return newFindings(t, t, func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int {
		return C.hgx_check_guest(out, t.c, planned.c, &cOptions, err)
	})
}

// CheckNCCL returns what is wrong with an NCCL topology file for this machine, a guest or a host. The name is the
// file's, for sentences and commands of remedies, or "". The host is that of the guest, or nil.
func (t *Topology) CheckNCCL(data, name string, host *Topology, options *CheckOptions) (*Findings, error) {
	var a arguments
	defer a.free()
	var cOptions C.struct_hgx_check_options
	if err := a.options(&cOptions, options); err != nil {
		return nil, err
	}
	if host == nil {
		host = t
	}
	return newFindings(host, t, func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int {
		guest, of := t.c, host.c
		if C.hgx_topo_is_guest(t.c) == 0 {
			guest = nil
		} else if host == t {
			of = nil
		}
		return C.hgx_check_nccl(out, a.bytes(data), C.size_t(len(data)), a.optional(name), guest, of, &cOptions, err)
	})
}

// FixNCCL returns the NCCL topology file to have for this machine instead of another, and what differs.
func (t *Topology) FixNCCL(data, name string) (string, *Findings, error) {
	var fixed string
	changes, err := newFindings(t, t, func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int {
		var a arguments
		defer a.free()
		var c *C.char
		code := C.hgx_fix_nccl(&c, out, a.bytes(data), C.size_t(len(data)), a.optional(name), t.c, err)
		fixed = C.GoString(c)
		C.hgx_text_free(c)
		return code
	})
	return fixed, changes, err
}

// CheckNCCLFile returns what is wrong with an NCCL topology file by itself.
func CheckNCCLFile(data, name string, options *CheckOptions) (*Findings, error) {
	return newLoneFindings(options, func(a *arguments, out **C.struct_hgx_findings, o *C.struct_hgx_check_options, err *C.struct_hgx_error) C.int {
		return C.hgx_check_nccl(out, a.bytes(data), C.size_t(len(data)), a.optional(name), nil, nil, o, err)
	})
}

// NCCLSetup is what says which topology file NCCL reads; "" is what is not there.
type NCCLSetup struct {
	Checked     string // the file that it is meant to read; "": whichever it reads is right
	Variable    string // the value of NCCL_TOPO_FILE in the environment
	UserConf    string // the text of ~/.nccl.conf, or of what NCCL_CONF_FILE names
	SystemConf  string // the text of /etc/nccl.conf
	DefaultFile bool   // there is /var/run/nvidia-topologyd/virtualTopology.xml
}

// CheckNCCLSetup returns which of several topology files NCCL reads where it runs, and whether it is the right one.
func CheckNCCLSetup(setup NCCLSetup, options *CheckOptions) (*Findings, error) {
	var standard C.int
	if setup.DefaultFile {
		standard = 1
	}
	return newLoneFindings(options, func(a *arguments, out **C.struct_hgx_findings, o *C.struct_hgx_check_options, err *C.struct_hgx_error) C.int {
		return C.hgx_check_nccl_setup(out, a.optional(setup.Checked), a.optional(setup.Variable),
			a.optional(setup.UserConf), a.optional(setup.SystemConf), standard, o, err)
	})
}

// newLoneFindings calls a function of the library that finds something about no topology.
func newLoneFindings(options *CheckOptions, call func(a *arguments, out **C.struct_hgx_findings, o *C.struct_hgx_check_options, err *C.struct_hgx_error) C.int) (*Findings, error) {
	var a arguments
	defer a.free()
	var cOptions C.struct_hgx_check_options
	if err := a.options(&cOptions, options); err != nil {
		return nil, err
	}
	var c *C.struct_hgx_findings
	if err := try(func(err *C.struct_hgx_error) C.int { return call(&a, &c, &cOptions, err) }); err != nil {
		return nil, err
	}
	return &Findings{lifetime: begin(func() { C.hgx_findings_free(c) }), c: c}, nil
}

// newFindings calls a function of the library that finds something about the examined topology, and keeps both.
func newFindings(expected, examined *Topology, call func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int) (*Findings, error) {
	of, on := expected.life(), examined.life()
	return holding(of, on, call, of, on)
}

// Compare returns how this topology differs from the expected one: two hosts that should be alike, or one before and
// after an update, or a running guest and the one that was planned. The worst comes first; nothing is found if
// they are equal up to renumbering. Nodes of the rule "diff-gone" belong to expected, the others to this one.
func (t *Topology) Compare(expected *Topology) (*Findings, error) {
	return newFindings(expected, t, func(out **C.struct_hgx_findings, err *C.struct_hgx_error) C.int {
		return C.hgx_compare(out, expected.c, t.c, err)
	})
}

// Fingerprint returns a short text ("hgx1-…", letters, digits and '-') that is equal for hosts that are built alike, and
// for one host before and after a reboot. What begins in another way was made by other rules and cannot be compared.
func (t *Topology) Fingerprint() (string, error) {
	return emit(t.life(), func(out **C.char, err *C.struct_hgx_error) C.int { return C.hgx_fingerprint(t.c, out, err) })
}

// Close frees the findings. The error is always nil.
func (f *Findings) Close() error {
	if f != nil {
		f.lifetime.end()
	}
	return nil
}

func (f *Findings) life() *lifetime {
	if f == nil {
		return nil
	}
	return f.lifetime
}

// List returns the findings: the worst first, those of one rule together.
func (f *Findings) List() []Finding {
	return within(f.life(), nil, func() []Finding {
		found := make([]Finding, C.hgx_findings_count(f.c))
		for i := range found {
			c := C.hgx_findings_at(f.c, C.size_t(i))
			of := f.examined
			if C.GoString(c.rule) == "diff-gone" {
				of = f.expected
			}
			found[i] = newFinding(c, newNode(of, c.node))
		}
		return found
	})
}

// listed is text about the findings of several checks.
func listed(lists []*Findings, call func(c **C.struct_hgx_findings, count C.size_t, out **C.char, err *C.struct_hgx_error) C.int) (string, error) {
	var a arguments
	defer a.free()
	array := make([]*C.struct_hgx_findings, 0, len(lists)+1)
	for _, list := range lists {
		if err := a.hold(list.life()); err != nil {
			return "", err
		}
		array = append(array, list.c)
	}
	return text(func(out **C.char, err *C.struct_hgx_error) C.int {
		return call(&array[:1][0], C.size_t(len(lists)), out, err)
	})
}

// FindingsText returns the findings of one or more checks for people: the worst first, those of one rule together with
// one remedy, and their number at the end. If verbose, with every note, and where each rule comes from; otherwise
// with one line for the notes of a rule.
func FindingsText(verbose bool, lists ...*Findings) (string, error) {
	var all C.int
	if verbose {
		all = 1
	}
	return listed(lists, func(c **C.struct_hgx_findings, count C.size_t, out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_findings(c, count, all, out, err)
	})
}

// FindingLines returns findings as lines, warnings before notes, each with the id of its rule in brackets at the end.
// What is said in the same words about several devices is one line; with verbose, there is a line for each. What is
// less severe than least is left out, and so are the rules in ignore, ids separated by commas.
func FindingLines(verbose bool, least Severity, ignore string, lists ...*Findings) (string, error) {
	var a arguments
	defer a.free()
	var all C.int
	if verbose {
		all = 1
	}
	left := a.optional(ignore)
	return listed(lists, func(c **C.struct_hgx_findings, count C.size_t, out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_finding_lines(c, count, all, C.int(least), left, out, err)
	})
}

// FindingsJSON returns the same as JSON, see docs/json-format.md. Of lists of [Plan.Noticed] it also has what is about
// each VM: its findings, and the verdict on each PCI function.
func FindingsJSON(lists ...*Findings) (string, error) {
	return listed(lists, func(c **C.struct_hgx_findings, count C.size_t, out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_findings_json(c, count, out, err)
	})
}
