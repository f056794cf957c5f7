# SPDX-License-Identifier: LGPL-2.1-or-later
s/^(software.*) qemu=9.2/\1/
