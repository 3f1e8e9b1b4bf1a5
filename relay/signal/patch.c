#include "patch.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum tag_match { TAG_MISSING, TAG_OTHER, TAG_SAME, TAG_ANY };

/** If-Match against the session's ETag, strongly (RFC 9110 8.8.3.2). RFC 9725 quotes the star, RFC
 * 9110 does not. */
static enum tag_match match_tag(const struct http_request *request, const char *etag)
{
    struct str_view list = http_field_get(request, "If-Match");
    if (list.at == NULL) {
        return TAG_MISSING;
    }
    while (list.at != NULL) {
        struct str_view tag = str_view_trim(str_view_cut(&list, ','));
        if (str_view_equal(tag, "*") || str_view_equal(tag, "\"*\"")) {
            return TAG_ANY;
        }
        if (str_view_equal(tag, etag)) {
            return TAG_SAME;
        }
    }
    return TAG_OTHER;
}

static void wrong_tag(const struct asked *asked)
{
    http_response_problem(asked->response, 412, 0, "Another ICE session",
                          "If-Match is not the ETag of the present ICE session.");
}

/** New credentials of both sides, without a new negotiation (RFC 9725 4.3.2). */
static void restart_ice(const struct asked *asked, struct directory_participant *p,
                        const struct negotiate_fragment *fragment)
{
    struct call *call = asked->call;
    char *text = NULL;
    struct command *command = NULL;
    struct session *renewed = session_copy(p->session);
    int err = renewed == NULL ? ERR_NO_MEMORY : 0;
    if (err == 0) {
        memcpy(renewed->remote_ufrag, fragment->ufrag, sizeof(renewed->remote_ufrag));
        memcpy(renewed->remote_pwd, fragment->pwd, sizeof(renewed->remote_pwd));
        rand_ice_chars(call->rand, renewed->local_ufrag, 8);
        rand_ice_chars(call->rand, renewed->local_pwd, 24);
        err = negotiate_fragment_write(
            renewed, call->relay->config(call->relay->owner, p->room->worker), &text);
    }
    if (err == 0) {
        command = asked_session_command(COMMAND_RESTART_ICE, renewed);
        err = command == NULL ? ERR_NO_MEMORY : 0;
    }
    if (err != 0) {
        asked_no_memory(asked);
    } else if (asked_send(asked, p->room->worker, command)) {
        directory_set_session(p, renewed);
        renewed = NULL;
        directory_renew_etag(call->directory, p);
        http_response_header(asked->response, "ETag", "%s", p->etag);
        http_response_take(asked->response, 200, asked_fragment_type, text, strlen(text));
        text = NULL;
    }
    free(text);
    free(renewed);
}

/** PATCH with a trickle-ice-sdpfrag (RFC 9725 4.3). */
static void patch_fragment(const struct asked *asked, struct directory_participant *p)
{
    struct negotiate_fragment fragment;
    struct negotiate_problem problem = {0};
    enum tag_match match = match_tag(asked->request, p->etag);
    if (match == TAG_MISSING) {
        http_response_problem(
            asked->response, 428, 0, "If-Match needed",
            "Send If-Match with the ETag of the session, or \"*\" to restart ICE.");
        return;
    }
    if (match == TAG_OTHER) {
        wrong_tag(asked);
        return;
    }
    int err = negotiate_fragment_parse(asked->request->body.at, asked->request->body.len, &fragment,
                                       &problem);
    if (err != 0) {
        asked_problem(asked, err, &problem);
        return;
    }
    bool credentials = fragment.ufrag[0] != '\0' && fragment.pwd[0] != '\0';
    bool renewed = credentials && (strcmp(fragment.ufrag, p->session->remote_ufrag) != 0 ||
                                   strcmp(fragment.pwd, p->session->remote_pwd) != 0);
    if (renewed) {
        restart_ice(asked, p, &fragment);
    } else if (match == TAG_ANY && !credentials) {
        http_response_problem(asked->response, 422, 0, "No credentials",
                              "An ICE restart needs a=ice-ufrag and a=ice-pwd in the fragment.");
    } else {
        asked->response->status = 204; /* candidates: we are ICE-lite and need none */
    }
}

/** The parts of a session that an offer does not bring. */
static void carry_over(const struct session *before, struct session *session)
{
    memcpy(session->room, before->room, sizeof(session->room));
    memcpy(session->participant, before->participant, sizeof(session->participant));
    memcpy(session->name, before->name, sizeof(session->name));
    session->number = before->number;
    session->audio_policy = before->audio_policy;
    session->video_policy = before->video_policy;
    session->from_number = before->from_number;
}

/** Tells the worker: new credentials first if there are any, then the agreement. */
static bool send_update(const struct asked *asked, const struct directory_participant *p,
                        const struct session *session, bool restarted)
{
    struct command *restart =
        restarted ? asked_session_command(COMMAND_RESTART_ICE, session) : NULL;
    struct command *update = asked_session_command(COMMAND_UPDATE, session);
    if (update == NULL || (restarted && restart == NULL)) {
        command_free(&restart);
        command_free(&update);
        asked_no_memory(asked);
        return false;
    }
    if (restarted && !asked_send(asked, p->room->worker, restart)) {
        command_free(&update);
        return false;
    }
    return asked_send(asked, p->room->worker, update);
}

/** PATCH with a new offer (API.md 1). */
static void patch_offer(const struct asked *asked, struct directory_participant *p)
{
    struct call *call = asked->call;
    if (match_tag(asked->request, p->etag) == TAG_OTHER) {
        wrong_tag(asked);
        return;
    }
    if (!asked_check_offer(asked)) {
        return;
    }
    struct negotiate_config config;
    struct session *session = NULL;
    char *answer = NULL;
    struct negotiate_problem problem = {0};
    asked_answer_config(asked, p->room->worker, p->session->audio_policy, p, &config);
    int err =
        negotiate_reoffer(p->kind, p->session, asked->request->body.at, asked->request->body.len,
                          &config, call->rand, &session, &answer, &problem);
    if (err != 0) {
        asked_problem(asked, err, &problem);
        return;
    }
    carry_over(p->session, session);
    bool restarted = strcmp(session->local_ufrag, p->session->local_ufrag) != 0;
    if (!asked_check_directions(asked, session) || !send_update(asked, p, session, restarted)) {
        free(session);
        free(answer);
        return;
    }
    directory_set_session(p, session);
    if (restarted) {
        directory_renew_etag(call->directory, p);
    }
    events_updated(call->events, p);
    http_response_header(asked->response, "ETag", "%s", p->etag);
    http_response_take(asked->response, 200, asked_sdp_type, answer, strlen(answer));
}

void patch_handle(const struct asked *asked, struct directory_participant *p)
{
    if (asked_has_type(asked->request, asked_fragment_type)) {
        patch_fragment(asked, p);
    } else if (asked_has_type(asked->request, asked_sdp_type)) {
        patch_offer(asked, p);
    } else {
        http_response_header(asked->response, "Accept-Patch", "%s, %s", asked_fragment_type,
                             asked_sdp_type);
        http_response_problem(asked->response, 415, 0, "Unknown kind of patch",
                              "The Content-Type must be %s or %s.", asked_fragment_type,
                              asked_sdp_type);
    }
}
