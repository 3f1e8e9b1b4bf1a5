#include <stdlib.h>

#include "base/err.h"
#include "relay/signal/directory.h"
#include "unit/runner.h"

static struct rand test_rand;

static int make(struct directory **out, unsigned workers, unsigned most)
{
    const struct directory_config config = {.worker_count = workers,
                                            .max_participants = most,
                                            .grace_us = 10000000,
                                            .joins_per_minute = 60,
                                            .join_burst = 3};
    rand_init(&test_rand, 1);
    return directory_new(out, &config, &test_rand);
}

TEST(finds_participants_by_id_and_number)
{
    struct directory *d = NULL;
    struct directory_participant *a = NULL;
    struct directory_participant *b = NULL;
    REQUIRE_OK(make(&d, 1, 10));
    REQUIRE_OK(directory_join(d, "room", 0, &a));
    REQUIRE_OK(directory_join(d, "room", 0, &b));
    CHECK_INT(strlen(a->id), 22);
    CHECK_INT(strlen(a->etag), 13);
    CHECK(a->etag[0] == '"' && a->etag[12] == '"');
    CHECK(a->number != 0 && a->number != b->number);
    CHECK(strcmp(a->id, b->id) != 0);
    CHECK(directory_find(d, "room", a->id) == a);
    CHECK(directory_find(d, "other", a->id) == NULL);
    CHECK(directory_find(d, "room", "short") == NULL);
    CHECK(directory_by_number(d, b->number) == b);
    CHECK_INT(directory_participants(d), 2);
    uint32_t number = a->number;
    directory_leave(d, &a, 0);
    CHECK(a == NULL);
    CHECK(directory_by_number(d, number) == NULL);
    CHECK_INT(directory_participants(d), 1);
out:
    directory_free(&d);
}

TEST(ids_are_base64url)
{
    struct directory *d = NULL;
    struct directory_participant *p = NULL;
    REQUIRE_OK(make(&d, 1, 10));
    REQUIRE_OK(directory_join(d, "room", 0, &p));
    CHECK_INT(strspn(p->id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              22);
    char before[DIRECTORY_ETAG_BYTES];
    memcpy(before, p->etag, sizeof(before));
    directory_renew_etag(d, p);
    CHECK(strcmp(before, p->etag) != 0);
out:
    directory_free(&d);
}

TEST(a_room_has_a_most)
{
    struct directory *d = NULL;
    struct directory_participant *p = NULL;
    REQUIRE_OK(make(&d, 1, 2));
    CHECK(!directory_is_full(d, "room"));
    REQUIRE_OK(directory_join(d, "room", 0, &p));
    REQUIRE_OK(directory_join(d, "room", 0, &p));
    CHECK(directory_is_full(d, "room"));
    CHECK(!directory_is_full(d, "other"));
    struct directory_participant *third = NULL;
    CHECK_INT(directory_join(d, "room", 0, &third), ERR_FULL);
    CHECK(third == NULL);
    directory_leave(d, &p, 0);
    REQUIRE_OK(directory_join(d, "room", 0, &third));
out:
    directory_free(&d);
}

TEST(an_empty_room_lives_for_its_grace_period)
{
    struct directory *d = NULL;
    struct directory_participant *p = NULL;
    REQUIRE_OK(make(&d, 2, 10));
    REQUIRE_OK(directory_join(d, "one", 0, &p));
    directory_measure(d, 0, 0, 0);
    directory_measure(d, 0, 900000, 1000000);
    REQUIRE_OK(directory_join(d, "room", 0, &p));
    unsigned worker = p->room->worker;
    CHECK_INT(worker, 1);
    directory_measure(d, 0, 900000, 90000000);
    directory_leave(d, &p, 1000000);
    directory_sweep(d, 10999999);
    CHECK_INT(directory_rooms(d), 2);
    CHECK_INT(directory_place(d, "room"), worker);
    REQUIRE_OK(directory_join(d, "room", 10999999, &p));
    CHECK_INT(p->room->worker, worker);
    directory_sweep(d, 99000000);
    CHECK_INT(directory_rooms(d), 2);
    directory_leave(d, &p, 99000000);
    directory_sweep(d, 109000000);
    CHECK_INT(directory_rooms(d), 1);
out:
    directory_free(&d);
}

TEST(new_rooms_go_where_there_is_room_and_known_ones_stay)
{
    struct directory *d = NULL;
    struct directory_participant *p = NULL;
    REQUIRE_OK(make(&d, 3, 10));
    REQUIRE_OK(directory_join(d, "a", 0, &p));
    CHECK_INT(p->room->worker, 0);
    REQUIRE_OK(directory_join(d, "b", 0, &p));
    CHECK_INT(p->room->worker, 0);
    directory_measure(d, 0, 0, 0);
    directory_measure(d, 0, 400000, 1000000);
    REQUIRE_OK(directory_join(d, "a", 0, &p));
    CHECK_INT(p->room->worker, 0);
    REQUIRE_OK(directory_join(d, "c", 0, &p));
    CHECK_INT(p->room->worker, 1);
    directory_measure(d, 1, 0, 1000000);
    directory_measure(d, 1, 500000, 2000000);
    REQUIRE_OK(directory_join(d, "d", 0, &p));
    CHECK_INT(p->room->worker, 2);
out:
    directory_free(&d);
}

TEST(limits_joins_from_one_address)
{
    struct directory *d = NULL;
    struct addr a;
    struct addr b;
    unsigned retry_s = 0;
    REQUIRE_OK(addr_parse_ip("2001:db8::1", 0, &a));
    REQUIRE_OK(addr_parse_ip("192.0.2.1", 0, &b));
    REQUIRE_OK(make(&d, 1, 10));
    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(directory_admit(d, &a, 5000000, &retry_s));
    }
    CHECK_INT(directory_admit(d, &a, 5000000, &retry_s), ERR_FULL);
    CHECK_INT(retry_s, 1);
    REQUIRE_OK(addr_parse_ip("2001:db8::2", 0, &a)); /* same /64: same customer */
    CHECK_INT(directory_admit(d, &a, 5500000, &retry_s), ERR_FULL);
    REQUIRE_OK(directory_admit(d, &b, 5500000, &retry_s));
    REQUIRE_OK(directory_admit(d, &a, 6000000, &retry_s));
    CHECK_INT(directory_admit(d, &a, 6000000, &retry_s), ERR_FULL);
    directory_sweep(d, 900000000);
    directory_sweep(d, 900000000);
    REQUIRE_OK(directory_admit(d, &a, 900000000, &retry_s));
out:
    directory_free(&d);
}
