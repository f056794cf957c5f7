// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

// Libvirt returns a complete libvirt domain. With a base domain it is that one; whatever the plan does not decide stays
// byte for byte.
func (p *Plan) Libvirt() (string, error) {
	return emit(p.life(), func(out **C.char, err *C.struct_hgx_error) C.int { return C.hgx_emit_libvirt(p.c, out, err) })
}

// Changes returns what [Plan.Libvirt] changes in the base domain of a plan: one line for each device whose address in
// the guest changes or that is added or removed, and for each kind of element; "" if the domain is up to date.
// CodeInvalid: the plan has no base domain.
func (p *Plan) Changes() (string, error) {
	return emit(p.life(), func(out **C.char, err *C.struct_hgx_error) C.int { return C.hgx_emit_changes(p.c, out, err) })
}

// ChangesJSON returns the same as JSON, see docs/json-format.md; a list without elements if nothing changes.
func (p *Plan) ChangesJSON() (string, error) {
	return emit(p.life(), func(out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_changes_json(p.c, out, err)
	})
}

// QEMUFormat is how [Plan.QEMU] writes.
type QEMUFormat int32

const (
	QEMULines QEMUFormat = C.HGX_QEMU_LINES // the arguments, one on each line
	QEMUShell QEMUFormat = C.HGX_QEMU_SHELL // a whole command, quoted for sh
	QEMUJSON  QEMUFormat = C.HGX_QEMU_JSON  // the arguments, an array of texts
)

// QEMUOptions are the options of [Plan.QEMU].
type QEMUOptions struct {
	Format QEMUFormat `c:"format"`
	// code image of OVMF; default: "/usr/share/OVMF/OVMF_CODE_4M.fd"
	FirmwareCode string `c:"firmware_code"`
	// the VM's own writable copy of the matching variables (OVMF_VARS_4M.fd); default: the name of the plan and
	// "_VARS.fd", in the directory where QEMU is started
	FirmwareVars string `c:"firmware_vars"`
	Words        Words  `c:"words"` // of errors
	// only expander buses, ports, switches and devices, for a command line that has the machine (q35), CPUs, NUMA
	// nodes and firmware already
	DevicesOnly bool `c:"devices_only"`
}

// QEMU returns the same guest as arguments of qemu-system-x86_64, for those who start QEMU without libvirt. nil
// options are the defaults.
//
// The devices have the same ids and addresses as in the domain. There is no disk, network, serial console or
// monitor: the caller appends them (bus=ua-spare-1 and so on are free). QEMU's arguments cannot pin vCPUs to host
// CPUs; [Map] has the pins. CodeRefused: the plan has a base domain, whose devices only libvirt can start.
func (p *Plan) QEMU(options *QEMUOptions) (string, error) {
	var a arguments
	defer a.free()
	var c C.struct_hgx_qemu_options
	if err := a.options(&c, options); err != nil {
		return "", err
	}
	return emit(p.life(), func(out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_qemu(p.c, &c, out, err)
	})
}

// GuestJSON returns the guest of the plan as JSON, as [Topology.JSON] writes it, with the findings of the plan and its
// verdicts, whose nodes are those of the host, in the member "plan".
func (p *Plan) GuestJSON() (string, error) {
	return emit(p.life(), func(out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_guest_json(p.c, out, err)
	})
}

// plans holds plans for a call that takes several, and returns the array that C reads.
func (a *arguments) plans(plans []*Plan) (**C.struct_hgx_plan, C.size_t, error) {
	array := make([]*C.struct_hgx_plan, 0, len(plans)+1)
	for _, plan := range plans {
		if err := a.hold(plan.life()); err != nil {
			return nil, 0, err
		}
		array = append(array, plan.c)
	}
	return &array[:1][0], C.size_t(len(plans)), nil
}

// several is text about plans.
func several(plans []*Plan, call func(c **C.struct_hgx_plan, count C.size_t, out **C.char, err *C.struct_hgx_error) C.int) (string, error) {
	var a arguments
	defer a.free()
	c, count, err := a.plans(plans)
	if err != nil {
		return "", err
	}
	return text(func(out **C.char, err *C.struct_hgx_error) C.int { return call(c, count, out, err) })
}

// Map returns the map of one or more plans of one host, as a table for people: vCPU and host CPU, cell and NUMA node,
// guest address and host device. CodeInvalid: there is no plan.
func Map(plans ...*Plan) (string, error) {
	return several(plans, func(c **C.struct_hgx_plan, count C.size_t, out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_map(c, count, out, err)
	})
}

// MapJSON returns the same as JSON, see docs/json-format.md.
func MapJSON(plans ...*Plan) (string, error) {
	return several(plans, func(c **C.struct_hgx_plan, count C.size_t, out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_map_json(c, count, out, err)
	})
}

// KernelOptions are the options of [KernelArgs].
type KernelOptions struct {
	Driver string `c:"driver"` // "vfio-pci" (default) or "pci-stub"
	Words  Words  `c:"words"`  // of errors
}

// KernelArgs returns the kernel command line of a host for one or more of its plans; nil options are the defaults. It
// turns the IOMMU on and keeps drivers off the chosen devices by their ids. CodeRefused: an id also matches a
// device that the host needs; CodeInvalid: there is no plan.
func KernelArgs(options *KernelOptions, plans ...*Plan) (string, error) {
	var a arguments
	defer a.free()
	var cOptions C.struct_hgx_kernel_options
	if err := a.options(&cOptions, options); err != nil {
		return "", err
	}
	return several(plans, func(c **C.struct_hgx_plan, count C.size_t, out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_kernel_args(c, count, &cOptions, out, err)
	})
}
