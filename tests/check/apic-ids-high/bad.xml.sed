# SPDX-License-Identifier: LGPL-2.1-or-later
/<vcpupin/d
s/>8</>165</
s/sockets='2'/sockets='5'/
s/cores='4'/cores='33'/
s/cpus='0-3'/cpus='0-65'/
s/cpus='4-7'/cpus='66-164'/
