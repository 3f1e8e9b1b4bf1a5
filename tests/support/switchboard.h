/**
 * Signalling without sockets and workers: requests go in, responses, commands and socket messages
 * are kept to be looked at.
 */
#ifndef TESTS_SUPPORT_SWITCHBOARD_H
#define TESTS_SUPPORT_SWITCHBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay/signal/call.h"
#include "relay/signal/directory.h"
#include "relay/signal/events.h"
#include "relay/signal/message.h"
#include "room/command.h"

enum { SWITCHBOARD_MOST = 64 };

/** One fake events socket: what was sent on it, joined by newlines. */
struct switchboard_socket {
    char text[16384];
    size_t len;
    unsigned close_code; /**< 0 while open */
};

struct switchboard {
    struct rand rand;
    struct relay relay;
    struct negotiate_config answer;
    struct directory *directory;
    struct events events;
    struct ice_servers ice_servers; /**< empty; a test fills it */
    struct call call;
    struct command *commands[SWITCHBOARD_MOST]; /**< owned */
    size_t command_count;
    bool busy; /**< workers refuse commands */
    int64_t now_us;
    int64_t wall_s;
    struct addr remote;
};

/** @param workers 1 or more; @param most participants in a room. @return 0 or ERR_NO_MEMORY */
int switchboard_new(struct switchboard **out, unsigned workers, unsigned most);
void switchboard_free(struct switchboard **board);

/**
 * Answers one request.
 *
 * @param target path and query; @param fields header lines "Name: value\n..." or ""; @param body
 * NULL for none
 * @param response out: must be given to http_response_deinit
 */
void switchboard_ask(struct switchboard *board, enum http_method method, const char *target,
                     const char *fields, const char *body, size_t body_len,
                     struct http_response *response);

/** As switchboard_ask, for the status only. */
int switchboard_status(struct switchboard *board, enum http_method method, const char *target,
                       const char *fields, const char *body);

/** Joins with an offer of tests/vectors/offers. @return the participant, or NULL */
struct directory_participant *switchboard_join(struct switchboard *board, const char *target,
                                               const char *offer);

/** Value of a header in the response, copied into out; "" when absent. */
void switchboard_header(const struct http_response *response, const char *name, char *out,
                        size_t bytes);

/** The last command given, NULL when there was none. */
const struct command *switchboard_last(const struct switchboard *board);

/** Forgets the commands so far. */
void switchboard_clear(struct switchboard *board);

#endif
