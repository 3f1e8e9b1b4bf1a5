/**
 * VP9 payload descriptor (RFC 9628 4.2).
 *
 *    |I|P|L|F|B|E|V|Z| first octet
 *    |M| PICTURE ID  | when I; 7 bits, or 15 in two octets when M
 *    | TID |U| SID |D| when L
 *    |   TL0PICIDX   | when L and not F
 *    |   P_DIFF    |N| when P and F; one to three times, N: another follows
 *    | N_S |Y|G| ... | when V: scalability structure, sizes when Y, a group of pictures when G
 */
#ifndef RTP_VP9_PAYLOAD_H
#define RTP_VP9_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A parsed descriptor; offsets count from the first byte of the RTP payload, 0 = field absent. */
struct vp9_payload {
    uint16_t descriptor_bytes;
    bool inter_predicted;    /**< P: needs pictures before this one */
    bool flexible;           /**< F */
    bool start;              /**< B: a layer frame begins */
    bool end;                /**< E: a layer frame ends */
    bool keyframe;           /**< first packet of a keyframe: B, not P, lowest spatial layer */
    bool has_layers;         /**< L */
    uint8_t tid;             /**< 0..7 */
    uint8_t sid;             /**< 0..7 */
    bool switching_up;       /**< U */
    uint8_t picture_id_bits; /**< 0 = absent, 7 or 15 */
    uint8_t picture_id_offset;
    uint8_t tl0picidx_offset;
    uint8_t tl0picidx;
    uint16_t picture_id;
    uint16_t width; /**< of the highest spatial layer, by the scalability structure; 0 = not told */
    uint16_t height;
};

/**
 * Parses the descriptor at the start of an RTP payload.
 * @return 0, or ERR_MALFORMED when it is cut short, nothing follows it, or it names more than three
 * reference pictures
 */
int vp9_payload_parse(const uint8_t *payload, size_t len, struct vp9_payload *out);

#endif
