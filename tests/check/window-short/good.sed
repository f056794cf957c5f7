# SPDX-License-Identifier: LGPL-2.1-or-later
s/ovmf=2025.02/ovmf=2022.05/
