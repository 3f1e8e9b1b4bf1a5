#include "queue_delay.h"

enum { SECOND_US = 1000000, CLOCK_JUMP_US = 5000000 };

void queue_delay_init(struct queue_delay *queue)
{
    *queue = (struct queue_delay){.second_us = INT64_MIN};
    for (size_t i = 0; i < QUEUE_DELAY_SECONDS; i++) {
        queue->least_us[i] = INT64_MAX;
    }
}

static void base_update(struct queue_delay *queue)
{
    int64_t least_us = INT64_MAX;
    for (size_t i = 0; i < QUEUE_DELAY_SECONDS; i++) {
        if (queue->least_us[i] < least_us) {
            least_us = queue->least_us[i];
        }
    }
    queue->base_us = least_us;
}

/** Goes on to the second of now_us. */
static void advance(struct queue_delay *queue, int64_t now_us)
{
    if (queue->second_us == INT64_MIN) {
        queue->second_us = now_us;
    }
    int64_t passed = (now_us - queue->second_us) / SECOND_US;
    queue->second_us += passed * SECOND_US;
    if (passed > QUEUE_DELAY_SECONDS) {
        passed = QUEUE_DELAY_SECONDS;
    }
    for (; passed > 0; passed--) {
        queue->second = (queue->second + 1) % QUEUE_DELAY_SECONDS;
        queue->least_us[queue->second] = INT64_MAX;
    }
}

void queue_delay_add(struct queue_delay *queue, int64_t least_us, int64_t now_us)
{
    if (queue->second_us != INT64_MIN &&
        (least_us - queue->base_us > CLOCK_JUMP_US || queue->base_us - least_us > CLOCK_JUMP_US)) {
        queue_delay_init(queue);
    }
    advance(queue, now_us);
    int64_t *least = &queue->least_us[queue->second];
    if (least_us < *least) {
        *least = least_us;
    }
    base_update(queue);
    queue->before_us = queue->last_us;
    queue->last_us = least_us - queue->base_us;
    queue->smooth_us += (queue->last_us - queue->smooth_us) / 4;
}

void queue_delay_resume(struct queue_delay *queue)
{
    queue->last_us = 0;
    queue->before_us = 0;
    queue->smooth_us = 0;
}

void queue_delay_rebase(struct queue_delay *queue)
{
    size_t before = (queue->second + QUEUE_DELAY_SECONDS - 1) % QUEUE_DELAY_SECONDS;
    for (size_t i = 0; i < QUEUE_DELAY_SECONDS; i++) {
        if (i != queue->second && i != before) {
            queue->least_us[i] = INT64_MAX;
        }
    }
    base_update(queue);
}
