# SPDX-License-Identifier: LGPL-2.1-or-later
s/^software libvirt=11.3.0/software/
