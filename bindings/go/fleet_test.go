// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import "testing"

func TestAFleetIsGrouped(t *testing.T) {
	fleet := must(NewFleet())(t)
	defer fleet.Close()
	for _, host := range []uint64{7, 3} {
		if err := fleet.Add(host, example(t)); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "the first of the group", fleet.First(7), 3)
	same(t, "the norm", fleet.Norm(7), 3)
	same(t, "how many are alike", fleet.Alike(3), 2)
	has(t, "the model", fleet.Model(3), "Xeon")
	same(t, "the first of none", fleet.First(5), FleetNone)
	fleet.Close()
	same(t, "the first after Close", fleet.First(7), FleetNone)
	closed(t, "Add", fleet.Add(1, example(t)))
}
