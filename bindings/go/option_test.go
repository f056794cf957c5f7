// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"reflect"
	"sort"
	"strings"
	"testing"
	"unsafe"
)

// cOptions are empty options structs of C, by the names that cgo gives their types.
var cOptions = map[string]any{
	"hgx_host_options":     &_Ctype_struct_hgx_host_options{},
	"hgx_domain_options":   &_Ctype_struct_hgx_domain_options{},
	"hgx_plan_options":     &_Ctype_struct_hgx_plan_options{},
	"hgx_nccl_options":     &_Ctype_struct_hgx_nccl_options{},
	"hgx_qemu_options":     &_Ctype_struct_hgx_qemu_options{},
	"hgx_kernel_options":   &_Ctype_struct_hgx_kernel_options{},
	"hgx_check_options":    &_Ctype_struct_hgx_check_options{},
	"hgx_forecast_options": &_Ctype_struct_hgx_forecast_options{},
}

// setMembers returns the members of a C struct that are not 0, "size" among them.
func setMembers(c reflect.Value) []string {
	var found []string
	for i := 0; i < c.NumField(); i++ {
		if !c.Field(i).IsZero() {
			found = append(found, c.Type().Field(i).Name)
		}
	}
	sort.Strings(found)
	return found
}

// sample sets a field to a value that is no default.
func sample(t *testing.T, field reflect.Value) {
	switch field.Interface().(type) {
	case string:
		field.SetString("text")
	case bool:
		field.SetBool(true)
	case *Topology:
		field.Set(reflect.ValueOf(example(t)))
	case *PlanOptions:
		field.Set(reflect.ValueOf(&PlanOptions{VM: 3}))
	case []DomainText:
		field.Set(reflect.ValueOf([]DomainText{{Data: "text", Name: "name"}}))
	default:
		if field.CanInt() {
			field.SetInt(-1)
		} else {
			field.SetUint(1)
		}
	}
}

// holds fails unless a member has the sample of a field.
func holds(t *testing.T, name string, member, field reflect.Value) {
	t.Helper()
	switch value := field.Interface().(type) {
	case string:
		same(t, name, *(*[5]byte)(member.UnsafePointer()), [5]byte{'t', 'e', 'x', 't'})
	case bool:
		same(t, name, member.Int(), 1)
	case *Topology:
		same(t, name, member.UnsafePointer(), unsafe.Pointer(value.c))
	case *PlanOptions:
		same(t, name, uint32((*_Ctype_struct_hgx_plan_options)(member.UnsafePointer()).vm), value.VM)
	case []DomainText:
		same(t, name, uint64((*_Ctype_struct_hgx_domain_text)(member.UnsafePointer()).length), uint64(len(value[0].Data)))
	default:
		if field.CanInt() {
			same(t, name, member.Int(), -1)
		} else {
			same(t, name, member.Uint(), 1)
		}
	}
}

func TestEachFieldSetsItsMember(t *testing.T) {
	for name, fields := range options {
		for i := 0; i < reflect.TypeOf(fields).NumField(); i++ {
			c, fields := reflect.New(reflect.TypeOf(cOptions[name]).Elem()), reflect.New(reflect.TypeOf(fields))
			field := fields.Elem().Field(i)
			sample(t, field)
			tag := fields.Elem().Type().Field(i).Tag.Get("c")
			var a arguments
			if err := a.options(c.Interface(), fields.Interface()); err != nil {
				t.Fatal(err)
			}
			want := append(strings.Split(tag, ","), "size")
			sort.Strings(want)
			same(t, "what "+tag+" of "+name+" sets", strings.Join(setMembers(c.Elem()), " "), strings.Join(want, " "))
			same(t, "the size of "+name, c.Elem().FieldByName("size").Uint(), uint64(c.Elem().Type().Size()))
			member, length, counted := strings.Cut(tag, ",")
			holds(t, member, c.Elem().FieldByName(member), field)
			if counted {
				same(t, length, c.Elem().FieldByName(length).Uint(), uint64(field.Len()))
			}
			a.free()
		}
	}
}

func TestNilOptionsAreTheDefaults(t *testing.T) {
	for name, c := range cOptions {
		var a arguments
		nothing := reflect.Zero(reflect.PointerTo(reflect.TypeOf(options[name])))
		if err := a.options(c, nothing.Interface()); err != nil {
			t.Fatal(err)
		}
		same(t, "what is set of "+name, strings.Join(setMembers(reflect.ValueOf(c).Elem()), " "), "size")
		same(t, "what is to be freed", len(a.release), 0)
	}
}
