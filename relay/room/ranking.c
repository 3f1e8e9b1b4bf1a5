#include "ranking.h"

#include <stdlib.h>

#include "base/err.h"
#include "participant.h"

int ranking_grow(struct ranking *ranking, size_t count)
{
    if (count <= ranking->capacity) {
        return 0;
    }
    size_t capacity = 2 * count;
    struct track **tracks = realloc(ranking->tracks, capacity * sizeof(struct track *));
    if (tracks == NULL) {
        return ERR_NO_MEMORY;
    }
    ranking->tracks = tracks;
    ranking->capacity = capacity;
    return 0;
}

static void append(struct ranking *ranking, struct track *track)
{
    if (ranking->count < ranking->capacity) {
        ranking->tracks[ranking->count++] = track;
    }
}

void ranking_by_voice(struct ranking *ranking, const struct active_speaker *speakers)
{
    ranking->count = 0;
    for (int yielding = 0; yielding <= 1; yielding++) {
        LIST_FOR_EACH(link, &speakers->voices)
        {
            struct track *track = LIST_ENTRY(link, struct track, speaker.voice_link);
            if (track->live && ranking_yields(track) == (yielding == 1)) {
                append(ranking, track);
            }
        }
    }
}

/** Tracks of one class: they yield or not, are screens or not. */
struct class
{
    struct ranking *ranking;
    bool yielding;
    bool screen;
};

static void append_participant(const struct class *class, const struct participant *participant)
{
    for (size_t i = 0; i < participant->streams.count; i++) {
        struct track *track = participant->streams.tracks[i];
        if (track != NULL && track->media.kind == MEDIA_VIDEO && track->live &&
            ranking_yields(track) == class->yielding && track_is_screen(track) == class->screen) {
            append(class->ranking, track);
        }
    }
}

/** @param mark tells whose tracks are in */
static void append_class(const struct class *class, const struct active_speaker *speakers,
                         const struct list *participants, uint64_t mark)
{
    LIST_FOR_EACH(link, &speakers->turns)
    {
        const struct track *track = LIST_ENTRY(link, struct track, speaker.turn_link);
        if (track->owner->mark != mark) {
            track->owner->mark = mark;
            append_participant(class, track->owner);
        }
    }
    LIST_FOR_EACH(link, participants)
    {
        const struct participant *participant = LIST_ENTRY(link, struct participant, link);
        if (participant->mark != mark) {
            append_participant(class, participant);
        }
    }
}

void ranking_by_turn(struct ranking *ranking, const struct active_speaker *speakers,
                     const struct list *participants, uint64_t *mark)
{
    ranking->count = 0;
    for (int place = 0; place < 4; place++) {
        const struct class class = {
            .ranking = ranking, .yielding = place >= 2, .screen = place % 2 == 0};
        append_class(&class, speakers, participants, ++*mark);
    }
}

void ranking_deinit(struct ranking *ranking)
{
    free(ranking->tracks);
    *ranking = (struct ranking){.tracks = NULL};
}
