#include "load/impairment.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { UP, DOWN, WAYS };

struct impairment {
    struct turn *turn;
    struct turn_timer timer;
    struct impairment_output output;
    struct network *network;
    bool through[WAYS]; /* nothing is bad about this way */
    size_t links[WAYS];
    struct rate_step *schedules[WAYS];
    uint64_t *lost;
};

static void note_passage(void *owner, const struct network_passage *passage)
{
    struct impairment *impairment = owner;
    *impairment->lost += passage->fate != NETWORK_PASSED;
}

/** A link whose schedule counts from begin_us. */
static int add_link(struct impairment *impairment, int way, const struct link_config *config,
                    int64_t begin_us)
{
    impairment->through[way] = config == NULL;
    if (config == NULL) {
        return 0;
    }
    struct link_config own = *config;
    if (own.schedule_count > 0) {
        struct rate_step *steps = calloc(own.schedule_count, sizeof(*steps));
        if (steps == NULL) {
            return ERR_NO_MEMORY;
        }
        for (size_t i = 0; i < own.schedule_count; i++) {
            steps[i] = config->schedule[i];
            steps[i].at_us += begin_us;
        }
        impairment->schedules[way] = steps;
        own.schedule = steps;
    }
    return network_add_link(impairment->network, &own, &impairment->links[way]);
}

/** Lets out what has arrived by now_us. */
static void let_out(void *owner, int64_t now_us)
{
    struct impairment *impairment = owner;
    const struct impairment_output *output = &impairment->output;
    struct network_datagram *datagram;
    while ((datagram = network_take(impairment->network, now_us)) != NULL) {
        if (!impairment->through[UP] && datagram->link == impairment->links[UP]) {
            output->up(output->owner, &datagram->to, datagram->data, datagram->len);
        } else {
            output->down(output->owner, &datagram->to, datagram->data, datagram->len,
                         datagram->arrival_us);
        }
        network_give_back(impairment->network, datagram);
    }
    turn_set(impairment->turn, &impairment->timer, network_next_arrival(impairment->network));
}

int impairment_new(struct impairment **out, struct turn *turn, const struct agent_impairment *links,
                   const struct impairment_output *output, uint64_t *lost)
{
    struct impairment *impairment = calloc(1, sizeof(*impairment));
    if (impairment == NULL) {
        return ERR_NO_MEMORY;
    }
    impairment->turn = turn;
    impairment->output = *output;
    impairment->lost = lost;
    turn_timer_init(&impairment->timer, let_out, impairment);
    int err = network_new(&impairment->network, links->seed);
    if (err == 0) {
        err = add_link(impairment, UP, links->up, turn_now_us(turn));
    }
    if (err == 0) {
        err = add_link(impairment, DOWN, links->down, turn_now_us(turn));
    }
    if (err != 0) {
        impairment_free(&impairment);
        return err;
    }
    network_set_watch(impairment->network, note_passage, impairment);
    *out = impairment;
    return 0;
}

static void enter(struct impairment *impairment, int way, const struct addr *peer,
                  const uint8_t *data, size_t len, int64_t now_us)
{
    network_send(impairment->network, impairment->links[way], peer, peer, data, len, now_us);
    turn_set(impairment->turn, &impairment->timer, network_next_arrival(impairment->network));
}

void impairment_up(struct impairment *impairment, const struct addr *peer, const uint8_t *data,
                   size_t len, int64_t now_us)
{
    if (impairment->through[UP]) {
        impairment->output.up(impairment->output.owner, peer, data, len);
        return;
    }
    enter(impairment, UP, peer, data, len, now_us);
}

void impairment_down(struct impairment *impairment, const struct addr *peer, uint8_t *data,
                     size_t len, int64_t arrived_us)
{
    if (impairment->through[DOWN]) {
        impairment->output.down(impairment->output.owner, peer, data, len, arrived_us);
        return;
    }
    enter(impairment, DOWN, peer, data, len, arrived_us);
}

void impairment_free(struct impairment **impairment)
{
    struct impairment *gone = *impairment;
    if (gone == NULL) {
        return;
    }
    turn_set(gone->turn, &gone->timer, INT64_MAX);
    network_free(&gone->network);
    free(gone->schedules[UP]);
    free(gone->schedules[DOWN]);
    free(gone);
    *impairment = NULL;
}
