#include "relay/bridge/mix_line.h"
#include "unit/runner.h"

static void fill(float *pcm, float value)
{
    for (size_t i = 0; i < PCM_FRAME; i++) {
        pcm[i] = i % 2 == 0 ? value : -value;
    }
}

TEST(sound_is_sent_and_silence_only_for_a_while)
{
    struct mix_line line;
    float pcm[PCM_FRAME];
    unsigned reminders = 0;
    mix_line_init(&line);
    fill(pcm, 0.1F);
    mix_line_put(&line, pcm);
    CHECK(mix_line_state(&line) == MIX_LINE_SOUND);
    CHECK_INT(line.level, 21); /* a quarter of the frame is still to come */
    mix_line_put(&line, pcm);
    CHECK_INT(line.level, 20);
    fill(pcm, 0);
    mix_line_put(&line, pcm); /* the rest of it */
    for (int i = 0; i < MIX_LINE_HANG_FRAMES; i++) {
        mix_line_put(&line, pcm);
        CHECK(mix_line_state(&line) == MIX_LINE_SOUND);
    }
    for (int i = 0; i < 10 * MIX_LINE_REMINDER_FRAMES; i++) {
        mix_line_put(&line, pcm);
        CHECK(mix_line_state(&line) != MIX_LINE_SOUND);
        bool reminder = mix_line_state(&line) == MIX_LINE_REMINDER;
        CHECK(reminder == (i % MIX_LINE_REMINDER_FRAMES == 0));
        reminders += reminder ? 1 : 0;
    }
    CHECK_INT(reminders, 10);
    fill(pcm, 0.1F);
    mix_line_put(&line, pcm);
    CHECK(mix_line_state(&line) == MIX_LINE_SOUND);
}

TEST(a_copied_line_goes_on_alike)
{
    struct mix_line lines[2];
    float pcm[PCM_FRAME];
    mix_line_init(&lines[0]);
    for (int i = 0; i < 10; i++) {
        fill(pcm, 0.3F * (float)i); /* the limiter is at work */
        mix_line_put(&lines[0], pcm);
    }
    mix_line_copy(&lines[1], &lines[0]);
    for (int i = 0; i < 50; i++) {
        fill(pcm, 2.0F / (float)(i + 1));
        mix_line_put(&lines[0], pcm);
        mix_line_put(&lines[1], pcm);
        CHECK_MEM(lines[0].pcm, lines[1].pcm, sizeof(lines[0].pcm));
        CHECK_INT(lines[0].level, lines[1].level);
    }
}
