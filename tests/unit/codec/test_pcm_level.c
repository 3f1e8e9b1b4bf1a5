#include "codec/pcm_level.h"
#include "support/voice.h"
#include "unit/runner.h"

TEST(pcm_level_is_dbov)
{
    static const struct {
        float sample;
        uint8_t dbov;
    } rows[] = {{1, 0},       {2, 0},          {0.5F, 6},    {0.1F, 20}, {0.01F, 40},
                {1e-5F, 100}, {3.16e-7F, 127}, {1e-9F, 127}, {0, 127}};
    float pcm[PCM_FRAME];
    for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        for (size_t i = 0; i < PCM_FRAME; i++) {
            pcm[i] = i % 2 == 0 ? rows[row].sample : -rows[row].sample;
        }
        CHECK_INT(pcm_level_dbov(pcm, PCM_FRAME), rows[row].dbov);
    }
    voice_tone(pcm, PCM_FRAME, 0, 1000, 1);
    CHECK_INT(pcm_level_dbov(pcm, PCM_FRAME), 3);
    CHECK_INT(pcm_level_dbov(pcm, 0), PCM_LEVEL_SILENCE);
    goto out;
out:
    return;
}

TEST(pcm_level_guesses_voice)
{
    struct pcm_level level;
    struct voice voice;
    float pcm[PCM_FRAME];
    uint8_t dbov;
    int voiced = 0;
    pcm_level_init(&level);
    voice_init(&voice, 1, 0.3);
    for (int frame = 0; frame < 250; frame++) {
        voice_next(&voice, pcm, PCM_FRAME);
        bool may_be = pcm_level_run(&level, pcm, &dbov);
        voiced += may_be;
        CHECK_INT(dbov, pcm_level_dbov(pcm, PCM_FRAME));
    }
    CHECK(voiced > 150);
    voiced = 0;
    memset(pcm, 0, sizeof(pcm));
    for (int frame = 0; frame < 50; frame++) {
        voiced += pcm_level_run(&level, pcm, &dbov);
        CHECK_INT(dbov, PCM_LEVEL_SILENCE);
    }
    CHECK(voiced <= PCM_LEVEL_HANG_FRAMES);
    pcm_level_init(&level);
    for (size_t frame = 0; frame < 100; frame++) {
        voice_tone(pcm, PCM_FRAME, frame * PCM_FRAME, 500, 0.2);
        CHECK(!pcm_level_run(&level, pcm, &dbov));
    }
    goto out;
out:
    return;
}
