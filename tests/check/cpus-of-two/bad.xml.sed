# SPDX-License-Identifier: LGPL-2.1-or-later
/<hostdev/,/<\/hostdev>/d
s/>checked</>second</
