#include "asked.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"

enum { BUSY_RETRY_S = 1 };

const char asked_sdp_type[] = "application/sdp";
const char asked_fragment_type[] = "application/trickle-ice-sdpfrag";

void asked_no_memory(const struct asked *asked)
{
    http_response_no_memory(asked->response);
}

void asked_problem(const struct asked *asked, int err, const struct negotiate_problem *problem)
{
    if (err == ERR_NO_MEMORY || problem->status == 0) {
        asked_no_memory(asked);
        return;
    }
    http_response_problem(asked->response, problem->status, problem->line, problem->title, "%s",
                          problem->detail);
}

bool asked_has_type(const struct http_request *request, const char *type)
{
    struct str_view value = http_field_get(request, "Content-Type");
    return str_view_equal_nocase(str_view_trim(str_view_cut(&value, ';')), type);
}

bool asked_send(const struct asked *asked, unsigned worker, struct command *command)
{
    const struct relay *relay = asked->call->relay;
    if (relay->send(relay->owner, worker, command) == 0) {
        return true;
    }
    http_response_header(asked->response, "Retry-After", "%d", BUSY_RETRY_S);
    http_response_problem(asked->response, 503, 0, "Overloaded",
                          "The relay has too much to do just now.");
    return false;
}

struct command *asked_session_command(enum command_kind kind, const struct session *session)
{
    struct command *command = NULL;
    if (command_new(&command, kind, session->number) != 0) {
        return NULL;
    }
    command->session = session_copy(session);
    if (command->session == NULL) {
        command_free(&command);
    }
    return command;
}

bool asked_check_offer(const struct asked *asked)
{
    const struct http_request *request = asked->request;
    if (!asked_has_type(request, asked_sdp_type)) {
        http_response_header(asked->response, "Accept-Post", "%s", asked_sdp_type);
        http_response_problem(asked->response, 415, 0, "Not an SDP offer",
                              "The Content-Type must be application/sdp.");
        return false;
    }
    if (request->body.len > NEGOTIATE_MAX_OFFER_BYTES) {
        http_response_problem(asked->response, 413, 0, "Offer too long",
                              "The body is longer than 262144 bytes.");
        return false;
    }
    if (request->body.len == 0) {
        http_response_problem(asked->response, 400, 1, "The offer is empty",
                              "The body holds no SDP.");
        return false;
    }
    return true;
}

static bool sends_sound(const struct session *session)
{
    for (size_t i = 0; i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        if (media->kind == MEDIA_AUDIO && !media->rejected && media->client_sends) {
            return true;
        }
    }
    return false;
}

/** Others in the room who send sound, as far as it matters. */
static size_t count_voices(const struct directory_room *room,
                           const struct directory_participant *client)
{
    size_t voices = 0;
    LIST_FOR_EACH(link, &room->participants)
    {
        const struct directory_participant *p =
            LIST_ENTRY(link, struct directory_participant, link);
        voices += p != client && p->session != NULL && sends_sound(p->session);
        if (voices > SESSION_MIX_SLOTS) {
            break;
        }
    }
    return voices;
}

void asked_answer_config(const struct asked *asked, unsigned worker, enum slot_policy audio,
                         const struct directory_participant *client, struct negotiate_config *out)
{
    const struct relay *relay = asked->call->relay;
    const struct directory_room *room = directory_room(asked->call->directory, asked->route->room);
    *out = *relay->config(relay->owner, worker);
    out->audio = audio;
    out->voices = room == NULL ? 0 : count_voices(room, client);
}

bool asked_check_directions(const struct asked *asked, const struct session *session)
{
    const struct grants *grants = &asked->access.grants;
    for (size_t i = 0; i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        if (media->rejected) {
            continue;
        }
        if ((media->client_sends && !grants->can_publish) ||
            (media->client_receives && !grants->can_subscribe)) {
            http_response_problem(
                asked->response, 403, 0, "Not allowed",
                "The token does not allow to %s, as m-line %zu of the offer does.",
                media->client_sends && !grants->can_publish ? "publish" : "subscribe", i + 1);
            return false;
        }
    }
    return true;
}

void asked_remove(const struct asked *asked, struct directory_participant *p)
{
    struct command *command = NULL;
    log_info("signal", "leaves room=%s participant=%u", p->room->name, p->number);
    if (command_new(&command, COMMAND_LEAVE, p->number) == 0) {
        /* a worker that does not get it notices by consent */
        (void)asked->call->relay->send(asked->call->relay->owner, p->room->worker, command);
    }
    events_leave(asked->call->events, &p, asked->now_us);
}
