# SPDX-License-Identifier: LGPL-2.1-or-later
/<hostdev/,/<\/hostdev>/d
s/>checked</>second</
s/(<vcpupin vcpu='.' cpuset=)'(.)'/\1'1\2'/
s/(<vcpupin vcpu='.' cpuset=)'3(.)'/\1'5\2'/
