# SPDX-License-Identifier: LGPL-2.1-or-later
# two NICs below one switch
33s/00.0 nic/& dsn=a0-88-c2-03-00-12-34-00\n      02.0 down slot=9\n        00.0 nic dsn=a0-88-c2-03-00-12-34-01/
