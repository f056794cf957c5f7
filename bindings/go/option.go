// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <stdlib.h>
// #include <hgxtopo.h>
import "C"

import (
	"reflect"
	"strings"
	"unsafe"
)

// Words is how texts name the options of a call.
type Words int32

const (
	WordsMembers Words = C.HGX_WORDS_MEMBERS // as members of the C struct: "reserve_cores = 8"
	WordsOptions Words = C.HGX_WORDS_OPTIONS // as options of the command hgxtopo: "--reserve-cores 8"
)

// arguments are texts and topologies that the library reads during one call.
type arguments struct {
	release []func()
}

func (a *arguments) free() {
	for _, release := range a.release {
		release()
	}
}

// hold keeps the memory of topologies and plans for the call.
func (a *arguments) hold(lifetimes ...*lifetime) error {
	for _, l := range lifetimes {
		if !l.enter() {
			return ErrClosed
		}
		a.release = append(a.release, l.leave)
	}
	return nil
}

// bytes returns a text for C, which is told its length.
func (a *arguments) bytes(text string) *C.char {
	c := C.CString(text)
	a.release = append(a.release, func() { C.free(unsafe.Pointer(c)) })
	return c
}

// text returns a text for C, where it ends at a NUL. The replacement character takes the place of a NUL: no
// name, address or size has it, so the library refuses the whole text and does not accept its beginning.
func (a *arguments) text(text string) *C.char {
	return a.bytes(strings.ReplaceAll(text, "\x00", "\uFFFD"))
}

// optional is the same for a text that may be missing, which is NULL in C.
func (a *arguments) optional(text string) *C.char {
	if text == "" {
		return nil
	}
	return a.text(text)
}

// options fills c, a pointer to an options struct of C, from fields, a pointer to that of Go; nil leaves
// the defaults. The tag of a field names the member, and after a comma the member that takes its length.
func (a *arguments) options(c, fields any) error {
	to, from := reflect.ValueOf(c).Elem(), reflect.ValueOf(fields)
	member(to, "size").SetUint(uint64(to.Type().Size()))
	if from.IsNil() {
		return nil
	}
	for i := 0; i < from.Elem().NumField(); i++ {
		name, length, counted := strings.Cut(from.Elem().Type().Field(i).Tag.Get("c"), ",")
		field := from.Elem().Field(i)
		if counted {
			member(to, length).SetUint(uint64(field.Len()))
		} else if field.Kind() == reflect.String && strings.Contains(field.String(), "\x00") {
			return &Error{Code: CodeInvalid, Rule: "option-value", Option: name,
				Text: name + ": the text contains a NUL byte; remove it"}
		}
		if err := a.option(member(to, name), field); err != nil {
			return err
		}
	}
	return nil
}

// member returns a member of a C struct. Its name is lower case, so reflection by itself would not set it.
func member(c reflect.Value, name string) reflect.Value {
	field := c.FieldByName(name)
	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
}

func (a *arguments) option(to, field reflect.Value) error {
	switch value := field.Interface().(type) {
	case string:
		if value != "" {
			to.Set(reflect.ValueOf(a.bytes(value)))
		}
	case *Topology:
		return a.topology(to, value)
	case *PlanOptions:
		return a.plan(to, value)
	case []DomainText:
		if len(value) > 0 {
			to.Set(reflect.ValueOf(a.domains(value)))
		}
	case bool:
		if value {
			to.SetInt(1)
		}
	default:
		if field.CanInt() {
			to.SetInt(field.Int())
		} else {
			to.SetUint(field.Uint())
		}
	}
	return nil
}

func (a *arguments) topology(to reflect.Value, topology *Topology) error {
	if topology == nil {
		return nil
	}
	to.Set(reflect.ValueOf(topology.c))
	return a.hold(topology.life())
}

// plan sets a member to plan options in the memory of C, because C follows no pointer from Go's memory into Go's.
func (a *arguments) plan(to reflect.Value, options *PlanOptions) error {
	if options == nil {
		return nil
	}
	c := (*C.struct_hgx_plan_options)(C.malloc(C.sizeof_struct_hgx_plan_options))
	*c = C.struct_hgx_plan_options{}
	a.release = append(a.release, func() { C.free(unsafe.Pointer(c)) })
	to.Set(reflect.ValueOf(c))
	return a.options(c, options)
}

// domains returns domains in the memory of C.
func (a *arguments) domains(domains []DomainText) *C.struct_hgx_domain_text {
	c := (*C.struct_hgx_domain_text)(C.calloc(C.size_t(len(domains)+1), C.sizeof_struct_hgx_domain_text))
	a.release = append(a.release, func() { C.free(unsafe.Pointer(c)) })
	list := unsafe.Slice(c, len(domains))
	for i, domain := range domains {
		a.domain(&list[i], domain)
	}
	return c
}

func (a *arguments) domain(c *C.struct_hgx_domain_text, domain DomainText) {
	c.data = a.bytes(domain.Data)
	c.length = C.size_t(len(domain.Data))
	c.name = a.optional(domain.Name)
}
