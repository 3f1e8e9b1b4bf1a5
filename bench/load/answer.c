#include "load/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/media_lines.h"
#include "load/offer.h"
#include "load/path_lines.h"
#include "sdp/sdp_stream.h"
#include "sdp/sdp_write.h"

static void say(char message[static DIAL_MESSAGE_BYTES], const char *text)
{
    (void)snprintf(message, DIAL_MESSAGE_BYTES, "%s", text);
}

/** @return LOAD_FINE with *sdp owned, or LOAD_BAD_ANSWER, LOAD_NO_RESOURCES */
static enum load_cause parse(const char *text, size_t len, struct sdp **sdp,
                             char message[static DIAL_MESSAGE_BYTES])
{
    struct sdp_error error = {.text = ""};
    int err = sdp_parse(text, len, sdp, &error);
    if (err == ERR_NO_MEMORY) {
        say(message, "out of memory");
        return LOAD_NO_RESOURCES;
    }
    if (err != 0) {
        say(message, error.text);
        return LOAD_BAD_ANSWER;
    }
    return LOAD_FINE;
}

/** The path of the first m-line that was taken, or of the first in the bundle's list. */
static enum load_cause read_path(const struct sdp *sdp, size_t first,
                                 struct agreement_remote *remote,
                                 char message[static DIAL_MESSAGE_BYTES])
{
    struct sdp_error error = {.text = ""};
    enum load_cause cause = path_lines_read(sdp, &sdp->media[first], remote, &error);
    if (cause != LOAD_FINE) {
        say(message, error.text);
    }
    return cause;
}

static void narrow_exts(struct rtp_ext_map *exts, const struct rtp_ext_map *other)
{
    for (int kind = 0; kind < RTP_EXT_COUNT; kind++) {
        exts->id[kind] = exts->id[kind] != 0 ? other->id[kind] : 0;
    }
}

static bool takes_rid(const struct media_lines *lines, const char *rid)
{
    for (size_t i = 0; i < lines->rid_count; i++) {
        if (strcmp(lines->rids[i], rid) == 0) {
            return true;
        }
    }
    return false;
}

static void narrow_layers(struct agreement_stream *stream, const struct media_lines *lines)
{
    size_t offered = stream->sends ? stream->layer_count : 0;
    size_t kept = 0;
    for (size_t i = 0; i < offered; i++) {
        if (offered == 1 || takes_rid(lines, stream->rids[i])) {
            stream->ssrcs[kept] = stream->ssrcs[i];
            stream->rtx_ssrcs[kept] = stream->rtx_ssrcs[i];
            memmove(stream->rids[kept], stream->rids[i], sizeof(stream->rids[i]));
            kept++;
        }
    }
    if (kept == 0 && offered > 0) { /* no simulcast: one stream, without a rid (RFC 8853 5.3.2) */
        kept = 1;
        stream->rids[0][0] = '\0';
    }
    for (size_t i = kept; i < AGREEMENT_MAX_LAYERS; i++) {
        stream->ssrcs[i] = 0;
        stream->rtx_ssrcs[i] = 0;
        stream->rids[i][0] = '\0';
    }
    if (stream->rtx_pt == 0) {
        memset(stream->rtx_ssrcs, 0, sizeof(stream->rtx_ssrcs));
    }
    stream->layer_count = kept;
}

/** @return false when nothing can flow on it */
static bool narrow(struct agreement_stream *stream, const struct media_lines *lines)
{
    if (!lines->taken || lines->kind != stream->kind) {
        return false;
    }
    stream->sends = stream->sends && lines->receives;
    stream->receives = stream->receives && lines->sends;
    stream->pt = lines->pt;
    stream->rtx_pt = stream->rtx_pt != 0 ? lines->rtx_pt : 0;
    stream->red_pt = stream->red_pt != 0 ? lines->red_pt : 0;
    stream->nack = stream->nack && lines->nack;
    stream->pli = stream->pli && lines->pli;
    stream->remb = stream->remb && lines->remb;
    stream->transport_cc = stream->transport_cc && lines->transport_cc;
    stream->dtx = stream->sends && lines->dtx;
    narrow_exts(&stream->exts, &lines->exts);
    narrow_layers(stream, lines);
    stream->remote_ssrc = lines->ssrc;
    stream->remote_rtx_ssrc = lines->rtx_ssrc;
    return stream->sends || stream->receives;
}

/** What is asked for, or was agreed, per kind. */
struct needs {
    bool sends[2];
    bool receives[2];
};

static void note_needs(struct needs *needs, const struct agreement *agreement)
{
    *needs = (struct needs){.sends = {false}};
    for (size_t i = 0; i < agreement->stream_count; i++) {
        const struct agreement_stream *stream = &agreement->streams[i];
        needs->sends[stream->kind] |= stream->sends;
        needs->receives[stream->kind] |= stream->receives;
    }
}

static enum load_cause check_needs(const struct needs *asked, const struct needs *got,
                                   char message[static DIAL_MESSAGE_BYTES])
{
    static const char *const names[2] = {
        [LOAD_AUDIO] = "audio (Opus)", [LOAD_VIDEO] = "video (VP8)"};
    for (size_t kind = 0; kind < 2; kind++) {
        bool refused = asked->sends[kind] && !got->sends[kind];
        if (refused || (asked->receives[kind] && !got->receives[kind])) {
            (void)snprintf(message, DIAL_MESSAGE_BYTES, "the answer does not %s %s",
                           refused ? "take our" : "send us", names[kind]);
            return LOAD_NO_CODEC;
        }
    }
    return LOAD_FINE;
}

static enum load_cause narrow_all(struct agreement *plan, const struct sdp *sdp,
                                  char message[static DIAL_MESSAGE_BYTES])
{
    struct needs asked;
    struct needs got;
    size_t kept = 0;
    size_t first = 0;
    if (sdp->media_count != plan->stream_count) {
        (void)snprintf(message, DIAL_MESSAGE_BYTES, "%zu m-lines answer %zu", sdp->media_count,
                       plan->stream_count);
        return LOAD_BAD_ANSWER;
    }
    note_needs(&asked, plan);
    for (size_t i = 0; i < sdp->media_count; i++) {
        struct media_lines lines;
        struct agreement_stream stream = plan->streams[i];
        media_lines_read(&sdp->media[i], &stream, &lines);
        if (narrow(&stream, &lines)) {
            first = kept == 0 ? i : first;
            plan->streams[kept++] = stream;
        }
    }
    plan->stream_count = kept;
    note_needs(&got, plan);
    enum load_cause cause = check_needs(&asked, &got, message);
    return cause != LOAD_FINE ? cause : read_path(sdp, first, &plan->remote, message);
}

enum load_cause answer_read(struct agreement *plan, const char *text, size_t len,
                            char message[static DIAL_MESSAGE_BYTES])
{
    struct sdp *sdp = NULL;
    message[0] = '\0';
    enum load_cause cause = parse(text, len, &sdp, message);
    if (cause == LOAD_FINE) {
        cause = narrow_all(plan, sdp, message);
    }
    sdp_free(&sdp);
    return cause;
}

static struct agreement_stream *find_stream(struct agreement *agreement, const char *mid)
{
    for (size_t i = 0; i < agreement->stream_count; i++) {
        if (strcmp(agreement->streams[i].mid, mid) == 0) {
            return &agreement->streams[i];
        }
    }
    return NULL;
}

/** The stream of a section of the server's offer, as it is to be now; NULL when it is refused. */
static const struct agreement_stream *take_section(struct agreement *agreement,
                                                   const struct media_lines *lines)
{
    if (!lines->taken || lines->mid[0] == '\0' || !sdp_is_token(str_view_text(lines->mid))) {
        return NULL;
    }
    struct agreement_stream *stream = find_stream(agreement, lines->mid);
    if (stream == NULL && agreement->stream_count < AGREEMENT_MAX_STREAMS) {
        stream = &agreement->streams[agreement->stream_count++];
    }
    if (stream == NULL) {
        return NULL;
    }
    *stream = (struct agreement_stream){
        .kind = lines->kind,
        .receives = lines->sends,
        .pt = lines->pt,
        .rtx_pt = lines->rtx_pt,
        .red_pt = lines->red_pt,
        .nack = lines->nack,
        .pli = lines->pli,
        .remb = lines->remb,
        .transport_cc = lines->transport_cc,
        .exts = *offer_exts(lines->kind),
        .remote_ssrc = lines->ssrc,
        .remote_rtx_ssrc = lines->rtx_ssrc,
    };
    narrow_exts(&stream->exts, &lines->exts);
    memcpy(stream->mid, lines->mid, sizeof(stream->mid));
    return stream;
}

/** A refused m-line keeps its protocol and formats (RFC 3264 6). */
static void write_refused(struct str *out, const struct sdp_section *section)
{
    str_append(out, "m=");
    str_append_view(out, section->media);
    str_append(out, " 0 ");
    str_append_view(out, section->proto);
    str_append(out, " ");
    str_append_view(out, section->formats);
    str_append(out, "\r\n");
    sdp_write_line(out, 'c', OFFER_NO_ADDRESS);
    sdp_write_attr(out, "inactive");
}

static void write_taken(struct str *out, const struct agreement_stream *stream,
                        const struct agreement_local *local, bool active, bool first)
{
    offer_write_media(out, stream, first ? local->candidates[0].port : OFFER_NO_PORT);
    if (first) {
        sdp_write_connection(out, &local->candidates[0]);
    } else {
        sdp_write_line(out, 'c', OFFER_NO_ADDRESS);
    }
    path_lines_write(out, local, active ? "active" : "passive");
    if (first) {
        path_lines_write_candidates(out, local);
    }
    offer_write_stream(out, stream);
}

/** Takes every section into the agreement and writes the m-lines of the answer. *first: the first
 * one that was taken, or media_count. */
static void answer_sections(struct agreement *agreement, const struct sdp *sdp,
                            const struct agreement_local *local, struct str *mids, struct str *out,
                            size_t *first)
{
    *first = sdp->media_count;
    for (size_t i = 0; i < sdp->media_count; i++) {
        struct media_lines lines;
        media_lines_read(&sdp->media[i], NULL, &lines);
        const struct agreement_stream *stream = take_section(agreement, &lines);
        if (stream == NULL) {
            write_refused(out, &sdp->media[i]);
            continue;
        }
        if (*first == sdp->media_count) {
            *first = i;
            enum sdp_setup setup = SDP_SETUP_ACTPASS;
            const struct sdp_attr *attr = sdp_find(sdp, &sdp->media[i], "setup");
            (void)(attr != NULL && sdp_setup_parse(attr->value, &setup) == 0);
            agreement->remote.we_are_active = setup != SDP_SETUP_ACTIVE;
        }
        str_printf(mids, " %s", stream->mid);
        write_taken(out, stream, local, agreement->remote.we_are_active, *first == i);
    }
}

static enum load_cause answer_sdp(struct agreement *next, const struct agreement_local *local,
                                  uint64_t version, const struct sdp *sdp, char **answer,
                                  char message[static DIAL_MESSAGE_BYTES])
{
    struct str mids;
    struct str body;
    struct str out;
    str_init(&mids, SDP_MAX_LINE_BYTES);
    str_init(&body, SDP_MAX_BYTES);
    str_init(&out, SDP_MAX_BYTES);
    bool again = next->remote.candidate_count > 0;
    size_t first = 0;
    enum load_cause cause = LOAD_FINE;
    answer_sections(next, sdp, local, &mids, &body, &first);
    if (first == sdp->media_count) {
        say(message, "the offer has nothing with Opus or VP8");
        cause = LOAD_NO_CODEC;
    } else if (!again) {
        cause = read_path(sdp, first, &next->remote, message);
    }
    if (cause == LOAD_FINE) {
        bool bundle = sdp_section_has(&sdp->session, "group");
        offer_write_session(&out, (uint64_t)next->report_ssrc << 16, version,
                            bundle && mids.at != NULL ? mids.at : "");
        str_append(&out, body.at != NULL ? body.at : "");
        if (mids.err != 0 || body.err != 0 || str_take(&out, answer) != 0) {
            say(message, "out of memory");
            cause = LOAD_NO_RESOURCES;
        }
    }
    str_deinit(&mids);
    str_deinit(&body);
    str_deinit(&out);
    return cause;
}

enum load_cause answer_make(struct agreement *agreement, const struct agreement_local *local,
                            uint64_t version, const char *text, size_t len, char **answer,
                            char message[static DIAL_MESSAGE_BYTES])
{
    struct sdp *sdp = NULL;
    struct agreement *next = malloc(sizeof(*next));
    message[0] = '\0';
    if (next == NULL) {
        say(message, "out of memory");
        return LOAD_NO_RESOURCES;
    }
    *next = *agreement;
    enum load_cause cause = parse(text, len, &sdp, message);
    if (cause == LOAD_FINE) {
        cause = answer_sdp(next, local, version, sdp, answer, message);
    }
    if (cause == LOAD_FINE) {
        *agreement = *next;
    }
    sdp_free(&sdp);
    free(next);
    return cause;
}
