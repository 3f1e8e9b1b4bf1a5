/**
 * The lines of a transport: a=candidate, a=ice-ufrag, a=ice-pwd, a=fingerprint, a=setup (RFC 8839,
 * 6544, 8122, 8842).
 *
 * Readers of attribute values; views into the text.
 */
#ifndef SDP_SDP_ICE_H
#define SDP_SDP_ICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
    SDP_UFRAG_MIN = 4,
    SDP_PWD_MIN = 22,
    SDP_ICE_MAX = 256, /**< of ufrag and pwd alike (RFC 8839 5.4) */
    SDP_MAX_HASH_BYTES = 64
};

/** `foundation component transport priority address port typ type *(extension value)`; addresses
 * may be names. */
struct sdp_candidate {
    struct str_view foundation;
    uint32_t component;
    struct str_view transport; /**< "udp", "TCP" */
    uint32_t priority;
    struct str_view address;
    uint16_t port;
    struct str_view type;     /**< "host" */
    struct str_view tcp_type; /**< "active", or empty */
    struct str_view ufrag;    /**< generation it belongs to, or empty */
};

struct sdp_fingerprint {
    char hash[12]; /**< lower case: "sha-256"; cut when longer */
    uint8_t value[SDP_MAX_HASH_BYTES];
    uint8_t bytes;
};

enum sdp_setup { SDP_SETUP_ACTPASS, SDP_SETUP_ACTIVE, SDP_SETUP_PASSIVE, SDP_SETUP_HOLDCONN };

/** Unknown extension pairs are passed over. @return 0 or ERR_MALFORMED */
int sdp_candidate_parse(struct str_view value, struct sdp_candidate *out);

/** True for min..256 characters of A-Z a-z 0-9 + / (RFC 8839 5.4). */
bool sdp_is_ice_text(struct str_view text, size_t min);

/** Hash name in any case, hex in any case. @return 0 or ERR_MALFORMED */
int sdp_fingerprint_parse(struct str_view value, struct sdp_fingerprint *out);

/** @return 0 or ERR_MALFORMED */
int sdp_setup_parse(struct str_view value, enum sdp_setup *out);

#endif
