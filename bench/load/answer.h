/**
 * Agreements from what a server wrote: its answer to an offer of ours, or its offer, which is
 * answered here. Bytes of strangers: bounded, and any text gives an agreement or a cause.
 */
#ifndef LOAD_ANSWER_H
#define LOAD_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "load/agreement.h"
#include "load/cause.h"
#include "load/dial.h"

/**
 * Narrows what was offered (offer_write) to what the answer took. Rejected and inactive m-lines
 * fall out.
 * @param message out: what is wrong; "" with LOAD_FINE
 * @return LOAD_FINE; LOAD_BAD_ANSWER; LOAD_NO_CANDIDATES; LOAD_NO_CODEC when something that we
 * offered to send, or all of a kind that we asked for, was not taken; LOAD_NO_RESOURCES. The plan
 * is of no use after a failure.
 */
enum load_cause answer_read(struct agreement *plan, const char *text, size_t len,
                            char message[static DIAL_MESSAGE_BYTES]);

/**
 * Answers a server's offer: we receive whatever it sends with a codec of ours and send nothing.
 *
 * The first time the agreement comes from offer_plan_init. Again (the server has changed the
 * session): remote stays as it was, streams keep their places and may fall silent (receives false)
 * or speak again, new ones are added at the end.
 * @param version of the answer, from 1, rising by one (RFC 3264 8)
 * @param answer out: free() it
 * @return as answer_read; the agreement is unchanged after a failure
 */
enum load_cause answer_make(struct agreement *agreement, const struct agreement_local *local,
                            uint64_t version, const char *text, size_t len, char **answer,
                            char message[static DIAL_MESSAGE_BYTES]);

#endif
