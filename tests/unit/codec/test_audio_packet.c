#include "base/err.h"
#include "codec/audio_packet.h"
#include "unit/runner.h"

/* Configurations are rows of RFC 6716 table 2, framing codes its section 3.2. */
TEST(audio_packet_tells_durations)
{
    static const struct {
        uint8_t bytes[8];
        size_t len;
        uint16_t samples;
        uint16_t frame_samples;
        uint8_t channels;
    } packets[] = {
        {{16 << 3, 1, 2}, 3, 120, 120, 1},            /* CELT 2.5 ms */
        {{31 << 3 | 4, 1, 2}, 3, 960, 960, 2},        /* CELT 20 ms, stereo */
        {{11 << 3, 1, 2}, 3, 2880, 2880, 1},          /* SILK 60 ms */
        {{11 << 3 | 1, 1, 2}, 3, 5760, 2880, 1},      /* twice: 120 ms */
        {{15 << 3 | 2, 1, 2, 3, 4}, 5, 1920, 960, 1}, /* hybrid, two of unlike length */
        {{31 << 3 | 3, 6, 1, 2, 3, 4, 5, 6}, 8, 5760, 960, 1},
    };
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        struct audio_packet facts;
        REQUIRE_OK(audio_packet_parse(packets[i].bytes, packets[i].len, &facts));
        CHECK_INT(facts.samples, packets[i].samples);
        CHECK_INT(facts.frame_samples, packets[i].frame_samples);
        CHECK_INT(facts.channels, packets[i].channels);
    }
out:
    return;
}

TEST(audio_packet_rejects_framing_that_does_not_add_up)
{
    static const struct {
        uint8_t bytes[8];
        size_t len;
    } packets[] = {
        {{0}, 0},                             /* empty */
        {{15 << 3 | 1, 1, 2}, 4},             /* two equal frames of three bytes */
        {{15 << 3 | 2, 9, 1, 2}, 4},          /* first frame past the end */
        {{15 << 3 | 3}, 1},                   /* no count */
        {{15 << 3 | 3, 0, 1}, 3},             /* no frames */
        {{11 << 3 | 3, 3, 1, 2, 3}, 5},       /* 180 ms */
        {{16 << 3 | 3, 49, 1, 2, 3}, 5},      /* 49 frames */
        {{15 << 3 | 3, 0x42, 200, 1, 2}, 5},  /* more padding than packet */
        {{15 << 3 | 3, 0x82, 252, 255, 1}, 5} /* VBR length past the end */
    };
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        struct audio_packet facts = {.samples = 7};
        CHECK_INT(audio_packet_parse(packets[i].bytes, packets[i].len, &facts), ERR_MALFORMED);
        CHECK_INT(facts.samples, 7);
    }
    goto out;
out:
    return;
}

TEST(audio_packet_knows_silence)
{
    static const struct {
        uint8_t bytes[8];
        size_t len;
        bool dtx;
    } packets[] = {
        {{15 << 3}, 1, true},          {{15 << 3, 9}, 2, true},
        {{15 << 3, 9, 9}, 3, false},   {{9 << 3 | 1, 9, 9}, 3, true},
        {{9 << 3 | 3, 3}, 2, true}, /* three empty frames */
        {{9 << 3 | 2, 1, 9}, 3, true}, {{9 << 3 | 2, 1, 9, 9, 9}, 5, false},
    };
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        struct audio_packet facts;
        REQUIRE_OK(audio_packet_parse(packets[i].bytes, packets[i].len, &facts));
        CHECK_INT(facts.dtx, packets[i].dtx);
    }
out:
    return;
}

/* Flags at the head of a SILK frame, RFC 6716 4.2.3 and 4.2.4. */
TEST(audio_packet_sees_lbrr)
{
    static const struct {
        uint8_t bytes[8];
        size_t len;
        uint16_t lbrr_samples;
    } packets[] = {
        {{9 << 3, 0x40, 0, 0}, 4, 960},   /* SILK 20 ms */
        {{9 << 3, 0xbf, 0, 0}, 4, 0},     /* voice, no LBRR */
        {{15 << 3, 0xc0, 0, 0}, 4, 960},  /* hybrid */
        {{8 << 3, 0x40, 0, 0}, 4, 480},   /* 10 ms */
        {{11 << 3, 0x10, 0, 0}, 4, 2880}, /* 60 ms: behind three VAD flags */
        {{11 << 3, 0xe0, 0, 0}, 4, 0},
        {{10 << 3, 0x20, 0, 0}, 4, 1920},   /* 40 ms: behind two */
        {{9 << 3 | 4, 0x40, 0, 0}, 4, 960}, /* stereo: mid */
        {{9 << 3 | 4, 0x10, 0, 0}, 4, 960}, /* side */
        {{9 << 3 | 4, 0xa0, 0, 0}, 4, 0},
        {{31 << 3, 0x40, 0, 0}, 4, 0},        /* CELT has none */
        {{9 << 3, 0x40}, 2, 0},               /* silence */
        {{9 << 3 | 1, 0x40, 0, 0, 0}, 5, 960} /* of the first of two */
    };
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        struct audio_packet facts;
        REQUIRE_OK(audio_packet_parse(packets[i].bytes, packets[i].len, &facts));
        CHECK_INT(facts.lbrr_samples, packets[i].lbrr_samples);
    }
out:
    return;
}
