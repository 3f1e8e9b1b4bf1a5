/**
 * What an RTP payload of AV1 says about its pictures ("RTP Payload Format For AV1" 4.4; AV1
 * bitstream 5.3, 5.5.1).
 *
 *    |Z|Y| W |N|-|-|-| aggregation header, then OBU elements, each with its length in front; the
 *                      W-th of W has none
 */
#ifndef RTP_AV1_PAYLOAD_H
#define RTP_AV1_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct av1_payload {
    bool continues;    /**< Z: the first element goes on from the packet before */
    bool continued;    /**< Y: the last element goes on in the packet after */
    bool new_sequence; /**< N: first packet of a coded video sequence */
    bool has_sequence; /**< a sequence header begins here */
    uint16_t width;    /**< greatest frame size by that header, 0 = not known */
    uint16_t height;
};

/** @return 0, or ERR_MALFORMED: empty, an element cut short, or fewer than W */
int av1_payload_parse(const uint8_t *payload, size_t len, struct av1_payload *out);

/** A decoder that has nothing can begin here. */
static inline bool av1_payload_keyframe(const struct av1_payload *av1)
{
    return !av1->continues && (av1->new_sequence || av1->has_sequence);
}

#endif
