/** Speakers: whatever levels and clocks come, everybody stands once in each order, dominance is
 * calm, and Opus is measured without reading past its end. */
#include "fuzz/fuzz.h"
#include "media/active_speaker.h"
#include "media/opus_level.h"

enum { PEOPLE = 8, OP_BYTES = 4 };

struct run {
    struct active_speaker speakers;
    struct speaker_member people[PEOPLE];
    bool in[PEOPLE];
    uint32_t timestamps[PEOPLE];
    int64_t now_us;
    uint32_t dominant;
    int64_t flipped_us;
};

static unsigned count(const struct list *head)
{
    unsigned n = 0;
    LIST_FOR_EACH(link, head)
    {
        FUZZ_CHECK(link->next->prev == link && ++n <= PEOPLE);
    }
    return n;
}

static void check(struct run *run)
{
    unsigned in = 0;
    for (int i = 0; i < PEOPLE; i++) {
        in += run->in[i] ? 1 : 0;
    }
    FUZZ_CHECK(count(&run->speakers.voices) == in && count(&run->speakers.turns) == in);
    FUZZ_CHECK(count(&run->speakers.lively) <= in);
    enum speaker_zone zone = SPEAKER_VOICE;
    LIST_FOR_EACH(link, &run->speakers.voices)
    {
        const struct speaker_member *member = LIST_ENTRY(link, struct speaker_member, voice_link);
        FUZZ_CHECK(member->zone >= zone);
        zone = member->zone;
    }
    uint32_t dominant = active_speaker_dominant(&run->speakers);
    if (dominant != 0 && run->dominant != 0 && dominant != run->dominant) {
        FUZZ_CHECK(run->now_us - run->flipped_us >= SPEAKER_TENURE_US);
    }
    if (dominant != run->dominant) {
        run->flipped_us = run->now_us;
        run->dominant = dominant;
    }
}

static void step(struct run *run, const uint8_t op[OP_BYTES])
{
    unsigned who = op[0] % PEOPLE;
    struct speaker_member *member = &run->people[who];
    switch (op[0] >> 4) {
    case 0:
        if (run->in[who]) {
            active_speaker_remove(&run->speakers, member);
            run->in[who] = false;
        }
        break;
    case 1:
        run->now_us += (int64_t)op[1] * op[2] * 1000;
        break;
    case 2:
        run->timestamps[who] += (uint32_t)op[1] << (op[2] % 25);
        break;
    default:
        if (!run->in[who]) {
            active_speaker_add(&run->speakers, member, who + 1, op[3] == 0 ? 0 : 48000);
            run->in[who] = true;
        }
        run->timestamps[who] += 960;
        run->now_us += op[2] % 32 * 1000;
        active_speaker_receive(&run->speakers, member, op[1], run->timestamps[who], run->now_us);
        break;
    }
    (void)active_speaker_poll(&run->speakers, run->now_us);
    check(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct run run;
    run = (struct run){.now_us = 1000000};
    active_speaker_init(&run.speakers);
    FUZZ_CHECK(opus_level(data, len, OPUS_LEVEL_UNTOLD) <= 127);
    for (size_t i = 0; i + OP_BYTES <= len; i += OP_BYTES) {
        step(&run, data + i);
    }
    return 0;
}
