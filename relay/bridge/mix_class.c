#include "mix_class.h"

struct mix_class *mix_class_find(struct mix_room *room, struct mix_quality quality)
{
    for (size_t i = 0; i < room->class_count; i++) {
        if (mix_quality_equal(room->classes[i].quality, quality)) {
            return &room->classes[i];
        }
    }
    return NULL;
}

/** NULL without memory. */
static struct mix_class *make_class(struct mix_room *room, struct mix_quality quality)
{
    struct mix_class *class = mix_class_find(room, quality);
    if (class != NULL || room->class_count == MIX_QUALITY_MOST) {
        return class;
    }
    class = &room->classes[room->class_count];
    *class = (struct mix_class){.quality = quality};
    const struct audio_encoder_config config =
        mix_quality_encoder(quality, room->config->options.complexity, 0);
    if (mix_output_init(&class->output, room->bridging, &config) != 0) {
        mix_output_deinit(&class->output);
        return NULL;
    }
    room->class_count++;
    return class;
}

void mix_class_set(const struct mix_room *room, struct mix_output *output,
                   struct mix_quality quality, uint8_t loss_percent)
{
    const struct audio_encoder_config config =
        mix_quality_encoder(quality, room->config->options.complexity, loss_percent);
    mix_output_set(output, &config);
}

void mix_class_go_on(struct mix_room *room, struct mix_output *output,
                     const struct mix_output *from, struct mix_quality quality,
                     uint8_t loss_percent)
{
    mix_output_copy(output, from);
    mix_class_set(room, output, quality, loss_percent);
    room->config->counters->copies++;
}

/** A shared mix that nobody heard is made again: where `from` stands, if there is such. */
static void wake_class(struct mix_room *room, struct mix_class *class,
                       const struct mix_output *from)
{
    for (size_t i = 0; i < room->class_count && from == NULL; i++) {
        from = room->classes[i].listeners > 0 ? &room->classes[i].output : NULL;
    }
    if (from != NULL) {
        mix_class_go_on(room, &class->output, from, class->quality, class->loss_percent);
    } else {
        mix_output_restart(&class->output);
        mix_class_set(room, &class->output, class->quality, class->loss_percent);
    }
}

void mix_class_leave(struct mix_listener *listener)
{
    if (listener->class != NULL) {
        listener->class->listeners--;
        listener->class = NULL;
    }
}

bool mix_class_join(struct mix_room *room, struct mix_listener *listener,
                    const struct mix_output *from)
{
    struct mix_class *class = make_class(room, listener->wanted);
    if (class == NULL) {
        return false;
    }
    if (class->listeners == 0) {
        class->loss_percent = listener->loss.percent;
        wake_class(room, class, from);
    } else if (from != NULL) {
        audio_encoder_stand_alone(class->output.encoder); /* his decoder heard another one before */
    }
    class->listeners++;
    mix_class_leave(listener);
    listener->class = class;
    return true;
}

void mix_class_free_all(struct mix_room *room)
{
    for (size_t i = 0; i < room->class_count; i++) {
        mix_output_deinit(&room->classes[i].output);
    }
    room->class_count = 0;
}
