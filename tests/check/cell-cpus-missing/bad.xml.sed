# SPDX-License-Identifier: LGPL-2.1-or-later
s/cpus='4-7'/cpus='4-6'/
