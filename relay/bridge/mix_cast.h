/**
 * Who of a room is decoded: the first few of those who are to be heard, and who was among them
 * lately as long as nobody needs the place.
 *
 * One more is decoded for a moment: somebody who begins to speak is heard at once, and not when it
 * is certain that one of the others has ended. Mostly one does soon; when all go on, the last one
 * is heard no more.
 */
#ifndef BRIDGE_MIX_CAST_H
#define BRIDGE_MIX_CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

enum {
    MIX_CAST_MOST = 15,
    MIX_CAST_PLACES = MIX_CAST_MOST + 1, /**< with the one of those who take over */
    MIX_CAST_TAKEOVER_US = 500000,       /**< since somebody began, without a place of his own */
    MIX_CAST_SPURT_US = 200000,          /**< without sound: what comes next is another beginning */
    MIX_CAST_HANG_US = 500000            /**< longer than a breath */
};

/** Lives inside whatever can be cast. */
struct mix_cast_entry {
    struct list link;  /**< in mix_cast.on, else in none */
    int64_t wanted_us; /**< was last among the first */
    bool last_resort;  /**< goes behind all others */
    bool sounds;       /**< makes a sound now */
    int64_t sound_us;  /**< did so last as one of the wanted ones, INT64_MIN = never */
    int64_t spurt_us;  /**< began to, then */
};

struct mix_cast {
    struct list on; /**< mix_cast_entry.link */
    size_t count;   /**< in `on`, one more than `most` for a moment */
    size_t most;    /**< 1..MIX_CAST_MOST */
};

/** What has changed. */
struct mix_cast_changes {
    struct mix_cast_entry *begun[MIX_CAST_PLACES]; /**< now in `on` */
    size_t begun_count;
    struct mix_cast_entry *ended[MIX_CAST_PLACES]; /**< not in `on` any more */
    size_t ended_count;
};

void mix_cast_init(struct mix_cast *cast, size_t most);

void mix_cast_entry_init(struct mix_cast_entry *entry);

/** @param wanted who is to be heard, in this order, each once; any count */
void mix_cast_choose(struct mix_cast *cast, struct mix_cast_entry *const *wanted, size_t count,
                     int64_t now_us, struct mix_cast_changes *changes);

/** Takes one out that cannot be heard any more. Allowed for any entry. */
void mix_cast_drop(struct mix_cast *cast, struct mix_cast_entry *entry);

#endif
