# SPDX-License-Identifier: LGPL-2.1-or-later
s/qemu=9.2/qemu=8.2/
