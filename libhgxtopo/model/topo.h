#ifndef HGX_MODEL_TOPO_H
#define HGX_MODEL_TOPO_H

#include "util/arena.h"
#include "model/finding.h"

struct hgx_node {
	enum hgx_kind kind;
	const char *name;
	struct hgx_topo *topo;
	struct hgx_node *parent, *first, *next;
	struct hgx_node *numa;
	const char *parent_name; /* until build_link() */
	const char *pf_name;	 /* of a virtual function, until build_finish() */
	struct hgx_pci *pci;
	struct hgx_cpu *cpu;
	struct hgx_memory *memory;
	struct hgx_processor *processor;
	struct guest_node *guest; /* in a planned guest only */
	struct hgx_node *all;	  /* the node added before this one */
	uint64_t order;		  /* among siblings of one kind */
	size_t depth;		  /* below the root; 0: not reached yet */
	bool in_tree;		  /* worth a line in a dump: it, or something below it */
};

struct hgx_topo {
	struct arena arena;
	struct hgx_node *root;
	struct hgx_node **by_name; /* sorted */
	struct hgx_node *all;	   /* newest first */
	size_t count;
	size_t numa_count;
	struct findings findings;
	bool guest;
	const char *libvirt, *qemu, *ovmf; /* installed versions; NULL: unknown */
};

struct hgx_node *topo_find(const struct hgx_topo *topo, const char *name);
size_t numa_rank(const struct hgx_node *numa);
struct hgx_node *topo_numa(const struct hgx_topo *topo, int id);
int node_compare(const struct hgx_node *a, const struct hgx_node *b);
struct hgx_node *node_next(const struct hgx_node *top, const struct hgx_node *node);
/* For sentences and comments: "GPU 0000:19:00.0 (NVIDIA Corporation GH100)". */
struct title {
	char text[320];
};
struct title node_title(const struct hgx_node *node);

/* The online CPUs of a NUMA node (NULL: of all), ascending, malloc; NULL: no memory. */
uint32_t *cpus_of_node(const struct hgx_topo *topo, const struct hgx_node *numa, size_t *count);

#endif
