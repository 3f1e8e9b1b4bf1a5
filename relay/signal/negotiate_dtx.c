#include "negotiate_dtx.h"

#include "sdp/sdp_fmtp.h"

static size_t count_slots(const struct session *session)
{
    size_t slots = 0;
    for (size_t i = 0; i < session->media_count; i++) {
        const struct session_media *media = &session->media[i];
        slots += media->kind == MEDIA_AUDIO && !media->rejected && media->client_receives ? 1 : 0;
    }
    return slots;
}

/** Is this client to hear the mix, as far as can be told now? */
static bool hears_mix(const struct plan *plan)
{
    if (plan->config->audio != SLOT_POLICY_AUTO) {
        return plan->config->audio == SLOT_POLICY_MIX;
    }
    size_t slots = count_slots(plan->session);
    return slots > 0 && slots <= SESSION_MIX_SLOTS && plan->config->voices > slots;
}

bool dtx_is_wanted(const struct plan *plan, size_t i, struct str_view params)
{
    if (!plan->session->media[i].client_sends) {
        return false;
    }
    return sdp_fmtp_param_is(params, "usedtx", "1") ||
           (plan->config->mix_dtx && hears_mix(plan) &&
            !sdp_fmtp_param_is(params, "sprop-stereo", "1"));
}
