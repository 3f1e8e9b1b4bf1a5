#include "relay/signal/reporting.h"
#include "support/switchboard.h"
#include "unit/runner.h"

static const char sendrecv[] = "chromium-156.0.8078.79-sendrecv";

static unsigned asked(const struct switchboard *board, const struct directory_participant *p)
{
    unsigned count = 0;
    for (size_t i = 0; i < board->command_count; i++) {
        count +=
            board->commands[i]->kind == COMMAND_REPORT && board->commands[i]->number == p->number
                ? 1
                : 0;
    }
    return count;
}

TEST(who_listens_is_asked_about_each_period_and_others_seldom)
{
    struct switchboard *board = NULL;
    struct reporting reporting = {.turn = 0};
    char socket = 0;
    REQUIRE_OK(switchboard_new(&board, 1, 10));
    struct directory_participant *ann = switchboard_join(board, "/call/tea?name=Ann", sendrecv);
    struct directory_participant *bob = switchboard_join(board, "/call/tea?name=Bob", sendrecv);
    struct directory_participant *eve = switchboard_join(board, "/call/pot?name=Eve", sendrecv);
    REQUIRE(ann != NULL && bob != NULL && eve != NULL);
    ann->connected = true;
    ann->socket = &socket;
    bob->connected = true; /* and nobody to tell */
    eve->socket = &socket; /* and no call yet */
    switchboard_clear(board);
    for (int64_t now_us = board->now_us;
         now_us < board->now_us + (int64_t)REPORTING_SELDOM * REPORTING_PERIOD_US;
         now_us += 20000) {
        reporting_run(&reporting, board->directory, &board->relay, now_us);
    }
    CHECK_INT(asked(board, ann), REPORTING_SELDOM);
    CHECK_INT(asked(board, bob), 1);
    CHECK_INT(asked(board, eve), 1);
out:
    switchboard_free(&board);
}
