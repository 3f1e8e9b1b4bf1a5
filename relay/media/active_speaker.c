#include "media/active_speaker.h"

#include <stddef.h>

enum {
    ONSET_WINDOW = 5, /* samples */
    LIST_WINDOW = 20,
    LASTING_SAMPLES = 40, /* loud ones of the last second */
    LOUDER_BY = 6,        /* dB: so much louder goes before one who pauses */
    MUCH_LOUDER_BY = 15,  /* and so much, at once: the other one is drowned anyway */
    PEAK_FALL = 1 /* dB in an evaluation: so little that the pauses of a sentence do not matter */
};

/** ln(challenger / dominant) must exceed these (Volfin and Cohen, as Jitsi and mediasoup have
 * them).
 */
static const double least_immediate = 3;
static const double least_medium = 2;
static const double least_longer = 0;

/** What nobody's voice is compared with: the least scores. */
static const struct speech_scores silence = {-23.0259, -23.0259, -23.0259, 0};

/** A louder voice goes first when the other one has paused so long. */
static const int64_t word_pause_us = 200000;

/** Silence after which a member is not looked at any more: beyond what scores remember. */
static const int64_t lively_us = 1500000;

void active_speaker_init(struct active_speaker *speakers)
{
    *speakers = (struct active_speaker){
        .dominant_us = INT64_MIN, .turn_us = INT64_MIN, .next_us = INT64_MAX};
    list_init(&speakers->voices);
    list_init(&speakers->turns);
    list_init(&speakers->lively);
}

void active_speaker_add(struct active_speaker *speakers, struct speaker_member *member, uint32_t id,
                        uint32_t clock_rate)
{
    *member = (struct speaker_member){
        .id = id, .zone = SPEAKER_SILENT, .sound_us = INT64_MIN, .listed_us = INT64_MIN};
    speech_activity_init(&member->activity, clock_rate);
    audio_level_init(&member->level);
    list_append(&speakers->voices, &member->voice_link);
    list_append(&speakers->turns, &member->turn_link);
    list_init(&member->lively_link);
    speakers->changed |= SPEAKERS_VOICES | SPEAKERS_TURNS;
}

void active_speaker_remove(struct active_speaker *speakers, struct speaker_member *member)
{
    list_remove(&member->voice_link);
    list_remove(&member->turn_link);
    list_remove(&member->lively_link);
    speakers->changed |= SPEAKERS_VOICES | SPEAKERS_TURNS;
    if (member->speaking || speakers->dominant == member) {
        speakers->changed |= SPEAKERS_LIST;
    }
    if (speakers->dominant == member) {
        speakers->dominant = NULL;
    }
}

static struct speaker_member *voice_of(struct list *link)
{
    return LIST_ENTRY(link, struct speaker_member, voice_link);
}

static int32_t loudness(const struct speaker_member *member, int64_t now_us)
{
    return AUDIO_LEVEL_SILENCE - audio_level_dbov(&member->level, now_us);
}

/** Gives a member its place in `voices`: behind those of its zone; in front of them when it is the
 * dominant voice, or has just fallen silent. */
static void enter_zone(struct active_speaker *speakers, struct speaker_member *member,
                       enum speaker_zone zone)
{
    bool ahead = zone == SPEAKER_SILENT || (zone == SPEAKER_VOICE && member == speakers->dominant);
    list_remove(&member->voice_link);
    struct list *at = speakers->voices.next;
    while (at != &speakers->voices &&
           (voice_of(at)->zone < zone || (voice_of(at)->zone == zone && !ahead))) {
        at = at->next;
    }
    list_append(at, &member->voice_link);
    member->zone = zone;
    speakers->changed |= SPEAKERS_VOICES;
}

/** Does a voice go before the one that stands before it? */
static bool goes_before(const struct active_speaker *speakers, const struct speaker_member *voice,
                        const struct speaker_member *before, int64_t now_us)
{
    int32_t by = voice->peak - before->peak;
    bool pauses = now_us - before->sound_us >= word_pause_us;
    return before != speakers->dominant && (by >= MUCH_LOUDER_BY || (by >= LOUDER_BY && pauses));
}

/** A voice goes before all quieter ones that stand right before it. */
static void go_ahead(struct active_speaker *speakers, struct speaker_member *voice, int64_t now_us)
{
    struct list *link = &voice->voice_link;
    while (link->prev != &speakers->voices &&
           goes_before(speakers, voice, voice_of(link->prev), now_us)) {
        struct list *before = link->prev;
        list_remove(link);
        list_append(before, link);
        speakers->changed |= SPEAKERS_VOICES;
    }
}

/** What the sound of now makes of a member that is in a later zone. */
static void listen_for_onset(struct active_speaker *speakers, struct speaker_member *member)
{
    const struct speech_activity *activity = &member->activity;
    if (member->zone != SPEAKER_VOICE &&
        speech_activity_count(activity->voiced, ONSET_WINDOW) >= SPEAKER_ONSET_SAMPLES) {
        enter_zone(speakers, member, SPEAKER_VOICE);
    } else if (member->zone == SPEAKER_SILENT &&
               speech_activity_count(activity->steady, LIST_WINDOW) == LIST_WINDOW) {
        enter_zone(speakers, member, SPEAKER_STEADY);
    }
}

/** Keeps the list of who speaks. */
static void list_speaking(struct active_speaker *speakers, struct speaker_member *member,
                          int64_t now_us)
{
    if (speech_activity_count(member->activity.loud, LIST_WINDOW) < SPEAKER_LIST_SAMPLES) {
        return;
    }
    member->listed_us = now_us;
    if (!member->speaking) {
        member->speaking = true;
        speakers->changed |= SPEAKERS_LIST;
    }
}

void active_speaker_receive(struct active_speaker *speakers, struct speaker_member *member,
                            uint8_t dbov, uint32_t timestamp, int64_t now_us)
{
    struct speech_activity *activity = &member->activity;
    audio_level_receive(&member->level, dbov, now_us);
    speech_activity_receive(activity, dbov, timestamp, now_us);
    if (((activity->voiced | activity->steady | activity->loud) & 1) == 0) {
        return;
    }
    member->sound_us = now_us;
    if (list_empty(&member->lively_link)) {
        list_append(&speakers->lively, &member->lively_link);
        if (speakers->next_us == INT64_MAX) {
            speakers->next_us = now_us + SPEAKER_EVALUATION_US;
        }
    }
    int32_t loud = loudness(member, now_us);
    bool rises = loud > member->peak;
    member->peak = rises ? loud : member->peak;
    listen_for_onset(speakers, member);
    if (rises && member->zone == SPEAKER_VOICE) {
        go_ahead(speakers, member, now_us);
    }
    list_speaking(speakers, member, now_us);
}

/** Ends what has ended, and measures. */
static void measure(struct active_speaker *speakers, struct speaker_member *member, int64_t now_us)
{
    speech_activity_advance(&member->activity, now_us);
    speech_activity_score(&member->activity, &member->scores);
    int32_t loud = loudness(member, now_us);
    member->peak = loud > member->peak - PEAK_FALL ? loud : member->peak - PEAK_FALL;
    if (member->speaking && now_us - member->listed_us >= SPEAKER_LIST_HANG_US) {
        member->speaking = false;
        speakers->changed |= SPEAKERS_LIST;
    }
    bool steady = speech_activity_count(member->activity.steady, LIST_WINDOW) == LIST_WINDOW;
    bool voiced = speech_activity_count(member->activity.voiced,
                                        SPEAKER_VOICE_HANG_US / SPEECH_SAMPLE_US) > 0;
    if (member->zone == SPEAKER_VOICE && !voiced) {
        enter_zone(speakers, member, steady ? SPEAKER_STEADY : SPEAKER_SILENT);
    } else if (member->zone == SPEAKER_STEADY && !steady) {
        enter_zone(speakers, member, SPEAKER_SILENT);
    }
}

static void move_to_front(struct active_speaker *speakers, struct speaker_member *member)
{
    if (speakers->turns.next != &member->turn_link) {
        list_remove(&member->turn_link);
        list_append(speakers->turns.next, &member->turn_link);
        speakers->changed |= SPEAKERS_TURNS;
    }
}

/** Who begins a turn goes in front, right behind the dominant speaker. */
static void take_turn(struct active_speaker *speakers, struct speaker_member *member)
{
    bool in_turn = member->scores.blocks >= SPEAKER_TURN_BLOCKS;
    if (in_turn && !member->in_turn) {
        move_to_front(speakers, member);
        if (speakers->dominant != NULL) {
            move_to_front(speakers, speakers->dominant);
        }
    }
    /* A turn goes on over its pauses. */
    member->in_turn = in_turn || (member->in_turn && member->scores.blocks > 0);
}

/** Volfin and Cohen: the one who beats the dominant speaker by the most, or NULL. */
static struct speaker_member *challenger(const struct active_speaker *speakers)
{
    const struct speech_scores *present =
        speakers->dominant == NULL ? &silence : &speakers->dominant->scores;
    struct speaker_member *best = NULL;
    double best_medium = least_medium;
    LIST_FOR_EACH(link, &speakers->lively)
    {
        struct speaker_member *member = LIST_ENTRY(link, struct speaker_member, lively_link);
        double medium = member->scores.medium - present->medium;
        if (member != speakers->dominant && member->scores.blocks >= SPEAKER_TURN_BLOCKS &&
            member->scores.immediate - present->immediate > least_immediate &&
            member->scores.longer - present->longer > least_longer && medium > best_medium) {
            best = member;
            best_medium = medium;
        }
    }
    return best;
}

/** A sound that lasts: not by itself a turn of speech, but no cough either. */
static bool lasts(const struct speaker_member *member)
{
    return speech_activity_count(member->activity.loud, SPEECH_SAMPLES) >= LASTING_SAMPLES;
}

/** Who makes a lasting sound when nobody has taken a turn for long: a musician, or a leg that
 * cannot be judged. The present one stays as long as he does. */
static struct speaker_member *substitute(const struct active_speaker *speakers, int64_t now_us)
{
    if (speakers->dominant != NULL && now_us - speakers->turn_us < SPEAKER_VACANT_US) {
        return NULL;
    }
    struct speaker_member *loudest = NULL;
    LIST_FOR_EACH(link, &speakers->lively)
    {
        struct speaker_member *member = LIST_ENTRY(link, struct speaker_member, lively_link);
        if (lasts(member) &&
            (loudest == NULL || loudness(member, now_us) > loudness(loudest, now_us))) {
            loudest = member;
        }
    }
    return loudest;
}

static void dominate(struct active_speaker *speakers, struct speaker_member *member, int64_t now_us)
{
    speakers->dominant = member;
    speakers->dominant_us = now_us;
    speakers->changed |= SPEAKERS_LIST;
    move_to_front(speakers, member);
    if (member->zone == SPEAKER_VOICE) {
        enter_zone(speakers, member, SPEAKER_VOICE);
    }
}

static void decide(struct active_speaker *speakers, int64_t now_us)
{
    struct speaker_member *dominant = speakers->dominant;
    if (dominant != NULL && (dominant->in_turn || lasts(dominant))) {
        speakers->turn_us = now_us;
    }
    if (speakers->dominant_us != INT64_MIN && now_us - speakers->dominant_us < SPEAKER_TENURE_US) {
        return;
    }
    struct speaker_member *next = challenger(speakers);
    if (next == NULL) {
        next = substitute(speakers, now_us);
    }
    if (next != NULL) {
        speakers->turn_us = now_us;
        dominate(speakers, next, now_us);
    }
}

/** In the order of voices, those who are louder go before those who are quieter. */
static void let_louder_go_first(struct active_speaker *speakers, int64_t now_us)
{
    struct list *head = &speakers->voices;
    struct list *link = head->next;
    while (link != head && voice_of(link)->zone == SPEAKER_VOICE) {
        struct list *next = link->next;
        go_ahead(speakers, voice_of(link), now_us);
        link = next;
    }
}

static void evaluate(struct active_speaker *speakers, int64_t now_us)
{
    LIST_FOR_EACH(link, &speakers->lively)
    {
        measure(speakers, LIST_ENTRY(link, struct speaker_member, lively_link), now_us);
    }
    LIST_FOR_EACH_SAFE(link, after, &speakers->lively)
    {
        struct speaker_member *member = LIST_ENTRY(link, struct speaker_member, lively_link);
        take_turn(speakers, member);
        if (!member->speaking && !member->in_turn && member->zone == SPEAKER_SILENT &&
            now_us - member->sound_us >= lively_us) {
            list_remove(&member->lively_link);
        }
    }
    decide(speakers, now_us);
    let_louder_go_first(speakers, now_us);
}

unsigned active_speaker_poll(struct active_speaker *speakers, int64_t now_us)
{
    if (now_us >= speakers->next_us) {
        evaluate(speakers, now_us);
        speakers->next_us =
            list_empty(&speakers->lively) ? INT64_MAX : now_us + SPEAKER_EVALUATION_US;
    }
    unsigned changed = speakers->changed;
    speakers->changed = 0;
    return changed;
}

int64_t active_speaker_next_deadline(const struct active_speaker *speakers)
{
    return speakers->next_us;
}

uint32_t active_speaker_dominant(const struct active_speaker *speakers)
{
    return speakers->dominant == NULL ? 0 : speakers->dominant->id;
}
