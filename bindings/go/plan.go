// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

// Values of [PlanOptions].
const (
	ReserveNone  = C.HGX_RESERVE_NONE  // of ReserveCores
	HugepagesOff = C.HGX_HUGEPAGES_OFF // of Hugepages
	// of VCPUs and Memory: all that the host can give, the default of a new VM. A base domain keeps what it
	// has.
	VCPUsAll  = C.HGX_VCPUS_ALL
	MemoryAll = C.HGX_MEMORY_ALL
)

// A Choice is the value of an option that is decided by default.
type Choice int32

const (
	Auto Choice = C.HGX_AUTO
	On   Choice = C.HGX_ON
	Off  Choice = C.HGX_OFF
)

// NVSwitchChoice is who gets the NVSwitches.
type NVSwitchChoice int32

const (
	// the VM, if it gets every GPU of the board; else they stay on the host for the Fabric Manager
	NVSwitchAuto NVSwitchChoice = C.HGX_NVSWITCH_AUTO
	NVSwitchNone NVSwitchChoice = C.HGX_NVSWITCH_NONE
	NVSwitchAll  NVSwitchChoice = C.HGX_NVSWITCH_ALL
)

// A Mirror is what an expander bus of the guest stands for.
type Mirror int32

const (
	MirrorNUMA        Mirror = C.HGX_MIRROR_NUMA         // a NUMA node
	MirrorRootComplex Mirror = C.HGX_MIRROR_ROOT_COMPLEX // a root bus of the host
)

// Only is what of a base domain may change.
type Only int32

const (
	OnlyAll Only = C.HGX_ONLY_ALL // whatever a mirror needs
	// PCI controllers and PCI addresses: what a hook of another manager may change, which has chosen
	// devices, CPUs and memory itself
	OnlyPCI Only = C.HGX_ONLY_PCI
)

// PlanOptions are the options of [NewPlan]. The zero value of each field is its default. Lists are texts with commas
// between the elements; addresses may leave out domain 0000. If a device named by address cannot be assigned, the
// plan is CodeRefused, with the reason.
//
// The tag of a field is the name of the member in C, which errors and texts call it by.
type PlanOptions struct {
	// of the domain; default "hgx-vm", "hgx-vm-2" for VM 2 of several, "hgx-vm-p3" for partition 3
	Name string `c:"name"`
	// bytes for the whole guest, a multiple of 2 MiB per cell; MemoryAll: all but what [HostMemory] keeps, or
	// the VM's share of that; default: that of the base domain, or all
	Memory uint64 `c:"memory"`
	// whole cores per NUMA node left to the host, lowest CPU numbers first; ReserveNone: none; default: one in
	// twelve, at least one
	ReserveCores int32 `c:"reserve_cores"`

	// GPUs and accelerators: "all" (default); a list of addresses, names ("mlx5_0"), slots ("slot:21") or
	// numbers and ranges ("0-3", "0,2") in the order of PCI addresses, counted from 0 as nvidia-smi does,
	// accelerators after the GPUs; or "none". Each GPU of a list brings its share of the cores, memory and near
	// devices of its NUMA node
	GPUs string `c:"gpus"`
	// "near" (default): those behind the same uppermost switch as a chosen GPU; for a GPU without any there,
	// the nearest by path class. "all", "none", or a list
	NICs string `c:"nics"`
	// NVMe drives, likewise
	NVMe string `c:"nvme"`
	// addresses of further devices; a bridge, or a part of the processor or the chipset, is CodeRefused
	Add string `c:"add"`
	// addresses of devices that the VM must not get
	Skip     string         `c:"skip"`
	NVSwitch NVSwitchChoice `c:"nvswitch"`
	// of a NIC that several VMs share (with one VM: of every near NIC) the VM gets a virtual function
	VF bool `c:"vf"`

	// Off: one vCPU per core; On: CodeRefused if there are no SMT siblings; default: as many per core as give
	// the most vCPUs
	SMT Choice `c:"smt"`
	// VCPUsAll: of all cores but the reserved ones, or the VM's share; default: those of the base domain, with
	// their pins, cells and topology, or all. With fewer, the nodes of the chosen GPUs are used, if they have
	// enough
	VCPUs uint32 `c:"vcpus"`
	// bytes of every guest NUMA node; not with Memory
	MemoryPerCell uint64 `c:"memory_per_cell"`
	// page size, 2 MiB or 1 GiB; HugepagesOff; default: off, or what the base domain has
	Hugepages uint64 `c:"hugepages"`

	Mirror Mirror `c:"mirror"`
	// Auto: PCIe GPUs under one host switch get a common GPUDirect clique id, GPUs with NVLink none; Off: none
	P2PClique Choice `c:"p2p_clique"`
	// such as "8.2": the version to write the domain for; default: [Topology.Software] of the host, else "9.0"
	LibvirtVersion string `c:"libvirt_version"`
	// likewise; else "7.2"
	QEMUVersion string `c:"qemu_version"`

	// which VM, counted from 1, of how many equal ones: GPUs with their NICs, drives, cores and memory; set both
	// or neither. Default: one VM. The plans of all are disjoint and together cover what is not reserved. Errors
	// name "vm" where it is not one of VMs, and "vms" where the host does not divide so.
	VM  uint32 `c:"vm"`
	VMs uint32 `c:"vms"`
	// the VMs need not be equal
	Uneven bool `c:"uneven"`
	// Fabric Manager partition of an 8-GPU board, "0" to "14": the VM gets its GPUs and their share of the rest
	Partition string `c:"partition"`
	// GPU numbers by module id: "4,6,5,7,0,2,1,3" says that module 1 is GPU 4; needed with Partition
	ModuleIDs string `c:"module_ids"`

	// needs Base. With OnlyPCI, options that choose devices, vCPUs or memory are CodeInvalid
	Only Only `c:"only"`
	// a libvirt domain (XML) to put the mirror into; default: none. Its devices, addresses and name stay. The VM
	// has the devices that it assigns; the options above add to them and take away, and the defaults of GPUs,
	// NICs, NVMe and NVSwitch are those of the domain. One that assigns none is treated as a new VM if GPUs, VMs
	// or Partition is set. Its vCPUs, memory and huge pages stay unless an option says otherwise; NUMA cells,
	// pins and bindings that it lacks are added.
	Base string `c:"base,base_length"`
	// what to call it in an error, such as its file name; default: "the base domain"
	BaseName string `c:"base_name"`

	// of errors and of the findings of the plan
	Words Words `c:"words"`

	// devices are assigned through iommufd instead of the VFIO container; needs libvirt 12.1 and QEMU 9.0, and
	// /dev/iommu on the host; default: only if the base domain does so
	IOMMUFD bool `c:"iommufd"`

	// host CPUs that the VM may use, such as "8-15,56-63" or "0-94:2", all threads of a core or none; default: the
	// cores that are the share of its GPUs. Several VMs (VMs, Partition) divide them
	CPUs string `c:"cpus"`
	// host CPUs whose cores stay with the host, as those of ReserveCores do
	HostCPUs string `c:"host_cpus"`
}

// A Plan is one virtual machine on a host.
type Plan struct {
	lifetime *lifetime
	c        *C.struct_hgx_plan
	host     *lifetime
}

// NewPlan plans one virtual machine: by default (nil options) one that gets every GPU of the host (full
// passthrough), with the NICs and NVMe drives near them and the NVSwitches.
//
// CodeInvalid: an option has an invalid value, or options contradict each other; CodeSyntax, CodeBroken: the base
// domain is wrong; CodeMissing: a device does not exist; CodeRefused: there is nothing to assign, or the options
// ask for something impossible; CodeLimit: the plan needs more buses, slots, controllers or address space than
// there are; the text has the arithmetic.
func NewPlan(host *Topology, options *PlanOptions) (*Plan, error) {
	var a arguments
	defer a.free()
	var cOptions C.struct_hgx_plan_options
	if err := a.options(&cOptions, options); err != nil {
		return nil, err
	}
	if !host.life().enter() {
		return nil, ErrClosed
	}
	var c *C.struct_hgx_plan
	err := try(func(err *C.struct_hgx_error) C.int { return C.hgx_plan_new(&c, host.c, &cOptions, err) })
	if err != nil {
		host.lifetime.leave()
		return nil, err
	}
	leaveHost := host.lifetime.leave
	free := func() {
		C.hgx_plan_free(c)
		leaveHost()
	}
	return &Plan{lifetime: begin(free), c: c, host: host.lifetime}, nil
}

// Close ends the plan and the topology of its guest. The error is always nil.
func (p *Plan) Close() error {
	if p != nil {
		p.lifetime.end()
	}
	return nil
}

func (p *Plan) life() *lifetime {
	if p == nil {
		return nil
	}
	return p.lifetime
}

// Name returns the name of the plan's domain.
func (p *Plan) Name() string {
	return within(p.life(), "", func() string { return C.GoString(C.hgx_plan_name(p.c)) })
}

// String returns the name of the plan and what its guest is, such as "hgx-vm: guest with 8 GPUs"; "closed plan" where it is
// closed.
func (p *Plan) String() string {
	guest := p.Guest()
	if guest == nil {
		return "closed plan"
	}
	return p.Name() + ": " + guest.String()
}

// Guest returns what the guest will see: a topology with predicted PCI addresses. It ends with the plan.
func (p *Plan) Guest() *Topology {
	return within(p.life(), nil, func() *Topology {
		return &Topology{lifetime: p.lifetime, c: C.hgx_plan_guest(p.c), borrowed: true}
	})
}

// HostOf returns the host node that a node of the guest stands for: a device, a port, a NUMA node, a CPU.
func (p *Plan) HostOf(guest Node) Node {
	return within(p.life(), Node{}, func() Node {
		return within(guest.lifetime, Node{}, func() Node {
			return newNode(p.host, C.hgx_plan_host_of(p.c, guest.c))
		})
	})
}

// GuestOf is the reverse: the node of the guest that stands for a node of the host. If several do (a host switch with
// more devices than an emulated one has ports), it is the first in the order of [Node.Nodes].
func (p *Plan) GuestOf(host Node) Node {
	return within(p.life(), Node{}, func() Node {
		return within(host.lifetime, Node{}, func() Node {
			return newNode(p.lifetime, C.hgx_plan_guest_of(p.c, host.c))
		})
	})
}

// Findings returns what was left out and why, and what else the operator should know.
func (p *Plan) Findings() []Finding {
	return within(p.life(), nil, func() []Finding {
		var c *C.struct_hgx_finding
		count := C.hgx_plan_findings(p.c, &c)
		return findings(c, count, p.node)
	})
}

// node returns a node of the guest or of the host.
func (p *Plan) node(c *C.struct_hgx_node) Node {
	root := c
	for above := c; above != nil; above = C.hgx_node_parent(above) {
		root = above
	}
	if root == C.hgx_topo_root(C.hgx_plan_guest(p.c)) {
		return newNode(p.lifetime, c)
	}
	return newNode(p.host, c)
}

// A Fate is what became of a PCI function of the host.
type Fate int32

const (
	FateThisVM  Fate = C.HGX_FATE_THIS_VM  // the VM of the plan gets it, or its base domain assigns it
	FateOtherVM Fate = C.HGX_FATE_OTHER_VM // another VM gets it: one of the option VMs, or one of another partition
	// it stays with the host, which needs it (a mounted drive, the default route, the NVSwitches for the Fabric
	// Manager, a NIC whose virtual functions go to VMs), or it cannot be assigned (a bridge, part of the
	// chipset, without an IOMMU group or in one with something that the host needs)
	FateHost Fate = C.HGX_FATE_HOST
	// no VM gets it, although the host does not need it: no option names it, it is not near a GPU of a VM, there
	// are too few to give one to each VM, the option Skip names it, or it is a virtual function that no VM needs
	// or that vanishes with its physical function
	FateLeftOut Fate = C.HGX_FATE_LEFT_OUT
)

// String returns "this-vm", "other-vm", "host" or "left-out", and the number of another fate.
func (f Fate) String() string {
	return named(C.hgx_fate_name(C.int(f)), int32(f))
}

// A Verdict is a fate, and why. Plans of one host whose options only differ in VM agree: a function with
// FateOtherVM and number n in one has FateThisVM in the plan of VM n (unless that plan is refused), and FateHost or
// FateLeftOut in one is the same in all. Only base domains, which may assign anything, can make a difference.
type Verdict struct {
	Fate Fate
	// the number of the VM that gets it, counted from 1 as in the option VM; 0: no VM does, VMs is not set, or
	// it is left to another, unknown partition
	VM     uint32
	Reason string // one sentence about the function; never ""
	// the node of the host that is the cause: the GPU it is near, the function of its IOMMU group that the host
	// needs, the physical function, the missing GPU of the board, the switch of a port; or none
	Because Node
}

// Verdict returns what became of a PCI function of the host, whatever its kind, in this plan. nil: not a PCI
// function of the plan's host.
func (p *Plan) Verdict(host Node) *Verdict {
	return within(p.life(), nil, func() *Verdict {
		return within(host.lifetime, nil, func() *Verdict {
			return newVerdict(p.host, C.hgx_plan_verdict(p.c, host.c))
		})
	})
}

func newVerdict(host *lifetime, c *C.struct_hgx_verdict) *Verdict {
	if c == nil {
		return nil
	}
	return &Verdict{Fate: Fate(c.fate), VM: uint32(c.vm), Reason: C.GoString(c.reason),
		Because: newNode(host, c.because)}
}

// CPUNone is the HostCPU of a virtual CPU that is not pinned, or pinned to several CPUs.
const CPUNone = C.HGX_CPU_NONE

// A VCPU is a virtual CPU, and the host CPU that it is pinned to.
type VCPU struct {
	// its number in a Linux guest, from 0. The domain has the same, unless it has vCPUs that are offline at boot
	ID uint32
	// Linux CPU number on the host. No other vCPU has it, unless a base domain says so or has more vCPUs than
	// the host has CPUs. CPUNone: pinned to several CPUs, or not pinned
	HostCPU uint32
	Cell    uint32 // NUMA node of the guest
	Socket  uint32
	Die     uint32 // within its socket
	Core    uint32 // within its die
	Thread  uint32 // within its core
}

func newVCPU(c *C.struct_hgx_vcpu) VCPU {
	return VCPU{ID: uint32(c.id), HostCPU: uint32(c.host_cpu), Cell: uint32(c.cell), Socket: uint32(c.socket),
		Die: uint32(c.die), Core: uint32(c.core), Thread: uint32(c.thread)}
}

// VCPUs returns the vCPUs of the guest in the order of their numbers.
func (p *Plan) VCPUs() []VCPU {
	return within(p.life(), nil, func() []VCPU {
		var c *C.struct_hgx_vcpu
		count := C.hgx_plan_vcpus(p.c, &c)
		return list(c, count, newVCPU)
	})
}

// EmulatorCPUs returns the host CPUs for QEMU's own threads (emulator and I/O threads), as Linux numbers them,
// ascending. No vCPU is pinned to them, unless a base domain says so. None: those threads are not pinned.
func (p *Plan) EmulatorCPUs() []uint32 {
	return within(p.life(), nil, func() []uint32 {
		var c *C.uint32_t
		count := C.hgx_plan_emulator_cpus(p.c, &c)
		return list(c, count, number)
	})
}

// PageSize returns the bytes of each huge page that backs the guest's memory; 0: normal pages.
func (p *Plan) PageSize() uint64 {
	return within(p.life(), 0, func() uint64 { return uint64(C.hgx_plan_page_size(p.c)) })
}

// Window returns the bytes of the 64-bit window to request from OVMF for the BARs of the devices, a multiple of
// 1 MiB (opt/ovmf/X-PciMmio64Mb, which counts MiB); 0: OVMF's default is enough.
func (p *Plan) Window() uint64 {
	return within(p.life(), 0, func() uint64 { return uint64(C.hgx_plan_window(p.c)) })
}

// HostMemory returns how many bytes of a NUMA node with that many bytes of memory stay with the host by default: a
// tenth, at least 8 GiB, at most half; the rest is rounded down to whole GiB.
func HostMemory(bytes uint64) uint64 {
	return uint64(C.hgx_plan_host_memory(C.uint64_t(bytes)))
}
