/**
 * A session with a Janus over its HTTP API: handles on plugins, messages to them, events from them
 * by long poll (which also keeps the session alive).
 *
 * All callers of a run share one session: what is to be measured of Janus is its media, and this
 * asks the least of its HTTP side.
 */
#ifndef LOAD_JANUS_SESSION_H
#define LOAD_JANUS_SESSION_H

#include <jansson.h>

#include "load/dial_way.h"

struct janus_session;
struct janus_handle;

/** Called from the turn. The handle may be detached inside. */
struct janus_ear {
    void (*attached)(void *owner);
    /** What a plugin says, to a message or of itself. jsep: {"type", "sdp"} or NULL. */
    void (*event)(void *owner, const json_t *data, const json_t *jsep);
    /** Media can flow; may be NULL. */
    void (*up)(void *owner);
    /** No answer, or none that says success. Nothing follows. */
    void (*failed)(void *owner, enum load_cause cause, const char *message);
    /** Janus has closed the PeerConnection or the session is lost; may be NULL. */
    void (*gone)(void *owner, const char *reason);
    void *owner;
};

/** Nothing goes out before the first handle. @param url Janus' HTTP root, borrowed
 * @return 0 or ERR_NO_MEMORY */
int janus_session_new(struct janus_session **out, struct dialer *dialer, const char *url);

/** @param plugin borrowed for the handle's life: "janus.plugin.echotest"
 * @return 0 or ERR_NO_MEMORY */
int janus_attach(struct janus_handle **out, struct janus_session *session, const char *plugin,
                 const struct janus_ear *ear);

/**
 * Sends a message; only once attached.
 * @param body taken over, also on failure; NULL is a failure
 * @param type of a description that goes with it: "offer", "answer"; NULL = none
 * @return 0 or ERR_NO_MEMORY
 */
int janus_message(struct janus_handle *handle, json_t *body, const char *type, const char *sdp);

/** Closes it at the server too, without waiting. */
void janus_detach(struct janus_handle **handle);

/** Destroys it at the server, once nothing else is under way. */
void janus_session_finish(struct janus_session *session);

/** After fetcher_free. */
void janus_session_free(struct janus_session **session);

#endif
