#include "reporting.h"

#include "room/command.h"

static void ask(const struct relay *relay, const struct directory_participant *participant)
{
    struct command *command = NULL;
    if (command_new(&command, COMMAND_REPORT, participant->number) == 0) {
        /* A full mailbox: next time. */
        (void)relay->send(relay->owner, participant->room->worker, command);
    }
}

static bool is_due(const struct directory_participant *participant, uint32_t turn)
{
    uint32_t period = turn / REPORTING_TURNS;
    return participant->number % REPORTING_TURNS == turn % REPORTING_TURNS &&
           ((participant->socket != NULL && participant->connected) ||
            participant->number / REPORTING_TURNS % REPORTING_SELDOM == period % REPORTING_SELDOM);
}

void reporting_run(struct reporting *reporting, struct directory *directory,
                   const struct relay *relay, int64_t now_us)
{
    if (now_us < reporting->next_us) {
        return;
    }
    reporting->next_us = now_us + REPORTING_PERIOD_US / REPORTING_TURNS;
    reporting->turn++;
    size_t cursor = 0;
    for (const struct directory_room *room = directory_next_room(directory, &cursor); room != NULL;
         room = directory_next_room(directory, &cursor)) {
        LIST_FOR_EACH(link, &room->participants)
        {
            const struct directory_participant *participant =
                LIST_ENTRY(link, struct directory_participant, link);
            if (is_due(participant, reporting->turn)) {
                ask(relay, participant);
            }
        }
    }
}
