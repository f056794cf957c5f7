# SPDX-License-Identifier: LGPL-2.1-or-later
mkdir dev
touch dev/kvm
