/**
 * The error codes of the whole program.
 *
 * Functions that can fail return 0 or one of these. Results come through the
 * last parameters, which stay untouched on failure.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_NO_MEMORY = -1,
    ERR_TRUNCATED = -2,   /**< input ends before the format says it may */
    ERR_MALFORMED = -3,   /**< input breaks its format */
    ERR_UNSUPPORTED = -4, /**< well-formed, and not something we do */
    ERR_NOT_FOUND = -5,
    ERR_FULL = -6,          /**< a bound of a table or buffer is reached */
    ERR_BAD_STATE = -7,     /**< not possible in the present state */
    ERR_AUTH = -8,          /**< integrity, fingerprint, token or signature wrong */
    ERR_REPLAY = -9,        /**< seen before, or older than the window */
    ERR_CRYPTO = -10,       /**< a cryptographic library failed */
    ERR_IO = -11,           /**< the operating system refused */
    ERR_AGAIN = -12,        /**< nothing now, try later */
    ERR_CLOSED = -13,       /**< the other side ended it */
    ERR_INVALID = -14,      /**< an argument or option is out of its range */
    ERR_NEED_KEYFRAME = -15 /**< beyond repair by retransmission */
};

/** Name of an error code, e.g. "no memory"; never NULL. */
const char *err_name(int err);

#endif
