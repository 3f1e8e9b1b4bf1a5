#include "mix_cast.h"

void mix_cast_init(struct mix_cast *cast, size_t most)
{
    list_init(&cast->on);
    cast->count = 0;
    cast->most = most;
}

void mix_cast_entry_init(struct mix_cast_entry *entry)
{
    *entry = (struct mix_cast_entry){
        .wanted_us = INT64_MIN, .sound_us = INT64_MIN, .spurt_us = INT64_MIN};
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

static void note_sound(struct mix_cast_entry *entry, int64_t now_us)
{
    if (!entry->sounds) {
        return;
    }
    if (entry->sound_us == INT64_MIN || now_us - entry->sound_us >= MIX_CAST_SPURT_US) {
        entry->spurt_us = now_us;
    }
    entry->sound_us = now_us;
}

/** May one more be heard beside those who were chosen? */
static bool takes_over(const struct mix_cast_entry *entry, int64_t now_us)
{
    return entry->sounds && !entry->last_resort && now_us - entry->spurt_us < MIX_CAST_TAKEOVER_US;
}

/** The first of them, those of last resort behind all others, and who takes over. @return how many
 */
static size_t choose_first(const struct mix_cast *cast, struct mix_cast_entry *const *wanted,
                           size_t count, int64_t now_us,
                           struct mix_cast_entry *first[MIX_CAST_PLACES])
{
    size_t chosen = 0;
    for (int resort = 0; resort < 2; resort++) {
        for (size_t i = 0; i < count && chosen <= cast->most; i++) {
            if (wanted[i]->last_resort == (resort == 1)) {
                first[chosen++] = wanted[i];
            }
        }
    }
    bool over = chosen > cast->most && !takes_over(first[cast->most], now_us);
    return chosen - (over ? 1 : 0);
}

void mix_cast_choose(struct mix_cast *cast, struct mix_cast_entry *const *wanted, size_t count,
                     int64_t now_us, struct mix_cast_changes *changes)
{
    struct mix_cast_entry *first[MIX_CAST_PLACES];
    changes->begun_count = 0;
    changes->ended_count = 0;
    for (size_t i = 0; i < count; i++) {
        note_sound(wanted[i], now_us);
    }
    size_t chosen = choose_first(cast, wanted, count, now_us, first);
    for (size_t i = 0; i < chosen; i++) {
        first[i]->wanted_us = now_us;
    }
    end_those_long_unwanted(cast, now_us, changes);
    size_t places = chosen > cast->most ? chosen : cast->most;
    for (size_t i = 0; i < chosen; i++) {
        if (!is_on(first[i])) {
            list_append(&cast->on, &first[i]->link);
            cast->count++;
            changes->begun[changes->begun_count++] = first[i];
        }
    }
    while (cast->count > places) {
        end(cast, most_idle(cast, now_us), changes);
    }
}
