#include "rtp/demux.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum {
    KEPT_PER_STREAM = 2 /* the present SSRC of a stream, and the one before for late packets */
};

/** Set of payload types. */
struct pt_set {
    uint64_t bits[2];
};

/** What an SSRC means. */
struct binding {
    uint32_t ssrc;
    uint8_t section;
    uint8_t layer;
    bool is_rtx;
    bool firm; /* labels cannot tell more than we know */
};

/** Of a section that sends. */
struct sender_facts {
    struct demux_section as_given;
    struct pt_set media;
    struct pt_set rtx;
};

/** Most of a conference only receive. */
struct section {
    struct sender_facts *sender; /* in demux.senders; NULL = it does not send */
    char mid[DEMUX_MID_BYTES];
};

struct demux {
    struct section *sections;
    size_t section_count;
    struct sender_facts *senders;
    size_t sending_count;
    size_t last_sending;
    bool has_labels; /* some section has an id for MID or RID */
    struct binding *announced;
    size_t announced_count;
    size_t learned_count;
    struct binding learned[DEMUX_MAX_LEARNED]; /* oldest first */
};

static void pt_set_add(struct pt_set *set, uint8_t pt)
{
    set->bits[pt >> 6 & 1] |= UINT64_C(1) << (pt & 63);
}

static bool pt_set_has(const struct pt_set *set, uint8_t pt)
{
    return (set->bits[pt >> 6 & 1] >> (pt & 63) & 1) != 0;
}

static bool sender_takes(const struct sender_facts *sender, uint8_t pt)
{
    return sender != NULL && (pt_set_has(&sender->media, pt) || pt_set_has(&sender->rtx, pt));
}

static bool section_has_labels(const struct demux_section *section)
{
    return section->exts.id[RTP_EXT_MID] != 0 || section->exts.id[RTP_EXT_RID] != 0;
}

static bool section_is_valid(const struct demux_section *section)
{
    return section->rid_count <= DEMUX_MAX_LAYERS && section->pt_count <= DEMUX_MAX_PTS &&
           section->rtx_pt_count <= DEMUX_MAX_PTS && section->ssrc_count <= DEMUX_MAX_SSRCS &&
           memchr(section->mid, 0, DEMUX_MID_BYTES) != NULL;
}

static struct binding *find_in(struct binding *bindings, size_t count, uint32_t ssrc)
{
    for (size_t i = 0; i < count; i++) {
        if (bindings[i].ssrc == ssrc) {
            return &bindings[i];
        }
    }
    return NULL;
}

static void announce(struct demux *demux, uint32_t ssrc, size_t section, size_t layer, bool is_rtx)
{
    const struct demux_section *given = &demux->sections[section].sender->as_given;
    if (ssrc == 0 || find_in(demux->announced, demux->announced_count, ssrc) != NULL) {
        return;
    }
    size_t layers = given->rid_count > 0 ? given->rid_count : DEMUX_MAX_LAYERS;
    demux->announced[demux->announced_count++] = (struct binding){
        .ssrc = ssrc,
        .section = (uint8_t)section,
        .layer = (uint8_t)(layer < layers ? layer : layers - 1),
        .is_rtx = is_rtx,
        /* The order of a=ssrc lines need not be that of the rids: let a RID have the last word. */
        .firm = given->rid_count < 2 || given->exts.id[RTP_EXT_RID] == 0,
    };
}

static void note_section(struct demux *demux, size_t index, const struct demux_section *given)
{
    struct section *section = &demux->sections[index];
    memcpy(section->mid, given->mid, sizeof(section->mid));
    if (!given->sends) {
        return;
    }
    struct sender_facts *sender = &demux->senders[demux->sending_count++];
    section->sender = sender;
    sender->as_given = *given;
    for (size_t i = 0; i < given->pt_count; i++) {
        pt_set_add(&sender->media, given->pts[i]);
    }
    for (size_t i = 0; i < given->rtx_pt_count; i++) {
        pt_set_add(&sender->rtx, given->rtx_pts[i]);
    }
    demux->last_sending = index;
    demux->has_labels |= section_has_labels(given);
    for (size_t i = 0; i < given->ssrc_count; i++) {
        announce(demux, given->ssrcs[i], index, i, false);
        announce(demux, given->rtx_ssrcs[i], index, i, true);
    }
}

int demux_new(struct demux **out, const struct demux_section *sections, size_t count)
{
    if (count > DEMUX_MAX_SECTIONS) {
        return ERR_INVALID;
    }
    size_t ssrcs = 0;
    size_t senders = 0;
    for (size_t i = 0; i < count; i++) {
        if (!section_is_valid(&sections[i])) {
            return ERR_INVALID;
        }
        ssrcs += sections[i].sends ? 2 * sections[i].ssrc_count : 0;
        senders += sections[i].sends ? 1 : 0;
    }
    struct demux *demux = calloc(1, sizeof(*demux));
    if (demux == NULL) {
        return ERR_NO_MEMORY;
    }
    demux->sections = calloc(count + 1, sizeof(*demux->sections));
    demux->senders = calloc(senders + 1, sizeof(*demux->senders));
    demux->announced = calloc(ssrcs + 1, sizeof(*demux->announced));
    if (demux->sections == NULL || demux->senders == NULL || demux->announced == NULL) {
        demux_free(&demux);
        return ERR_NO_MEMORY;
    }
    demux->section_count = count;
    for (size_t i = 0; i < count; i++) {
        note_section(demux, i, &sections[i]);
    }
    *out = demux;
    return 0;
}

/** Index of the section that continues `old`, or section_count. */
static size_t find_successor(const struct demux *demux, const struct section *old, size_t old_index)
{
    for (size_t i = 0; i < demux->section_count; i++) {
        const char *mid = demux->sections[i].mid;
        bool same = old->mid[0] == 0 ? i == old_index && mid[0] == 0 : strcmp(mid, old->mid) == 0;
        if (same) {
            return i;
        }
    }
    return demux->section_count;
}

/** Whether a binding of before means something in `demux`, where its section is `binding->section`.
 */
static bool is_kept(struct demux *demux, const struct binding *binding)
{
    if (demux->learned_count == DEMUX_MAX_LEARNED || binding->section == demux->section_count ||
        find_in(demux->announced, demux->announced_count, binding->ssrc) != NULL) {
        return false;
    }
    const struct sender_facts *sender = demux->sections[binding->section].sender;
    size_t rids = sender == NULL ? 0 : sender->as_given.rid_count;
    return sender == NULL || binding->layer < (rids > 0 ? rids : 1);
}

/** Carries what was known of one SSRC over to a new set of sections. */
static void carry_over(const struct demux *demux, struct demux *next, struct binding binding)
{
    const struct section *old = &demux->sections[binding.section];
    binding.section = (uint8_t)find_successor(next, old, binding.section);
    if (is_kept(next, &binding)) {
        next->learned[next->learned_count++] = binding;
    }
}

int demux_update(struct demux *demux, const struct demux_section *sections, size_t count)
{
    struct demux *next = NULL;
    int err = demux_new(&next, sections, count);
    if (err != 0) {
        return err;
    }
    for (size_t i = 0; i < demux->learned_count; i++) {
        carry_over(demux, next, demux->learned[i]);
    }
    for (size_t i = 0; i < demux->announced_count; i++) {
        const struct binding *binding = &demux->announced[i];
        size_t successor =
            find_successor(next, &demux->sections[binding->section], binding->section);
        if (successor < next->section_count && next->sections[successor].sender == NULL) {
            carry_over(demux, next, *binding);
        }
    }
    struct demux old = *demux;
    *demux = *next;
    *next = old;
    demux_free(&next);
    return 0;
}

static bool label_equals(const uint8_t *at, uint8_t bytes, const char *label)
{
    return strlen(label) == bytes && memcmp(at, label, bytes) == 0;
}

/** Layer that the packet's RID or RRID names. @return true when it names one of the section's */
static bool layer_by_rid(const struct demux_section *section, const uint8_t *data,
                         const struct rtp_header *header, struct binding *binding)
{
    static const enum rtp_ext_kind kinds[2] = {RTP_EXT_RID, RTP_EXT_RRID};
    for (size_t k = 0; k < 2; k++) {
        uint8_t bytes = 0;
        const uint8_t *at = rtp_ext_find(data, header, section->exts.id[kinds[k]], &bytes);
        for (size_t i = 0; at != NULL && i < section->rid_count; i++) {
            if (label_equals(at, bytes, section->rids[i])) {
                binding->layer = (uint8_t)i;
                binding->is_rtx |= kinds[k] == RTP_EXT_RRID;
                return true;
            }
        }
    }
    return false;
}

/** How a section's MID speaks about a packet. */
enum mid_verdict { MID_ABSENT, MID_OTHER, MID_THIS };

static enum mid_verdict mid_verdict_of(const struct demux_section *section, const uint8_t *data,
                                       const struct rtp_header *header)
{
    uint8_t bytes = 0;
    const uint8_t *at = rtp_ext_find(data, header, section->exts.id[RTP_EXT_MID], &bytes);
    if (at == NULL) {
        return MID_ABSENT;
    }
    return label_equals(at, bytes, section->mid) ? MID_THIS : MID_OTHER;
}

/**
 * Finds section and layer by MID and RID. Each candidate's own ids count, and it must take the
 * payload type: under another section's id a stray byte may look like a MID.
 */
static bool resolve_by_labels(const struct demux *demux, const uint8_t *data,
                              const struct rtp_header *header, struct binding *binding)
{
    for (size_t i = 0; i < demux->section_count; i++) {
        const struct sender_facts *section = demux->sections[i].sender;
        if (!sender_takes(section, header->pt)) {
            continue;
        }
        enum mid_verdict mid = mid_verdict_of(&section->as_given, data, header);
        struct binding found = {.ssrc = header->ssrc,
                                .section = (uint8_t)i,
                                .is_rtx = pt_set_has(&section->rtx, header->pt),
                                .firm = true};
        bool has_rid = mid != MID_OTHER && layer_by_rid(&section->as_given, data, header, &found);
        if (has_rid || (mid == MID_THIS && section->as_given.rid_count < 2)) {
            *binding = found;
            return true;
        }
    }
    return false;
}

/** Finds the one section that takes the payload type and is not contradicted by a MID. */
static bool resolve_by_payload_type(const struct demux *demux, const uint8_t *data,
                                    const struct rtp_header *header, struct binding *binding)
{
    size_t found = demux->section_count;
    for (size_t i = 0; i < demux->section_count; i++) {
        const struct sender_facts *section = demux->sections[i].sender;
        if (!sender_takes(section, header->pt) ||
            mid_verdict_of(&section->as_given, data, header) == MID_OTHER) {
            continue;
        }
        if (found != demux->section_count) {
            return false;
        }
        found = i;
    }
    if (found == demux->section_count && demux->sending_count == 1) {
        const struct demux_section *lone = &demux->sections[demux->last_sending].sender->as_given;
        if (mid_verdict_of(lone, data, header) != MID_OTHER) {
            found = demux->last_sending;
        }
    }
    /* Which simulcast layer an unlabelled stream is, nobody can tell. */
    if (found == demux->section_count || demux->sections[found].sender->as_given.rid_count > 1) {
        return false;
    }
    *binding =
        (struct binding){.ssrc = header->ssrc,
                         .section = (uint8_t)found,
                         .is_rtx = pt_set_has(&demux->sections[found].sender->rtx, header->pt),
                         .firm = !demux->has_labels};
    return true;
}

static void forget_at(struct demux *demux, size_t index)
{
    demux->learned_count--;
    memmove(&demux->learned[index], &demux->learned[index + 1],
            (demux->learned_count - index) * sizeof(demux->learned[0]));
}

/** Makes room for one more SSRC of the same stream, then notes it. @return 0 or ERR_FULL */
static int learn(struct demux *demux, const struct binding *binding)
{
    size_t same = 0;
    size_t oldest = 0;
    for (size_t i = demux->learned_count; i > 0; i--) {
        const struct binding *other = &demux->learned[i - 1];
        if (other->section == binding->section && other->layer == binding->layer &&
            other->is_rtx == binding->is_rtx) {
            same++;
            oldest = i - 1;
        }
    }
    if (same >= KEPT_PER_STREAM) {
        forget_at(demux, oldest);
    }
    if (demux->learned_count == DEMUX_MAX_LEARNED) {
        return ERR_FULL;
    }
    demux->learned[demux->learned_count++] = *binding;
    return 0;
}

static void tell(const struct binding *binding, bool learned, struct demux_target *out)
{
    *out = (struct demux_target){.section = binding->section,
                                 .layer = binding->layer,
                                 .is_rtx = binding->is_rtx,
                                 .learned = learned};
}

static struct binding *find_binding(struct demux *demux, uint32_t ssrc)
{
    struct binding *known = find_in(demux->learned, demux->learned_count, ssrc);
    return known != NULL ? known : find_in(demux->announced, demux->announced_count, ssrc);
}

/** False for what was learned of a section that does not send at present. */
static bool leads_somewhere(const struct demux *demux, const struct binding *binding)
{
    return demux->sections[binding->section].sender != NULL;
}

int demux_resolve(struct demux *demux, const uint8_t *data, const struct rtp_header *header,
                  struct demux_target *out)
{
    struct binding *known = find_binding(demux, header->ssrc);
    if (known != NULL && !leads_somewhere(demux, known)) {
        return ERR_NOT_FOUND;
    }
    if (known != NULL && (known->firm || header->ext_bytes == 0)) {
        tell(known, false, out);
        return 0;
    }
    struct binding found;
    if (demux->has_labels && resolve_by_labels(demux, data, header, &found)) {
        if (known != NULL) {
            *known = found;
            tell(known, true, out);
            return 0;
        }
    } else if (known != NULL) {
        tell(known, false, out);
        return 0;
    } else if (!resolve_by_payload_type(demux, data, header, &found)) {
        return ERR_NOT_FOUND;
    }
    int err = learn(demux, &found);
    if (err != 0) {
        return err;
    }
    tell(&found, true, out);
    return 0;
}

int demux_find_ssrc(const struct demux *demux, uint32_t ssrc, struct demux_target *out)
{
    for (size_t i = 0; i < demux->learned_count; i++) {
        if (demux->learned[i].ssrc == ssrc && leads_somewhere(demux, &demux->learned[i])) {
            tell(&demux->learned[i], false, out);
            return 0;
        }
    }
    for (size_t i = 0; i < demux->announced_count; i++) {
        if (demux->announced[i].ssrc == ssrc) {
            tell(&demux->announced[i], false, out);
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

void demux_forget(struct demux *demux, uint32_t ssrc)
{
    for (size_t i = 0; i < demux->learned_count; i++) {
        if (demux->learned[i].ssrc == ssrc) {
            forget_at(demux, i);
            return;
        }
    }
}

void demux_near(const struct demux *demux, struct near *near)
{
    near_add(near, demux, sizeof(*demux));
    near_add(near, demux->announced, demux->announced_count * sizeof(*demux->announced));
    for (size_t i = 0; i < demux->section_count; i++) {
        near_add(near, &demux->sections[i].sender, 1);
    }
}

void demux_free(struct demux **demux)
{
    if (*demux == NULL) {
        return;
    }
    free((*demux)->announced);
    free((*demux)->senders);
    free((*demux)->sections);
    free(*demux);
    *demux = NULL;
}
