#include "media/active_speaker.h"

/** Longest time that one level speaks for: Opus packets last up to 120 ms, but a hole is no voice.
 */
static const int64_t level_span_max_us = 60000;

/** How often hang-overs and dominance are looked at while somebody speaks. */
static const int64_t evaluation_us = 100000;

/** So much louder than the dominant speaker a challenger must be, in dB. */
static const int32_t challenge_margin_db = 3;

void active_speaker_init(struct active_speaker *speakers)
{
    *speakers = (struct active_speaker){.next_us = INT64_MAX};
    list_init(&speakers->members);
}

void active_speaker_add(struct active_speaker *speakers, struct speaker_member *member, uint32_t id)
{
    *member = (struct speaker_member){
        .id = id, .last_us = INT64_MIN, .last_voice_us = INT64_MIN, .louder_since_us = INT64_MAX};
    audio_level_init(&member->level);
    list_append(&speakers->members, &member->link);
    speakers->version++;
}

void active_speaker_remove(struct active_speaker *speakers, struct speaker_member *member)
{
    list_remove(&member->link);
    if (speakers->dominant == member) {
        speakers->dominant = NULL;
    }
    speakers->version++;
}

static struct speaker_member *member_of(struct list *link)
{
    return LIST_ENTRY(link, struct speaker_member, link);
}

/** Puts member in front of the first one that does not speak, so that speakers lead the order. */
static void move_behind_speakers(struct active_speaker *speakers, struct speaker_member *member)
{
    list_remove(&member->link);
    struct list *at = speakers->members.next;
    while (at != &speakers->members && member_of(at)->speaking) {
        at = at->next;
    }
    list_append(at, &member->link);
}

static void speaking_begin(struct active_speaker *speakers, struct speaker_member *member,
                           int64_t now_us)
{
    member->speaking = true;
    member->spoke_since_us = now_us;
    member->louder_since_us = INT64_MAX;
    list_remove(&member->link);
    list_append(speakers->members.next, &member->link);
    speakers->version++;
    speakers->next_us = now_us;
}

static void speaking_end(struct active_speaker *speakers, struct speaker_member *member)
{
    member->speaking = false;
    member->voiced_us = 0;
    move_behind_speakers(speakers, member);
    speakers->version++;
}

void active_speaker_receive(struct active_speaker *speakers, struct speaker_member *member,
                            uint8_t dbov, int64_t now_us)
{
    audio_level_receive(&member->level, dbov, now_us);
    int64_t span_us = member->last_us == INT64_MIN ? 0 : now_us - member->last_us;
    if (span_us > level_span_max_us) {
        span_us = level_span_max_us;
    }
    member->last_us = now_us;
    if (dbov >= SPEAKER_LOUD_DBOV) {
        member->voiced_us = member->voiced_us > span_us ? member->voiced_us - span_us : 0;
        return;
    }
    member->last_voice_us = now_us;
    if (!member->speaking) {
        member->voiced_us += span_us;
        if (member->voiced_us >= SPEAKER_ATTACK_US) {
            speaking_begin(speakers, member, now_us);
        }
    }
}

/** Loudness of a member now, 0..127, larger is louder. */
static int32_t loudness(const struct speaker_member *member, int64_t now_us)
{
    return AUDIO_LEVEL_SILENCE - audio_level_dbov(&member->level, now_us);
}

static struct speaker_member *loudest_speaker(struct active_speaker *speakers, int64_t now_us)
{
    struct speaker_member *best = NULL;
    LIST_FOR_EACH(link, &speakers->members)
    {
        struct speaker_member *member = member_of(link);
        if (member->speaking &&
            (best == NULL || loudness(member, now_us) > loudness(best, now_us))) {
            best = member;
        }
    }
    return best;
}

/** The member that has been louder than the dominant speaker for long enough, or NULL. */
static struct speaker_member *challenger(struct active_speaker *speakers, int64_t now_us)
{
    int32_t bar = loudness(speakers->dominant, now_us) + challenge_margin_db;
    struct speaker_member *best = NULL;
    LIST_FOR_EACH(link, &speakers->members)
    {
        struct speaker_member *member = member_of(link);
        if (!member->speaking || member == speakers->dominant || loudness(member, now_us) < bar) {
            member->louder_since_us = INT64_MAX;
            continue;
        }
        if (member->louder_since_us == INT64_MAX) {
            member->louder_since_us = now_us;
        }
        if (now_us - member->louder_since_us >= SPEAKER_CHALLENGE_US &&
            (best == NULL || member->louder_since_us < best->louder_since_us)) {
            best = member;
        }
    }
    return best;
}

static void dominance_evaluate(struct active_speaker *speakers, int64_t now_us)
{
    bool vacant = speakers->dominant == NULL || !speakers->dominant->speaking;
    struct speaker_member *next =
        vacant ? loudest_speaker(speakers, now_us) : challenger(speakers, now_us);
    if (next != NULL && next != speakers->dominant) {
        next->louder_since_us = INT64_MAX;
        speakers->dominant = next;
        speakers->version++;
    }
}

bool active_speaker_poll(struct active_speaker *speakers, int64_t now_us)
{
    if (now_us >= speakers->next_us) {
        LIST_FOR_EACH_SAFE(link, after, &speakers->members)
        {
            struct speaker_member *member = member_of(link);
            if (member->speaking && now_us - member->last_voice_us >= SPEAKER_HANG_OVER_US) {
                speaking_end(speakers, member);
            }
        }
        dominance_evaluate(speakers, now_us);
        bool anyone =
            !list_empty(&speakers->members) && member_of(speakers->members.next)->speaking;
        speakers->next_us = anyone ? now_us + evaluation_us : INT64_MAX;
    }
    bool risen = speakers->version != speakers->polled_version;
    speakers->polled_version = speakers->version;
    return risen;
}

int64_t active_speaker_next_deadline(const struct active_speaker *speakers)
{
    return speakers->next_us;
}

uint32_t active_speaker_dominant(const struct active_speaker *speakers)
{
    return speakers->dominant == NULL ? 0 : speakers->dominant->id;
}

size_t active_speaker_recent(const struct active_speaker *speakers, struct speaker_member **out,
                             size_t max)
{
    size_t count = 0;
    LIST_FOR_EACH(link, &speakers->members)
    {
        if (count == max) {
            break;
        }
        out[count++] = member_of(link);
    }
    return count;
}
