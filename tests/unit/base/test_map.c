#include "base/map.h"
#include "base/rand.h"
#include "unit/runner.h"

enum { KEYS = 500 };

TEST(map_agrees_with_an_array_over_random_changes)
{
    struct map *map = NULL;
    int values[KEYS];
    bool present[KEYS] = {false};
    size_t count = 0;
    struct rand rand;
    rand_init(&rand, 1);
    REQUIRE_OK(map_new(&map, sizeof(uint32_t), 42));
    for (int step = 0; step < 6000; step++) {
        uint32_t key = rand_below(&rand, KEYS);
        if (rand_below(&rand, 2) == 0) {
            REQUIRE_OK(map_put(map, &key, &values[key]));
            count += !present[key];
            present[key] = true;
        } else {
            REQUIRE(map_remove(map, &key) == (present[key] ? &values[key] : NULL));
            count -= present[key];
            present[key] = false;
        }
        REQUIRE(map_count(map) == count);
    }
    for (uint32_t key = 0; key < KEYS; key++) {
        CHECK(map_get(map, &key) == (present[key] ? &values[key] : NULL));
    }
    size_t cursor = 0;
    size_t walked = 0;
    while (map_next(map, &cursor) != NULL) {
        walked++;
    }
    CHECK_INT(walked, count);
out:
    map_free(&map);
}

TEST(map_replaces_the_value_of_a_key)
{
    struct map *map = NULL;
    int first = 1;
    int second = 2;
    REQUIRE_OK(map_new(&map, 3, 0));
    REQUIRE_OK(map_put(map, "abc", &first));
    REQUIRE_OK(map_put(map, "abc", &second));
    CHECK_INT(map_count(map), 1);
    CHECK(map_get(map, "abc") == &second);
    CHECK(map_get(map, "abd") == NULL);
out:
    map_free(&map);
}

TEST(replacing_a_value_takes_no_memory)
{
    struct map *map = NULL;
    int first = 1;
    int second = 2;
    REQUIRE_OK(map_new(&map, sizeof(uint32_t), 0));
    for (uint32_t key = 0; key < 12; key++) { /* one more key, and the table grows */
        REQUIRE_OK(map_put(map, &key, &first));
    }
    uint32_t key = 3;
    uint64_t before = runner_allocations();
    REQUIRE_OK(map_put(map, &key, &second));
    CHECK_INT(runner_allocations(), before);
    CHECK(map_get(map, &key) == &second);
out:
    map_free(&map);
}

TEST(hash_is_keyed)
{
    REQUIRE(map_hash("ufrag", 5, 1) != map_hash("ufrag", 5, 2));
    CHECK(map_hash("ufrag", 5, 1) == map_hash("ufrag", 5, 1));
    CHECK(map_hash("ufrag", 5, 1) != map_hash("ufrag", 4, 1));
out:;
}
