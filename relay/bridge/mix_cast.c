#include "mix_cast.h"

void mix_cast_init(struct mix_cast *cast, size_t most)
{
    list_init(&cast->on);
    cast->count = 0;
    cast->most = most;
}

void mix_cast_entry_init(struct mix_cast_entry *entry)
{
    *entry = (struct mix_cast_entry){.wanted_us = INT64_MIN};
    list_init(&entry->link);
}

static bool is_on(const struct mix_cast_entry *entry)
{
    return !list_empty(&entry->link);
}

void mix_cast_drop(struct mix_cast *cast, struct mix_cast_entry *entry)
{
    if (is_on(entry)) {
        list_remove(&entry->link);
        cast->count--;
    }
}

static void end(struct mix_cast *cast, struct mix_cast_entry *entry,
                struct mix_cast_changes *changes)
{
    mix_cast_drop(cast, entry);
    changes->ended[changes->ended_count++] = entry;
}

/** The one that has been unwanted for longest; NULL when all are wanted. */
static struct mix_cast_entry *most_idle(const struct mix_cast *cast, int64_t now_us)
{
    struct mix_cast_entry *idle = NULL;
    LIST_FOR_EACH(link, &cast->on)
    {
        struct mix_cast_entry *entry = LIST_ENTRY(link, struct mix_cast_entry, link);
        if (entry->wanted_us != now_us && (idle == NULL || entry->wanted_us < idle->wanted_us)) {
            idle = entry;
        }
    }
    return idle;
}

static void end_those_long_unwanted(struct mix_cast *cast, int64_t now_us,
                                    struct mix_cast_changes *changes)
{
    struct mix_cast_entry *idle;
    while ((idle = most_idle(cast, now_us)) != NULL &&
           now_us - idle->wanted_us >= MIX_CAST_HANG_US) {
        end(cast, idle, changes);
    }
}

/** The first of them, those of last resort behind all others. @return how many */
static size_t choose_first(const struct mix_cast *cast, struct mix_cast_entry *const *wanted,
                           size_t count, struct mix_cast_entry *first[MIX_CAST_MOST])
{
    size_t chosen = 0;
    for (int resort = 0; resort < 2; resort++) {
        for (size_t i = 0; i < count && chosen < cast->most; i++) {
            if (wanted[i]->last_resort == (resort == 1)) {
                first[chosen++] = wanted[i];
            }
        }
    }
    return chosen;
}

void mix_cast_choose(struct mix_cast *cast, struct mix_cast_entry *const *wanted, size_t count,
                     int64_t now_us, struct mix_cast_changes *changes)
{
    struct mix_cast_entry *first[MIX_CAST_MOST];
    size_t chosen = choose_first(cast, wanted, count, first);
    changes->begun_count = 0;
    changes->ended_count = 0;
    for (size_t i = 0; i < chosen; i++) {
        first[i]->wanted_us = now_us;
    }
    end_those_long_unwanted(cast, now_us, changes);
    for (size_t i = 0; i < chosen; i++) {
        if (is_on(first[i])) {
            continue;
        }
        if (cast->count == cast->most) {
            end(cast, most_idle(cast, now_us), changes);
        }
        list_append(&cast->on, &first[i]->link);
        cast->count++;
        changes->begun[changes->begun_count++] = first[i];
    }
}
