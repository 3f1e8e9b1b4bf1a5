#include "rtp/rtcp_twcc.h"

#include "base/err.h"

/*
 * Chunks (draft 3.1.3, 3.1.4), 16 bits:
 *    |0| S |       run length (13)     |   run length chunk
 *    |1|0|       14 symbols of 1 bit   |   status vector: 0 lost, 1 received with small delta
 *    |1|1|       7 symbols of 2 bits   |   status vector
 */
enum {
    SYMBOL_LOST = 0,
    SYMBOL_SMALL = 1, /* 8-bit unsigned delta */
    SYMBOL_LARGE = 2, /* 16-bit signed delta */
    SYMBOL_RESERVED = 3,
    MAX_RUN = 0x1fff,
    ONE_BIT_SYMBOLS = 14,
    TWO_BIT_SYMBOLS = 7,
    FIXED_BYTES = 20, /* RTCP header to feedback count */
    TICKS_PER_REFERENCE = RTCP_TWCC_REFERENCE_US / RTCP_TWCC_TICK_US,
    MAX_STATUSES = 65535,
    MAX_BYTES = 65536 * 4
};

static uint32_t chunk_symbols(uint16_t chunk)
{
    if ((chunk & 0x8000) == 0) {
        return chunk & MAX_RUN;
    }
    return (chunk & 0x4000) == 0 ? ONE_BIT_SYMBOLS : TWO_BIT_SYMBOLS;
}

/** Symbol number `index` of a chunk. */
static uint8_t chunk_symbol(uint16_t chunk, uint32_t index)
{
    if ((chunk & 0x8000) == 0) {
        return chunk >> 13 & 3;
    }
    if ((chunk & 0x4000) == 0) {
        return chunk >> (ONE_BIT_SYMBOLS - 1 - index) & 1;
    }
    return chunk >> 2 * (TWO_BIT_SYMBOLS - 1 - index) & 3;
}

/** Delta bytes of the first count symbols of a chunk, or -1 when one of them is reserved. */
static int32_t chunk_delta_bytes(uint16_t chunk, uint32_t count)
{
    if ((chunk & 0x8000) == 0) {
        uint8_t symbol = chunk_symbol(chunk, 0);
        return symbol == SYMBOL_RESERVED ? -1 : (int32_t)(count * symbol);
    }
    int32_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t symbol = chunk_symbol(chunk, i);
        if (symbol == SYMBOL_RESERVED) {
            return -1;
        }
        bytes += symbol; /* the symbol's value is the length of its delta */
    }
    return bytes;
}

int rtcp_twcc_parse(const struct rtcp_fb *fb, struct rtcp_twcc *out)
{
    if (fb->kind != RTCP_FB_TWCC) {
        return ERR_MALFORMED;
    }
    struct bytes in = bytes_over(fb->fci, fb->fci_bytes);
    struct rtcp_twcc twcc = {.base_seq = bytes_u16(&in), .status_count = bytes_u16(&in)};
    int32_t reference = (int32_t)bytes_u24(&in);
    twcc.reference = reference >= 0x800000 ? reference - 0x1000000 : reference;
    twcc.feedback_count = bytes_u8(&in);
    if (in.failed || twcc.status_count == 0) {
        return ERR_MALFORMED;
    }
    twcc.chunks = in.at;
    twcc.end = in.end;
    uint32_t left = twcc.status_count;
    size_t delta_bytes = 0;
    while (left > 0) {
        uint16_t chunk = bytes_u16(&in);
        uint32_t symbols = chunk_symbols(chunk);
        uint32_t counted = symbols < left ? symbols : left;
        int32_t bytes = chunk_delta_bytes(chunk, counted);
        if (in.failed || bytes < 0) {
            return ERR_MALFORMED;
        }
        delta_bytes += (size_t)bytes;
        left -= counted;
    }
    if (bytes_left(&in) < delta_bytes) {
        return ERR_MALFORMED;
    }
    twcc.deltas = in.at;
    twcc.time_us = (int64_t)twcc.reference * RTCP_TWCC_REFERENCE_US;
    *out = twcc;
    return 0;
}

int rtcp_twcc_next(struct rtcp_twcc *twcc, struct rtcp_twcc_status *out)
{
    if (twcc->status_next == twcc->status_count) {
        return 0;
    }
    while (twcc->chunk_left == 0) {
        twcc->chunk = bytes_get_u16(twcc->chunks);
        twcc->chunks += 2;
        twcc->chunk_left = (uint16_t)chunk_symbols(twcc->chunk);
    }
    uint8_t symbol =
        chunk_symbol(twcc->chunk, chunk_symbols(twcc->chunk) - (uint32_t)twcc->chunk_left);
    twcc->chunk_left--;
    out->seq = (uint16_t)(twcc->base_seq + twcc->status_next++);
    out->arrival_us = RTCP_TWCC_LOST;
    if (symbol == SYMBOL_SMALL) {
        twcc->time_us += (int64_t)twcc->deltas[0] * RTCP_TWCC_TICK_US;
        twcc->deltas += 1;
        out->arrival_us = twcc->time_us;
    } else if (symbol == SYMBOL_LARGE) {
        twcc->time_us += (int64_t)(int16_t)bytes_get_u16(twcc->deltas) * RTCP_TWCC_TICK_US;
        twcc->deltas += 2;
        out->arrival_us = twcc->time_us;
    }
    return 1;
}

int64_t rtcp_twcc_unwrap_reference(int64_t previous, int32_t reference)
{
    int32_t step = (int32_t)((uint32_t)reference - (uint32_t)previous) & 0xffffff;
    return previous + (step >= 0x800000 ? step - 0x1000000 : step);
}

/** Rounds down also below zero. */
static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return quotient * b > a ? quotient - 1 : quotient;
}

/** Walk over the statuses to be written: rounded running time, so that rounding never adds up. */
struct tick_walk {
    const struct rtcp_twcc_status *statuses;
    size_t count;
    size_t next;
    int64_t ticks; /* of the last received one, absolute */
};

/** Symbol and delta of the next status. @return false at the end, or when its delta fits no symbol
 */
static bool tick_walk_next(struct tick_walk *walk, uint8_t *symbol, int64_t *delta)
{
    if (walk->next == walk->count) {
        return false;
    }
    int64_t arrival_us = walk->statuses[walk->next].arrival_us;
    *symbol = SYMBOL_LOST;
    if (arrival_us != RTCP_TWCC_LOST) {
        int64_t ticks = floor_div(arrival_us, RTCP_TWCC_TICK_US);
        *delta = ticks - walk->ticks;
        if (*delta < INT16_MIN || *delta > INT16_MAX) {
            return false;
        }
        *symbol = *delta >= 0 && *delta <= UINT8_MAX ? SYMBOL_SMALL : SYMBOL_LARGE;
        walk->ticks = ticks;
    }
    walk->next++;
    return true;
}

/** A chunk's worth of symbols, looked at before it is decided how to code them. */
struct window {
    uint8_t symbols[ONE_BIT_SYMBOLS];
    size_t count;
    size_t first_large;   /* index of the first large delta, count when there is none */
    size_t run;           /* equal symbols from the first on; may go on beyond the window */
    struct tick_walk end; /* behind its last symbol, ... */
    size_t budget;        /* ... and what is left there */
};

/** Looks ahead from walk without moving it, over as many symbols as budget (delta bytes) allows. */
static void look_ahead(const struct tick_walk *from, size_t budget, struct window *window)
{
    struct tick_walk walk = *from;
    window->end = walk;
    window->count = 0;
    window->run = 0;
    window->first_large = ONE_BIT_SYMBOLS;
    int64_t delta = 0;
    uint8_t symbol = 0;
    while (window->count < ONE_BIT_SYMBOLS && tick_walk_next(&walk, &symbol, &delta) &&
           symbol <= budget) {
        budget -= symbol;
        window->end = walk;
        if (symbol == SYMBOL_LARGE && window->first_large == ONE_BIT_SYMBOLS) {
            window->first_large = window->count;
        }
        if (window->run == window->count && (window->run == 0 || symbol == window->symbols[0])) {
            window->run++;
        }
        window->symbols[window->count++] = symbol;
    }
    window->budget = budget;
}

/** Moves walk past count statuses. */
static void pass(struct tick_walk *walk, size_t *budget, size_t count)
{
    uint8_t symbol = 0;
    int64_t delta = 0;
    for (size_t i = 0; i < count && tick_walk_next(walk, &symbol, &delta); i++) {
        *budget -= symbol;
    }
}

/** Goes on with a run that fills a window, behind it. @return its length, at most MAX_RUN and the
 * budget */
static size_t follow_run(const struct window *window, struct tick_walk *walk, size_t *budget)
{
    struct tick_walk ahead = window->end;
    size_t run = window->run;
    uint8_t next = 0;
    int64_t delta = 0;
    *walk = ahead;
    *budget = window->budget;
    while (run < MAX_RUN && tick_walk_next(&ahead, &next, &delta) && next == window->symbols[0] &&
           next <= *budget) {
        *walk = ahead;
        *budget -= next;
        run++;
    }
    return run;
}

static uint16_t vector_chunk(const struct window *window, size_t count, bool two_bit)
{
    uint32_t chunk = two_bit ? 0xc000 : 0x8000;
    for (size_t i = 0; i < count; i++) {
        chunk |= two_bit ? (uint32_t)window->symbols[i] << 2 * (TWO_BIT_SYMBOLS - 1 - i)
                         : (uint32_t)window->symbols[i] << (ONE_BIT_SYMBOLS - 1 - i);
    }
    return (uint16_t)chunk;
}

/**
 * Chooses the next chunk: a run where it is no longer than a vector would be, else one-bit symbols
 * when no large delta is near, else two-bit symbols (QUALITY.md 1.1.3, step 5). Moves walk past
 * what it tells, which is taken off the budget of delta bytes.
 * @return false at the end
 */
static bool next_chunk(struct tick_walk *walk, size_t *budget, uint16_t *chunk)
{
    struct window window;
    look_ahead(walk, *budget, &window);
    if (window.count == 0) {
        return false;
    }
    bool has_large = window.first_large < window.count;
    size_t most = has_large ? TWO_BIT_SYMBOLS : ONE_BIT_SYMBOLS;
    if (window.run == window.count) {
        size_t run = follow_run(&window, walk, budget);
        *chunk = (uint16_t)(window.symbols[0] << 13 | run);
    } else if (window.run >= most) {
        pass(walk, budget, window.run);
        *chunk = (uint16_t)(window.symbols[0] << 13 | window.run);
    } else {
        size_t told = window.count < most ? window.count : most;
        pass(walk, budget, told);
        *chunk = vector_chunk(&window, told, has_large);
    }
    return true;
}

/** First pass: chunks at out->at, with room for their deltas behind them; moves walk to the end. */
static void write_chunks(struct bytes_out *out, struct tick_walk *walk)
{
    enum { CHUNK_BYTES = 2 };
    size_t room = (size_t)(out->end - out->at);
    uint16_t chunk = 0;
    while (room >= CHUNK_BYTES) {
        room -= CHUNK_BYTES;
        if (!next_chunk(walk, &room, &chunk)) {
            return;
        }
        bytes_out_u16(out, chunk);
    }
}

/** Second pass: the deltas of the statuses up to walk->count. */
static void write_deltas(struct bytes_out *out, struct tick_walk walk)
{
    uint8_t symbol = 0;
    int64_t delta = 0;
    while (tick_walk_next(&walk, &symbol, &delta)) {
        if (symbol == SYMBOL_SMALL) {
            bytes_out_u8(out, (uint8_t)delta);
        } else if (symbol == SYMBOL_LARGE) {
            bytes_out_u16(out, (uint16_t)delta);
        }
    }
}

size_t rtcp_twcc_write(uint8_t *out, size_t cap, uint32_t sender_ssrc, uint32_t media_ssrc,
                       uint8_t feedback_count, const struct rtcp_twcc_status *statuses,
                       size_t count, size_t *covered)
{
    *covered = 0;
    if (cap > MAX_BYTES) {
        cap = MAX_BYTES;
    }
    if (count > MAX_STATUSES) {
        count = MAX_STATUSES;
    }
    size_t first = 0;
    while (first < count && statuses[first].arrival_us == RTCP_TWCC_LOST) {
        first++;
    }
    if (first == count || cap < RTCP_TWCC_MIN_BYTES) {
        return 0;
    }
    int64_t reference = floor_div(statuses[first].arrival_us, RTCP_TWCC_REFERENCE_US);
    struct bytes_out packet = bytes_out_over(out, cap & ~(size_t)3);
    (void)bytes_out_take(&packet, FIXED_BYTES);
    const struct tick_walk start = {
        .statuses = statuses, .count = count, .ticks = reference * TICKS_PER_REFERENCE};
    struct tick_walk walk = start;
    write_chunks(&packet, &walk);
    struct tick_walk told = start;
    told.count = walk.next;
    write_deltas(&packet, told);
    while (bytes_out_len(&packet) % 4 != 0) {
        bytes_out_u8(&packet, 0);
    }
    size_t bytes = bytes_out_len(&packet);
    out[0] = 0x80 | RTCP_FB_FORMAT_TWCC;
    out[1] = RTCP_RTPFB;
    bytes_put_u16(out + 2, (uint16_t)(bytes / 4 - 1));
    bytes_put_u32(out + 4, sender_ssrc);
    bytes_put_u32(out + 8, media_ssrc);
    bytes_put_u16(out + 12, statuses[0].seq);
    bytes_put_u16(out + 14, (uint16_t)walk.next);
    bytes_put_u24(out + 16, (uint32_t)reference & 0xffffff);
    out[19] = feedback_count;
    *covered = walk.next;
    return bytes;
}
