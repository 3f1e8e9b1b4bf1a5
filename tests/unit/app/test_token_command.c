#include "base/err.h"
#include "relay/app/token_command.h"
#include "unit/runner.h"

TEST(reads_durations)
{
    int64_t seconds = 0;
    CHECK_INT(token_command_duration("90", &seconds), 0);
    CHECK_INT(seconds, 90);
    CHECK_INT(token_command_duration("15m", &seconds), 0);
    CHECK_INT(seconds, 900);
    CHECK_INT(token_command_duration("6h", &seconds), 0);
    CHECK_INT(seconds, 21600);
    CHECK_INT(token_command_duration("30d", &seconds), 0);
    CHECK_INT(seconds, 2592000);
    static const char *const bad[] = {"", "h", "0s", "-1s", "1w", "1.5h", "99999999d", "1 h"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(token_command_duration(bad[i], &seconds), ERR_INVALID);
    }
    goto out;
out:;
}
