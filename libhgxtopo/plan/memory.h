/* The memory of a plan, cell by cell, and its pages. */
#ifndef HGX_PLAN_MEMORY_H
#define HGX_PLAN_MEMORY_H

#include "guest/plan.h"

/* The option that gives the memory; OPTION_NONE: none does. */
enum option_id memory_option(const struct hgx_plan *plan);
/* In words; that of the whole guest if none does. */
struct option_text memory_name(const struct hgx_plan *plan);
int plan_memory(struct hgx_plan *plan, struct hgx_error *err);

#endif
