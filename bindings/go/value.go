// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <hgxtopo.h>
import "C"

import "unsafe"

// ParseSize reads a size such as "1792G", "1.75T", "939524096KiB" or "64GB", and returns bytes. K, M, G, T, P, E
// and KiB to EiB are powers of 1024, KB to EB powers of 1000, as in libvirt. A unit is required; its case
// does not matter.
func ParseSize(text string) (uint64, error) {
	var a arguments
	defer a.free()
	var c C.uint64_t
	err := try(func(err *C.struct_hgx_error) C.int { return C.hgx_size_parse(&c, a.text(text), err) })
	return uint64(c), err
}

// list copies an array of the library.
func list[From, To any](first *From, count C.size_t, convert func(*From) To) []To {
	if count == 0 {
		return nil
	}
	copied := make([]To, count)
	for i := range copied {
		copied[i] = convert(&unsafe.Slice(first, count)[i])
	}
	return copied
}

func number(c *C.uint32_t) uint32 {
	return uint32(*c)
}
