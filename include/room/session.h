/**
 * What offer and answer agreed on, as plain values: the seam between signalling (which makes it)
 * and rooms.
 *
 * One `session_media` per m-line of the offer, in order, rejected ones too. An accepted m-line on
 * which the client sends is a track; one on which it receives is a slot; sendrecv is both
 * (DESIGN.md 1).
 */
#ifndef ROOM_SESSION_H
#define ROOM_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtp/rtp_ext.h"

enum {
    SESSION_MAX_MEDIA = 64,
    SESSION_MAX_CODECS = 16, /**< Chromium offers 13 for video */
    SESSION_MAX_LAYERS = 4,
    SESSION_MAX_SSRCS = 8,
    SESSION_MAX_FINGERPRINTS = 4,
    SESSION_MID_BYTES = 33, /**< with terminator; longer mids are refused */
    SESSION_RID_BYTES = 17,
    SESSION_UFRAG_BYTES = 257,
    SESSION_PWD_BYTES = 257,
    SESSION_NAME_BYTES = 65 * 4, /**< 64 characters of UTF-8 */
    SESSION_ROOM_BYTES = 65,
    SESSION_CNAME_BYTES = 24
};

enum media_kind { MEDIA_AUDIO, MEDIA_VIDEO };

enum codec_kind {
    CODEC_OPUS,
    CODEC_RED, /**< RFC 2198 around Opus */
    CODEC_TELEPHONE_EVENT,
    CODEC_VP8,
    CODEC_H264, /**< this and the following are forwarded as they are: no choice of layers inside */
    CODEC_VP9,
    CODEC_AV1
};

/** One payload type of an accepted m-line, in answer order; numbers are the offerer's. */
struct session_codec {
    enum codec_kind kind;
    uint8_t pt;
    uint8_t rtx_pt; /**< payload type of its RTX, or 0 for none (0 is PCMU and never RTX) */
    uint8_t mode;   /**< H.264: packetization-mode, 0 or 1 */
    bool nack : 1;  /**< Generic NACK agreed */
    bool nack_pli : 1;
    bool ccm_fir : 1;
    bool goog_remb : 1;
    bool transport_cc : 1;
    bool stereo : 1; /**< Opus: the client asks to be sent stereo */
    bool inband_fec : 1;
    bool whole_frames : 1; /**< Opus: the client says nothing of how it takes it (no fmtp), and may
                              know packets of 20 ms only, as aiortc does */
    uint16_t profile;      /**< H.264: profile_idc and profile-iop, one value for all spellings of a
                              profile (RFC 6184 table 5); VP9: profile-id; AV1: profile */
    uint32_t max_bps; /**< Opus: mean rate that the client wants at most (maxaveragebitrate, RFC
                         7587 6.1), 0 = not said */
    uint32_t clock_rate;
};

struct session_media {
    enum media_kind kind;
    bool rejected;               /**< answered with port 0; nothing below counts */
    bool is_data;                /**< webrtc-datachannel, always rejected */
    bool client_sends;           /**< track */
    bool client_receives;        /**< slot */
    char mid[SESSION_MID_BYTES]; /**< "" when the offer had none (baresip) */
    char source[12];             /**< "microphone", "camera" or "screen" */
    struct session_codec codecs[SESSION_MAX_CODECS];
    size_t codec_count;
    struct rtp_ext_map exts; /**< agreed, as this client numbers them */

    /* track side: what the client announced; all may be empty */
    uint32_t ssrcs[SESSION_MAX_SSRCS];     /**< a=ssrc, primaries only */
    uint32_t rtx_ssrcs[SESSION_MAX_SSRCS]; /**< FID partner of ssrcs[i], or 0 */
    size_t ssrc_count;
    char rids[SESSION_MAX_LAYERS][SESSION_RID_BYTES]; /**< in the order of a=simulcast */
    size_t rid_count;

    /* slot side: our numbers, constant for the slot's life and announced in the answer */
    uint32_t slot_ssrc;
    uint32_t slot_rtx_ssrc; /**< 0 when no RTX is agreed */
    uint32_t slot_stream;   /**< names the slot's msid stream; slots that share it play in sync */
};

enum {
    SESSION_MIX_SLOTS = 2 /**< with more audio slots, the loudest are forwarded (auto) */
};

enum slot_policy {
    SLOT_POLICY_AUTO,
    SLOT_POLICY_FORWARD,
    SLOT_POLICY_MIX,     /**< audio only */
    SLOT_POLICY_SPEAKER, /**< video only */
    SLOT_POLICY_GRID,    /**< video only */
    SLOT_POLICY_OFF
};

struct session_fingerprint {
    char hash[12]; /**< lower case: "sha-256" */
    uint8_t value[64];
    uint8_t bytes;
};

/** All of one participant's agreement. Made by session_new or session_copy, freed by free. */
struct session {
    /* identity */
    char room[SESSION_ROOM_BYTES];
    char participant[40]; /**< id in URLs: 128 random bits, base64url */
    uint32_t number;      /**< unique in the process, never 0; goes out as CSRC */
    char name[SESSION_NAME_BYTES];
    char cname[SESSION_CNAME_BYTES]; /**< ours, for RTCP SDES of all slots */

    /* ICE and DTLS, from the first bundled section (the BUNDLE tag) */
    char local_ufrag[SESSION_UFRAG_BYTES];
    char local_pwd[SESSION_PWD_BYTES];
    char remote_ufrag[SESSION_UFRAG_BYTES];
    char remote_pwd[SESSION_PWD_BYTES];
    bool dtls_client; /**< true: we are active (the offer demanded it); false: passive */
    struct session_fingerprint fingerprints[SESSION_MAX_FINGERPRINTS];
    size_t fingerprint_count;

    uint64_t origin_id;      /**< of the o= line of our answers (RFC 3264 8): constant */
    uint32_t origin_version; /**< rises by one with every answer */

    bool bundle;             /**< the offer had a BUNDLE group */
    bool extmap_allow_mixed; /**< two-byte header extensions may be sent */
    bool rtcp_rsize;         /**< reduced-size RTCP may be sent (RFC 5506) */

    /* wishes from the URL */
    enum slot_policy audio_policy;
    enum slot_policy video_policy;
    uint32_t from_number; /**< every slot shows only this participant; 0 = nobody in particular */

    size_t media_count;           /**< SESSION_MAX_MEDIA at most */
    struct session_media media[]; /**< as many as there was room asked for */
};

/** Zeroed, with room for so many m-lines. NULL when out of memory. */
struct session *session_new(size_t media_room);

/** With room for its m-lines and no more. NULL when out of memory. */
struct session *session_copy(const struct session *session);

/** Codec of an m-line by payload type (RTX types excluded), or NULL. */
const struct session_codec *session_codec_by_pt(const struct session_media *media, uint8_t pt);

/** Codec whose RTX payload type is pt, or NULL. */
const struct session_codec *session_codec_by_rtx_pt(const struct session_media *media, uint8_t pt);

/** First codec of a kind, or NULL. */
const struct session_codec *session_codec_by_kind(const struct session_media *media,
                                                  enum codec_kind kind);

/**
 * True when what was agreed as `from` may be sent on as `to`, without a change of its payload: the
 * same codec and profile; of H.264 also the same packetization-mode, or mode 0 as mode 1, which
 * includes it (RFC 6184 6.2, 6.3). Levels may differ (RFC 6184 8.2.2): each side states what it
 * receives.
 */
bool session_codec_carries(const struct session_codec *from, const struct session_codec *to);

/** The codec of an m-line that fits `from` best, or NULL when none carries it. */
const struct session_codec *session_codec_match(const struct session_media *media,
                                                const struct session_codec *from);

/** Hz of the RTP timestamps on an m-line: of its first codec, else of what is usual for its kind.
 */
uint32_t session_clock_rate(const struct session_media *media);

/** "VP8", for logs. */
const char *codec_kind_name(enum codec_kind kind);

#endif
