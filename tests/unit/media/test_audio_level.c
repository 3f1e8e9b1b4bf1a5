#include "media/audio_level.h"
#include "unit/runner.h"

TEST(level_rises_fast_and_falls_slowly)
{
    struct audio_level level;
    audio_level_init(&level);
    CHECK_INT(audio_level_dbov(&level, 0), AUDIO_LEVEL_SILENCE);
    int64_t now_us = 1000000;
    for (int i = 0; i < 10; i++) {
        audio_level_receive(&level, 30, now_us += 20000);
    }
    CHECK(audio_level_dbov(&level, now_us) <= 31);
    audio_level_receive(&level, 127, now_us += 20000);
    CHECK(audio_level_dbov(&level, now_us) < 50);
    for (int i = 0; i < 60; i++) {
        audio_level_receive(&level, 255, now_us += 20000); /* above 127 counts as silence */
    }
    CHECK(audio_level_dbov(&level, now_us) >= 125);
}

TEST(level_expires)
{
    struct audio_level level;
    audio_level_init(&level);
    audio_level_receive(&level, 0, 1000000);
    audio_level_receive(&level, 0, 1020000);
    CHECK(audio_level_dbov(&level, 1020000 + AUDIO_LEVEL_EXPIRE_US) < 40);
    CHECK_INT(audio_level_dbov(&level, 1020001 + AUDIO_LEVEL_EXPIRE_US), AUDIO_LEVEL_SILENCE);
    /* After a pause it starts from silence. */
    audio_level_receive(&level, 100, 9000000);
    CHECK(audio_level_dbov(&level, 9000000) > 100);
}
