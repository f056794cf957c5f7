/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The place of a PCI function: device and function numbers from its root bus down. They are wired;
 * bus numbers and the order of root buses are not. Root buses are paired so that as much as
 * possible is the same at the same place below them; in their order, if that is as good as any. */
#ifndef HGX_COMPARE_PLACE_H
#define HGX_COMPARE_PLACE_H

#include <stdbool.h>
#include "compare/pair.h"

/** Joins the functions that are alone and have the same place: those of one model, or with
 *  @any_model whatever they are. False: out of memory. */
bool join_by_place(struct pairs *pairs, bool any_model);
/** Makes a pair: index @a of one side, index @b of the other. */
void pair_join(struct pairs *pairs, size_t a, size_t b);

#endif
