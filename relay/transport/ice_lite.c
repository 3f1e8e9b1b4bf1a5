#include "ice_lite.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

enum { ERROR_UNKNOWN_ATTRIBUTE = 420, ERROR_ROLE_CONFLICT = 487, ICE_MAX_USERNAME = 513 };

struct ice_generation {
    char local_ufrag[ICE_MAX_UFRAG + 1];
    char username[ICE_MAX_USERNAME]; /**< of our checks, "remote:local"; "" when we cannot ask */
    struct hmac_sha1_key local_key;
    struct hmac_sha1_key remote_key;
};

static int generation_new(struct ice_generation **out, const struct ice_credentials *credentials)
{
    size_t len = strlen(credentials->local_ufrag);
    if (len == 0 || len > ICE_MAX_UFRAG) {
        return ERR_INVALID;
    }
    struct ice_generation *generation = calloc(1, sizeof(*generation));
    if (generation == NULL) {
        return ERR_NO_MEMORY;
    }
    memcpy(generation->local_ufrag, credentials->local_ufrag, len + 1);
    hmac_sha1_key_init(&generation->local_key, (const uint8_t *)credentials->local_pwd,
                       strlen(credentials->local_pwd));
    size_t remote_len = credentials->remote_ufrag == NULL || credentials->remote_pwd == NULL
                            ? 0
                            : strlen(credentials->remote_ufrag);
    if (remote_len > 0 && remote_len + 1 + len < sizeof(generation->username)) {
        char *at = generation->username;
        memcpy(at, credentials->remote_ufrag, remote_len);
        at[remote_len] = ':';
        memcpy(at + remote_len + 1, credentials->local_ufrag, len + 1);
        hmac_sha1_key_init(&generation->remote_key, (const uint8_t *)credentials->remote_pwd,
                           strlen(credentials->remote_pwd));
    }
    *out = generation;
    return 0;
}

static void generation_free(struct ice_generation **generation)
{
    if (*generation != NULL) {
        explicit_bzero(*generation, sizeof(**generation));
        free(*generation);
        *generation = NULL;
    }
}

int ice_lite_init(struct ice_lite *ice, const struct ice_credentials *credentials, uint32_t id,
                  struct rand *rand)
{
    *ice = (struct ice_lite){
        .id = id,
        .selected = ICE_MAX_PATHS,
        .selected_us = INT64_MIN,
        .trial_us = INT64_MIN,
        .first_selected_us = INT64_MIN,
        .consent_us = INT64_MIN,
        .asked_us = INT64_MIN,
        .probed_us = INT64_MIN,
        .rand = rand,
    };
    for (size_t i = 0; i < ICE_MAX_PROBES; i++) {
        ice->probes[i].sent_us = INT64_MIN;
    }
    ice->tie_breaker = rand_u64(rand);
    return generation_new(&ice->present, credentials);
}

int ice_lite_restart(struct ice_lite *ice, const struct ice_credentials *credentials)
{
    struct ice_generation *generation = NULL;
    int err = generation_new(&generation, credentials);
    if (err != 0) {
        return err;
    }
    ice_lite_retire(ice);
    ice->before = ice->present;
    ice->present = generation;
    return 0;
}

const char *ice_lite_ufrag(const struct ice_lite *ice)
{
    return ice->present->local_ufrag;
}

const char *ice_lite_old_ufrag(const struct ice_lite *ice)
{
    return ice->before == NULL ? NULL : ice->before->local_ufrag;
}

void ice_lite_retire(struct ice_lite *ice)
{
    if (ice->before == NULL) {
        return;
    }
    for (size_t i = 0; i < ice->path_count; i++) {
        if (ice->paths[i].generation == ice->before) {
            ice->paths[i].generation = ice->present;
        }
    }
    for (size_t i = 0; i < ICE_MAX_PROBES; i++) {
        if (ice->probes[i].generation == ice->before) {
            ice->probes[i] = (struct ice_probe){.sent_us = INT64_MIN};
        }
    }
    generation_free(&ice->before);
}

/* ---- paths ---- */

static size_t path_find(const struct ice_lite *ice, const struct five_tuple *tuple)
{
    for (size_t i = 0; i < ice->path_count; i++) {
        if (five_tuple_equal(&ice->paths[i].tuple, tuple)) {
            return i;
        }
    }
    return ICE_MAX_PATHS;
}

static void path_remove(struct ice_lite *ice, size_t index)
{
    size_t last = --ice->path_count;
    ice->paths[index] = ice->paths[last];
    if (ice->selected == index) {
        ice->selected = ICE_MAX_PATHS;
        ice->trial_us = INT64_MIN; /* it was this path's */
    } else if (ice->selected == last) {
        ice->selected = index;
    }
}

/** The path over the tuple, made when there is none; the oldest that is not selected makes room. */
static size_t path_ensure(struct ice_lite *ice, const struct five_tuple *tuple,
                          struct ice_change *change)
{
    size_t index = path_find(ice, tuple);
    if (index != ICE_MAX_PATHS) {
        return index;
    }
    if (ice->path_count == ICE_MAX_PATHS) {
        size_t oldest = ice->selected == 0 ? 1 : 0;
        for (size_t i = 0; i < ice->path_count; i++) {
            if (i != ice->selected && ice->paths[i].checked_us < ice->paths[oldest].checked_us) {
                oldest = i;
            }
        }
        change->lost = true;
        change->lost_tuple = ice->paths[oldest].tuple;
        path_remove(ice, oldest);
    }
    index = ice->path_count++;
    ice->paths[index] =
        (struct ice_path){.tuple = *tuple, .checked_us = INT64_MIN, .nominated_us = INT64_MIN};
    change->added = true;
    return index;
}

/** Proven by itself, by its host, by TCP's handshake, or beyond proof, when we cannot ask. */
static bool is_proven(const struct ice_lite *ice, size_t index)
{
    const struct ice_path *path = &ice->paths[index];
    bool proven = path->tuple.tcp != 0 || path->generation->username[0] == '\0';
    for (size_t i = 0; i < ice->path_count && !proven; i++) {
        proven = ice->paths[i].proven &&
                 addr_same_host(&ice->paths[i].tuple.remote, &path->tuple.remote);
    }
    return proven;
}

/** Before anything is proven nothing but the handshake is sent, and that proves. */
static bool has_proof(const struct ice_lite *ice)
{
    bool proven = false;
    for (size_t i = 0; i < ice->path_count && !proven; i++) {
        proven = ice->paths[i].proven;
    }
    return proven;
}

static void trial_begin(struct ice_lite *ice, const struct five_tuple *former, int64_t now_us)
{
    if (ice->trial_us == INT64_MIN) {
        ice->former = *former;
    }
    ice->trial_us = now_us;
    ice->asked_us = INT64_MIN;
}

static void path_select(struct ice_lite *ice, size_t index, int64_t now_us,
                        struct ice_change *change)
{
    if (ice->selected != index) {
        if (is_proven(ice, index)) {
            ice->trial_us = INT64_MIN;
        } else if (has_proof(ice) && ice->selected != ICE_MAX_PATHS) {
            trial_begin(ice, &ice->paths[ice->selected].tuple, now_us);
        }
        change->moved = true;
        change->first = ice->first_selected_us == INT64_MIN;
        ice->selected = index;
        ice->selected_us = now_us;
        if (change->first) {
            ice->first_selected_us = now_us;
        }
    }
    if (ice->before != NULL && ice->paths[index].generation == ice->present) {
        change->retired = true;
    }
}

/** Whether a nominating check over `index` takes the place of the selected path. */
static bool nomination_wins(const struct ice_lite *ice, size_t index, int64_t now_us)
{
    const struct ice_path *path = &ice->paths[index];
    const struct ice_path *selected = &ice->paths[ice->selected];
    bool restarted = path->generation == ice->present && selected->generation != ice->present;
    if (selected->nominated_us == INT64_MIN || restarted || path->priority > selected->priority ||
        now_us - ice->first_selected_us >= ICE_SETTLING_US ||
        now_us - selected->checked_us >= ICE_QUIET_US) {
        return true;
    }
    /* The same socket behind a NAT that has forgotten it. */
    return path->priority == selected->priority &&
           addr_same_host(&path->tuple.remote, &selected->tuple.remote) &&
           addr_equal(&path->tuple.local, &selected->tuple.local);
}

/* ---- requests and answers ---- */

static const struct ice_generation *generation_by_ufrag(const struct ice_lite *ice,
                                                        struct str_view ufrag)
{
    if (str_view_equal(ufrag, ice->present->local_ufrag)) {
        return ice->present;
    }
    bool old = ice->before != NULL && str_view_equal(ufrag, ice->before->local_ufrag);
    return old ? ice->before : NULL;
}

static void check_taken(struct ice_lite *ice, const struct ice_generation *generation,
                        const struct ice_stun *request, const struct five_tuple *tuple,
                        int64_t now_us, struct ice_change *change)
{
    size_t index = path_ensure(ice, tuple, change);
    struct ice_path *path = &ice->paths[index];
    path->checked_us = now_us;
    path->priority = request->priority;
    if (generation == ice->present || path->generation == NULL) {
        path->generation = generation;
    }
    ice->consent_us = now_us;
    bool wins = ice->selected == ICE_MAX_PATHS || ice->selected == index ||
                (request->use_candidate && nomination_wins(ice, index, now_us));
    if (request->use_candidate) {
        path->nominated_us = now_us;
    }
    if (wins && !ice_lite_wants_proof(ice, tuple)) {
        path_select(ice, index, now_us, change);
    }
}

int ice_lite_receive_request(struct ice_lite *ice, struct ice_stun_codec *codec,
                             const struct ice_stun *request, const struct five_tuple *tuple,
                             bool may_add, int64_t now_us, uint8_t out[static ICE_STUN_MAX_BYTES],
                             size_t *out_len, struct ice_change *change)
{
    *out_len = 0;
    const struct ice_generation *generation = generation_by_ufrag(ice, request->local_ufrag);
    if (generation == NULL || !ice_stun_verify(request, &generation->local_key)) {
        return ERR_AUTH;
    }
    const struct hmac_sha1_key *key = &generation->local_key;
    if (request->unknown_count > 0) {
        *out_len = ice_stun_write_error(codec, request, key, ERROR_UNKNOWN_ATTRIBUTE, out);
        return ERR_UNSUPPORTED;
    }
    if (request->controlled) { /* a lite agent never controls (RFC 8445 6.1.1), so the peer must */
        *out_len = ice_stun_write_error(codec, request, key, ERROR_ROLE_CONFLICT, out);
        return ERR_BAD_STATE;
    }
    if (!may_add) {
        return ERR_FULL;
    }
    check_taken(ice, generation, request, tuple, now_us, change);
    *out_len = ice_stun_write_success(codec, request, key, &tuple->remote, out);
    return 0;
}

uint32_t ice_lite_id_of(const struct ice_stun *response)
{
    return bytes_get_u32(response->transaction);
}

static struct ice_probe *probe_find(struct ice_lite *ice, const struct ice_stun *response,
                                    const struct five_tuple *tuple, int64_t now_us)
{
    for (size_t i = 0; i < ICE_MAX_PROBES; i++) {
        struct ice_probe *probe = &ice->probes[i];
        if (probe->sent_us != INT64_MIN && now_us - probe->sent_us < ICE_PROBE_LIFE_US &&
            memcmp(probe->transaction, response->transaction, sizeof(probe->transaction)) == 0 &&
            five_tuple_equal(&probe->tuple, tuple)) {
            return probe;
        }
    }
    return NULL;
}

int ice_lite_receive_response(struct ice_lite *ice, const struct ice_stun *response,
                              const struct five_tuple *tuple, int64_t now_us,
                              struct ice_change *change)
{
    struct ice_probe *probe = probe_find(ice, response, tuple, now_us);
    if (probe == NULL) {
        return ERR_NOT_FOUND;
    }
    if (!ice_stun_verify(response, &probe->generation->remote_key)) {
        return ERR_AUTH;
    }
    const struct ice_generation *generation = probe->generation;
    ice->rtt_us = now_us - probe->sent_us;
    probe->sent_us = INT64_MIN;
    if (response->class != ICE_STUN_SUCCESS) {
        return 0; /* an error under the right key is no consent */
    }
    ice->consent_us = now_us;
    size_t index = path_ensure(ice, tuple, change);
    struct ice_path *path = &ice->paths[index];
    bool wanted =
        change->added || (ice->strict && !path->proven && path->nominated_us != INT64_MIN);
    path->checked_us = now_us;
    path->proven = true;
    if (ice->selected == index) {
        ice->trial_us = INT64_MIN;
    }
    if (change->added) {
        path->generation = generation;
        /* It carries the peer's media, so it inherits what the peer said about the path before. */
        if (ice->selected != ICE_MAX_PATHS) {
            path->priority = ice->paths[ice->selected].priority;
            path->nominated_us = ice->paths[ice->selected].nominated_us;
        }
    }
    if (wanted) {
        path_select(ice, index, now_us, change);
    }
    return 0;
}

void ice_lite_media(struct ice_lite *ice, const struct five_tuple *tuple, int64_t now_us,
                    struct ice_change *change)
{
    if (ice->selected != ICE_MAX_PATHS &&
        five_tuple_equal(&ice->paths[ice->selected].tuple, tuple)) {
        return;
    }
    size_t index = path_find(ice, tuple);
    /* A packet that was late on its way over the path of before must not take us back. */
    if (index != ICE_MAX_PATHS && !ice_lite_wants_proof(ice, tuple) &&
        (ice->selected == ICE_MAX_PATHS || ice->paths[index].checked_us > ice->selected_us)) {
        path_select(ice, index, now_us, change);
    }
}

bool ice_lite_has_path(const struct ice_lite *ice, const struct five_tuple *tuple)
{
    return path_find(ice, tuple) != ICE_MAX_PATHS;
}

/* ---- checks of our own ---- */

static size_t probe_write(struct ice_lite *ice, struct ice_stun_codec *codec,
                          const struct five_tuple *tuple, const struct ice_generation *generation,
                          size_t max_len, int64_t now_us, uint8_t out[static ICE_STUN_MAX_BYTES])
{
    if (generation->username[0] == '\0') {
        return 0;
    }
    struct ice_probe *oldest = &ice->probes[0];
    for (size_t i = 1; i < ICE_MAX_PROBES; i++) {
        oldest = ice->probes[i].sent_us < oldest->sent_us ? &ice->probes[i] : oldest;
    }
    struct ice_probe probe = {.tuple = *tuple, .generation = generation, .sent_us = now_us};
    rand_fill(ice->rand, probe.transaction, sizeof(probe.transaction));
    bytes_put_u32(probe.transaction, ice->id);
    size_t len = ice_stun_write_check(codec, probe.transaction, str_view_text(generation->username),
                                      &generation->remote_key, ice->tie_breaker, out);
    if (len == 0 || len > max_len) {
        return 0;
    }
    *oldest = probe;
    return len;
}

/** When the selected path is to be asked next; INT64_MAX without one. */
static int64_t ask_due_us(const struct ice_lite *ice)
{
    if (ice->consent_us == INT64_MIN || ice->selected == ICE_MAX_PATHS) {
        return INT64_MAX;
    }
    bool trial = ice->trial_us != INT64_MIN;
    int64_t due_us = trial ? ice->trial_us : ice->consent_us + ICE_ASK_AFTER_US;
    int64_t every_us = trial ? ICE_TRIAL_EVERY_US : ICE_ASK_EVERY_US;
    bool asked = ice->asked_us != INT64_MIN && ice->asked_us + every_us > due_us;
    return asked ? ice->asked_us + every_us : due_us;
}

size_t ice_lite_probe(struct ice_lite *ice, struct ice_stun_codec *codec,
                      const struct five_tuple *tuple, size_t max_len, int64_t now_us,
                      uint8_t out[static ICE_STUN_MAX_BYTES])
{
    if (ice->probed_us != INT64_MIN && now_us - ice->probed_us < ICE_PROBE_SPACING_US) {
        return 0;
    }
    size_t len = probe_write(ice, codec, tuple, ice->present, max_len, now_us, out);
    ice->probed_us = len > 0 ? now_us : ice->probed_us;
    return len;
}

size_t ice_lite_ask(struct ice_lite *ice, struct ice_stun_codec *codec, int64_t now_us,
                    uint8_t out[static ICE_STUN_MAX_BYTES])
{
    if (now_us < ask_due_us(ice)) {
        return 0;
    }
    ice->asked_us = now_us;
    const struct ice_path *path = &ice->paths[ice->selected];
    return probe_write(ice, codec, &path->tuple, path->generation, ICE_STUN_MAX_BYTES, now_us, out);
}

void ice_lite_prove(struct ice_lite *ice, const struct five_tuple *tuple, int64_t now_us)
{
    size_t index = path_find(ice, tuple);
    if (index == ICE_MAX_PATHS) {
        return;
    }
    ice->paths[index].proven = true;
    if (ice->selected != ICE_MAX_PATHS && !is_proven(ice, ice->selected)) {
        trial_begin(ice, tuple, now_us);
    }
}

bool ice_lite_wants_proof(const struct ice_lite *ice, const struct five_tuple *tuple)
{
    size_t index = path_find(ice, tuple);
    return ice->strict && index != ICE_MAX_PATHS && index != ice->selected &&
           !is_proven(ice, index);
}

void ice_lite_timeout(struct ice_lite *ice, int64_t now_us, struct ice_change *change)
{
    if (ice->trial_us == INT64_MIN || now_us - ice->trial_us < ICE_TRIAL_US) {
        return;
    }
    ice->trial_us = INT64_MIN;
    ice->strict = true;
    change->lost = true;
    change->lost_tuple = ice->paths[ice->selected].tuple;
    path_remove(ice, ice->selected);
    size_t before = path_find(ice, &ice->former);
    if (before != ICE_MAX_PATHS) {
        path_select(ice, before, now_us, change);
    }
}

/* ---- the rest of a life ---- */

void ice_lite_adopt(struct ice_lite *ice, const struct five_tuple *tuple, int64_t now_us,
                    struct ice_change *change)
{
    size_t index = path_ensure(ice, tuple, change);
    ice->paths[index].generation = ice->present;
    ice->paths[index].checked_us = now_us;
    ice->paths[index].proven = true;
    ice->consent_us = now_us;
    path_select(ice, index, now_us, change);
}

void ice_lite_tcp_closed(struct ice_lite *ice, uint32_t tcp, struct ice_change *change)
{
    for (size_t i = 0; tcp != 0 && i < ice->path_count; i++) {
        if (ice->paths[i].tuple.tcp == tcp) {
            change->lost = true;
            change->lost_tuple = ice->paths[i].tuple;
            path_remove(ice, i);
            return;
        }
    }
}

void ice_lite_remove(struct ice_lite *ice, const struct five_tuple *tuple)
{
    size_t index = path_find(ice, tuple);
    if (index != ICE_MAX_PATHS) {
        path_remove(ice, index);
    }
}

int64_t ice_lite_checked_us(const struct ice_lite *ice, const struct five_tuple *tuple)
{
    size_t index = path_find(ice, tuple);
    return index == ICE_MAX_PATHS ? INT64_MIN : ice->paths[index].checked_us;
}

bool ice_lite_has_consent(const struct ice_lite *ice, int64_t now_us)
{
    return ice->consent_us != INT64_MIN && now_us - ice->consent_us < ICE_CONSENT_US;
}

int64_t ice_lite_consent_deadline(const struct ice_lite *ice)
{
    return ice->consent_us == INT64_MIN ? INT64_MAX : ice->consent_us + ICE_CONSENT_US;
}

int64_t ice_lite_ask_deadline(const struct ice_lite *ice)
{
    int64_t ask_us = ask_due_us(ice);
    bool ends = ice->trial_us != INT64_MIN && ice->trial_us + ICE_TRIAL_US < ask_us;
    return ends ? ice->trial_us + ICE_TRIAL_US : ask_us;
}

void ice_lite_deinit(struct ice_lite *ice)
{
    generation_free(&ice->present);
    generation_free(&ice->before);
}
