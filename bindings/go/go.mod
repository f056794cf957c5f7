// SPDX-License-Identifier: LGPL-2.1-or-later
module hgxtopo

go 1.19
