#include "tile_stream.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/packet.h"

enum {
    ALL_LEVELS = 3,
    ENOUGH_PERCENT = 85 /**< of the tile's size: a little scaling up is not seen */
};

int tile_stream_new(struct tile_stream **out, struct bridge_source *source)
{
    struct tile_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        return ERR_NO_MEMORY;
    }
    stream->source = source;
    stream->asked_us = INT64_MIN;
    tap_init(&stream->layers[0].tap);
    tap_init(&stream->layers[1].tap);
    *out = stream;
    return 0;
}

static void layer_close(struct tile_layer *layer)
{
    tap_close(&layer->tap);
    vp8_frames_free(&layer->frames);
}

static int layer_open(struct tile_layer *layer, struct bridge_source *source, size_t index)
{
    int err = vp8_frames_new(&layer->frames);
    if (err == 0) {
        layer->index = index;
        layer->seen = false;
        layer->turn = 0;
        tap_open(&layer->tap, source, index, 0);
    }
    return err;
}

/** Index of the layer to listen to, or `count` when none is to be had. */
static size_t choose(const struct bridge_layer *layers, size_t count, uint32_t width,
                     uint32_t height)
{
    size_t best = count;
    bool best_fits = false;
    for (size_t i = 0; i < count; i++) {
        const struct bridge_layer *layer = &layers[i];
        if (!layer->offered) {
            continue;
        }
        bool fits = layer->width * 100U >= width * ENOUGH_PERCENT &&
                    layer->height * 100U >= height * ENOUGH_PERCENT;
        uint32_t pixels = (uint32_t)layer->width * layer->height;
        uint32_t best_pixels =
            best == count ? 0 : (uint32_t)layers[best].width * layers[best].height;
        bool better = best == count || (fits && !best_fits) ||
                      (fits == best_fits && (fits ? pixels < best_pixels : pixels > best_pixels));
        if (better) {
            best = i;
            best_fits = fits;
        }
    }
    return best;
}

int tile_stream_fit(struct tile_stream *stream, uint32_t width, uint32_t height)
{
    struct bridge_layer layers[SESSION_MAX_LAYERS];
    size_t count = bridge_source_layers(stream->source, layers);
    size_t chosen = choose(layers, count, width, height);
    struct tile_layer *present = &stream->layers[stream->present];
    struct tile_layer *other = &stream->layers[1 - stream->present];
    if (chosen == count) {
        return 0;
    }
    if (present->frames == NULL) {
        stream->asked_us = INT64_MIN;
        return layer_open(present, stream->source, chosen);
    }
    if (chosen == present->index) {
        layer_close(other);
        stream->changing = false;
        return 0;
    }
    if (stream->changing && other->index == chosen) {
        return 0;
    }
    layer_close(other);
    int err = layer_open(other, stream->source, chosen);
    stream->changing = err == 0;
    stream->asked_us = INT64_MIN;
    return err;
}

static void layer_ask(const struct tile_layer *layer, struct bridge_source *source)
{
    if (layer->frames != NULL) {
        bridge_source_want(source, layer->index, ALL_LEVELS);
        if (vp8_frames_need_keyframe(layer->frames)) {
            bridge_source_want_keyframe(source, layer->index);
        }
    }
}

void tile_stream_timeout(struct tile_stream *stream, int64_t now_us)
{
    if (stream->asked_us == INT64_MIN || now_us - stream->asked_us >= TILE_STREAM_ASK_US) {
        stream->asked_us = now_us;
        layer_ask(&stream->layers[0], stream->source);
        layer_ask(&stream->layers[1], stream->source);
    }
}

/** Next whole frame of a layer. */
static bool layer_poll(struct tile_stream *stream, struct tile_layer *layer, struct tile_frame *out)
{
    struct tap_packet packet;
    bool ready = false;
    while (layer->frames != NULL && !ready && tap_poll(&layer->tap, &packet)) {
        if (layer->seen && packet.life != layer->life) {
            vp8_frames_reset(layer->frames);
            stream->asked_us = INT64_MIN;
            layer->turn = 0;
        }
        layer->seen = true;
        layer->life = packet.life;
        struct vp8_frame_packet part = {.ext_seq = packet.ext_seq,
                                        .timestamp = packet.timestamp,
                                        .marker = packet.marker,
                                        .payload = packet.payload,
                                        .bytes = packet.bytes};
        enum vp8_frame_verdict verdict = VP8_FRAME_NONE;
        if (packet.codec == CODEC_VP8) {
            verdict = vp8_frames_receive(layer->frames, &part, &out->frame);
        }
        if (verdict == VP8_FRAME_BROKEN) {
            stream->lost++;
            stream->asked_us = INT64_MIN;
        }
        ready = verdict == VP8_FRAME_READY;
        layer->turn = packet.turn < 0 ? layer->turn : (uint16_t)packet.turn;
        out->turn = layer->turn;
        out->captured_us = packet.arrival_us;
        packet_unref(&packet.packet);
    }
    return ready;
}

bool tile_stream_poll(struct tile_stream *stream, struct tile_frame *out)
{
    struct tile_layer *other = &stream->layers[1 - stream->present];
    if (stream->changing && layer_poll(stream, other, out)) {
        layer_close(&stream->layers[stream->present]);
        stream->present = 1 - stream->present;
        stream->changing = false;
        return true; /* its first frame is a keyframe */
    }
    return layer_poll(stream, &stream->layers[stream->present], out);
}

void tile_stream_break(struct tile_stream *stream)
{
    struct tile_layer *present = &stream->layers[stream->present];
    if (present->frames != NULL && !vp8_frames_need_keyframe(present->frames)) {
        vp8_frames_reset(present->frames);
        stream->lost++;
        stream->asked_us = INT64_MIN;
    }
}

void tile_stream_free(struct tile_stream **stream)
{
    struct tile_stream *old = *stream;
    if (old == NULL) {
        return;
    }
    layer_close(&old->layers[0]);
    layer_close(&old->layers[1]);
    free(old);
    *stream = NULL;
}
