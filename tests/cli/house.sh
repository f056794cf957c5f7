#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The floors of the library: includes and calls run downward, and never in a circle; plan/plan.c alone
# calls the parts of a plan; emitters do not decide
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

check "no arrow upward, no circle, no part of a plan that calls another, no emitter that decides" \
	python3 tests/house.py libhgxtopo "$B/lib"

# A copy of the house for each planted fault.
fresh() {
	rm -rf "$work/house" "$work/objects"
	cp -r libhgxtopo "$work/house"
	mkdir "$work/objects"
	cp "$B"/lib/*.o "$work/objects"
}
# planted SENTENCE LINE: the fault is found and reported in that line
planted() {
	python3 tests/house.py "$work/house" "$work/objects" >"$work/faults"
	status=$?
	check "$1 is found" test $status = 1
	check "$1 is named" grep -qxF "$2" "$work/faults"
}
object() { echo "$2" | ${CC:-cc} -x c -c -o "$work/objects/$1.o" -; }

fresh
check "a copy of the house has no fault" python3 tests/house.py "$work/house" "$work/objects"
echo '#include "plan/select.h"' >>"$work/house/util/bdf.h"
planted "an include of a higher floor" "util/bdf.h includes plan/select.h, on a higher floor"
fresh
echo '#include <plan/select.h>' >>"$work/house/util/bdf.h"
planted "an include of a higher floor in angle brackets" "util/bdf.h includes plan/select.h, on a higher floor"
fresh
echo '#include "plan/cores_equal.h"' >>"$work/house/plan/cores.h"
planted "a circle of headers" \
	"a circle of files, each of which includes the next: plan/cores.h, plan/cores_equal.h"
fresh
echo '#include "plan/nothing.h"' >>"$work/house/plan/cores.h"
planted "a header that does not exist" "plan/cores.h includes plan/nothing.h, which is not a header of a room"
fresh
touch "$work/house/util/low.c" "$work/house/match/high.c"
object util_low 'int high(void); int low(void); int low(void) { return high(); }'
object match_high 'int high(void); int high(void) { return 1; }'
planted "a call to a higher floor" "util/low.c uses match/high.c, on a higher floor"
fresh
touch "$work/house/plan/one.c" "$work/house/plan/two.c"
object plan_one 'int one(void); int two(void); int one(void) { return two(); }'
object plan_two 'int one(void); extern int word; int word; int two(void); int two(void) { return one(); }'
planted "a circle of calls" "a circle of files, each of which uses the next: plan/one.c, plan/two.c"
fresh
object plan_pcie 'int plan_pcie(void); int plan_index(void); int plan_pcie(void) { return plan_index(); }'
planted "a part of a plan that calls another" \
	"plan/pcie.c uses plan/index.c, and plan/plan.c calls both: only it puts the parts in order"
fresh
object emit_map 'int needs_eim(void); int hgx_emit_map(void); int hgx_emit_map(void) { return needs_eim(); }'
planted "an emitter that decides" "emit/map.c uses guest/apic.c: emitters spell, the plan decides"
fresh
mkdir "$work/house/attic"
touch "$work/house/attic/old.h"
planted "a room that is not in the list" "attic/old.h: 'attic' is not a room; house.py lists the rooms"
finish
