#include "load/ice_caller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stun/stunagent.h>
#include <stun/usages/ice.h>

#include "base/err.h"
#include "net/socket_addr.h"

enum { PENDING = 16, PRIORITY = 0x6e7f1eff };

struct pending {
    bool used;
    bool nominates;
    StunTransactionId id;
    int64_t sent_us;
};

struct ice_caller {
    StunAgent agent;
    struct ice_caller_credentials credentials;
    char to_remote[560]; /* USERNAME of our checks */
    char to_us[560];     /* USERNAME of the other side's */
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

int ice_caller_new(struct ice_caller **out, const struct ice_caller_credentials *credentials,
                   struct rand *rand)
{
    struct ice_caller *caller = calloc(1, sizeof(*caller));
    if (caller == NULL) {
        return ERR_NO_MEMORY;
    }
    caller->credentials = *credentials;
    /* High, so that a server that offers, and is controlling too, gives way (RFC 8445 7.3.1.1). */
    caller->tie_breaker = UINT64_MAX - rand_u32(rand);
    (void)snprintf(caller->to_remote, sizeof(caller->to_remote), "%s:%s", credentials->remote_ufrag,
                   credentials->own_ufrag);
    (void)snprintf(caller->to_us, sizeof(caller->to_us), "%s:%s", credentials->own_ufrag,
                   credentials->remote_ufrag);
    stun_agent_init(&caller->agent, known_attributes, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    *out = caller;
    return 0;
}

size_t ice_caller_check(struct ice_caller *caller, bool use_candidate, int64_t now_us,
                        uint8_t out[static ICE_CALLER_MAX_BYTES])
{
    StunMessage message;
    struct pending *pending = &caller->pending[caller->next++ % PENDING];
    if (pending->used) {
        (void)stun_agent_forget_transaction(&caller->agent, pending->id);
    }
    const char *pwd = caller->credentials.remote_pwd;
    size_t len = stun_usage_ice_conncheck_create(
        &caller->agent, &message, out, ICE_CALLER_MAX_BYTES, (const uint8_t *)caller->to_remote,
        strlen(caller->to_remote), (const uint8_t *)pwd, strlen(pwd), use_candidate, true, PRIORITY,
        caller->tie_breaker, NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    stun_message_id(&message, pending->id);
    pending->used = len > 0;
    pending->nominates = use_candidate;
    pending->sent_us = now_us;
    return len;
}

static struct pending *find_pending(struct ice_caller *caller, const StunMessage *message)
{
    StunTransactionId id;
    stun_message_id(message, id);
    for (size_t i = 0; i < PENDING; i++) {
        if (caller->pending[i].used && memcmp(caller->pending[i].id, id, sizeof(id)) == 0) {
            return &caller->pending[i];
        }
    }
    return NULL;
}

/** Answer to the other side's check, with the address that it came from. @return its length, 0 on
 * failure */
static size_t write_reply(struct ice_caller *caller, const StunMessage *request,
                          const struct addr *from, uint8_t reply[static ICE_CALLER_MAX_BYTES])
{
    StunMessage response;
    struct sockaddr_storage storage = {0};
    socklen_t storage_len = socket_addr_to(from, &storage);
    if (!stun_agent_init_response(&caller->agent, &response, reply, ICE_CALLER_MAX_BYTES,
                                  request) ||
        stun_message_append_xor_addr(&response, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &storage,
                                     storage_len) != STUN_MESSAGE_RETURN_SUCCESS) {
        return 0;
    }
    const char *pwd = caller->credentials.own_pwd;
    return stun_agent_finish_message(&caller->agent, &response, (const uint8_t *)pwd, strlen(pwd));
}

enum ice_caller_verdict ice_caller_receive(struct ice_caller *caller, const uint8_t *data,
                                           size_t len, const struct addr *from, int64_t now_us,
                                           uint8_t reply[static ICE_CALLER_MAX_BYTES],
                                           size_t *reply_len, struct ice_caller_answer *answer)
{
    StunMessage message;
    const char *pwd = caller->credentials.own_pwd;
    StunDefaultValidaterData keys[] = {
        {(uint8_t *)caller->to_us, strlen(caller->to_us), (uint8_t *)(uintptr_t)pwd, strlen(pwd)},
        {NULL, 0, NULL, 0}};
    StunValidationStatus status = stun_agent_validate(&caller->agent, &message, data, len,
                                                      stun_agent_default_validater, keys);
    if (status != STUN_VALIDATION_SUCCESS) {
        return ICE_CALLER_NOTHING;
    }
    if (stun_message_get_class(&message) == STUN_REQUEST) {
        *reply_len = write_reply(caller, &message, from, reply);
        return *reply_len > 0 ? ICE_CALLER_REQUEST : ICE_CALLER_NOTHING;
    }
    struct pending *pending = find_pending(caller, &message);
    if (stun_message_get_class(&message) != STUN_RESPONSE || pending == NULL) {
        return ICE_CALLER_NOTHING;
    }
    pending->used = false;
    answer->rtt_us = now_us - pending->sent_us;
    answer->nominated = pending->nominates;
    return ICE_CALLER_ANSWER;
}

void ice_caller_free(struct ice_caller **caller)
{
    free(*caller);
    *caller = NULL;
}
