#include <string.h>

#include "load/profiles.h"
#include "unit/runner.h"

TEST(every_profile_is_found_by_its_name_and_told)
{
    size_t count = 0;
    for (const struct profile *profile = profile_at(0); profile != NULL;
         profile = profile_at(++count)) {
        CHECK(profile_find(profile->name) == profile);
        CHECK(strlen(profile->text) > 5);
        CHECK(profile->up.rate_bps > 0 && profile->down.rate_bps > 0);
        for (size_t i = 1; i < profile->down.schedule_count; i++) {
            CHECK(profile->down.schedule[i].at_us > profile->down.schedule[i - 1].at_us);
        }
    }
    CHECK(count >= 12);
    CHECK(profile_find("lossy") == NULL && profile_find("") == NULL);
}
