# SPDX-License-Identifier: LGPL-2.1-or-later
# two GPUs exchanged, across the sockets
5s/0000:18:00.0/0000:9a:00.0/
15s/0000:9a:00.0/0000:18:00.0/
