# SPDX-License-Identifier: LGPL-2.1-or-later
6s/\/>$/><nic><\/nic><\/pci>/
