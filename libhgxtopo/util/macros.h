#ifndef HGX_UTIL_MACROS_H
#define HGX_UTIL_MACROS_H

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

#endif
