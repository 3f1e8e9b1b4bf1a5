/**
 * A request for an endpoint or a session while it is answered, and what its handlers share.
 */
#ifndef SIGNAL_ASKED_H
#define SIGNAL_ASKED_H

#include <stdbool.h>
#include <stdint.h>

#include "access.h"
#include "auth/ice_servers.h"
#include "base/rand.h"
#include "directory.h"
#include "events.h"
#include "message.h"
#include "room/command.h"
#include "route.h"
#include "signal/relay.h"

/** What calls are served with. A value; everything is borrowed. */
struct call {
    struct directory *directory;
    struct events *events;
    const struct relay *relay;
    struct rand *rand;
    const char *secret;                    /**< NULL: rooms are open */
    const struct ice_servers *ice_servers; /**< told to who joins */
    const char *turn_secret; /**< shared with the TURN servers; NULL when there are none */
    bool draining;           /**< no new calls */
};

struct asked {
    struct call *call;
    const struct http_request *request;
    const struct route *route;
    int64_t now_us;
    int64_t wall_s;       /**< since 1970 UTC */
    struct access access; /**< what the request's token allows */
    struct http_response *response;
};

extern const char asked_sdp_type[];      /**< "application/sdp" */
extern const char asked_fragment_type[]; /**< "application/trickle-ice-sdpfrag" */

/** Answers 503: memory is short. */
void asked_no_memory(const struct asked *asked);

/** Answers with what negotiation found wrong. */
void asked_problem(const struct asked *asked, int err, const struct negotiate_problem *problem);

/** Is the Content-Type, without parameters, this one? */
bool asked_has_type(const struct http_request *request, const char *type);

/** Gives a worker a command, which it takes over. @return true, or false with the response filled
 * (503) */
bool asked_send(const struct asked *asked, unsigned worker, struct command *command);

/** A command for the session's participant with a copy of the session, or NULL. */
struct command *asked_session_command(enum command_kind kind, const struct session *session);

/**
 * What an offer for this room is answered with.
 * @param audio  what the client hears
 * @param client who it is already, NULL when it joins
 */
void asked_answer_config(const struct asked *asked, unsigned worker, enum slot_policy audio,
                         const struct directory_participant *client, struct negotiate_config *out);

/** The body is an offer of the right type and size. @return true, or false with the response filled
 * (400, 413, 415) */
bool asked_check_offer(const struct asked *asked);

/** The directions agreed on are within what the token grants. @return true, or false with the
 * response filled (403) */
bool asked_check_directions(const struct asked *asked, const struct session *session);

/** Ends a participant everywhere: worker, the others' screens, directory. */
void asked_remove(const struct asked *asked, struct directory_participant *participant);

#endif
