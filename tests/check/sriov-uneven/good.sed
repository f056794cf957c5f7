# SPDX-License-Identifier: LGPL-2.1-or-later
s/00.0 nic$/& sriov=8/
