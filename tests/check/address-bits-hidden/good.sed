# SPDX-License-Identifier: LGPL-2.1-or-later
s/libvirt=11.3.0 qemu=9.2/libvirt=8.7.0 qemu=5.2/; s/memory=512G/memory=64G/; s/^(part gpu .*)/\1 bars=0:16M:64p,2:16G:64p/
