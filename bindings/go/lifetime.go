// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"errors"
	"runtime"
	"sync/atomic"
)

// ErrClosed is what functions return that are given a topology or plan after its Close, or nil for one.
var ErrClosed = errors.New("the topology or plan is closed")

// A lifetime is that of a topology or plan in the memory of the library. It is freed after Close, or when
// the garbage collector finds it unused, but never before the last call that reads it has returned.
//
// Every call defers leave, which keeps the lifetime reachable until then: runtime.KeepAlive is not needed.
type lifetime struct {
	users atomic.Int64 // the calls that are reading, and one more until the end
	ended atomic.Bool
	free  func()
}

func begin(free func()) *lifetime {
	l := &lifetime{free: free}
	l.users.Store(1)
	runtime.SetFinalizer(l, (*lifetime).end)
	return l
}

// enter begins a call that reads the memory. It returns false if there is nothing to read any more.
func (l *lifetime) enter() bool {
	if l == nil {
		return false
	}
	for {
		users := l.users.Load()
		if users == 0 || l.ended.Load() {
			return false
		}
		if l.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

func (l *lifetime) leave() {
	if l.users.Add(-1) == 0 {
		l.free()
	}
}

// end lets no further call begin. The memory is freed when those that have begun have returned.
func (l *lifetime) end() {
	if l.ended.CompareAndSwap(false, true) {
		runtime.SetFinalizer(l, nil)
		l.leave()
	}
}

// within returns what a call says that reads the memory, or gone if that is freed.
func within[T any](l *lifetime, gone T, call func() T) T {
	if !l.enter() {
		return gone
	}
	defer l.leave()
	return call()
}
