#include "spotlight.h"

void spotlight_init(struct spotlight *spotlight)
{
    *spotlight = (struct spotlight){.present = 0};
}

/** The light goes over to who is coming. */
static void move(struct spotlight *spotlight, int64_t now_us)
{
    spotlight->before = spotlight->present;
    spotlight->fading = spotlight->before != 0;
    spotlight->fade_us = now_us + SPOTLIGHT_KEEP_US;
    spotlight->present = spotlight->coming;
    spotlight->coming = 0;
}

bool spotlight_update(struct spotlight *spotlight, uint32_t dominant, int64_t now_us)
{
    bool moved = false;
    if (dominant == 0 || dominant == spotlight->present) {
        spotlight->coming = 0;
    } else if (dominant != spotlight->coming) {
        spotlight->coming = dominant;
        /* The first one takes it from nobody. */
        spotlight->rise_us = spotlight->present == 0 ? now_us : now_us + SPOTLIGHT_RISE_US;
    }
    if (spotlight->coming != 0 && now_us >= spotlight->rise_us) {
        move(spotlight, now_us);
        moved = true;
    }
    if (spotlight->fading && now_us >= spotlight->fade_us) {
        spotlight->fading = false;
        moved = true;
    }
    return moved;
}

int64_t spotlight_next_deadline(const struct spotlight *spotlight)
{
    int64_t rise_us = spotlight->coming != 0 ? spotlight->rise_us : INT64_MAX;
    int64_t fade_us = spotlight->fading ? spotlight->fade_us : INT64_MAX;
    return rise_us < fade_us ? rise_us : fade_us;
}

bool spotlight_is_on(const struct spotlight *spotlight, uint32_t number, uint32_t viewer)
{
    if (number == spotlight->present) {
        return number != 0;
    }
    return number != 0 && number == spotlight->before &&
           (spotlight->fading || viewer == spotlight->present);
}
