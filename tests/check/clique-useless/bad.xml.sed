# SPDX-License-Identifier: LGPL-2.1-or-later
s|<apic/>|&<kvm><hidden state='on'/></kvm>|
s|^  <qemu:override>|&<qemu:device alias='ua-gpu-0000_3a_00_0'><qemu:frontend><qemu:property name='x-nv-gpudirect-clique' type='unsigned' value='0'/></qemu:frontend></qemu:device>|
