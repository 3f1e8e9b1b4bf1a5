/**
 * The page's files, embedded in the program at build time.
 */
#ifndef SIGNAL_ASSETS_H
#define SIGNAL_ASSETS_H

#include <stddef.h>

struct asset {
    const char *path; /**< below relay/web, e.g. "index.html"; NULL ends the table */
    const unsigned char *bytes;
    size_t len;
};

/** Made by relay/signal/embed.sh. */
extern const struct asset asset_table[];

/** Asset by path, or NULL. */
const struct asset *assets_find(const char *path);

/** Content type by the path's ending, "application/octet-stream" when unknown. */
const char *assets_type(const char *path);

#endif
