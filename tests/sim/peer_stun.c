#include "sim/peer_stun.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stun/stunagent.h>
#include <stun/usages/ice.h>

#include "base/err.h"

enum { PENDING = 16, PRIORITY = 0x6e7f1eff };

struct pending {
    bool used;
    StunTransactionId id;
    int64_t sent_us;
};

struct peer_stun {
    StunAgent agent;
    struct peer_stun_credentials credentials;
    char to_relay[560]; /* USERNAME of our checks */
    char to_us[560];    /* USERNAME of the relay's */
    uint64_t tie_breaker;
    struct pending pending[PENDING];
    size_t next;
};

static const uint16_t known_attributes[] = {STUN_ATTRIBUTE_USERNAME,
                                            STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                            STUN_ATTRIBUTE_ERROR_CODE,
                                            STUN_ATTRIBUTE_PRIORITY,
                                            STUN_ATTRIBUTE_USE_CANDIDATE,
                                            STUN_ATTRIBUTE_ICE_CONTROLLED,
                                            STUN_ATTRIBUTE_ICE_CONTROLLING,
                                            STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS,
                                            STUN_ATTRIBUTE_FINGERPRINT,
                                            STUN_ATTRIBUTE_SOFTWARE,
                                            0};

int peer_stun_new(struct peer_stun **out, const struct peer_stun_credentials *credentials,
                  struct rand *rand)
{
    struct peer_stun *stun = calloc(1, sizeof(*stun));
    if (stun == NULL) {
        return ERR_NO_MEMORY;
    }
    stun->credentials = *credentials;
    stun->tie_breaker = rand_u64(rand);
    (void)snprintf(stun->to_relay, sizeof(stun->to_relay), "%s:%s", credentials->relay_ufrag,
                   credentials->own_ufrag);
    (void)snprintf(stun->to_us, sizeof(stun->to_us), "%s:%s", credentials->own_ufrag,
                   credentials->relay_ufrag);
    stun_agent_init(&stun->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    *out = stun;
    return 0;
}

size_t peer_stun_check(struct peer_stun *stun, bool use_candidate, int64_t now_us,
                       uint8_t out[static PEER_STUN_MAX_BYTES])
{
    StunMessage message;
    struct pending *pending = &stun->pending[stun->next++ % PENDING];
    if (pending->used) {
        (void)stun_agent_forget_transaction(&stun->agent, pending->id);
    }
    const char *pwd = stun->credentials.relay_pwd;
    size_t len = stun_usage_ice_conncheck_create(
        &stun->agent, &message, out, PEER_STUN_MAX_BYTES, (const uint8_t *)stun->to_relay,
        strlen(stun->to_relay), (const uint8_t *)pwd, strlen(pwd), use_candidate, true, PRIORITY,
        stun->tie_breaker, NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    stun_message_id(&message, pending->id);
    pending->used = len > 0;
    pending->sent_us = now_us;
    return len;
}

static struct pending *find_pending(struct peer_stun *stun, const StunMessage *message)
{
    StunTransactionId id;
    stun_message_id(message, id);
    for (size_t i = 0; i < PENDING; i++) {
        if (stun->pending[i].used && memcmp(stun->pending[i].id, id, sizeof(id)) == 0) {
            return &stun->pending[i];
        }
    }
    return NULL;
}

/** Answer to the relay's check, with the address that it came from. @return its length, 0 on
 * failure */
static size_t write_reply(struct peer_stun *stun, const StunMessage *request,
                          const struct addr *from, uint8_t reply[static PEER_STUN_MAX_BYTES])
{
    StunMessage response;
    struct sockaddr_storage storage = {0};
    socklen_t storage_len = sizeof(struct sockaddr_in);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(from->port)};
    memcpy(&in.sin_addr, from->ip, 4);
    memcpy(&storage, &in, sizeof(in));
    if (!stun_agent_init_response(&stun->agent, &response, reply, PEER_STUN_MAX_BYTES, request) ||
        stun_message_append_xor_addr(&response, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &storage,
                                     storage_len) != STUN_MESSAGE_RETURN_SUCCESS) {
        return 0;
    }
    const char *pwd = stun->credentials.own_pwd;
    return stun_agent_finish_message(&stun->agent, &response, (const uint8_t *)pwd, strlen(pwd));
}

enum peer_stun_verdict peer_stun_receive(struct peer_stun *stun, const uint8_t *data, size_t len,
                                         const struct addr *from, int64_t now_us,
                                         uint8_t reply[static PEER_STUN_MAX_BYTES],
                                         size_t *reply_len, int64_t *rtt_us)
{
    StunMessage message;
    const char *pwd = stun->credentials.own_pwd;
    StunDefaultValidaterData keys[] = {
        {(uint8_t *)stun->to_us, strlen(stun->to_us), (uint8_t *)(uintptr_t)pwd, strlen(pwd)},
        {NULL, 0, NULL, 0}};
    StunValidationStatus status =
        stun_agent_validate(&stun->agent, &message, data, len, stun_agent_default_validater, keys);
    if (status != STUN_VALIDATION_SUCCESS) {
        return PEER_STUN_NOTHING;
    }
    if (stun_message_get_class(&message) == STUN_REQUEST) {
        *reply_len = write_reply(stun, &message, from, reply);
        return *reply_len > 0 ? PEER_STUN_REQUEST : PEER_STUN_NOTHING;
    }
    struct pending *pending = find_pending(stun, &message);
    if (stun_message_get_class(&message) != STUN_RESPONSE || pending == NULL) {
        return PEER_STUN_NOTHING;
    }
    pending->used = false;
    *rtt_us = now_us - pending->sent_us;
    return PEER_STUN_ANSWER;
}

void peer_stun_free(struct peer_stun **stun)
{
    free(*stun);
    *stun = NULL;
}
