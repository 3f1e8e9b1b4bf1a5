#include "base/drop.h"
#include "base/err.h"
#include "base/log.h"
#include "unit/runner.h"

TEST(every_error_and_drop_has_its_own_name)
{
    for (int err = 0; err >= ERR_NEED_KEYFRAME; err--) {
        CHECK(strcmp(err_name(err), "unknown error") != 0);
        for (int other = 0; other > err; other--) {
            CHECK(strcmp(err_name(err), err_name(other)) != 0);
        }
    }
    CHECK_STR(err_name(ERR_NEED_KEYFRAME), "needs a keyframe");
    CHECK_STR(err_name(-1000), "unknown error");
    CHECK_STR(drop_name(DROP_SRTP_AUTH), "srtp_auth");
    REQUIRE(drop_help(DROP_SEND_ERROR)[0] != '\0');
out:;
}

static char last_line[64];

static void keep_line(enum log_level level, const char *topic, const char *line)
{
    (void)level;
    (void)topic;
    (void)strncpy(last_line, line, sizeof(last_line) - 1);
}

TEST(log_lines_below_the_level_are_not_made)
{
    enum log_level level = LOG_ERROR;
    log_set_sink(keep_line);
    log_info("room", "room=%s joined", "a");
    CHECK_STR(last_line, "room=a joined");
    log_debug("room", "secret");
    CHECK_STR(last_line, "room=a joined");
    REQUIRE_OK(log_level_parse("debug", &level));
    CHECK_INT(level, LOG_DEBUG);
    CHECK_INT(log_level_parse("loud", &level), ERR_INVALID);
out:
    log_set_sink(NULL);
}
