#include "mix_speakers.h"

#include <stdlib.h>

enum {
    MAX_CANDIDATES = 32, /**< looked at in the order of voices, and of those who may begin */
    MOST_LISTED = 2 * MAX_CANDIDATES + MIX_MAX_WISHES,
    LIE_FRAMES = 100, /**< of silence called loud, in one go or not: two seconds */
    DISTRUST_US = 10000000,
    DISTRUST_DOUBLINGS = 3,
    FLOOR_US = 1000000, /**< what was heard is remembered so long */
    /** Samples heard before are mixed once more, for the encoder's sake: a frame and the begin of
     * another, of which he hears the end. */
    PRIMING = PCM_FRAME + MIX_LATENESS + MIX_EARLY
};

static struct mix_speaker *speaker_of_cast(struct mix_cast_entry *entry)
{
    return LIST_ENTRY(entry, struct mix_speaker, cast);
}

static struct mix_speaker *speaker_of_audible(struct list *link)
{
    return LIST_ENTRY(link, struct mix_speaker, audible_link);
}

/** The speaker of a source, made when there is none. NULL without memory. */
static struct mix_speaker *speaker_of(struct mix_room *room, struct bridge_source *source)
{
    struct mix_speaker *speaker = source->bridge;
    if (speaker == NULL) {
        speaker = calloc(1, sizeof(*speaker));
        if (speaker == NULL) {
            return NULL;
        }
        mix_cast_entry_init(&speaker->cast);
        list_init(&speaker->audible_link);
        leveler_init(&speaker->leveler);
        delay_tracker_init(&speaker->jitter, DELAY_TRACKER_MAX_US);
        speaker->distrusted_until_us = INT64_MIN;
        speaker->floor_us = INT64_MIN;
        speaker->listed_us = INT64_MIN;
        list_append(&room->speakers, &speaker->link);
        source->bridge = speaker;
    }
    speaker->generation = room->generation;
    return speaker;
}

static struct bridge_source *find_source(const struct bridging *bridging,
                                         const struct bridge_source *wanted)
{
    LIST_FOR_EACH(link, &bridging->sources[MEDIA_AUDIO])
    {
        struct bridge_source *source = LIST_ENTRY(link, struct bridge_source, link);
        if (source == wanted) {
            return source;
        }
    }
    return NULL;
}

/** A source becomes a candidate, unless it is one already. */
static size_t list_source(struct mix_room *room, struct bridge_source *source, int64_t now_us,
                          struct mix_cast_entry **out)
{
    struct mix_speaker *speaker = source->muted ? NULL : speaker_of(room, source);
    if (speaker == NULL || speaker->listed_us == now_us) {
        return 0;
    }
    speaker->listed_us = now_us;
    speaker->source = source;
    speaker->cast.last_resort = now_us < speaker->distrusted_until_us;
    speaker->cast.sounds = bridge_source_sounds(source);
    *out = &speaker->cast;
    return 1;
}

/** Who speaks, then what somebody goes on hearing, then who may be about to speak, then who pauses.
 */
static size_t list_candidates(struct mix_room *room, const struct mix_wish *wishes, size_t count,
                              int64_t now_us, struct mix_cast_entry *out[MOST_LISTED])
{
    struct bridge_source *voices[MAX_CANDIDATES];
    struct bridge_source *stirring[MAX_CANDIDATES];
    size_t voice_count = bridging_voices(room->bridging, voices, MAX_CANDIDATES);
    size_t stirring_count = bridging_stirring(room->bridging, stirring, MAX_CANDIDATES);
    size_t listed = 0;
    for (size_t i = 0; i < voice_count; i++) {
        bool rests = bridge_source_pauses(voices[i]);
        listed += rests ? 0 : list_source(room, voices[i], now_us, &out[listed]);
    }
    for (size_t i = 0; i < count; i++) {
        struct bridge_source *source = find_source(room->bridging, wishes[i].source);
        listed += source != NULL ? list_source(room, source, now_us, &out[listed]) : 0;
    }
    for (size_t i = 0; i < stirring_count; i++) {
        listed += list_source(room, stirring[i], now_us, &out[listed]);
    }
    for (size_t i = 0; i < voice_count; i++) {
        listed += list_source(room, voices[i], now_us, &out[listed]); /* unless it is already */
    }
    return listed;
}

/** A place of the mixer that no voice has, best one that has faded out. @return false: none */
static bool find_place(const struct mix_room *room, size_t *out)
{
    bool taken[MIXER_MAX_SOURCES] = {false};
    bool found = false;
    LIST_FOR_EACH(link, &room->audible)
    {
        taken[speaker_of_audible(link)->voice->place] = true;
    }
    for (size_t place = 0; place < MIXER_MAX_SOURCES; place++) {
        if (!taken[place] && (!found || mixer_hears(room->mixer, *out))) {
            *out = place;
            found = true;
        }
    }
    return found;
}

static void begin(struct mix_room *room, struct mix_speaker *speaker, const struct mix_wish *wish,
                  int64_t now_us)
{
    struct mix_voice_start start = {
        .known = wish != NULL, .jitter = &speaker->jitter, .early = MIX_EARLY};
    size_t place = 0;
    if (wish != NULL) {
        start.timestamp = wish->timestamp + MIX_LATENESS - PRIMING;
    } else if (speaker->floor_us != INT64_MIN && now_us - speaker->floor_us < FLOOR_US) {
        start.floor = speaker->floor;
    }
    if (speaker->voice != NULL || !find_place(room, &place) ||
        mix_voice_new(&speaker->voice, speaker->source, place, &start) != 0) {
        mix_cast_drop(&room->cast, &speaker->cast); /* may be chosen again for the next frame */
        return;
    }
    mixer_forget(room->mixer, place);
    list_append(&room->audible, &speaker->audible_link);
}

static void end(struct mix_room *room, struct mix_speaker *speaker, int64_t now_us)
{
    struct event_mix *counters = room->config->counters;
    struct voice_stats stats;
    voice_stats(speaker->voice->voice, &stats);
    counters->concealed_samples += stats.jitter.concealed_samples;
    counters->total_samples += stats.jitter.total_samples;
    speaker->floor = mix_voice_position(speaker->voice);
    speaker->floor_us = now_us;
    speaker->jitter = *voice_jitter(speaker->voice->voice);
    mix_cast_drop(&room->cast, &speaker->cast);
    list_remove(&speaker->audible_link);
    mix_voice_free(&speaker->voice);
}

/** Whose source has ended is not heard any more, and who is muted fades out. */
static void part_with_the_gone(struct mix_room *room, int64_t now_us)
{
    LIST_FOR_EACH_SAFE(link, after, &room->audible)
    {
        struct mix_speaker *speaker = speaker_of_audible(link);
        if (!mix_voice_is_live(speaker->voice)) {
            end(room, speaker, now_us);
        } else if (speaker->voice->source->muted) {
            mix_cast_drop(&room->cast, &speaker->cast);
            speaker->voice->ending = true;
        }
    }
}

static const struct mix_wish *find_wish(const struct mix_wish *wishes, size_t count,
                                        const struct bridge_source *source)
{
    for (size_t i = 0; i < count; i++) {
        if (wishes[i].source == source) {
            return &wishes[i];
        }
    }
    return NULL;
}

bool mix_speakers_choose(struct mix_room *room, const struct mix_wish *wishes, size_t count,
                         int64_t now_us)
{
    struct mix_cast_entry *candidates[MOST_LISTED];
    struct mix_cast_changes changes;
    part_with_the_gone(room, now_us);
    size_t listed = list_candidates(room, wishes, count, now_us, candidates);
    mix_cast_choose(&room->cast, candidates, listed, now_us, &changes);
    for (size_t i = 0; i < changes.ended_count; i++) {
        speaker_of_cast(changes.ended[i])->voice->ending = true;
    }
    for (size_t i = 0; i < changes.begun_count; i++) {
        struct mix_speaker *speaker = speaker_of_cast(changes.begun[i]);
        begin(room, speaker, find_wish(wishes, count, speaker->source), now_us);
    }
    return changes.begun_count > 0;
}

/** Pauses of a lie do not undo it, only sound does. */
static bool is_liar(struct mix_speaker *speaker)
{
    if (speaker->voice->level < MIX_VOICE_SILENT_DBOV) {
        speaker->lie_frames = 0;
    } else if (mix_voice_lies(speaker->voice)) {
        speaker->lie_frames++;
    }
    return speaker->lie_frames >= LIE_FRAMES;
}

static void distrust(struct mix_room *room, struct mix_speaker *speaker, int64_t now_us)
{
    uint32_t doublings = speaker->lies < DISTRUST_DOUBLINGS ? speaker->lies : DISTRUST_DOUBLINGS;
    speaker->distrusted_until_us = now_us + ((int64_t)DISTRUST_US << doublings);
    speaker->lies++;
    speaker->lie_frames = 0;
    room->config->counters->liars++;
}

static void count_delay(struct event_mix_delay *delay, int64_t told_us)
{
    int64_t delay_us = told_us > 0 ? told_us : 0; /* a hair less than nothing while a base rises */
    int64_t step = delay_us / EVENT_MIX_DELAY_US;
    delay->steps[step < EVENT_MIX_DELAYS ? step : EVENT_MIX_DELAYS]++;
    delay->sum_us += (uint64_t)delay_us;
}

static void count_delays(const struct mix_room *room, const struct mix_voice *voice, int64_t now_us)
{
    int64_t delay_us = mix_voice_delay_us(voice, now_us);
    count_delay(&room->config->counters->delay, delay_us);
    count_delay(&room->config->counters->added, delay_us - voice_target_us(voice->voice));
}

/** Of all who were heard, not only of those who speak now: it does not change with each turn. */
static float common_db(const struct mix_room *room)
{
    float sum_db = 0;
    size_t count = 0;
    LIST_FOR_EACH(link, &room->speakers)
    {
        const struct leveler *leveler = &LIST_ENTRY(link, struct mix_speaker, link)->leveler;
        if (leveler_knows(leveler)) {
            sum_db += leveler->loudness_db;
            count++;
        }
    }
    return leveler_common_db(sum_db, count);
}

void mix_speakers_play(struct mix_room *room, int64_t now_us)
{
    float aim_db = common_db(room);
    LIST_FOR_EACH(link, &room->audible)
    {
        struct mix_speaker *speaker = speaker_of_audible(link);
        mix_voice_play(speaker->voice, &speaker->leveler, aim_db, room->mixer, now_us);
        room->config->counters->decoded++;
        if (speaker->voice->sounds) {
            count_delays(room, speaker->voice, now_us);
        }
        if (is_liar(speaker)) {
            distrust(room, speaker, now_us);
        }
    }
}

void mix_speakers_settle(struct mix_room *room, int64_t now_us)
{
    LIST_FOR_EACH_SAFE(link, after, &room->audible)
    {
        struct mix_speaker *speaker = speaker_of_audible(link);
        if (speaker->voice->ending) {
            end(room, speaker, now_us);
        }
    }
}

struct mix_voice *mix_speakers_voice_of(const struct mix_room *room,
                                        const struct bridge_source *source)
{
    LIST_FOR_EACH(link, &room->audible)
    {
        struct mix_voice *voice = speaker_of_audible(link)->voice;
        if (mix_voice_is_live(voice) && voice->source == source) {
            return voice;
        }
    }
    return NULL;
}

bool mix_speakers_hear(const struct mix_room *room, uint32_t participant)
{
    LIST_FOR_EACH(link, &room->audible)
    {
        if (speaker_of_audible(link)->voice->participant == participant) {
            return true;
        }
    }
    return false;
}

void mix_speakers_without(const struct mix_room *room, uint32_t participant, float out[PCM_FRAME])
{
    uint32_t places = 0;
    LIST_FOR_EACH(link, &room->audible)
    {
        const struct mix_voice *voice = speaker_of_audible(link)->voice;
        places |= voice->participant == participant ? UINT32_C(1) << voice->place : 0;
    }
    mixer_without(room->mixer, places, out);
}

void mix_speakers_silence(struct mix_room *room, uint32_t participant, int64_t now_us)
{
    LIST_FOR_EACH_SAFE(link, after, &room->audible)
    {
        struct mix_speaker *speaker = speaker_of_audible(link);
        if (speaker->voice->participant == participant) {
            speaker->distrusted_until_us = now_us + DISTRUST_US;
            end(room, speaker, now_us);
        }
    }
}

void mix_speakers_sweep(struct mix_room *room)
{
    room->generation++;
    LIST_FOR_EACH(link, &room->bridging->sources[MEDIA_AUDIO])
    {
        const struct bridge_source *source = LIST_ENTRY(link, struct bridge_source, link);
        struct mix_speaker *speaker = source->bridge;
        if (speaker != NULL) {
            speaker->generation = room->generation;
        }
    }
    LIST_FOR_EACH_SAFE(link, after, &room->speakers)
    {
        struct mix_speaker *speaker = LIST_ENTRY(link, struct mix_speaker, link);
        if (speaker->generation != room->generation && speaker->voice == NULL) {
            list_remove(&speaker->link);
            free(speaker);
        }
    }
}

void mix_speakers_free(struct mix_room *room)
{
    LIST_FOR_EACH(link, &room->bridging->sources[MEDIA_AUDIO])
    {
        LIST_ENTRY(link, struct bridge_source, link)->bridge = NULL;
    }
    LIST_FOR_EACH_SAFE(link, after, &room->speakers)
    {
        struct mix_speaker *speaker = LIST_ENTRY(link, struct mix_speaker, link);
        mix_voice_free(&speaker->voice);
        free(speaker);
    }
    list_init(&room->speakers);
    list_init(&room->audible);
    mix_cast_init(&room->cast, room->config->options.speakers);
}
