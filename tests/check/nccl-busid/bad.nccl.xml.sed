# SPDX-License-Identifier: LGPL-2.1-or-later
15s/0000:9a:00.0/0000:9A:00.0/
