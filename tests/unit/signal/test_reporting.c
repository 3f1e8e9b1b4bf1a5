#include "relay/signal/reporting.h"
#include "support/switchboard.h"
#include "unit/runner.h"

static const char sendrecv[] = "chromium-156.0.8078.79-sendrecv";

TEST(everybody_with_a_socket_is_asked_about_once_in_a_period)
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
    for (int64_t now_us = board->now_us; now_us < board->now_us + 2 * REPORTING_PERIOD_US;
         now_us += 20000) {
        reporting_run(&reporting, board->directory, &board->relay, now_us);
    }
    REQUIRE_INT(board->command_count, 2);
    CHECK_INT(board->commands[0]->kind, COMMAND_REPORT);
    CHECK_INT(board->commands[0]->number, ann->number);
    CHECK_INT(board->commands[1]->number, ann->number);
out:
    switchboard_free(&board);
}
