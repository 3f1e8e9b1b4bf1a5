#include "sim/sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "rtp/red.h"
#include "rtp/rtp.h"

enum { PICTURE_ID_MASK = 0x7fff, MAX_JUMP = SINK_WINDOW / 2, FULL_TURN = 256 };

int sink_init(struct sink *sink, const struct session_media *media, bool keep)
{
    const struct session_codec *codec = &media->codecs[0];
    *sink = (struct sink){.kind = media->kind,
                          .ssrc = media->slot_ssrc,
                          .rtx_ssrc = media->slot_rtx_ssrc,
                          .pt = codec->pt,
                          .rtx_pt = codec->rtx_pt,
                          .nack = codec->nack,
                          .first = -1,
                          .highest = -1,
                          .next = -1,
                          .whole_key = -1,
                          .lossy = true, /* until the first keyframe is there */
                          .pli_us = INT64_MIN,
                          .due_us = INT64_MAX};
    for (size_t i = 0; i < media->codec_count; i++) {
        sink->red_pt = media->codecs[i].kind == CODEC_RED ? media->codecs[i].pt : sink->red_pt;
    }
    sink->entries = calloc(SINK_WINDOW, sizeof(*sink->entries));
    if (sink->entries == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < SINK_WINDOW; i++) {
        sink->entries[i].ext_seq = -1;
    }
    playback_init(&sink->playback, keep);
    return 0;
}

void sink_set_watcher(struct sink *sink, const struct sink_watcher *watcher)
{
    sink->watcher = *watcher;
}

void sink_set_listener(struct sink *sink, const struct sink_listener *listener)
{
    sink->listener = *listener;
}

bool sink_owns(const struct sink *sink, uint32_t ssrc)
{
    return ssrc == sink->ssrc || (sink->rtx_ssrc != 0 && ssrc == sink->rtx_ssrc);
}

static struct sink_entry *entry_of(const struct sink *sink, int64_t ext_seq)
{
    return &sink->entries[ext_seq % SINK_WINDOW];
}

static void fault(struct sink *sink, const char *what)
{
    sink->counts.errors++;
    sink->counts.error = what;
}

static void due_by(struct sink *sink, int64_t at_us)
{
    if (at_us < sink->due_us) {
        sink->due_us = at_us;
    }
}

static void want_keyframe(struct sink *sink, int64_t now_us)
{
    if (!sink->wants_keyframe) {
        sink->wants_keyframe = true;
        due_by(sink, now_us);
    }
}

/** True when both come from one stream without a pause that the relay made. */
static bool same_feed(const struct sink *sink, const struct sink_entry *a,
                      const struct sink_entry *b)
{
    if (a->mark.publisher != b->mark.publisher || a->mark.life != b->mark.life ||
        a->mark.layer != b->mark.layer) {
        return false;
    }
    if (!sink->may_resume) {
        return true;
    }
    /* Fewer numbers than packets were made: the slot was without this source in between. */
    uint32_t made = a->mark.number - b->mark.number;
    return sink->kind == MEDIA_AUDIO
               ? made == (uint32_t)(a->ext_seq - b->ext_seq)
               : made == ((uint32_t)(a->vp8.picture_id - b->vp8.picture_id) & PICTURE_ID_MASK) ||
                     !a->vp8.keyframe;
}

static void check_audio(struct sink *sink, const struct sink_entry *entry)
{
    const struct sink_entry *last = &sink->last;
    uint32_t step = (uint32_t)(entry->ext_seq - last->ext_seq);
    if (seq_diff32(entry->timestamp, last->timestamp) <= 0) {
        fault(sink, "audio timestamp goes back");
    } else if (sink->listener.take == NULL && !entry->made && same_feed(sink, entry, last) &&
               entry->mark.number - last->mark.number != step) {
        fault(sink, "audio numbers do not follow the source");
    }
}

/** Rules between two packets of one feed, of which the second comes next or after a known gap. */
static void check_video_same_feed(struct sink *sink, const struct sink_entry *entry)
{
    const struct sink_entry *last = &sink->last;
    uint32_t frames = entry->mark.number - last->mark.number;
    uint32_t pictures = (uint32_t)(entry->vp8.picture_id - last->vp8.picture_id) & PICTURE_ID_MASK;
    uint8_t bases = (uint8_t)(entry->vp8.tl0picidx - last->vp8.tl0picidx);
    /* The relay may leave frames out, and then numbers close up; of what is lost they tell. */
    if (pictures > frames || (frames > 0) != (pictures > 0) || (!sink->gap && pictures > 1)) {
        fault(sink, "PictureID does not follow the frames");
    }
    if (bases > pictures || (!sink->gap && bases != (frames > 0 && entry->mark.tid == 0))) {
        fault(sink, "TL0PICIDX does not follow the frames");
    }
    if (frames == 0) {
        if (entry->timestamp != last->timestamp) {
            fault(sink, "timestamp changes within a frame");
        }
        if (entry->mark.index - last->mark.index != (int)(entry->ext_seq - last->ext_seq)) {
            fault(sink, "packets of a frame out of order");
        }
        return;
    }
    int32_t step = seq_diff32(entry->timestamp, last->timestamp);
    if (step <= 0 || step % SOURCE_VIDEO_STEP != 0) {
        fault(sink, "video timestamp does not follow the frames");
    }
    if (!sink->gap && (entry->mark.index != 0 || !last->marker)) {
        fault(sink, "a frame ends or begins in the middle");
    }
}

/** Timestamps go on by the time between the two pictures, whatever layers they are of. */
static void check_switch(struct sink *sink, const struct sink_entry *entry)
{
    const struct sink_entry *last = &sink->last;
    if (entry->mark.publisher != last->mark.publisher || entry->mark.life != last->mark.life) {
        return;
    }
    int64_t told_us = (int64_t)seq_diff32(entry->timestamp, last->timestamp) * 100 / 9;
    int64_t apart_us = told_us - (entry->mark.capture_us - last->mark.capture_us);
    apart_us = apart_us < 0 ? -apart_us : apart_us;
    if (apart_us > sink->counts.worst_switch_us) {
        sink->counts.worst_switch_us = apart_us;
    }
}

static void check_video(struct sink *sink, const struct sink_entry *entry)
{
    const struct sink_entry *last = &sink->last;
    if (entry->marker != (entry->mark.index + 1 == entry->mark.count) ||
        entry->vp8.start != (entry->mark.index == 0)) {
        fault(sink, "marker or start bit is not the frame's");
    }
    if (same_feed(sink, entry, last)) {
        check_video_same_feed(sink, entry);
        return;
    }
    check_switch(sink, entry);
    uint32_t pictures = (uint32_t)(entry->vp8.picture_id - last->vp8.picture_id) & PICTURE_ID_MASK;
    if (!sink->gap && (!entry->vp8.keyframe || !last->marker || pictures != 1)) {
        fault(sink, "the feed changes without keyframe, or in mid-frame");
    }
    if (seq_diff32(entry->timestamp, last->timestamp) <= 0 || pictures == 0 ||
        pictures > FULL_TURN) {
        fault(sink, "the feed changes and numbers jump");
    }
}

static struct sink_known *known(struct sink *sink, uint32_t number)
{
    return &sink->decoded[number % SINK_FRAMES];
}

/** True when all frames that it needs could be decoded. */
static bool has_references(struct sink *sink, const struct sink_frame *frame)
{
    for (size_t i = 0; !frame->keyframe && i < 2; i++) {
        uint32_t number = frame->mark.number - frame->mark.refers[i];
        const struct sink_known *needed = known(sink, number);
        if (frame->mark.refers[i] != 0 &&
            (!needed->used || needed->number != number || needed->feed != sink->counts.feeds)) {
            return false;
        }
    }
    return true;
}

static void show_frame(struct sink *sink, const struct source_mark *mark, int64_t now_us)
{
    struct sink_counts *counts = &sink->counts;
    *known(sink, mark->number) =
        (struct sink_known){.used = true, .number = mark->number, .feed = counts->feeds};
    counts->frames_decoded++;
    if (counts->frames_decoded == 1) {
        counts->first_decoded_us = now_us;
    } else if (now_us - counts->last_decoded_us > counts->longest_freeze_us) {
        counts->longest_freeze_us = now_us - counts->last_decoded_us;
    }
    counts->last_decoded_us = now_us;
    playback_take(&sink->playback,
                  &(struct playback_frame){.capture_us = mark->capture_us,
                                           .publisher = mark->publisher,
                                           .height = mark->height,
                                           .layer = mark->layer,
                                           .tid = mark->tid},
                  now_us);
}

/** A frame has ended, or something else came before its end. */
static void end_frame(struct sink *sink, int64_t now_us)
{
    struct sink_frame *frame = &sink->frame;
    bool referred = has_references(sink, frame);
    if (frame->whole && referred) {
        sink->lossy = sink->lossy && !frame->keyframe;
        show_frame(sink, &frame->mark, now_us);
    } else {
        sink->counts.frames_broken++;
        if (frame->whole && !sink->lossy) {
            fault(sink, "a frame comes without what it refers to");
        }
        if (frame->mark.tid == 0) {
            want_keyframe(sink, now_us);
        }
    }
    frame->begun = false;
}

/** Follows the frames as a decoder would. */
static void decode(struct sink *sink, const struct sink_entry *entry, int64_t now_us)
{
    struct sink_frame *frame = &sink->frame;
    const struct source_mark *mark = &entry->mark;
    if (frame->begun &&
        (frame->mark.number != mark->number || frame->mark.layer != mark->layer ||
         frame->mark.life != mark->life || frame->mark.publisher != mark->publisher)) {
        frame->whole = false;
        end_frame(sink, now_us);
    }
    if (!frame->begun) {
        *frame = (struct sink_frame){.begun = true,
                                     .whole = mark->index == 0,
                                     .next = mark->index,
                                     .keyframe = entry->vp8.keyframe,
                                     .mark = *mark};
        sink->wants_keyframe = sink->wants_keyframe && !frame->keyframe;
    }
    frame->whole = frame->whole && mark->index == frame->next;
    frame->next = (uint8_t)(mark->index + 1);
    if (entry->marker) {
        end_frame(sink, now_us);
    }
}

static void hear(struct sink *sink, const struct sink_entry *entry)
{
    listening_hear(&sink->listening,
                   &(struct listening_packet){.publisher = entry->mark.publisher,
                                              .life = entry->mark.life,
                                              .number = entry->mark.number,
                                              .capture_us = entry->mark.capture_us,
                                              .arrival_us = entry->arrival_us,
                                              .overtaken = entry->overtaken});
}

static void deliver(struct sink *sink, const struct sink_entry *entry, int64_t now_us)
{
    bool marked = sink->listener.take == NULL && !entry->made;
    if (marked && (entry->csrc_count != 1 || entry->csrc != entry->mark.publisher)) {
        fault(sink, "CSRC does not name the publisher");
    }
    if (!sink->have_last || !same_feed(sink, entry, &sink->last)) {
        sink->counts.feeds++;
        sink->lossy = sink->lossy || sink->gap;
    }
    if (sink->kind == MEDIA_AUDIO) {
        if (sink->have_last) {
            check_audio(sink, entry);
            if (now_us - sink->counts.last_decoded_us > sink->counts.longest_freeze_us) {
                sink->counts.longest_freeze_us = now_us - sink->counts.last_decoded_us;
            }
        }
        sink->counts.last_decoded_us = now_us;
        if (marked) {
            hear(sink, entry);
        }
    } else {
        if (sink->have_last) {
            check_video(sink, entry);
        }
        decode(sink, entry, now_us);
    }
    sink->counts.delivered++;
    sink->counts.made += entry->made;
    sink->last = *entry;
    sink->have_last = true;
    sink->gap = false;
}

/** Delivers what stands in order, and passes over what is given up by now. */
static void advance(struct sink *sink, int64_t now_us)
{
    int64_t give_up_us = sink->kind == MEDIA_VIDEO ? SINK_GIVE_UP_VIDEO_US : SINK_GIVE_UP_AUDIO_US;
    while (sink->next <= sink->highest) {
        const struct sink_entry *entry = entry_of(sink, sink->next);
        if (entry->received) {
            deliver(sink, entry, now_us);
        } else if (now_us - entry->missing_us >=
                   (sink->next < sink->whole_key ? SINK_SKIP_US : give_up_us)) {
            sink->counts.unrepaired++;
            sink->gap = true;
            sink->lossy = true;
        } else {
            return;
        }
        sink->next++;
    }
}

/** A decoder can go on at a keyframe, whatever is missing before it. */
static void find_whole_key(struct sink *sink, int64_t ext_seq)
{
    const struct source_mark *mark = &entry_of(sink, ext_seq)->mark;
    int64_t first = ext_seq - mark->index;
    if (first <= sink->next || first + mark->count - 1 > sink->highest ||
        !entry_of(sink, first)->vp8.keyframe) {
        return;
    }
    for (int64_t seq = first; seq < first + mark->count; seq++) {
        if (!entry_of(sink, seq)->received) {
            return;
        }
    }
    sink->whole_key = first > sink->whole_key ? first : sink->whole_key;
}

/** Numbers between the highest and this one are missing from now on. */
static void note_missing(struct sink *sink, int64_t ext_seq, int64_t now_us)
{
    for (int64_t missing = sink->highest + 1; missing < ext_seq; missing++) {
        *entry_of(sink, missing) = (struct sink_entry){
            .ext_seq = missing, .missing_us = now_us, .nack_us = now_us + SINK_NACK_FIRST_US};
        due_by(sink, now_us + SINK_NACK_FIRST_US);
    }
}

/** Files a packet under its number. @return false when it was there, or is too late */
static bool file_packet(struct sink *sink, int64_t ext_seq, const struct sink_entry *what,
                        int64_t now_us)
{
    if (sink->first < 0) {
        sink->first = ext_seq;
        sink->next = ext_seq;
        sink->highest = ext_seq - 1;
    }
    if (ext_seq > sink->highest + MAX_JUMP) {
        fault(sink, "sequence numbers jump");
        sink->next = ext_seq;
        sink->highest = ext_seq - 1;
        sink->gap = true;
    }
    if (ext_seq > sink->highest) {
        note_missing(sink, ext_seq, now_us);
        sink->highest = ext_seq;
    } else if (ext_seq < sink->next || entry_of(sink, ext_seq)->received) {
        return false;
    }
    struct sink_entry *entry = entry_of(sink, ext_seq);
    bool overtaken = ext_seq < sink->highest;
    *entry = *what;
    entry->overtaken = overtaken;
    entry->ext_seq = ext_seq;
    entry->received = true;
    entry->arrival_us = now_us;
    return true;
}

/** Reads the parts of a packet that are checked later. @return false when it is no packet of ours
 */
static bool read_entry(struct sink *sink, const uint8_t *data, const struct rtp_header *header,
                       const uint8_t *payload, size_t len, struct sink_entry *out)
{
    *out = (struct sink_entry){
        .timestamp = header->timestamp, .marker = header->marker, .csrc_count = header->csrc_count};
    if (header->csrc_count > 0) {
        out->csrc = bytes_get_u32(data + RTP_HEADER_BYTES);
    }
    if (sink->kind == MEDIA_VIDEO && vp8_payload_parse(payload, len, &out->vp8) != 0) {
        fault(sink, "VP8 descriptor cannot be read");
        return false;
    }
    if (sink->listener.take != NULL) {
        out->mark.publisher = out->csrc;
    } else if (!source_mark_read(payload, len, &out->mark)) {
        out->made = sink->kind == MEDIA_AUDIO;
        if (out->made) {
            return true;
        }
        fault(sink, "payload is not a source's");
        return false;
    }
    return true;
}

/** Gives real sound to whoever listens. */
static void give(const struct sink *sink, int64_t ext_seq, const uint8_t *data,
                 const struct rtp_header *header, const uint8_t *payload, size_t bytes)
{
    if (sink->listener.take != NULL) {
        sink->listener.take(
            sink->listener.owner,
            &(struct sink_sound){.ext_seq = ext_seq,
                                 .timestamp = header->timestamp,
                                 .payload = payload,
                                 .bytes = bytes,
                                 .csrcs = data + RTP_HEADER_BYTES,
                                 .csrc_count = header->csrc_count,
                                 .arrival_us = entry_of(sink, ext_seq)->arrival_us});
    }
}

/** Redundant blocks of a RED packet (RFC 2198): of the packets before it, each 20 ms apart. */
static void take_copies(struct sink *sink, const uint8_t *data, const struct rtp_header *header,
                        int64_t now_us)
{
    struct red_block blocks[RED_MAX_BLOCKS];
    const uint8_t *payload = data + header->payload_offset;
    int count = red_parse(payload, header->payload_bytes, blocks);
    for (int i = 0; i + 1 < count && sink->first >= 0; i++) {
        struct rtp_header old = *header;
        struct sink_entry entry;
        old.timestamp -= blocks[i].timestamp_offset;
        old.marker = false;
        if (blocks[i].pt != sink->pt || blocks[i].timestamp_offset % SOURCE_AUDIO_STEP != 0) {
            fault(sink, "a RED block is not audio of ours");
            continue;
        }
        int64_t ext_seq =
            seq_extend(sink->highest, header->seq) - blocks[i].timestamp_offset / SOURCE_AUDIO_STEP;
        if (ext_seq >= sink->first &&
            read_entry(sink, data, &old, payload + blocks[i].offset, blocks[i].bytes, &entry) &&
            file_packet(sink, ext_seq, &entry, now_us)) {
            sink->counts.copied++;
            give(sink, ext_seq, data, &old, payload + blocks[i].offset, blocks[i].bytes);
        }
    }
}

/** Gives a packet of real pictures to whoever watches. */
static void show(struct sink *sink, const struct rtp_header *header, const uint8_t *payload,
                 int64_t now_us)
{
    const struct sink_sight sight = {.ext_seq = seq_unwrap(&sink->unwrap, header->seq),
                                     .timestamp = header->timestamp,
                                     .marker = header->marker,
                                     .payload = payload,
                                     .bytes = header->payload_bytes,
                                     .csrc_count = header->csrc_count,
                                     .arrival_us = now_us};
    sink->counts.packets++;
    sink->received++;
    sink->highest = sight.ext_seq > sink->highest ? sight.ext_seq : sink->highest;
    sink->first = sink->first < 0 ? sight.ext_seq : sink->first;
    sink->next = sink->highest + 1;
    if (sink->watcher.take(sink->watcher.owner, &sight)) {
        sink->wants_keyframe = false;
    } else {
        want_keyframe(sink, now_us);
    }
}

void sink_receive(struct sink *sink, const uint8_t *data, size_t len, int64_t now_us)
{
    struct rtp_header header;
    struct sink_entry entry;
    if (rtp_parse(data, len, &header) != 0) {
        fault(sink, "not RTP");
        return;
    }
    bool rtx = header.ssrc != sink->ssrc;
    const uint8_t *payload = data + header.payload_offset;
    size_t payload_bytes = header.payload_bytes;
    uint16_t seq = header.seq;
    bool red = !rtx && sink->red_pt != 0 && header.pt == sink->red_pt;
    if (!red && header.pt != (rtx ? sink->rtx_pt : sink->pt)) {
        fault(sink, "payload type was not agreed");
        return;
    }
    if (sink->watcher.take != NULL) {
        if (!rtx) {
            show(sink, &header, payload, now_us);
        }
        return;
    }
    if (rtx) {
        if (payload_bytes < 2 || sink->first < 0) {
            sink->counts.probes++; /* or a repair of what we do not know */
            return;
        }
        seq = bytes_get_u16(payload);
        payload += 2;
        payload_bytes -= 2;
    }
    if (red) {
        take_copies(sink, data, &header, now_us);
        struct red_block primary;
        if (red_find_primary(payload, payload_bytes, &primary) != 0) {
            fault(sink, "RED cannot be read");
            return;
        }
        payload += primary.offset;
        payload_bytes = primary.bytes;
    }
    if (!read_entry(sink, data, &header, payload, payload_bytes, &entry)) {
        return;
    }
    int64_t ext_seq = rtx ? seq_extend(sink->highest, seq) : seq_unwrap(&sink->unwrap, seq);
    sink->received += !rtx;
    if (!file_packet(sink, ext_seq, &entry, now_us)) {
        sink->counts.probes += rtx;
        sink->counts.duplicates += !rtx;
        return;
    }
    sink->counts.packets += !rtx;
    sink->counts.repaired += rtx;
    give(sink, ext_seq, data, &header, payload, payload_bytes);
    advance(sink, now_us);
    if (sink->kind == MEDIA_VIDEO && sink->next <= ext_seq) {
        find_whole_key(sink, ext_seq);
    }
}

void sink_sender_report(struct sink *sink, const struct rtcp_report *report, int64_t now_us)
{
    sink->counts.reports++;
    sink->lsr = (uint32_t)(report->ntp >> 16);
    sink->lsr_us = now_us;
    sink->report_ntp = report->ntp;
    sink->report_timestamp = report->timestamp;
}

size_t sink_timeout(struct sink *sink, int64_t now_us, int64_t rtt_us,
                    uint16_t seqs[static SINK_MAX_NACK], bool *pli)
{
    *pli = false;
    if (now_us < sink->due_us) {
        return 0;
    }
    advance(sink, now_us);
    sink->due_us = INT64_MAX;
    int64_t give_up_us = sink->kind == MEDIA_VIDEO ? SINK_GIVE_UP_VIDEO_US : SINK_GIVE_UP_AUDIO_US;
    int64_t repeat_us = rtt_us > 15000 ? rtt_us + 5000 : 20000;
    size_t count = 0;
    for (int64_t ext_seq = sink->next; ext_seq <= sink->highest; ext_seq++) {
        struct sink_entry *entry = entry_of(sink, ext_seq);
        if (entry->received) {
            continue;
        }
        if (sink->nack && entry->nack_us <= now_us && count < SINK_MAX_NACK) {
            seqs[count++] = (uint16_t)ext_seq;
            entry->tries++;
            entry->nack_us = now_us + repeat_us;
        }
        due_by(sink, entry->missing_us + give_up_us);
        due_by(sink, sink->nack ? entry->nack_us : INT64_MAX);
    }
    sink->counts.nacks += count;
    if (sink->wants_keyframe) {
        *pli = sink->pli_us == INT64_MIN || now_us - sink->pli_us >= SINK_PLI_INTERVAL_US;
        sink->pli_us = *pli ? now_us : sink->pli_us;
        sink->counts.plis += *pli;
        due_by(sink, sink->pli_us + SINK_PLI_INTERVAL_US);
    }
    return count;
}

int64_t sink_next_deadline(const struct sink *sink)
{
    return sink->due_us;
}

bool sink_report(struct sink *sink, int64_t now_us, struct rtcp_report_block *out)
{
    if (sink->first < 0) {
        return false;
    }
    uint64_t expected = (uint64_t)(sink->highest - sink->first + 1);
    uint64_t interval = expected - sink->expected_prior;
    uint64_t received = sink->received - sink->received_prior;
    uint64_t lost = interval > received ? interval - received : 0;
    *out = (struct rtcp_report_block){
        .ssrc = sink->ssrc,
        .fraction_lost = (uint8_t)(interval == 0 ? 0 : lost * 255 / interval),
        .cumulative_lost = (int32_t)((int64_t)expected - (int64_t)sink->received),
        .highest_seq = (uint32_t)sink->highest,
        .lsr = sink->lsr,
        .dlsr = sink->lsr == 0 ? 0 : (uint32_t)((now_us - sink->lsr_us) * 65536 / 1000000),
    };
    sink->expected_prior = expected;
    sink->received_prior = sink->received;
    return true;
}

int64_t sink_report_offset_us(const struct sink *sink)
{
    int64_t rate = sink->kind == MEDIA_AUDIO ? 48000 : 90000;
    int64_t seconds = (int64_t)(sink->report_ntp >> 32);
    int64_t fraction_us = (int64_t)((sink->report_ntp & UINT32_MAX) * 1000000 >> 32);
    int64_t since_us =
        (int64_t)seq_diff32(sink->last.timestamp, sink->report_timestamp) * 1000000 / rate;
    return seconds * 1000000 + fraction_us + since_us - sink->last.mark.capture_us;
}

double sink_unrepaired_share(const struct sink *sink)
{
    return sink->first < 0
               ? 1.0
               : (double)sink->counts.unrepaired / (double)(sink->highest - sink->first + 1);
}

void sink_deinit(struct sink *sink)
{
    free(sink->entries);
    sink->entries = NULL;
    playback_deinit(&sink->playback);
}
