// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

import "sync"

// FleetNone is no host of a [Fleet].
const FleetNone = uint64(C.HGX_FLEET_NONE)

// A Fleet is hosts, grouped by fingerprint and by what else Compare compares: the hosts of one group do not differ, but for
// the models of their drives. Of each host only its group is kept: the topologies may be closed, and read again
// when they are to be compared. The caller numbers the hosts.
type Fleet struct {
	lifetime *lifetime
	c        *C.struct_hgx_fleet
	adding   sync.RWMutex
}

// NewFleet returns an empty fleet.
func NewFleet() (*Fleet, error) {
	var c *C.struct_hgx_fleet
	if err := try(func(err *C.struct_hgx_error) C.int { return C.hgx_fleet_new(&c, err) }); err != nil {
		return nil, err
	}
	return &Fleet{lifetime: begin(func() { C.hgx_fleet_free(c) }), c: c}, nil
}

// Close frees the fleet. The error is always nil.
func (f *Fleet) Close() error {
	if f != nil {
		f.lifetime.end()
	}
	return nil
}

func (f *Fleet) life() *lifetime {
	if f == nil {
		return nil
	}
	return f.lifetime
}

// Add adds host number host, in any order. CodeInvalid: there is one of that number. A call that fails leaves the fleet as
// it was.
func (f *Fleet) Add(host uint64, topology *Topology) error {
	var a arguments
	defer a.free()
	if err := a.hold(f.life(), topology.life()); err != nil {
		return err
	}
	f.adding.Lock()
	defer f.adding.Unlock()
	return try(func(err *C.struct_hgx_error) C.int {
		return C.hgx_fleet_add(f.c, C.size_t(host), topology.c, err)
	})
}

// read is what the library says of a fleet to which nobody is adding.
func read[T any](f *Fleet, gone T, call func() T) T {
	return within(f.life(), gone, func() T {
		f.adding.RLock()
		defer f.adding.RUnlock()
		return call()
	})
}

// First returns the lowest number of a host in the group of host. FleetNone, here and below: there is no host of
// that number.
func (f *Fleet) First(host uint64) uint64 {
	return read(f, FleetNone, func() uint64 { return uint64(C.hgx_fleet_first(f.c, C.size_t(host))) })
}

// Norm returns the host that host is to be compared with: the first of the largest group of hosts of its model.
func (f *Fleet) Norm(host uint64) uint64 {
	return read(f, FleetNone, func() uint64 { return uint64(C.hgx_fleet_norm(f.c, C.size_t(host))) })
}

// Alike returns how many hosts are in the group of host, itself included; 0: no such host.
func (f *Fleet) Alike(host uint64) uint64 {
	return read(f, 0, func() uint64 { return uint64(C.hgx_fleet_alike(f.c, C.size_t(host))) })
}

// Model returns the model of a host: its processor and the ids of the models of its GPUs; "": no such host.
func (f *Fleet) Model(host uint64) string {
	return read(f, "", func() string { return C.GoString(C.hgx_fleet_model(f.c, C.size_t(host))) })
}
