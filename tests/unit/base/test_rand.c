#include "base/rand.h"
#include "unit/runner.h"

TEST(seeded_source_repeats_itself)
{
    struct rand a;
    struct rand b;
    rand_init(&a, 99);
    rand_init(&b, 99);
    for (int i = 0; i < 10; i++) {
        REQUIRE(rand_u64(&a) == rand_u64(&b));
    }
    rand_init(&b, 100);
    CHECK(rand_u64(&a) != rand_u64(&b));
    for (int i = 0; i < 1000; i++) {
        REQUIRE(rand_below(&a, 7) < 7);
    }
out:;
}

TEST(secure_source_draws_ice_characters)
{
    struct rand rand;
    char one[25];
    char two[25];
    rand_init_secure(&rand);
    rand_ice_chars(&rand, one, 24);
    rand_ice_chars(&rand, two, 24);
    CHECK_INT(strlen(one), 24);
    REQUIRE(strcmp(one, two) != 0);
    CHECK_INT(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"), 24);
out:;
}
