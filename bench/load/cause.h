/**
 * Why a caller failed: what the report counts by.
 */
#ifndef LOAD_CAUSE_H
#define LOAD_CAUSE_H

#include <stdbool.h>

enum load_cause {
    LOAD_FINE,
    LOAD_UNREACHABLE,   /**< no connection to the URL's host, or TLS failed */
    LOAD_HTTP_TIMEOUT,  /**< no answer within the deadline */
    LOAD_REFUSED,       /**< 401, 403 */
    LOAD_NOT_FOUND,     /**< 404, 405: wrong URL */
    LOAD_SERVER_BUSY,   /**< 429, 503; 409: a full room */
    LOAD_HTTP_ERROR,    /**< any other status, or an answer that is no HTTP */
    LOAD_BAD_ANSWER,    /**< SDP that cannot be read, or no fingerprint */
    LOAD_NO_CODEC,      /**< the answer rejects Opus or VP8 where the scenario needs it */
    LOAD_NO_CANDIDATES, /**< the answer has none that can be used */
    LOAD_ICE_TIMEOUT,   /**< no check was answered */
    LOAD_DTLS_FAILED,   /**< handshake or fingerprint */
    LOAD_NO_MEDIA,      /**< connected, and nothing came of what was due */
    LOAD_DROPPED,       /**< was up and was ended by the server or fell silent */
    LOAD_NO_RESOURCES,  /**< of our own: descriptors, memory, ports */
    LOAD_CAUSE_COUNT
};

/** Name for reports: "ice-timeout". Never NULL. */
const char *load_cause_name(enum load_cause cause);

/** One line for people: "no ICE check was answered". Never NULL. */
const char *load_cause_text(enum load_cause cause);

/** A message of this cause is the server's own; of others it may be libcurl's, or ours. */
bool load_cause_quotes_server(enum load_cause cause);

#endif
