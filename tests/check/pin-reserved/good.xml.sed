# SPDX-License-Identifier: LGPL-2.1-or-later
s/vcpupin vcpu=.0. cpuset=.2./vcpupin vcpu="0" cpuset="2"/
