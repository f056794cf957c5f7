# SPDX-License-Identifier: LGPL-2.1-or-later
/driver name='vfio'/d
