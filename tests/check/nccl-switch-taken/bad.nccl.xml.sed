# SPDX-License-Identifier: LGPL-2.1-or-later
# the address of a GPU of the host: NVSwitches and drives are never in the file
4s/0000:16:00.0/0000:01:00.0/
