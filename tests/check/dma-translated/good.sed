# SPDX-License-Identifier: LGPL-2.1-or-later
s/cpus=0-31/cpus=0-159/; s/cpus=32-63/cpus=160-319/
