#include "base/drop.h"

#include <stddef.h>

static const struct {
    const char *name;
    const char *help;
} drop_table[DROP_REASON_COUNT] = {
#define DROP_ROW(constant, name, help) {#name, help},
    DROP_REASONS(DROP_ROW)
#undef DROP_ROW
};

const char *drop_name(enum drop_reason reason)
{
    return (size_t)reason < DROP_REASON_COUNT ? drop_table[reason].name : "unknown";
}

const char *drop_help(enum drop_reason reason)
{
    return (size_t)reason < DROP_REASON_COUNT ? drop_table[reason].help : "";
}
