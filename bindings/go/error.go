// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

import "strconv"

// A Code is the kind of an [Error].
type Code int32

const (
	CodeOK         Code = C.HGX_OK
	CodeInvalid    Code = C.HGX_INVALID    // an argument or option makes no sense
	CodeMissing    Code = C.HGX_MISSING    // a file, directory or name does not exist
	CodeUnreadable Code = C.HGX_UNREADABLE // it exists but could not be read
	CodeSyntax     Code = C.HGX_SYNTAX     // the text does not have the format
	CodeVersion    Code = C.HGX_VERSION    // the text has another version of the format
	CodeBroken     Code = C.HGX_BROKEN     // the format is right, but the content contradicts itself
	CodeRefused    Code = C.HGX_REFUSED    // possible, but it would harm or mislead
	CodeLimit      Code = C.HGX_LIMIT      // more than the format, QEMU or NCCL can take
	CodeNoMemory   Code = C.HGX_NO_MEMORY
)

// String returns "ok", "invalid", "missing", "unreadable", "syntax", "version", "broken", "refused", "limit" or
// "no-memory", and the number of another code.
func (c Code) String() string {
	return named(C.hgx_code_name(C.int(c)), int32(c))
}

// named is the text of an enum whose value the library may not know.
func named(name *C.char, number int32) string {
	if name == nil {
		return strconv.Itoa(int(number))
	}
	return C.GoString(name)
}

// An Error is what the library has refused, and why. errors.As finds it in an error.
type Error struct {
	Code   Code
	Text   string // for a human: one sentence; the thing first, then what is wrong, then the remedy
	Rule   string // for a program: the stable id of this kind of refusal, such as "huge-pages-missing" ([Rules])
	Node   string // the name of the node it is about, or the address that was given for a device; "": none
	Option string // the option at fault, by its name in C, such as "uneven"; "": none
}

// Error returns the sentence.
func (e *Error) Error() string {
	return e.Text
}

// fill copies a text into an array of C and terminates it.
func fill(to []C.char, from string) {
	for i := 0; i < len(from) && i < len(to)-1; i++ {
		to[i] = C.char(from[i])
	}
}

// JSON returns the error as JSON on one line, see docs/json-format.md.
func (e *Error) JSON() (string, error) {
	c := C.struct_hgx_error{code: C.int(e.Code)}
	fill(c.text[:], e.Text)
	fill(c.rule[:], e.Rule)
	fill(c.node[:], e.Node)
	fill(c.option[:], e.Option)
	return text(func(out **C.char, err *C.struct_hgx_error) C.int { return C.hgx_emit_error_json(&c, out, err) })
}

// try calls a function of the library that can fail.
func try(call func(err *C.struct_hgx_error) C.int) error {
	if err := compatible(); err != nil {
		return err
	}
	var c C.struct_hgx_error
	if call(&c) == C.HGX_OK {
		return nil
	}
	return newError(&c)
}

func newError(c *C.struct_hgx_error) *Error {
	return &Error{
		Code:   Code(c.code),
		Text:   C.GoString(&c.text[0]),
		Rule:   C.GoString(&c.rule[0]),
		Node:   C.GoString(&c.node[0]),
		Option: C.GoString(&c.option[0]),
	}
}

// text calls a function of the library that writes a text or fails.
func text(call func(out **C.char, err *C.struct_hgx_error) C.int) (string, error) {
	var out *C.char
	err := try(func(err *C.struct_hgx_error) C.int { return call(&out, err) })
	defer C.hgx_text_free(out)
	return C.GoString(out), err
}

// emit is text about what lives as long as l.
func emit(l *lifetime, call func(out **C.char, err *C.struct_hgx_error) C.int) (string, error) {
	if !l.enter() {
		return "", ErrClosed
	}
	defer l.leave()
	return text(call)
}

// A Rule is a kind of refusal ([Error]) or of finding ([Finding]). Ids are never removed and never change
// their meaning.
type Rule struct {
	ID      string // such as "huge-pages-missing"
	Code    Code   // of the refusal; CodeOK: a finding
	Meaning string // one sentence
	// what [CheckHost] and its like look for: "host", "domain" or "nccl"; "": noticed elsewhere, and the rest is
	// not set
	Family   string
	Severity Severity // of its findings
	Remedy   string   // what to do, in words
	Source   string   // where it is documented, or what it was measured on
	// ids of rules, separated by blanks, whose findings follow from one of this rule and are left out beside it
	Consequences string
}

// Rules returns every rule of the library.
func Rules() []Rule {
	var rules []Rule
	for c := C.hgx_rule_at(0); c != nil; c = C.hgx_rule_at(C.size_t(len(rules))) {
		rules = append(rules, newRule(c))
	}
	return rules
}

func newRule(c *C.struct_hgx_rule) Rule {
	return Rule{ID: C.GoString(c.id), Code: Code(c.code), Meaning: C.GoString(c.meaning), Family: C.GoString(c.family),
		Severity: Severity(c.severity), Remedy: C.GoString(c.remedy), Source: C.GoString(c.source),
		Consequences: C.GoString(c.consequences)}
}
