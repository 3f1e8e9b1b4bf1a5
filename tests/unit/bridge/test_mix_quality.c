#include "relay/bridge/mix_quality.h"
#include "unit/runner.h"

static struct session_media agreement(bool fec, uint32_t max_bps)
{
    struct session_media media = {.kind = MEDIA_AUDIO, .codec_count = 1};
    media.codecs[0] =
        (struct session_codec){.kind = CODEC_OPUS, .inband_fec = fec, .max_bps = max_bps};
    return media;
}

static struct mix_quality quality(bool fec, uint32_t max_bps, uint8_t percent, uint32_t most_bps)
{
    const struct session_media media = agreement(fec, max_bps);
    struct mix_loss loss = {0};
    mix_loss_note(&loss, percent, 1000000);
    return mix_quality_of(&media, &loss, false, most_bps);
}

TEST(a_mix_is_as_good_as_its_listener_wants)
{
    static const struct {
        uint32_t wanted;
        uint32_t given;
    } cases[] = {{0, 32000},     {510000, 32000}, {32000, 32000}, {31999, 24000},
                 {20000, 16000}, {12000, 12000},  {11999, 6000},  {6000, 6000}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_INT(quality(false, cases[i].wanted, 0, 32000).bitrate_bps, cases[i].given);
    }
    CHECK_INT(quality(false, 0, 0, 64000).bitrate_bps, 64000);
    CHECK_INT(quality(false, 50000, 0, 64000).bitrate_bps, 48000);
}

TEST(a_narrow_link_is_given_no_more_than_it_takes)
{
    const struct session_media media = agreement(true, 0);
    const struct mix_loss none = {0};
    CHECK_INT(mix_quality_of(&media, &none, false, 96000).bitrate_bps, 96000);
    CHECK_INT(mix_quality_of(&media, &none, true, 96000).bitrate_bps, MIX_QUALITY_PLAIN_BPS);
    CHECK_INT(mix_quality_of(&media, &none, true, 32000).bitrate_bps, 32000);
}

TEST(who_needs_fec_gets_a_rate_that_has_it)
{
    const struct mix_quality lossy = quality(true, 0, 10, 96000);
    CHECK(lossy.fec);
    CHECK_INT(lossy.bitrate_bps, MIX_QUALITY_PLAIN_BPS);
    CHECK(mix_quality_encoder(lossy, 5, 10).purpose == AUDIO_FOR_SPEECH);
}

TEST(a_mix_is_coded_as_any_sound_where_the_rate_allows)
{
    CHECK(mix_quality_encoder(quality(true, 0, 0, 96000), 5, 0).purpose == AUDIO_FOR_SOUND);
    CHECK(mix_quality_encoder(quality(true, 48000, 0, 96000), 5, 0).purpose == AUDIO_FOR_SOUND);
    CHECK(mix_quality_encoder(quality(true, 32000, 0, 96000), 5, 0).purpose == AUDIO_FOR_SPEECH);
}

TEST(who_loses_gets_fec_where_it_is_agreed_and_helps)
{
    CHECK(!quality(true, 0, 0, 32000).fec);
    CHECK(!quality(true, 0, 1, 32000).fec);
    CHECK(quality(true, 0, 2, 32000).fec);
    CHECK(!quality(false, 0, 20, 32000).fec);
    CHECK(!quality(true, 24000, 20, 32000).fec);
}

TEST(a_loss_counts_for_ten_seconds)
{
    struct mix_loss loss = {0};
    mix_loss_note(&loss, 5, 1000000);
    mix_loss_note(&loss, 0, 2000000);
    CHECK_INT(loss.percent, 5);
    mix_loss_note(&loss, 0, 1000000 + MIX_QUALITY_HOLD_US);
    CHECK_INT(loss.percent, 0);
    mix_loss_note(&loss, 3, 30000000);
    CHECK_INT(loss.percent, 3);
}

TEST(strange_wishes_do_not_cost_an_encoder_each)
{
    struct mix_quality seen[64];
    size_t count = 0;
    for (uint32_t bps = 6000; bps < 130000; bps += 500) {
        for (uint8_t percent = 0; percent < 30; percent += 10) {
            struct mix_quality one = quality(true, bps, percent, 128000);
            size_t i = 0;
            while (i < count && !mix_quality_equal(seen[i], one)) {
                i++;
            }
            seen[i] = one;
            count += i == count ? 1 : 0;
        }
    }
    CHECK(count <= MIX_QUALITY_MOST);
}

TEST(encoders_are_told_of_loss_only_with_fec)
{
    struct audio_encoder_config config =
        mix_quality_encoder((struct mix_quality){.bitrate_bps = 32000, .fec = true}, 7, 60);
    CHECK(config.fec);
    CHECK_INT(config.loss_percent, AUDIO_ENCODER_MAX_LOSS);
    CHECK_INT(config.complexity, 7);
    CHECK_INT(config.channels, 1);
    config = mix_quality_encoder((struct mix_quality){.bitrate_bps = 16000}, 5, 60);
    CHECK(!config.fec);
    CHECK_INT(config.loss_percent, 0);
    CHECK_INT(config.bitrate_bps, 16000);
}
