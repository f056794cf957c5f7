// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

// A BDF is a PCI address. Its zero value is 0000:00:00.0.
type BDF struct {
	Domain   uint32 // 16 bits on most machines, 32 with Intel VMD
	Bus      uint8  // 0-255
	Device   uint8  // 0-31
	Function uint8  // 0-7
}

func newBDF(c *C.struct_hgx_bdf) BDF {
	return BDF{Domain: uint32(c.domain), Bus: uint8(c.bus), Device: uint8(c.device), Function: uint8(c.function)}
}

// ParseBDF reads "0000:19:00.0" or "19:00.0" (hexadecimal, either case).
func ParseBDF(text string) (BDF, error) {
	var a arguments
	defer a.free()
	var c C.struct_hgx_bdf
	err := try(func(err *C.struct_hgx_error) C.int { return C.hgx_bdf_parse(&c, a.text(text), err) })
	return newBDF(&c), err
}

// String returns the address in full and in lower case, as nodes are named: "0000:19:00.0". A domain above
// ffff has more than four digits ("10000:e1:00.0").
func (b BDF) String() string {
	c := C.struct_hgx_bdf{domain: C.uint32_t(b.Domain), bus: C.uint8_t(b.Bus), device: C.uint8_t(b.Device),
		function: C.uint8_t(b.Function)}
	var out [C.HGX_BDF_SIZE]C.char
	length := C.hgx_bdf_format(&out[0], C.HGX_BDF_SIZE, c)
	return C.GoStringN(&out[0], C.int(length))
}

// A Link is a PCIe link.
type Link struct {
	Speed uint32 // MT/s per lane: 2500, 5000, 8000, 16000, 32000, 64000; 0 unknown
	Width uint32 // lanes; 0 unknown
}

func newLink(c *C.struct_hgx_link) Link {
	return Link{Speed: uint32(c.speed), Width: uint32(c.width)}
}

// BARFlags say what a base address register is.
type BARFlags uint32

const (
	BARIO       BARFlags = C.HGX_BAR_IO
	BAR64Bit    BARFlags = C.HGX_BAR_64BIT
	BARPrefetch BARFlags = C.HGX_BAR_PREFETCH
)

// A BAR is a base address register.
type BAR struct {
	Size  uint64 // bytes; 0: not implemented
	Flags BARFlags
}

func newBAR(c *C.struct_hgx_bar) BAR {
	return BAR{Size: uint64(c.size), Flags: BARFlags(c.flags)}
}

// BARs is how many base address registers a [PCI] has; the last one is the expansion ROM.
const BARs = C.HGX_BARS

// Known is whether a function has a capability. It is unknown if configuration space beyond 64 bytes could
// not be read; only root can read it.
type Known int32

const (
	KnownUnknown Known = C.HGX_UNKNOWN
	KnownAbsent  Known = C.HGX_ABSENT
	KnownPresent Known = C.HGX_PRESENT
)

// A Capability is an extended capability (PCI Express Base Specification 7.7.8 ACS, 10.5 ATS).
type Capability struct {
	State   Known
	Bits    uint16 // capability register, 0 unless present
	Control uint16 // control register, 0 unless present
}

func newCapability(c *C.struct_hgx_capability) Capability {
	return Capability{State: Known(c.state), Bits: uint16(c.bits), Control: uint16(c.control)}
}

// An OSDevice is what the operating system calls a device.
type OSDevice struct {
	Type string // "net", "infiniband" or "block"
	Name string // such as "ens1f0np0", "mlx5_0", "nvme0n1"
}

func newOSDevice(c *C.struct_hgx_os_device) OSDevice {
	return OSDevice{Type: C.GoString(c._type), Name: C.GoString(c.name)}
}

// PCI is one PCI function. Unknown or missing values are "" or -1.
type PCI struct {
	Address                          BDF
	Vendor, Device                   uint16
	SubsystemVendor, SubsystemDevice uint16
	ClassCode                        uint32 // 24 bits: class, subclass, programming interface
	Revision                         int
	VendorName, DeviceName           string // from the pci.ids database
	LinkMax                          Link   // the fastest the function can do
	LinkNow                          Link   // the current, trained link
	BARs                             [BARs]BAR
	NUMANode                         int    // as the firmware reports it; -1 if it does not
	Driver                           string // bound driver
	IOMMUGroup                       int    // -1: none, the IOMMU is off
	// PCIe device/port type (PCI Express Capabilities register, bits 7:4); -1: unknown or not PCIe
	PortType int
	// configuration space was not readable, so the kind of this bridge was inferred from its place
	KindInferred     bool
	ACS, ATS         Capability
	SRIOVTotal       int    // virtual functions it can have
	SRIOVEnabled     int    // virtual functions it has now
	PhysicalFunction Node   // of a virtual function
	Slot             string // physical slot name
	OSDevices        []OSDevice
	HostUse          string // why the host itself needs it, or may need it; or ""
	DriveSerial      string // serial number of an NVMe drive, from its driver
	GUID             string // node GUID of a NIC or UUID of a GPU, from its driver
	// PCI device serial number, 16 hexadecimal digits in pairs; functions of one card often have the same
	DeviceSerial string
	NetSpeed     uint32 // Mb/s of the network port of a NIC, from its driver; 0: unknown, or it has no link
}

func newPCI(l *lifetime, c *C.struct_hgx_pci) *PCI {
	if c == nil {
		return nil
	}
	pci := &PCI{
		Address:          newBDF(&c.address),
		Vendor:           uint16(c.vendor),
		Device:           uint16(c.device),
		SubsystemVendor:  uint16(c.subsystem_vendor),
		SubsystemDevice:  uint16(c.subsystem_device),
		ClassCode:        uint32(c.class_code),
		Revision:         int(c.revision),
		VendorName:       C.GoString(c.vendor_name),
		DeviceName:       C.GoString(c.device_name),
		LinkMax:          newLink(&c.link_max),
		LinkNow:          newLink(&c.link_now),
		NUMANode:         int(c.numa_node),
		Driver:           C.GoString(c.driver),
		IOMMUGroup:       int(c.iommu_group),
		PortType:         int(c.port_type),
		KindInferred:     c.kind_inferred != 0,
		ACS:              newCapability(&c.acs),
		ATS:              newCapability(&c.ats),
		SRIOVTotal:       int(c.sriov_total),
		SRIOVEnabled:     int(c.sriov_enabled),
		PhysicalFunction: newNode(l, c.physical_function),
		Slot:             C.GoString(c.slot),
		OSDevices:        list(c.os_devices, c.os_device_count, newOSDevice),
		HostUse:          C.GoString(c.host_use),
		DriveSerial:      C.GoString(c.drive_serial),
		GUID:             C.GoString(c.guid),
		DeviceSerial:     C.GoString(c.device_serial),
		NetSpeed:         uint32(c.net_speed),
	}
	for i := range c.bars {
		pci.BARs[i] = newBAR(&c.bars[i])
	}
	return pci
}
