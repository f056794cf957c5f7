# SPDX-License-Identifier: LGPL-2.1-or-later
2s/"1"/"2"/
