/**
 * Which packets of one SSRC have come (RFC 3711 3.3.2), by their 48-bit index, and which index a
 * sequence number means (3.3.1, appendix A).
 *
 * The newest 64 numbers' marks lie beside the highest index, so that a packet in order touches one
 * cache line; the older ones are looked at when a packet is late. Nothing is moved when numbers
 * advance.
 */
#ifndef RELAY_TRANSPORT_REPLAY_WINDOW_H
#define RELAY_TRANSPORT_REPLAY_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum {
    REPLAY_WINDOW_PACKETS = 1024,
    REPLAY_WINDOW_WORDS = REPLAY_WINDOW_PACKETS / 64,
    REPLAY_WINDOW_HALF = 0x8000 /**< of the numbers of one round */
};

/** Zeroed: nothing has come. */
struct replay_window {
    uint64_t highest;                    /**< index */
    uint64_t newest;                     /**< marks of the 64 indices that `highest` is one of */
    uint64_t older[REPLAY_WINDOW_WORDS]; /**< of those before, each at its number modulo the size */
};

/** What a sequence number means beside the highest index so far. */
static inline uint64_t replay_window_index(const struct replay_window *window, uint16_t seq)
{
    uint16_t highest = (uint16_t)window->highest;
    uint64_t round = window->highest >> 16;
    if (window->highest <= REPLAY_WINDOW_HALF) {
        return seq; /* there is no round before the first */
    }
    if (highest < REPLAY_WINDOW_HALF) {
        round -= seq - highest > REPLAY_WINDOW_HALF ? 1 : 0;
    } else {
        round += highest - REPLAY_WINDOW_HALF > seq ? 1 : 0;
    }
    return round << 16 | seq;
}

/** Can this index still come? False when it has, or is too old to tell. */
static inline bool replay_window_admits(const struct replay_window *window, uint64_t index)
{
    if (index > window->highest) {
        return true;
    }
    if (window->highest - index >= REPLAY_WINDOW_PACKETS) {
        return false;
    }
    uint64_t word = index / 64;
    uint64_t marks =
        word == window->highest / 64 ? window->newest : window->older[word % REPLAY_WINDOW_WORDS];
    return (marks >> index % 64 & 1) == 0;
}

/** Takes note of an index that is admitted and whose packet is authentic. */
static inline void replay_window_note(struct replay_window *window, uint64_t index)
{
    uint64_t mark = UINT64_C(1) << index % 64;
    uint64_t word = index / 64;
    uint64_t newest = window->highest / 64;
    if (word < newest) {
        window->older[word % REPLAY_WINDOW_WORDS] |= mark;
        return;
    }
    if (word > newest) {
        window->older[newest % REPLAY_WINDOW_WORDS] = window->newest;
        window->newest = 0;
        uint64_t skipped = word - newest - 1;
        skipped = skipped < REPLAY_WINDOW_WORDS ? skipped : REPLAY_WINDOW_WORDS;
        for (uint64_t i = 1; i <= skipped; i++) {
            window->older[(word - i) % REPLAY_WINDOW_WORDS] = 0;
        }
    }
    window->newest |= mark;
    window->highest = index > window->highest ? index : window->highest;
}

#endif
