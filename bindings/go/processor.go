// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

// CPU is one logical CPU.
type CPU struct {
	ID       uint32 // Linux CPU number
	Package  int    // -1 unknown (offline)
	Die      int    // -1 unknown or not distinguished
	Core     int    // core id within package and die; -1 unknown
	NUMANode int    // -1 unknown
	Online   bool
}

func newCPU(c *C.struct_hgx_cpu) *CPU {
	if c == nil {
		return nil
	}
	return &CPU{ID: uint32(c.id), Package: int(c._package), Die: int(c.die), Core: int(c.core),
		NUMANode: int(c.numa_node), Online: c.online != 0}
}

// Pages is a pool of pages of one size on a NUMA node.
type Pages struct {
	Size  uint64 // bytes per page
	Total uint64 // pages
	Free  uint64 // pages
}

func newPages(c *C.struct_hgx_pages) Pages {
	return Pages{Size: uint64(c.size), Total: uint64(c.total), Free: uint64(c.free)}
}

// Memory is the memory of a NUMA node.
type Memory struct {
	ID        uint32  // Linux node number
	Bytes     uint64  // 0: a node without memory
	HugePages []Pages // by size, ascending
	// SLIT row, one value per NUMA node of the topology in ascending order of their numbers; nil unknown
	Distances []uint32
}

func newMemory(c *C.struct_hgx_memory) *Memory {
	if c == nil {
		return nil
	}
	return &Memory{ID: uint32(c.id), Bytes: uint64(c.bytes),
		HugePages: list(c.huge_pages, c.huge_page_sizes, newPages),
		Distances: list(c.distances, c.distance_count, number)}
}

// Processor is the processor of a package.
type Processor struct {
	ID            uint32 // physical package number
	Arch          string // "x86_64", "arm64", …; "" unknown
	Vendor        string // "GenuineIntel", "AuthenticAMD", …; "" unknown
	Name          string // model name; "" unknown
	Family, Model int    // CPUID numbers; -1 unknown
	AddressBits   int    // of physical addresses; -1 unknown
}

func newProcessor(c *C.struct_hgx_processor) *Processor {
	if c == nil {
		return nil
	}
	return &Processor{ID: uint32(c.id), Arch: C.GoString(c.arch), Vendor: C.GoString(c.vendor),
		Name: C.GoString(c.name), Family: int(c.family), Model: int(c.model), AddressBits: int(c.address_bits)}
}
