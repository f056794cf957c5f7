# SPDX-License-Identifier: LGPL-2.1-or-later
s/^(software.*) ovmf=2025.02/\1/
