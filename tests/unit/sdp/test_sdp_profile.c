#include <string.h>

#include "base/err.h"
#include "sdp/sdp_profile.h"
#include "unit/runner.h"

static int h264(const char *params, struct sdp_profile *out)
{
    return sdp_profile_h264(str_view_of(params, strlen(params)), out);
}

TEST(h264_profiles_have_one_value_for_all_spellings)
{
    /* RFC 6184 table 5 */
    static const struct {
        const char *params;
        uint16_t profile;
    } all[] = {
        {"profile-level-id=42e01f", 0x42e0},
        {"profile-level-id=42C00d", 0x42e0},
        {"profile-level-id=4d801e", 0x42e0},
        {"profile-level-id=58c01e", 0x42e0},
        {"profile-level-id=42001f", 0x4200},
        {"profile-level-id=42a01f", 0x4200},
        {"profile-level-id=58801e", 0x4200},
        {"profile-level-id=4d001f", 0x4d00},
        {"profile-level-id=4d401f", 0x4d00},
        {"profile-level-id=58001f", 0x5800},
        {"profile-level-id=640032", 0x6400},
        {"profile-level-id=640c1f", 0x640c},
        {"profile-level-id=f4001f", 0xf400},
        {"level-asymmetry-allowed=1", 0x4200},
        {"", 0x4200},
    };
    struct sdp_profile profile;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        REQUIRE_OK(h264(all[i].params, &profile));
        CHECK_INT(profile.profile, all[i].profile);
        CHECK_INT(profile.mode, 0);
    }
    REQUIRE_OK(h264("packetization-mode=1;profile-level-id=42e01f", &profile));
    CHECK_INT(profile.mode, 1);
out:
    return;
}

TEST(h264_parameters_without_sense_are_refused)
{
    struct sdp_profile profile = {.profile = 3};
    CHECK_INT(h264("profile-level-id=42e01", &profile), ERR_MALFORMED);
    CHECK_INT(h264("profile-level-id=42e01g", &profile), ERR_MALFORMED);
    CHECK_INT(h264("profile-level-id", &profile), ERR_MALFORMED);
    CHECK_INT(h264("packetization-mode=3", &profile), ERR_MALFORMED);
    CHECK_INT(h264("packetization-mode=2", &profile), ERR_UNSUPPORTED);
    CHECK_INT(profile.profile, 3);
}

TEST(vp9_and_av1_profiles_are_numbers)
{
    struct sdp_profile profile = {.profile = 9};
    REQUIRE_OK(sdp_profile_vp9(str_view_of("", 0), &profile));
    CHECK_INT(profile.profile, 0);
    REQUIRE_OK(sdp_profile_vp9(str_view_of("profile-id=2", 12), &profile));
    CHECK_INT(profile.profile, 2);
    CHECK_INT(sdp_profile_vp9(str_view_of("profile-id=4", 12), &profile), ERR_MALFORMED);
    REQUIRE_OK(sdp_profile_av1(str_view_of("level-idx=5;profile=1;tier=0", 28), &profile));
    CHECK_INT(profile.profile, 1);
    CHECK_INT(sdp_profile_av1(str_view_of("profile=3", 9), &profile), ERR_MALFORMED);
    CHECK_INT(sdp_profile_av1(str_view_of("profile=x", 9), &profile), ERR_MALFORMED);
out:
    return;
}
