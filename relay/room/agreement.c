#include "agreement.h"

#include <stdlib.h>
#include <string.h>

/** So many are looked through, the newest first: where there are more kinds, less is shared.
 */
enum { LOOKED_THROUGH = 32 };

static bool same_codec(const struct session_codec *a, const struct session_codec *b)
{
    return a->kind == b->kind && a->pt == b->pt && a->rtx_pt == b->rtx_pt && a->mode == b->mode &&
           a->profile == b->profile && a->clock_rate == b->clock_rate && a->nack == b->nack &&
           a->nack_pli == b->nack_pli && a->ccm_fir == b->ccm_fir && a->goog_remb == b->goog_remb &&
           a->transport_cc == b->transport_cc && a->stereo == b->stereo &&
           a->inband_fec == b->inband_fec && a->whole_frames == b->whole_frames &&
           a->max_bps == b->max_bps;
}

static bool same(const struct session_media *a, const struct session_media *b)
{
    if (a->kind != b->kind || a->codec_count != b->codec_count ||
        memcmp(&a->exts, &b->exts, sizeof(a->exts)) != 0) {
        return false;
    }
    for (size_t i = 0; i < a->codec_count; i++) {
        if (!same_codec(&a->codecs[i], &b->codecs[i])) {
            return false;
        }
    }
    return true;
}

/** One more holds it. @return NULL when nobody has agreed on it so far */
static struct agreement *join(const struct list *agreements, const struct session_media *media)
{
    size_t left = LOOKED_THROUGH;
    for (struct list *link = agreements->prev; link != agreements && left > 0; link = link->prev) {
        struct agreement *agreement = LIST_ENTRY(link, struct agreement, link);
        if (same(&agreement->media, media)) {
            agreement->holders++;
            return agreement;
        }
        left--;
    }
    return NULL;
}

static struct agreement *make(const struct session_media *media)
{
    struct agreement *agreement = calloc(1, sizeof(*agreement));
    if (agreement != NULL) {
        agreement->media.kind = media->kind;
        memcpy(agreement->media.codecs, media->codecs, sizeof(media->codecs));
        agreement->media.codec_count = media->codec_count;
        agreement->media.exts = media->exts;
        agreement->holders = 1;
    }
    return agreement;
}

struct agreement *agreement_take(struct list *agreements, const struct session_media *media)
{
    struct agreement *agreement = join(agreements, media);
    if (agreement == NULL) {
        agreement = make(media);
        if (agreement == NULL) {
            return NULL;
        }
        list_append(agreements, &agreement->link);
    }
    return agreement;
}

void agreement_give(struct agreement **agreement)
{
    struct agreement *old = *agreement;
    *agreement = NULL;
    if (old != NULL && --old->holders == 0) {
        list_remove(&old->link);
        free(old);
    }
}
