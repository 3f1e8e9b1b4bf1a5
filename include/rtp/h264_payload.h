/**
 * What an RTP payload of H.264 says about its pictures (RFC 6184 5, packetization-mode 0 and 1;
 * ITU-T H.264 7.3.2.1).
 *
 *    |F|NRI|  Type   | NAL unit header; type 1..23: one NAL unit
 *    type 24, STAP-A:  header | size (16) | NAL unit | size | NAL unit ...
 *    type 28, FU-A:    indicator |S|E|R| Type | a piece of a NAL unit
 */
#ifndef RTP_H264_PAYLOAD_H
#define RTP_H264_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct h264_payload {
    bool idr;       /**< an IDR slice begins here */
    bool sps;       /**< holds a sequence parameter set */
    uint16_t width; /**< of the picture by that set, 0 = not known */
    uint16_t height;
};

/**
 * Reads one payload. Types that neither mode allows (STAP-B, MTAP, FU-B) are taken for malformed.
 * @return 0, or ERR_MALFORMED: empty, cut short, or no NAL unit type to be sent by RTP
 */
int h264_payload_parse(const uint8_t *payload, size_t len, struct h264_payload *out);

#endif
