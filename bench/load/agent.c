#include "load/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "load/agent_path.h"
#include "load/dtls_client.h"
#include "rtp/rtp.h"
#include "transport/srtp_ciphers.h"

static const struct agent_path_kind *const kinds[] = {
    [AGENT_LIGHT] = &agent_light, [AGENT_FULL] = &agent_full};

struct agent_kit {
    struct agent_kit_config config;
    const struct agent_path_kind *kind;
    void *shared; /* of the kind */
    struct dtls_identity *identity;
};

struct agent {
    struct agent_kit *kit;
    struct agent_handler handler;
    struct agent_path *path;
    struct dtls_client *dtls;
    enum agent_state state;
    bool muted; /* agent_close was called */
    struct agent_times times;
    struct turn_timer timer;
    int64_t deadline_us; /* of the state */
    bool dtls_heard;     /* anything of it */
    struct addr asked;   /* the first of those that checks go to */
    size_t asked_count;
    char reason[AGENT_REASON_BYTES];
};

/* The kit. */

int agent_kit_new(struct agent_kit **out, const struct agent_kit_config *config)
{
    struct agent_kit *kit = calloc(1, sizeof(*kit));
    if (kit == NULL) {
        return ERR_NO_MEMORY;
    }
    kit->config = *config;
    kit->kind = kinds[config->kind];
    int err = srtp_ciphers_ensure();
    if (err == 0) {
        err = dtls_identity_new(&kit->identity);
    }
    if (err == 0) {
        err = kit->kind->open(&kit->shared, config);
    }
    if (err != 0) {
        dtls_identity_free(&kit->identity);
        free(kit);
        return err;
    }
    *out = kit;
    return 0;
}

void agent_kit_free(struct agent_kit **kit)
{
    struct agent_kit *gone = *kit;
    if (gone == NULL) {
        return;
    }
    gone->kind->close(&gone->shared);
    dtls_identity_free(&gone->identity);
    free(gone);
    *kit = NULL;
}

/* States. */

static void set_timer(struct agent *agent)
{
    int64_t dtls_us = agent->dtls == NULL ? INT64_MAX : dtls_client_next_deadline(agent->dtls);
    turn_set(agent->kit->config.turn, &agent->timer,
             dtls_us < agent->deadline_us ? dtls_us : agent->deadline_us);
}

static void set_state(struct agent *agent, enum agent_state state, enum load_cause cause)
{
    agent->state = state;
    if (state != AGENT_CHECKING && state != AGENT_HANDSHAKE) {
        agent->deadline_us = INT64_MAX;
    }
    if (!agent->muted && state != AGENT_CHECKING) {
        agent->handler.state(agent->handler.owner, state, cause);
    }
}

static bool is_over(const struct agent *agent)
{
    return agent->muted || agent->state == AGENT_CLOSED || agent->state == AGENT_FAILED;
}

static void give_reason(struct agent *agent, const char *text)
{
    (void)snprintf(agent->reason, sizeof(agent->reason), "%s", text);
}

/** Why nothing came of a state in its time. */
static void note_timeout(struct agent *agent)
{
    char text[ADDR_TEXT_MAX];
    if (agent->state != AGENT_CHECKING) {
        give_reason(agent, agent->dtls_heard ? "it was begun, and did not come to an end in time"
                                             : "ICE checks were answered, and no DTLS came");
        return;
    }
    (void)snprintf(agent->reason, sizeof(agent->reason), "checks went to %s",
                   addr_format(&agent->asked, text));
    if (agent->asked_count > 1) {
        size_t len = strlen(agent->reason);
        (void)snprintf(agent->reason + len, sizeof(agent->reason) - len,
                       " and the other %zu of the answer", agent->asked_count - 1);
    }
}

/** What DTLS has come to becomes our state. */
static void follow_dtls(struct agent *agent)
{
    switch (dtls_client_state(agent->dtls)) {
    case DTLS_CLIENT_CONNECTED:
        if (agent->state == AGENT_HANDSHAKE) {
            agent->times.keys_us = turn_now_us(agent->kit->config.turn);
            set_state(agent, AGENT_CONNECTED, LOAD_FINE);
        }
        break;
    case DTLS_CLIENT_ENDED:
        give_reason(agent, "the server closed it (DTLS close_notify)");
        set_state(agent, AGENT_CLOSED, LOAD_DROPPED);
        break;
    case DTLS_CLIENT_FAILED:
        give_reason(agent, dtls_client_fault(agent->dtls));
        set_state(agent, AGENT_FAILED, LOAD_DTLS_FAILED);
        break;
    case DTLS_CLIENT_IDLE:
    case DTLS_CLIENT_HANDSHAKE:
        break;
    }
    set_timer(agent);
}

static void on_timer(void *owner, int64_t now_us)
{
    struct agent *agent = owner;
    if (now_us >= agent->deadline_us) {
        note_timeout(agent);
        set_state(agent, AGENT_FAILED,
                  agent->state == AGENT_CHECKING ? LOAD_ICE_TIMEOUT : LOAD_DTLS_FAILED);
        return;
    }
    dtls_client_timeout(agent->dtls, now_us);
    follow_dtls(agent);
}

/* The path. */

static void on_ready(void *owner)
{
    struct agent *agent = owner;
    agent->path->local.fingerprint = *dtls_identity_fingerprint(agent->kit->identity);
    if (!is_over(agent)) {
        set_state(agent, AGENT_READY, LOAD_FINE);
    }
}

static void on_found(void *owner)
{
    struct agent *agent = owner;
    int64_t now_us = turn_now_us(agent->kit->config.turn);
    if (is_over(agent)) {
        return;
    }
    agent->times.path_us = now_us;
    agent->deadline_us = now_us + agent->kit->config.dtls_timeout_us;
    set_state(agent, AGENT_HANDSHAKE, LOAD_FINE);
    if (!is_over(agent)) {
        dtls_client_start(agent->dtls, now_us);
        follow_dtls(agent);
    }
}

static void on_lost(void *owner, enum load_cause cause)
{
    struct agent *agent = owner;
    if (!is_over(agent)) {
        if (cause == LOAD_DROPPED) {
            give_reason(agent, "ICE checks are not answered any more");
        } else if (cause == LOAD_ICE_TIMEOUT) {
            note_timeout(agent);
        }
        set_state(agent, agent->state == AGENT_CONNECTED ? AGENT_CLOSED : AGENT_FAILED, cause);
        set_timer(agent);
    }
}

static void on_media(struct agent *agent, uint8_t *data, size_t len, int64_t arrived_us)
{
    const struct agent_handler *handler = &agent->handler;
    bool rtcp = rtp_is_rtcp(data, len);
    size_t plain = dtls_client_unprotect(agent->dtls, data, len, rtcp);
    if (plain == 0) {
        agent->path->counts.auth_failed++;
    } else if (rtcp) {
        handler->rtcp(handler->owner, data, plain, arrived_us);
    } else {
        handler->rtp(handler->owner, data, plain, arrived_us);
    }
}

static void on_datagram(void *owner, uint8_t *data, size_t len, int64_t arrived_us)
{
    struct agent *agent = owner;
    if (is_over(agent) || agent->dtls == NULL) {
        return;
    }
    if (data[0] >= 128 && data[0] < 192) {
        if (agent->state == AGENT_CONNECTED) {
            on_media(agent, data, len, arrived_us);
        }
    } else if (data[0] >= 20 && data[0] < 64) {
        agent->dtls_heard = true;
        dtls_client_receive(agent->dtls, data, len, turn_now_us(agent->kit->config.turn));
        follow_dtls(agent);
    }
}

static void on_dtls_send(void *owner, const uint8_t *data, size_t len)
{
    struct agent *agent = owner;
    agent->path->kind->send(agent->path, data, len);
}

/* Life. */

int agent_new(struct agent **out, struct agent_kit *kit, const struct agent_impairment *impairment,
              const struct agent_handler *handler)
{
    struct agent *agent = calloc(1, sizeof(*agent));
    if (agent == NULL) {
        return ERR_NO_MEMORY;
    }
    const struct agent_path_handler ears = {.ready = on_ready,
                                            .found = on_found,
                                            .datagram = on_datagram,
                                            .lost = on_lost,
                                            .owner = agent};
    bool impaired = impairment != NULL && (impairment->up != NULL || impairment->down != NULL);
    agent->kit = kit;
    agent->handler = *handler;
    agent->deadline_us = INT64_MAX;
    turn_timer_init(&agent->timer, on_timer, agent);
    int err = kit->kind->make(&agent->path, kit->shared, impaired ? impairment : NULL, &ears);
    if (err != 0) {
        free(agent);
        return err;
    }
    *out = agent;
    return 0;
}

const struct agreement_local *agent_local(const struct agent *agent)
{
    return &agent->path->local;
}

int agent_connect(struct agent *agent, const struct agreement_remote *remote)
{
    const struct dtls_client_output output = {.send = on_dtls_send, .owner = agent};
    int64_t now_us = turn_now_us(agent->kit->config.turn);
    int err = dtls_client_new(&agent->dtls, agent->kit->identity, &output, &remote->fingerprint,
                              remote->we_are_active);
    if (err == 0) {
        err = agent->path->kind->connect(agent->path, remote);
    }
    if (err != 0) {
        dtls_client_free(&agent->dtls);
        return err;
    }
    agent->times.connect_us = now_us;
    agent->asked = remote->candidates[0];
    agent->asked_count = remote->candidate_count;
    agent->deadline_us = now_us + agent->kit->config.ice_timeout_us;
    set_state(agent, AGENT_CHECKING, LOAD_FINE);
    if (!remote->we_are_active) {
        dtls_client_start(agent->dtls, now_us); /* its hello may be here before our answer */
    }
    set_timer(agent);
    return 0;
}

static void send_media(struct agent *agent, uint8_t *data, size_t len, bool rtcp)
{
    if (agent->state != AGENT_CONNECTED || agent->muted) {
        return;
    }
    len = dtls_client_protect(agent->dtls, data, len, rtcp);
    if (len > 0) {
        agent->path->kind->send(agent->path, data, len);
    }
}

void agent_send_rtp(struct agent *agent, uint8_t *data, size_t len)
{
    send_media(agent, data, len, false);
}

void agent_send_rtcp(struct agent *agent, uint8_t *data, size_t len)
{
    send_media(agent, data, len, true);
}

const char *agent_reason(const struct agent *agent)
{
    return agent->reason;
}

const struct agent_times *agent_times(const struct agent *agent)
{
    return &agent->times;
}

const struct agent_counts *agent_counts(const struct agent *agent)
{
    return &agent->path->counts;
}

void agent_close(struct agent *agent)
{
    if (agent->dtls != NULL && !is_over(agent)) {
        dtls_client_close(agent->dtls);
    }
    agent->muted = true;
    agent->deadline_us = INT64_MAX;
    turn_set(agent->kit->config.turn, &agent->timer, INT64_MAX);
}

void agent_free(struct agent **agent)
{
    struct agent *gone = *agent;
    if (gone == NULL) {
        return;
    }
    turn_set(gone->kit->config.turn, &gone->timer, INT64_MAX);
    gone->path->kind->free(&gone->path);
    dtls_client_free(&gone->dtls);
    free(gone);
    *agent = NULL;
}
