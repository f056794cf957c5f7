# SPDX-License-Identifier: LGPL-2.1-or-later
for file in sys/devices/system/node/node?/distance; do echo "10 9" >"$file"; done
