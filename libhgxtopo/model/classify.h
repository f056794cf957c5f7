/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * How the kind of a PCI function is decided: by class, vendor and place, not by device id,
 * because new devices appear faster than releases. */
#ifndef HGX_MODEL_CLASSIFY_H
#define HGX_MODEL_CLASSIFY_H

#include <stdbool.h>
#include "hgxtopo.h"

/** Sets the kind of every PCI function of a topology that is linked and not yet finished.
 *  Bridges whose port type could not be read get it from their place (kind_inferred). */
void kind_classify(struct hgx_topo *topo);

/** Whether a function of a finished topology is part of the processor or its chipset, by class and
 *  place. It cannot be chosen, and goes to a VM only with the rest of its IOMMU group. What the
 *  host uses, such as a console, is told by that instead. */
bool is_chipset(const struct hgx_node *node);
#define CHIPSET_STAYS "it is part of the processor or the chipset"

/** Whether it is a GPU of AMD that has virtual functions: these are the GPUs then, and it stays. */
bool is_shared_gpu(const struct hgx_node *node);
/** Whether it counts as a GPU: is chosen and numbered as one, as accelerators are, too. Of the
 *  virtual functions of GPUs, AMD's do. */
bool counts_as_gpu(const struct hgx_node *node);
/** Whether a function is a RAID controller or HBA on a card. A VM gets it only if it is named, but
 *  it is worth a line. */
bool is_storage_card(const struct hgx_node *node);

/** Whether a function is a device of a kind that nobody knows, on a card: with memory, behind a port,
 *  and of a class that only says that there is no better one, as accelerators of new makers have.
 *  It is shown, and a VM gets it if it is named. */
bool is_unknown_card(const struct hgx_node *node);

/** Whether a function is a VMD controller: Intel's processors hide drives behind it, which Linux
 *  shows in a PCI domain of its own. */
bool is_vmd(const struct hgx_node *node);
/** The VMD controller that a function is behind; NULL if it is behind none. It is the one of the
 *  same IOMMU group, for Linux puts all into that of the controller. */
const struct hgx_node *vmd_of(const struct hgx_node *node);

/** Whether it is a GPU as boards with NVSwitches have: NVIDIA's, without a display, not a virtual
 *  function. */
bool is_board_gpu(const struct hgx_node *node);

#endif
