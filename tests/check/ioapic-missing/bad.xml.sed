# SPDX-License-Identifier: LGPL-2.1-or-later
s|^  <devices>|&<iommu model='intel'><driver intremap='on' caching_mode='on' eim='on'/></iommu>|
