# SPDX-License-Identifier: LGPL-2.1-or-later
# both switches of a socket exchange what is below, so nothing changes
4s/0000:16:00.0/0000:38:00.0/
8s/0000:38:00.0/0000:16:00.0/
