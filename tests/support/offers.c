#include "support/offers.h"

#include <string.h>

static const char *const names[OFFERS_COUNT] = {
    "offers/aiortc-1.4.0-publish.sdp",
    "offers/aiortc-1.4.0-publish-audio-only.sdp",
    "offers/aiortc-1.4.0-sendrecv.sdp",
    "offers/aiortc-1.4.0-sendrecv-datachannel.sdp",
    "offers/aiortc-1.4.0-subscribe.sdp",
    "offers/baresip-1.0.0-sendrecv.sdp",
    "offers/chromium-156.0.8078.79-conference-8.sdp",
    "offers/chromium-156.0.8078.79-publish.sdp",
    "offers/chromium-156.0.8078.79-publish-audio-only.sdp",
    "offers/chromium-156.0.8078.79-publish-simulcast.sdp",
    "offers/chromium-156.0.8078.79-sendrecv.sdp",
    "offers/chromium-156.0.8078.79-sendrecv-datachannel.sdp",
    "offers/chromium-156.0.8078.79-subscribe.sdp",
    "offers/firefox-153.7.0-conference-8.sdp",
    "offers/firefox-153.7.0-publish.sdp",
    "offers/firefox-153.7.0-publish-audio-only.sdp",
    "offers/firefox-153.7.0-publish-simulcast.sdp",
    "offers/firefox-153.7.0-sendrecv.sdp",
    "offers/firefox-153.7.0-sendrecv-datachannel.sdp",
    "offers/firefox-153.7.0-subscribe.sdp",
    "offers/gstreamer-1.22.0-publish.sdp",
    "offers/gstreamer-1.22.0-sendrecv.sdp",
    "offers/gstreamer-1.22.0-subscribe.sdp",
    "offers/libdatachannel-0.33.4-publish.sdp",
    "offers/libdatachannel-0.33.4-sendrecv.sdp",
    "offers/libdatachannel-0.33.4-subscribe.sdp",
    "offers/npm-binbat-1.1.1-publish.sdp",
    "offers/npm-binbat-1.1.1-publish-simulcast.sdp",
    "offers/npm-binbat-1.1.1-subscribe.sdp",
    "offers/npm-eyevinn-1.1.7-publish.sdp",
    "offers/npm-eyevinn-1.1.7-subscribe.sdp",
    "offers/npm-whip-whep-1.2.0-publish.sdp",
    "offers/npm-whip-whep-1.2.0-publish-simulcast.sdp",
    "offers/npm-whip-whep-1.2.0-subscribe.sdp",
    "offers/pion-3.1.56-publish.sdp",
    "offers/pion-3.1.56-publish-simulcast.sdp",
    "offers/pion-3.1.56-sendrecv.sdp",
    "offers/pion-3.1.56-subscribe.sdp",
    "offers/werift-0.24.4-publish.sdp",
    "offers/werift-0.24.4-sendrecv.sdp",
    "offers/werift-0.24.4-subscribe.sdp",
    "offers/whip-client-0.0-publish.sdp",
    "offers/wrtc-0.10.0-conference-8.sdp",
    "offers/wrtc-0.10.0-publish.sdp",
    "offers/wrtc-0.10.0-publish-audio-only.sdp",
    "offers/wrtc-0.10.0-publish-simulcast.sdp",
    "offers/wrtc-0.10.0-sendrecv.sdp",
    "offers/wrtc-0.10.0-sendrecv-datachannel.sdp",
    "offers/wrtc-0.10.0-subscribe.sdp",
};

const char *offers_name(size_t i)
{
    return names[i];
}

enum negotiate_kind offers_kind(size_t i)
{
    return strstr(names[i], "-publish") != NULL     ? NEGOTIATE_WHIP
           : strstr(names[i], "-subscribe") != NULL ? NEGOTIATE_WHEP
                                                    : NEGOTIATE_CALL;
}

const struct negotiate_config *offers_config(void)
{
    static struct negotiate_config config = {
        .candidates = {{.ip = {192, 0, 2, 1}, .port = 7000, .family = ADDR_IPV4},
                       {.ip = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                        .port = 7000,
                        .family = ADDR_IPV6}},
        .candidate_count = 2,
        .udp = true,
        .tcp = true,
        .fingerprint = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
                       "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
    };
    return &config;
}
