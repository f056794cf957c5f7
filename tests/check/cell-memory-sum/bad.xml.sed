# SPDX-License-Identifier: LGPL-2.1-or-later
s/>67108864</>67108860</
