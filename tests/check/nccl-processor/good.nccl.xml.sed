# SPDX-License-Identifier: LGPL-2.1-or-later
# another model with the same bandwidth
3s/modelid="143"/modelid="150"/
