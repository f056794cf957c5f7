# SPDX-License-Identifier: LGPL-2.1-or-later
/<target busNr='64'>/,/<\/target>/{/<node>/d}
