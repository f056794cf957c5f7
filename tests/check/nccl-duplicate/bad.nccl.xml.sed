# SPDX-License-Identifier: LGPL-2.1-or-later
# two switches of one id, and a device twice
8s/0000:38:00.0/0000:16:00.0/
10s/.*/&\n&/
