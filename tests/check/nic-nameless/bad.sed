# SPDX-License-Identifier: LGPL-2.1-or-later
s/^(    00.0 lom-tg3 net=)eno1/\1none/; /^address/d
