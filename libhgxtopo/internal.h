/* What the rooms of the library share. */
#ifndef HGX_INTERNAL_H
#define HGX_INTERNAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include "hgxtopo.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

/* error.c */
int fail(struct hgx_error *err, enum hgx_code code, const char *format, ...) PRINTF(3, 4);
int fail_memory(struct hgx_error *err);

/* options.c */
int options_copy(void *own, const void *theirs, size_t first, struct hgx_error *err);

/* arena.c: memory that is freed all at once. A failed allocation is remembered in
 * `failed`, so that strings need no check of their own before the end. */
struct arena {
	struct chunk *chunks;
	bool failed;
};
void *arena_alloc(struct arena *arena, size_t size); /* zeroed; NULL: no memory */
const char *arena_copy(struct arena *arena, const char *text, size_t length);
const char *arena_string(struct arena *arena, const char *text);
const char *arena_format(struct arena *arena, const char *format, ...) PRINTF(2, 3);
const char *arena_vformat(struct arena *arena, const char *format, va_list args);
void arena_free(struct arena *arena);

/* text.c: an output text that grows; a failed write is remembered. */
struct text {
	FILE *stream;
	char *data;
	size_t size;
};
int text_open(struct text *text, struct hgx_error *err);
int text_close(struct text *text, char **out, struct hgx_error *err);
void text_indent(struct text *text, unsigned depth);
/* Pads to a column: the @width is in characters, UTF-8 counted as one. */
void text_cell(struct text *text, int width, const char *value);

/* bdf.c, size.c */
#define BDF_TEXT 24
struct bdf_text {
	char text[BDF_TEXT];
};
struct bdf_text bdf_text(struct hgx_bdf address);
bool bdf_read(const char *text, size_t length, struct hgx_bdf *out);
int bdf_compare(struct hgx_bdf a, struct hgx_bdf b);
bool bdf_same_card(struct hgx_bdf a, struct hgx_bdf b);
struct size_text {
	char text[24];
};
struct size_text size_text(uint64_t bytes);
uint64_t size_align(uint64_t bytes, uint64_t alignment);

/* link.c */
#define MOST_LANES 32
bool link_speed_known(uint32_t speed);
uint32_t link_speed_of_code(unsigned code);
struct hgx_link link_both(struct hgx_link a, struct hgx_link b);

/* cpulist.c: the kernel's "0-3,8,10-11". */
struct cpuset {
	uint32_t *ids; /* ascending, in an arena */
	size_t count;
};
bool cpulist_read(struct arena *arena, const char *text, struct cpuset *out);
void cpulist_write(FILE *stream, const uint32_t *ids, size_t count);
void cpulist_write_short(FILE *stream, const uint32_t *ids, size_t count);
/* The online CPUs of a NUMA node (NULL: of all), ascending, malloc; NULL: no memory. */
uint32_t *cpus_of_node(const struct hgx_topo *topo, const struct hgx_node *numa, size_t *count);

/* kind.c */
struct kind {
	const char *name;  /* in JSON and dumps */
	const char *label; /* in sentences */
	bool pci, bridge;  /* a PCI function; may have PCI functions below it */
};
const struct kind *kind_of(enum hgx_kind kind);
int kind_by_name(const char *name);
bool kind_may_hang_on(enum hgx_kind child, enum hgx_kind parent);
void kind_classify(struct hgx_topo *topo);

/* topo.c, build.c */
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
	bool leads;		  /* to something worth a line in a tree; or is it */
};

struct findings {
	struct hgx_finding *items;
	size_t count, capacity;
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

/* finding.c */
void finding_add(struct findings *findings, struct arena *arena, const char *rule,
		 enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		 const char *format, ...) PRINTF(7, 8);
void finding_vadd(struct findings *findings, struct arena *arena, const char *rule,
		  enum hgx_severity severity, const struct hgx_node *node, const char *remedy,
		  const char *format, va_list args);
bool finding_has(const struct findings *findings, const char *rule, const struct hgx_node *node);
void finding_free(struct findings *findings);

/* distance.c */
const struct hgx_node *top_switch(const struct hgx_node *node);
bool shares_switch_with_gpu(const struct hgx_node *node);

/* root.c: files below a root directory; nothing leads out of it. */
struct root {
	int fd;
	bool live;
	bool by_parts;	  /* without openat2 */
	const char *path; /* "/" for the running machine */
};
int root_open(struct root *root, const char *path, struct hgx_error *err);
void root_close(struct root *root);
int root_dir(const struct root *root, const char *path); /* a descriptor or -1, errno */
int root_dir_beneath(const struct root *root, const char *path);
bool root_inside(const struct root *root, const char *path);
bool root_is_file(const struct root *root, const char *path);
/* Reads a small file below a directory, without a trailing newline; -1: could not. */
long root_read_at(int dir, const char *name, char *buffer, size_t size);
long root_read(const struct root *root, const char *path, char *buffer, size_t size);
char *root_read_all(const struct root *root, const char *path); /* malloc; NULL: could not */
/* The last part of where a link points; false: no link. */
bool root_link_name(int dir, const char *name, char *buffer, size_t size);
/* Where the link points, as a path below the root; false: no link, or it leads outside. */
bool root_link_path(int dir, const char *dir_path, const char *name, char *buffer, size_t size);
/* Calls @each for every entry of a directory, in sorted order, but "." and "..". */
typedef int root_each(void *context, int dir, const char *name);
int root_list(const struct root *root, const char *path, root_each *each, void *context);
bool text_is_clean(const char *text);
void text_clean(char *text); /* control characters and bytes that are no UTF-8 become '?' */

/* vpd.c */
enum vpd_answer { VPD_BROKEN, VPD_WITHOUT, VPD_WITH };
/* Whether a read-only keyword of the VPD holds a word such as "SMDL=SW_MNG". */
enum vpd_answer vpd_says(const unsigned char *vpd, size_t length, const char *word);

/* match.c: which device of a running guest is which of the planned one. */
enum match_way { MATCH_NONE, MATCH_GUID, MATCH_SERIAL, MATCH_ADDRESS, MATCH_ORDER };
struct match_device {
	const struct hgx_node *node;
	const char *guid, *drive; /* its numbers; NULL: unknown, or not its own */
	struct match_device *other; /* NULL: there is none */
	enum match_way way;
};
struct match_side {
	struct match_device *devices; /* by address */
	size_t count;
};
struct match {
	struct match_side seen, planned;
};
int match_make(struct match *match, const struct hgx_topo *seen, const struct hgx_topo *planned,
	       struct hgx_error *err);
void match_free(struct match *match);
/* Of one kind and model. */
bool match_alike(const struct hgx_node *a, const struct hgx_node *b);

/* match_report.c: how they were matched, and where they differ, as findings of @topo, to
 * which the seen devices belong. */
void match_report(struct hgx_topo *topo, const struct match *match, const struct hgx_topo *planned);

/* source_os.c */
struct hgx_node *function_in_path(const struct hgx_topo *topo, const char *path);

/* the sources of a host */
struct cpu_load *source_cpu_begin(const struct root *root); /* NULL: no memory */
/* Must follow, whatever happened between; with @topo NULL what was read is thrown away. */
int source_cpu_end(struct hgx_topo *topo, struct cpu_load *load, struct hgx_error *err);
int source_cpuinfo(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);
int source_pci(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);
bool caps_wanted(const struct hgx_pci *pci); /* source_caps() will read its capabilities */
void source_links(struct hgx_topo *topo, const struct root *root);
int source_caps(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);
int source_os(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);
int source_ids(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);
void source_use(struct hgx_topo *topo, const struct root *root);
void source_nvlink(struct hgx_topo *topo, const struct root *root);
void source_software(struct hgx_topo *topo, const struct root *root);
bool version_is_clean(const char *text); /* such as "9.0.0" */

/* xml.c: the only room that includes libxml2. Writing, indented; errors are remembered. */
struct xml;
int xml_open(struct xml **out, struct hgx_error *err);
void xml_start(struct xml *xml, const char *name);
void xml_attr(struct xml *xml, const char *name, const char *format, ...) PRINTF(3, 4);
void xml_attr_ids(struct xml *xml, const char *name, const uint32_t *ids, size_t count);
void xml_text(struct xml *xml, const char *format, ...) PRINTF(2, 3);
void xml_end(struct xml *xml);
void xml_leaf(struct xml *xml, const char *name, const char *format, ...) PRINTF(3, 4);
void xml_fail(struct xml *xml); /* out of memory */
void xml_comment(struct xml *xml, const char *format, ...) PRINTF(2, 3);
int xml_close(struct xml *xml, char **out, struct hgx_error *err);

/* json.c: the only room that includes json-c. A value is owned by what it was put into. */
struct json;
struct json *json_new_object(void);
struct json *json_new_array(void);
bool json_put(struct json *object, const char *key, struct json *value);
bool json_add(struct json *array, struct json *value);
struct json *json_number(int64_t value);
struct json *json_text(const char *value); /* null for NULL */
struct json *json_boolean(bool value);
struct json *json_hex(unsigned width, uint32_t value);	 /* "0x10de" */
void json_write(FILE *stream, const struct json *value); /* on one line */
void json_free(struct json *value);
int json_parse(struct json **out, const char *data, size_t length, const char *name,
	       struct hgx_error *err);

/* Reading members: a wrong one is remembered as the reader's error, and the value is then
 * 0 or NULL. `where` is the object in words, such as "pci[3]". */
struct json_reader {
	const char *name; /* of the file */
	struct hgx_error *err;
	int code;
	char where[48];
};
enum json_need { JSON_OPTIONAL, JSON_NEEDED };
const struct json *json_get_object(struct json_reader *reader, const struct json *object,
				   const char *key, enum json_need need);
const struct json *json_get_array(struct json_reader *reader, const struct json *object,
				  const char *key, enum json_need need);
const char *json_get_text(struct json_reader *reader, const struct json *object, const char *key,
			  enum json_need need);
int64_t json_get_number(struct json_reader *reader, const struct json *object, const char *key,
			int64_t least, int64_t most, int64_t absent);
bool json_get_boolean(struct json_reader *reader, const struct json *object, const char *key);
uint32_t json_get_hex(struct json_reader *reader, const struct json *object, const char *key,
		      uint32_t most);
size_t json_length(const struct json *array);
const struct json *json_at(const struct json *array, size_t index);
bool json_has(const struct json *object, const char *key); /* there and not null */
bool json_is_object(const struct json *value);
const char *json_as_text(const struct json *value); /* NULL: no text */
int64_t json_as_number(const struct json *value);   /* -1: no whole number from 0 up */
int json_bad(struct json_reader *reader, enum hgx_code code, const char *format, ...) PRINTF(3, 4);

#endif
