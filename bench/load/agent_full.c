/** The full path: one NiceAgent per caller, controlling, with host candidates and consent checks
 * (RFC 8445, RFC 7675), as a native client has.
 *
 * What libnice keeps to itself: its checks are not counted, not impaired and their round trip is
 * not known; datagrams carry the time at which they were read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nice/agent.h>

#include "base/err.h"
#include "load/agent_path.h"
#include "load/glib_turn.h"
#include "load/impairment.h"
#include "load/local_hosts.h"
#include "net/socket_addr.h"

enum { COMPONENT = 1, DATAGRAM_BYTES = 2048 };

struct full_kit {
    struct turn *turn;
    struct addr bind;
    struct glib_turn *glib;
    _Alignas(16) uint8_t data[DATAGRAM_BYTES]; /**< the datagram that is being told */
};

enum full_state { FULL_GATHERING, FULL_READY, FULL_CHECKING, FULL_FOUND, FULL_LOST };

struct full_path {
    struct agent_path path;
    struct full_kit *kit;
    struct impairment *impairment; /**< NULL = none */
    enum full_state state;
    enum addr_family family;
    NiceAgent *agent;
    guint stream;
    struct turn_timer timer; /**< tells ready */
    struct addr peer;        /**< the server's best address, for the impairment */
};

static struct full_path *full_of(struct agent_path *path)
{
    return (struct full_path *)(void *)path;
}

static int full_open(void **shared, const struct agent_kit_config *config)
{
    struct full_kit *kit = calloc(1, sizeof(*kit));
    if (kit == NULL) {
        return ERR_NO_MEMORY;
    }
    kit->turn = config->turn;
    kit->bind = config->bind;
    int err = glib_turn_new(&kit->glib, config->turn);
    if (err != 0) {
        free(kit);
        return err;
    }
    *shared = kit;
    return 0;
}

static void full_close(void **shared)
{
    struct full_kit *kit = *shared;
    if (kit != NULL) {
        glib_turn_free(&kit->glib);
        free(kit);
        *shared = NULL;
    }
}

/* Both ways. */

static void on_up(void *owner, const struct addr *peer, const uint8_t *data, size_t len)
{
    struct full_path *full = owner;
    struct agent_counts *counts = &full->path.counts;
    (void)peer;
    if (nice_agent_send(full->agent, full->stream, COMPONENT, (guint)len, (const gchar *)data) <
        0) {
        counts->send_failed++;
        return;
    }
    counts->sent++;
    counts->sent_bytes += len;
}

static void full_send(struct agent_path *path, const uint8_t *data, size_t len)
{
    struct full_path *full = full_of(path);
    if (full->state != FULL_FOUND) {
        return;
    }
    if (full->impairment != NULL) {
        impairment_up(full->impairment, &full->peer, data, len, turn_now_us(full->kit->turn));
        return;
    }
    on_up(full, &full->peer, data, len);
}

static void on_down(void *owner, const struct addr *peer, uint8_t *data, size_t len,
                    int64_t arrived_us)
{
    struct full_path *full = owner;
    (void)peer;
    if (full->state >= FULL_CHECKING && full->state != FULL_LOST) {
        full->path.handler.datagram(full->path.handler.owner, data, len, arrived_us);
    }
}

static void on_datagram(NiceAgent *agent, guint stream, guint component, guint len, gchar *data,
                        gpointer owner)
{
    struct full_path *full = owner;
    struct full_kit *kit = full->kit;
    int64_t arrived_us = turn_clock_us();
    (void)agent;
    (void)stream;
    (void)component;
    if (len == 0 || len > DATAGRAM_BYTES) {
        return;
    }
    memcpy(kit->data, data, len); /* aligned, and ours to change */
    full->path.counts.received++;
    full->path.counts.received_bytes += len;
    if (full->impairment != NULL) {
        impairment_down(full->impairment, &full->peer, kit->data, len, arrived_us);
        return;
    }
    on_down(full, &full->peer, kit->data, len, arrived_us);
}

/* States. */

static void lose(struct full_path *full, enum load_cause cause)
{
    full->state = FULL_LOST;
    full->path.handler.lost(full->path.handler.owner, cause);
}

static void on_component_state(NiceAgent *agent, guint stream, guint component, guint state,
                               gpointer owner)
{
    struct full_path *full = owner;
    (void)agent;
    (void)stream;
    (void)component;
    if (full->state == FULL_CHECKING &&
        (state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY)) {
        full->state = FULL_FOUND;
        full->path.handler.found(full->path.handler.owner);
    } else if (state == NICE_COMPONENT_STATE_FAILED &&
               (full->state == FULL_CHECKING || full->state == FULL_FOUND)) {
        lose(full, full->state == FULL_FOUND ? LOAD_DROPPED : LOAD_ICE_TIMEOUT);
    }
}

static void on_timer(void *owner, int64_t now_us)
{
    struct full_path *full = owner;
    (void)now_us;
    full->state = FULL_READY;
    full->path.handler.ready(full->path.handler.owner);
}

/* Life. */

static void drop_agent(struct full_path *full)
{
    if (full->agent != NULL) {
        g_signal_handlers_disconnect_by_data(full->agent, full);
        nice_agent_remove_stream(full->agent, full->stream);
        g_object_unref(full->agent);
        full->agent = NULL;
        glib_turn_touch(full->kit->glib);
    }
}

/** Local addresses that the agent is to use. @return false when there are none of the family */
static bool add_hosts(const struct full_path *full, enum addr_family family)
{
    struct addr hosts[AGREEMENT_MAX_CANDIDATES];
    size_t count = local_hosts(&full->kit->bind, family, hosts, AGREEMENT_MAX_CANDIDATES);
    for (size_t i = 0; i < count; i++) {
        struct sockaddr_storage storage;
        NiceAddress address;
        nice_address_init(&address);
        (void)socket_addr_to(&hosts[i], &storage);
        nice_address_set_from_sockaddr(&address, (const struct sockaddr *)&storage);
        (void)nice_agent_add_local_address(full->agent, &address);
    }
    return count > 0;
}

/** Our end as libnice has made it. @return false without a candidate */
static bool describe(struct full_path *full)
{
    struct agreement_local *local = &full->path.local;
    gchar *ufrag = NULL;
    gchar *pwd = NULL;
    if (!nice_agent_get_local_credentials(full->agent, full->stream, &ufrag, &pwd)) {
        return false;
    }
    (void)snprintf(local->ufrag, sizeof(local->ufrag), "%s", ufrag);
    (void)snprintf(local->pwd, sizeof(local->pwd), "%s", pwd);
    g_free(ufrag);
    g_free(pwd);
    local->candidate_count = 0;
    GSList *list = nice_agent_get_local_candidates(full->agent, full->stream, COMPONENT);
    for (const GSList *at = list; at != NULL; at = at->next) {
        const NiceCandidate *candidate = at->data;
        struct sockaddr_storage storage = {0};
        if (local->candidate_count < AGREEMENT_MAX_CANDIDATES) {
            nice_address_copy_to_sockaddr(&candidate->addr, (struct sockaddr *)&storage);
            socket_addr_from(&storage, &local->candidates[local->candidate_count++]);
        }
    }
    g_slist_free_full(list, (GDestroyNotify)nice_candidate_free);
    return local->candidate_count > 0;
}

/**
 * A NiceAgent with the hosts of one family, in place of the one there is, whose credentials it
 * takes over: they may have been told already.
 * @return 0 or ERR_IO
 */
static int build_agent(struct full_path *full, enum addr_family family)
{
    GMainContext *context = glib_turn_context(full->kit->glib);
    const struct agreement_local *told = &full->path.local;
    bool again = full->agent != NULL;
    drop_agent(full);
    full->family = family;
    full->agent = nice_agent_new_full(context, NICE_COMPATIBILITY_RFC5245,
                                      NICE_AGENT_OPTION_CONSENT_FRESHNESS);
    g_object_set(full->agent, "controlling-mode", TRUE, "ice-tcp", FALSE, "upnp", FALSE, NULL);
    full->stream = nice_agent_add_stream(full->agent, COMPONENT);
    (void)g_signal_connect(full->agent, "component-state-changed", G_CALLBACK(on_component_state),
                           full);
    bool good =
        full->stream != 0 && add_hosts(full, family) &&
        (!again ||
         nice_agent_set_local_credentials(full->agent, full->stream, told->ufrag, told->pwd)) &&
        nice_agent_attach_recv(full->agent, full->stream, COMPONENT, context, on_datagram, full) &&
        nice_agent_gather_candidates(full->agent, full->stream) && describe(full);
    glib_turn_touch(full->kit->glib);
    return good ? 0 : ERR_IO;
}

static void full_free(struct agent_path **path)
{
    struct full_path *gone = full_of(*path);
    if (gone == NULL) {
        return;
    }
    turn_set(gone->kit->turn, &gone->timer, INT64_MAX);
    drop_agent(gone);
    impairment_free(&gone->impairment);
    free(gone);
    *path = NULL;
}

static int full_make(struct agent_path **out, void *shared,
                     const struct agent_impairment *impairment,
                     const struct agent_path_handler *handler)
{
    struct full_kit *kit = shared;
    struct full_path *full = calloc(1, sizeof(*full));
    if (full == NULL) {
        return ERR_NO_MEMORY;
    }
    full->path.kind = &agent_full;
    full->path.handler = *handler;
    full->kit = kit;
    turn_timer_init(&full->timer, on_timer, full);
    int err = build_agent(full, kit->bind.family == ADDR_IPV6 ? ADDR_IPV6 : ADDR_IPV4);
    if (err == 0 && impairment != NULL) {
        const struct impairment_output output = {.up = on_up, .down = on_down, .owner = full};
        err = impairment_new(&full->impairment, kit->turn, impairment, &output,
                             &full->path.counts.impaired);
    }
    if (err != 0) {
        struct agent_path *gone = &full->path;
        full_free(&gone);
        return err;
    }
    /* host candidates are there at once: nothing is asked of a server */
    turn_set(kit->turn, &full->timer, turn_now_us(kit->turn));
    *out = &full->path;
    return 0;
}

/** The server's candidates of our family. @param first out: the best of them */
static GSList *remote_candidates(const struct full_path *full,
                                 const struct agreement_remote *remote, struct addr *first)
{
    GSList *list = NULL;
    for (size_t i = 0; i < remote->candidate_count; i++) {
        struct sockaddr_storage storage;
        if (remote->candidates[i].family != full->family) {
            continue;
        }
        NiceCandidate *candidate = nice_candidate_new(NICE_CANDIDATE_TYPE_HOST);
        (void)socket_addr_to(&remote->candidates[i], &storage);
        nice_address_set_from_sockaddr(&candidate->addr, (const struct sockaddr *)&storage);
        candidate->transport = NICE_CANDIDATE_TRANSPORT_UDP;
        candidate->component_id = COMPONENT;
        candidate->stream_id = full->stream;
        candidate->priority = remote->priorities[i];
        (void)snprintf(candidate->foundation, sizeof(candidate->foundation), "%zu", i + 1);
        *first = list == NULL ? remote->candidates[i] : *first;
        list = g_slist_append(list, candidate);
    }
    return list;
}

static int full_connect(struct agent_path *path, const struct agreement_remote *remote)
{
    struct full_path *full = full_of(path);
    GSList *list = remote_candidates(full, remote, &full->peer);
    if (list == NULL) {
        int err = build_agent(full, full->family == ADDR_IPV4 ? ADDR_IPV6 : ADDR_IPV4);
        list = err == 0 ? remote_candidates(full, remote, &full->peer) : NULL;
    }
    if (list == NULL) {
        return ERR_INVALID;
    }
    full->state = FULL_CHECKING;
    bool good =
        nice_agent_set_remote_credentials(full->agent, full->stream, remote->ufrag, remote->pwd) &&
        nice_agent_set_remote_candidates(full->agent, full->stream, COMPONENT, list) > 0;
    g_slist_free_full(list, (GDestroyNotify)nice_candidate_free);
    glib_turn_touch(full->kit->glib);
    return good ? 0 : ERR_INVALID;
}

const struct agent_path_kind agent_full = {
    .name = "full",
    .open = full_open,
    .close = full_close,
    .make = full_make,
    .connect = full_connect,
    .send = full_send,
    .free = full_free,
};
