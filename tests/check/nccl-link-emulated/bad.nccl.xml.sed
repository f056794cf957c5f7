# SPDX-License-Identifier: LGPL-2.1-or-later
# what an emulated upstream port shows
4s/"32.0 GT\/s PCIe" link_width="16"/"2.5 GT\/s" link_width="1"/
