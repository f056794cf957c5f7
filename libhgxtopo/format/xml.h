#ifndef HGX_FORMAT_XML_H
#define HGX_FORMAT_XML_H

#include <stdbool.h>
#include <stddef.h>
#include "hgxtopo.h"
#include "util/macros.h"

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

#endif
