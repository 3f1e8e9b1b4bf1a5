#include "base/err.h"
#include "base/outbox.h"
#include "unit/runner.h"

struct flushed {
    size_t flushes;
    size_t entries;
    size_t bytes;
};

static void count_flush(void *owner, struct outbox *outbox)
{
    struct flushed *flushed = owner;
    flushed->flushes++;
    flushed->entries += outbox->count;
    for (size_t i = 0; i < outbox->count; i++) {
        flushed->bytes += outbox->entries[i].len;
    }
    outbox_clear(outbox);
}

TEST(outbox_groups_neighbours_by_destination)
{
    struct outbox *outbox = NULL;
    struct flushed flushed = {0};
    struct five_tuple a = {.tcp = 1};
    struct five_tuple b = {.tcp = 2};
    REQUIRE_OK(outbox_new(&outbox, count_flush, &flushed));
    outbox_push(outbox, &a, "one", 3);
    outbox_push(outbox, &a, "two", 3);
    outbox_push(outbox, &b, "three", 5);
    outbox_push(outbox, &a, "four", 4);
    REQUIRE(outbox->count == 4);
    CHECK_INT(outbox->entries[0].to, outbox->entries[1].to);
    CHECK(outbox->entries[2].to != outbox->entries[1].to);
    CHECK_INT(outbox->destinations[outbox->entries[3].to].tcp, 1);
    CHECK_MEM(outbox->entries[2].data, "three", 5);
out:
    outbox_free(&outbox);
}

static void push_at(struct outbox *outbox, const struct five_tuple *to, struct outbox_place *place)
{
    (void)outbox_reserve(outbox, 8);
    outbox_commit(outbox, to, 8, place);
}

TEST(outbox_finds_a_destination_again_by_its_place)
{
    struct outbox *outbox = NULL;
    struct flushed flushed = {0};
    struct five_tuple a = {.tcp = 1};
    struct five_tuple b = {.tcp = 2};
    struct outbox_place place_a = {0};
    struct outbox_place place_b = {0};
    REQUIRE_OK(outbox_new(&outbox, count_flush, &flushed));
    push_at(outbox, &a, &place_a);
    push_at(outbox, &a, &place_a);
    push_at(outbox, &b, &place_b);
    CHECK(!outbox->mixed);
    push_at(outbox, &a, &place_a);
    CHECK(outbox->mixed && outbox->destination_count == 2);
    CHECK_INT(outbox->entries[3].to, outbox->entries[0].to);
    push_at(outbox, &b, &place_a); /* the path has moved */
    CHECK_INT(outbox->destinations[outbox->entries[4].to].tcp, 2);
    outbox_clear(outbox);
    CHECK(!outbox->mixed);
    push_at(outbox, &b, &place_b);
    push_at(outbox, &a, &place_a);
    CHECK_INT(outbox->destinations[outbox->entries[0].to].tcp, 2);
    CHECK_INT(outbox->destinations[outbox->entries[1].to].tcp, 1);
    CHECK(!outbox->mixed);
out:
    outbox_free(&outbox);
}

TEST(outbox_flushes_by_itself_when_full)
{
    struct outbox *outbox = NULL;
    struct flushed flushed = {0};
    struct five_tuple to = {.tcp = 1};
    static const uint8_t datagram[1200];
    size_t sent = 0;
    REQUIRE_OK(outbox_new(&outbox, count_flush, &flushed));
    uint64_t before = runner_allocations();
    for (; sent < 5000; sent++) {
        outbox_push(outbox, &to, datagram, sent % 3 == 0 ? 10 : sizeof(datagram));
    }
    count_flush(&flushed, outbox);
    CHECK(flushed.flushes > 1);
    CHECK_INT(flushed.entries, sent);
    CHECK(runner_allocations() == before);
out:
    outbox_free(&outbox);
}

TEST(reservation_without_commit_queues_nothing)
{
    struct outbox *outbox = NULL;
    struct flushed flushed = {0};
    REQUIRE_OK(outbox_new(&outbox, count_flush, &flushed));
    uint8_t *first = outbox_reserve(outbox, 100);
    CHECK(outbox_reserve(outbox, 200) == first);
    CHECK_INT(outbox->count, 0);
out:
    outbox_free(&outbox);
}
