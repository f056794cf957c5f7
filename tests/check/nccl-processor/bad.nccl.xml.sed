# SPDX-License-Identifier: LGPL-2.1-or-later
3s/modelid="143"/modelid="85"/
