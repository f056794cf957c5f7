# SPDX-License-Identifier: LGPL-2.1-or-later
# no <net>: NCCL looks arch and the like up
3s/ arch=.*modelid="143"//
