#ifndef HGX_MODEL_BUILD_H
#define HGX_MODEL_BUILD_H

#include "model/topo.h"

struct hgx_topo *build_new(void);
struct hgx_node *build_add(struct hgx_topo *topo, enum hgx_kind kind, const char *name,
			   const char *parent);
struct hgx_node *build_pci(struct hgx_topo *topo, enum hgx_kind kind, struct hgx_bdf address,
			   const char *parent);
struct hgx_node *build_host_bridge(struct hgx_topo *topo, uint32_t domain, uint8_t bus);
struct hgx_node *build_cpu(struct hgx_topo *topo, const struct hgx_cpu *cpu);
struct hgx_node *build_numa(struct hgx_topo *topo, uint32_t id);
struct hgx_node *build_package(struct hgx_topo *topo, uint32_t id);
int build_link(struct hgx_topo *topo, struct hgx_error *err);
int build_finish(struct hgx_topo *topo, struct hgx_error *err);

#endif
