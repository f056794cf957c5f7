# SPDX-License-Identifier: LGPL-2.1-or-later
s/^cpu .*/& threads=2/
