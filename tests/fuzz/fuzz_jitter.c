/**
 * A source that sends whatever numbers, times and bytes it likes, as the mixer hears it: whole
 * voices, with their jitter buffers. Work and memory are bounded, sound is finite, the counts add
 * up, and positions are told in order.
 *
 * Each step takes six bytes: what, sequence number (signed step), time (2, steps of 2.5 ms or raw),
 * payload length, its first byte; the payload repeats what follows.
 */
#include <math.h>
#include <string.h>

#include "base/packet.h"
#include "fuzz/fuzz.h"
#include "relay/bridge/voice.h"

enum { STEP_BYTES = 6, PACKETS = 300, MAX_STEPS = 400, OTHER_PT = 111 };

struct source {
    struct pool *pool;
    struct voice *voice;
    int64_t ext_seq;
    uint32_t timestamp;
    int64_t now_us;
};

static void transmit(struct source *s, const uint8_t *step, const uint8_t *rest, size_t len)
{
    struct packet *packet = packet_take(s->pool);
    FUZZ_CHECK(packet != NULL);
    s->ext_seq += (int8_t)step[1];
    s->ext_seq = s->ext_seq > 0 ? s->ext_seq : 0;
    uint32_t raw = (uint32_t)step[2] << 8 | step[3];
    s->timestamp += (step[0] & 8) != 0 ? raw << 12 : (uint32_t)(int16_t)raw * 120;
    size_t bytes = step[4];
    for (size_t i = 0; i < bytes; i++) {
        packet->data[i] = i == 0 ? step[5] : len > 0 ? rest[i % len] : 0;
    }
    packet->len = (uint32_t)bytes;
    packet->arrival_us = s->now_us;
    struct voice_packet arrived = {.ext_seq = s->ext_seq,
                                   .timestamp = s->timestamp,
                                   .arrival_us = s->now_us,
                                   .packet = packet,
                                   .payload = packet->data,
                                   .bytes = bytes,
                                   .red = (step[0] & 16) != 0,
                                   .block_pt = OTHER_PT};
    voice_receive(s->voice, &arrived);
    packet_unref(&packet);
}

static void hear(struct source *s)
{
    float out[PCM_FRAME];
    bool sound = voice_pull(s->voice, s->now_us, out);
    for (size_t i = 0; i < PCM_FRAME; i++) {
        FUZZ_CHECK(isfinite(out[i]) && fabsf(out[i]) <= 2);
    }
    struct jitter_position position;
    if (voice_position(s->voice, &position)) {
        FUZZ_CHECK(position.ext_seq >= 0);
    }
    struct voice_stats stats;
    voice_stats(s->voice, &stats);
    FUZZ_CHECK(stats.jitter.silent_concealed_samples <= stats.jitter.concealed_samples);
    FUZZ_CHECK(pool_in_use(s->pool) <= JITTER_BUFFER_PACKETS + 1);
    FUZZ_CHECK(!sound || voice_delay_us(s->voice, s->now_us) > -5000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct source s = {.ext_seq = 65536, .now_us = 1000000};
    struct voice_config config = {0};
    FUZZ_CHECK(packet_pool_new(&s.pool, PACKETS) == 0);
    FUZZ_CHECK(voice_new(&s.voice, &config) == 0);
    for (size_t i = 0; i < MAX_STEPS && len >= STEP_BYTES; i++) {
        const uint8_t *step = data;
        data += STEP_BYTES;
        len -= STEP_BYTES;
        switch (step[0] & 7) {
        case 0:
            voice_restart(s.voice);
            break;
        case 1:
            voice_begin(s.voice, s.timestamp + (uint32_t)step[1] * 120 - 9600, (step[0] & 8) != 0);
            break;
        case 2:
        case 3:
            s.now_us += 20000 * (int64_t)(step[1] % 4);
            hear(&s);
            break;
        default:
            transmit(&s, step, data, len);
            break;
        }
    }
    voice_free(&s.voice);
    FUZZ_CHECK(pool_in_use(s.pool) == 0);
    pool_free(&s.pool);
    return 0;
}
