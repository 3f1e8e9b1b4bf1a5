#include "picture_tiles.h"

#include <stdio.h>
#include <string.h>

enum {
    LARGE_WIDTH = 1280,
    LARGE_HEIGHT = 720,
    MAX_GRID = 16, /**< more people than that: one is large, the others a strip */
    STRIP = 5      /**< tiles beside a large one are so many times smaller than the picture */
};

static struct bridge_source *source_of(struct list *link)
{
    return LIST_ENTRY(link, struct bridge_source, link);
}

/** Is there still such a stream among the sources? Those that ended may not be touched. */
static bool stream_lives(const struct picture_tiles *places, const struct tile_stream *stream)
{
    LIST_FOR_EACH(link, &places->bridging->sources[MEDIA_VIDEO])
    {
        if (source_of(link)->bridge == stream) {
            return true;
        }
    }
    return false;
}

void picture_tiles_init(struct picture_tiles *places, const struct bridging *bridging)
{
    *places = (struct picture_tiles){.bridging = bridging};
}

/** Listens no more; its source may have ended. */
static void tile_close(const struct picture_tiles *places, struct picture_tile *tile)
{
    if (tile->stream != NULL) {
        if (stream_lives(places, tile->stream)) {
            tile->stream->source->bridge = NULL;
        }
        tile_stream_free(&tile->stream);
        tile->source = 0;
    }
}

void picture_tiles_deinit(struct picture_tiles *places)
{
    for (size_t i = 0; i < places->count; i++) {
        tile_close(places, &places->tiles[i]);
    }
    places->count = 0;
}

static struct picture_tile *find_video(struct picture_tiles *places,
                                       const struct bridge_source *source)
{
    for (size_t i = 0; i < places->count; i++) {
        if (source->bridge != NULL && places->tiles[i].stream == source->bridge) {
            return &places->tiles[i];
        }
    }
    return NULL;
}

/** The participant's place without video, or NULL. */
static struct picture_tile *find_bare(struct picture_tiles *places, uint32_t participant)
{
    for (size_t i = 0; i < places->count; i++) {
        if (places->tiles[i].stream == NULL && places->tiles[i].participant == participant) {
            return &places->tiles[i];
        }
    }
    return NULL;
}

static struct picture_tile *add(struct picture_tiles *places, uint32_t participant)
{
    if (places->count == COMPOSE_MAX_TILES) {
        return NULL;
    }
    struct picture_tile *tile = &places->tiles[places->count++];
    *tile = (struct picture_tile){.participant = participant, .kept = true};
    return tile;
}

/** A place for somebody's camera or screen; a camera takes the place that he had without. */
static void keep_video(struct picture_tiles *places, struct bridge_source *source)
{
    struct picture_tile *tile = find_video(places, source);
    if (tile != NULL) {
        tile->kept = true;
        return;
    }
    tile = source->screen ? NULL : find_bare(places, source->participant);
    if (tile == NULL) {
        tile = add(places, source->participant);
    }
    if (tile != NULL && tile_stream_new(&tile->stream, source) == 0) {
        source->bridge = tile->stream;
        tile->source = ++*places->numbers;
        tile->kept = true;
    }
}

static void keep_bare(struct picture_tiles *places, uint32_t participant)
{
    for (size_t i = 0; i < places->count; i++) {
        const struct picture_tile *tile = &places->tiles[i];
        if (tile->kept && tile->participant == participant && tile->stream != NULL &&
            !tile->stream->source->screen) {
            return; /* seen already */
        }
    }
    struct picture_tile *tile = find_bare(places, participant);
    if (tile == NULL) {
        tile = add(places, participant);
    }
    if (tile != NULL) {
        tile->kept = true;
    }
}

/** Streams of sources that are not shown any more are closed, but the people behind them may keep
 * their places. */
static void release_streams(struct picture_tiles *places, struct bridge_source **faces,
                            size_t count)
{
    for (size_t i = 0; i < places->count; i++) {
        struct picture_tile *tile = &places->tiles[i];
        bool shown = false;
        tile->kept = false;
        if (tile->stream == NULL) {
            continue;
        }
        for (size_t j = 0; j < count && !shown; j++) {
            shown = faces[j]->bridge == tile->stream && faces[j]->live && !faces[j]->muted;
        }
        if (!shown) {
            tile_close(places, tile);
        }
    }
}

static void close_ranks(struct picture_tiles *places)
{
    size_t count = 0;
    for (size_t i = 0; i < places->count; i++) {
        if (places->tiles[i].kept) {
            places->tiles[count++] = places->tiles[i];
        } else {
            tile_close(places, &places->tiles[i]);
        }
    }
    places->count = count;
}

static enum compose_layout layout_of(const struct picture_tiles *places)
{
    for (size_t i = 0; i < places->count; i++) {
        if (places->tiles[i].stream != NULL && places->tiles[i].stream->source->screen) {
            return COMPOSE_SCREEN;
        }
    }
    return places->count > MAX_GRID ? COMPOSE_SPEAKER : COMPOSE_GRID;
}

/** The tile that is shown large, or tile_count. */
static size_t large_of(const struct picture_tiles *places, enum compose_layout layout)
{
    uint32_t dominant = bridging_dominant(places->bridging);
    for (size_t i = 0; i < places->count && layout != COMPOSE_GRID; i++) {
        const struct picture_tile *tile = &places->tiles[i];
        bool screen = tile->stream != NULL && tile->stream->source->screen;
        if (layout == COMPOSE_SCREEN ? screen : tile->participant == dominant) {
            return i;
        }
    }
    return layout == COMPOSE_GRID ? places->count : 0;
}

/** Layers that are just large enough for their places in the largest rendition that is wanted. */
static void fit_streams(struct picture_tiles *places, bool small)
{
    enum compose_layout layout = layout_of(places);
    size_t large = large_of(places, layout);
    uint32_t part = 1;
    while ((size_t)part * part < places->count) {
        part++;
    }
    uint32_t width = small ? LARGE_WIDTH / 2 : LARGE_WIDTH;
    uint32_t height = small ? LARGE_HEIGHT / 2 : LARGE_HEIGHT;
    for (size_t i = 0; i < places->count; i++) {
        uint32_t times = layout == COMPOSE_GRID ? part : i == large ? 1 : STRIP;
        if (places->tiles[i].stream != NULL) {
            /* Without memory it stays as it is, and the next turn tries again. */
            (void)tile_stream_fit(places->tiles[i].stream, width / times, height / times);
        }
    }
}

void picture_tiles_follow(struct picture_tiles *places, bool small)
{
    struct bridge_source *faces[COMPOSE_MAX_TILES];
    size_t count = bridging_faces(places->bridging, faces, COMPOSE_MAX_TILES);
    release_streams(places, faces, count);
    for (size_t i = 0; i < count; i++) {
        if (faces[i]->live && !faces[i]->muted) {
            keep_video(places, faces[i]);
        }
    }
    for (int kind = MEDIA_VIDEO; kind >= MEDIA_AUDIO; kind--) {
        LIST_FOR_EACH(link, &places->bridging->sources[kind])
        {
            keep_bare(places, source_of(link)->participant);
        }
    }
    close_ranks(places);
    fit_streams(places, small);
}

/** What is told of a participant, by whichever of his sources has it. */
static void describe(const struct picture_tiles *places, struct compose_tile *tile)
{
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) {
        LIST_FOR_EACH(link, &places->bridging->sources[kind])
        {
            const struct bridge_source *source = source_of(link);
            if (source->participant == tile->participant) {
                (void)snprintf(tile->name, sizeof(tile->name), "%s", source->name);
                tile->speaking = tile->speaking || (source->speaking && !tile->screen);
            }
        }
    }
}

void picture_tiles_scene(const struct picture_tiles *places, struct compose_scene *out)
{
    memset(out, 0, sizeof(*out));
    out->layout = layout_of(places);
    size_t large = large_of(places, out->layout);
    for (size_t i = 0; i < places->count; i++) {
        /* the large one first, the others in their order */
        size_t place = large == places->count ? i : i == large ? 0 : i < large ? i + 1 : i;
        struct compose_tile *tile = &out->tiles[place];
        tile->source = places->tiles[i].source;
        tile->participant = places->tiles[i].participant;
        tile->screen = places->tiles[i].stream != NULL && places->tiles[i].stream->source->screen;
        describe(places, tile);
    }
    out->count = places->count;
}
