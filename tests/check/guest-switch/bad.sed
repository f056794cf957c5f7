# SPDX-License-Identifier: LGPL-2.1-or-later
# NICs that can be told apart
33s/00.0 nic/& dsn=a0-88-c2-03-00-12-34-00/
41s/00.0 nic/& dsn=a0-88-c2-03-00-12-34-01/
49s/00.0 nic/& dsn=a0-88-c2-03-00-12-34-02/
57s/00.0 nic/& dsn=a0-88-c2-03-00-12-34-03/
