# SPDX-License-Identifier: LGPL-2.1-or-later
/<vcpupin/d
s/>8</>260</
s/cores='4'/cores='130'/
s/cpus='0-3'/cpus='0-129'/
s/cpus='4-7'/cpus='130-259'/
s|<apic/>|&<ioapic driver='qemu'/>|
s|^  <devices>|&<iommu model='intel'><driver intremap='on' caching_mode='on' eim='on'/></iommu>|
