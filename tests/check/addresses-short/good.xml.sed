# SPDX-License-Identifier: LGPL-2.1-or-later
s|<cpu mode=.*|<cpu mode='custom' match='exact'><model>EPYC</model>|
/<cache mode/d
s/<maxphysaddr.*/<maxphysaddr mode='emulate' bits='46'\/>/
