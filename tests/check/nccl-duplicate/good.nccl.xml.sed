# SPDX-License-Identifier: LGPL-2.1-or-later
8s/0000:38:00.0/ffff:fe:01.0/
