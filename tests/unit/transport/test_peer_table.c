#include "relay/transport/peer_table.h"
#include "unit/runner.h"

enum { USERS = 5, SHARED_SSRC = 1 };

static size_t count_users(const struct peer_table *table, const void *absent)
{
    size_t count = 0;
    for (struct ssrc_user *user = peer_table_find_ssrc(table, SHARED_SSRC); user != NULL;
         user = peer_table_next_ssrc(table, user)) {
        count += user->peer != absent ? 1 : 100;
    }
    return count;
}

TEST(users_of_one_ssrc_come_and_go_in_any_order)
{
    static const size_t order[USERS] = {0, 3, 4, 1, 2}; /* the first, one between, the last */
    struct peer_table *table = NULL;
    struct ssrc_user users[USERS] = {{.peer = NULL}};
    int peers[USERS];
    struct rand rand;
    rand_init(&rand, 7);
    REQUIRE_OK(peer_table_new(&table, &rand));
    CHECK(peer_table_find_ssrc(table, SHARED_SSRC) == NULL);
    for (size_t i = 0; i < USERS; i++) {
        REQUIRE_OK(peer_table_add_ssrc(table, &users[i], SHARED_SSRC, &peers[i]));
        CHECK_INT(count_users(table, NULL), i + 1);
    }
    for (size_t i = 0; i < USERS; i++) {
        peer_table_remove_ssrc(table, &users[order[i]]);
        peer_table_remove_ssrc(table, &users[order[i]]); /* twice is once */
        CHECK_INT(count_users(table, &peers[order[i]]), USERS - 1 - i);
    }
    REQUIRE_OK(peer_table_add_ssrc(table, &users[2], SHARED_SSRC, &peers[2]));
    CHECK(peer_table_find_ssrc(table, SHARED_SSRC) == &users[2]);
out:
    peer_table_free(&table);
}
