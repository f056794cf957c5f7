# SPDX-License-Identifier: LGPL-2.1-or-later
s/libvirt=11.3.0/libvirt=8.1.0/
