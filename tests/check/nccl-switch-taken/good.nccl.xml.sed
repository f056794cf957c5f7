# SPDX-License-Identifier: LGPL-2.1-or-later
# an address that no device has
4s/0000:16:00.0/ffff:ff:01.0/
