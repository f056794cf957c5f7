// SPDX-License-Identifier: LGPL-2.1-or-later

// Package hgxtopo models the PCIe and NUMA topology of a GPU host and writes the virtual machines that
// mirror it: a libvirt domain and an NCCL topology file. It is libhgxtopo, a C library, through cgo;
// pkg-config finds it as libhgxtopo.
//
// A [Topology] is read once and never changes. A [Plan] is one virtual machine on a host. Both can be used
// from several goroutines at once.
//
//	host, err := hgxtopo.FromHost(nil)
//	if err != nil {
//		return err
//	}
//	defer host.Close()
//	plan, err := hgxtopo.NewPlan(host, &hgxtopo.PlanOptions{VM: 2, VMs: 4})
//	if err != nil {
//		return err
//	}
//	defer plan.Close()
//	domain, err := plan.Libvirt()
//
// # Memory
//
// The garbage collector frees a topology when neither it nor one of its nodes or plans is in use. It does not see
// how large a topology is, so programs that read many of them call Close. A use after Close does not crash:
// functions that return an error return [ErrClosed], the others answer as for a node that does not exist. What
// was returned before, such as a [PCI] or a text, stays as it is.
//
// # Errors
//
// What the library refuses is an [*Error]:
//
//	var refused *hgxtopo.Error
//	if errors.As(err, &refused) && refused.Option == "vms" {
//
// # Names
//
// Each function of hgxtopo.h is a method or function here, each struct a type, each value of an enum a
// constant: hgx_plan_host_of() is [Plan.HostOf], HGX_GPU is [KindGPU]. The library alone decides what is refused,
// and with which sentence.
package hgxtopo

// #cgo pkg-config: libhgxtopo
// #include <hgxtopo.h>
import "C"

import (
	"fmt"
	"sync"
)

// The version of hgxtopo.h that the program was built with.
const (
	VersionMajor  = C.HGX_VERSION_MAJOR
	VersionMinor  = C.HGX_VERSION_MINOR
	VersionPatch  = C.HGX_VERSION_PATCH
	HeaderVersion = C.HGX_VERSION_NUMBER // 1000000 * major + 1000 * minor + patch
)

// Version returns the version of the running library, such as "0.2.0".
func Version() string {
	return C.GoString(C.hgx_version())
}

// VersionNumber returns the same as a number: 1000000 * major + 1000 * minor + patch, so that 0.1.0 is 1000.
func VersionNumber() uint {
	return uint(C.hgx_version_number())
}

// A layout is the size of a struct that this package allocates, as the program was built and as the
// running library has it.
type layout struct {
	name           string
	built, running uint64
	fixed          bool // the library writes all of it; other structs may be larger there
}

func layouts() []layout {
	return []layout{
		{"hgx_error", C.sizeof_struct_hgx_error, uint64(C.hgx_error_size()), true},
		{"hgx_host_options", C.sizeof_struct_hgx_host_options, uint64(C.hgx_host_options_size()), false},
		{"hgx_domain_options", C.sizeof_struct_hgx_domain_options, uint64(C.hgx_domain_options_size()), false},
		{"hgx_plan_options", C.sizeof_struct_hgx_plan_options, uint64(C.hgx_plan_options_size()), false},
		{"hgx_nccl_options", C.sizeof_struct_hgx_nccl_options, uint64(C.hgx_nccl_options_size()), false},
		{"hgx_qemu_options", C.sizeof_struct_hgx_qemu_options, uint64(C.hgx_qemu_options_size()), false},
		{"hgx_kernel_options", C.sizeof_struct_hgx_kernel_options, uint64(C.hgx_kernel_options_size()), false},
		{"hgx_check_options", C.sizeof_struct_hgx_check_options, uint64(C.hgx_check_options_size()), false},
		{"hgx_forecast_options", C.sizeof_struct_hgx_forecast_options, uint64(C.hgx_forecast_options_size()), false},
	}
}

// abi returns what the soname of a version carries: the major version, and below 1.0 the minor one.
func abi(version uint) uint {
	if version < 1000000 {
		return version / 1000
	}
	return version / 1000000 * 1000000
}

// mismatch returns why a library cannot be used by a program that was built with another one, or nil.
func mismatch(built, running uint, sizes []layout) error {
	if abi(built) != abi(running) {
		return fmt.Errorf("the program was built for libhgxtopo %s and runs with %s; build it again",
			versionText(built), versionText(running))
	}
	if running < built {
		return fmt.Errorf("the program was built for libhgxtopo %s and runs with %s; install the newer one",
			versionText(built), versionText(running))
	}
	for _, size := range sizes {
		if size.running < size.built || size.fixed && size.running != size.built {
			return fmt.Errorf("struct %s has %d bytes in the program and %d in libhgxtopo %s; build the program again",
				size.name, size.built, size.running, versionText(running))
		}
	}
	return nil
}

func versionText(version uint) string {
	return fmt.Sprintf("%d.%d.%d", version/1000000, version/1000%1000, version%1000)
}

var library struct {
	once  sync.Once
	wrong error
}

// compatible returns why the running library cannot be used by this program, or nil.
func compatible() error {
	library.once.Do(func() { library.wrong = mismatch(HeaderVersion, VersionNumber(), layouts()) })
	return library.wrong
}
