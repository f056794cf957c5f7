# SPDX-License-Identifier: LGPL-2.1-or-later
s/^part gpu  like=gpu-h100/part gpu like=gpu-mi300x/
