#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/codec_pool.h"
#include "app/worker.h"
#include "base/err.h"
#include "base/mono.h"
#include "candidates.h"
#include "signal/signal.h"
#include "transport/certificate.h"

enum { TURN_US = 1000000, JOIN_BURST = 60 };

/** A worker as the control thread sees it. */
struct desk {
    struct worker *worker;
    struct negotiate_config answer; /**< what calls on it are answered with */
};

struct control {
    struct config config;
    struct certificate *certificate;
    struct codec_pool *codecs; /**< NULL when no pictures are to be composed */
    struct desk *desks;        /**< config.workers of them */
    struct signal *signal;
};

static int send_to_worker(void *owner, unsigned worker, struct command *command)
{
    struct control *c = owner;
    return worker_send(c->desks[worker].worker, command);
}

static const struct negotiate_config *answer_config(void *owner, unsigned worker)
{
    const struct control *c = owner;
    return &c->desks[worker].answer;
}

static void codec_counters(void *owner, struct compose_desk_counters *out)
{
    const struct control *c = owner;
    *out = (struct compose_desk_counters){.open = 0};
    if (c->codecs != NULL) {
        codec_pool_counters(c->codecs, out);
    }
}

/** On a worker's thread. */
static void wake(void *owner)
{
    struct control *c = owner;
    signal_wake(c->signal);
}

static void fill_answer(struct control *c, unsigned worker)
{
    struct negotiate_config *answer = &c->desks[worker].answer;
    size_t count = c->config.announce_count;
    memcpy(answer->candidates, c->config.announce, count * sizeof(c->config.announce[0]));
    if (count == 0) {
        count = candidates_find(answer->candidates, NEGOTIATE_MAX_CANDIDATES);
    }
    for (size_t i = 0; i < count; i++) {
        answer->candidates[i].port = (uint16_t)(c->config.media_port + worker);
    }
    answer->candidate_count = count;
    answer->udp = c->config.udp;
    answer->tcp = c->config.tcp;
    answer->mix_dtx = c->config.mix_dtx;
    answer->fingerprint = certificate_fingerprint(c->certificate);
}

static int open_worker(struct control *c, unsigned index, char why[CONFIG_WHY_BYTES])
{
    const struct worker_config config = {
        .index = index,
        .port = (uint16_t)(c->config.media_port + index),
        .udp = c->config.udp,
        .tcp = c->config.tcp,
        .gather_us = c->config.gather_us,
        .mix = {.speakers = c->config.mix_speakers,
                .bitrate_bps = c->config.mix_bitrate,
                .complexity = (uint8_t)c->config.mix_complexity},
        .certificate = c->certificate,
        .codecs = c->codecs,
        .wake = wake,
        .owner = c,
    };
    int err = worker_new(&c->desks[index].worker, &config);
    if (err == ERR_IO) {
        (void)snprintf(why, CONFIG_WHY_BYTES,
                       "cannot open media port %u: %s; another one is chosen with --media-port",
                       config.port, strerror(errno));
    } else if (err != 0) {
        (void)snprintf(why, CONFIG_WHY_BYTES, "cannot make media worker %u: %s", index,
                       err_name(err));
    } else {
        fill_answer(c, index);
    }
    return err;
}

/** What is wrong with the files for HTTPS, as far as that can be told apart. */
static void tell_certificate(const struct config *config, char why[CONFIG_WHY_BYTES])
{
    const char *const files[] = {config->tls_cert, config->tls_key};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (access(files[i], R_OK) != 0) {
            (void)snprintf(why, CONFIG_WHY_BYTES, "cannot read %.150s: %s", files[i],
                           strerror(errno));
            return;
        }
    }
    (void)snprintf(why, CONFIG_WHY_BYTES,
                   "cannot use certificate %.150s with key %.150s: both are wanted as PEM, "
                   "the certificate made for the key",
                   files[0], files[1]);
}

static int open_signal(struct control *c, char why[CONFIG_WHY_BYTES])
{
    const struct config *config = &c->config;
    struct signal_config wanted = {
        .http = config->http,
        .tls_cert = config->tls_cert[0] == '\0' ? NULL : config->tls_cert,
        .tls_key = config->tls_key[0] == '\0' ? NULL : config->tls_key,
        .secret = config->secret[0] == '\0' ? NULL : config->secret,
        .ice_servers = config->ice_servers,
        .turn_secret = config->turn_secret[0] == '\0' ? NULL : config->turn_secret,
        .max_participants = config->max_participants,
        .grace_us = (int64_t)config->grace_s * 1000000,
        .joins_per_minute = config->joins_per_minute,
        .join_burst = JOIN_BURST,
    };
    const struct relay relay = {
        .owner = c,
        .worker_count = config->workers,
        .send = send_to_worker,
        .config = answer_config,
        .codecs = codec_counters,
    };
    char text[ADDR_TEXT_MAX];
    rand_init_secure(&wanted.rand);
    int err = signal_new(&c->signal, &wanted, &relay);
    if (err == ERR_IO) {
        (void)snprintf(why, CONFIG_WHY_BYTES,
                       "cannot serve HTTP on %s: %s; another address is chosen with --http",
                       addr_format(&config->http, text), strerror(errno));
    } else if (err == ERR_CRYPTO) {
        tell_certificate(config, why);
    } else if (err != 0) {
        (void)snprintf(why, CONFIG_WHY_BYTES, "cannot start signalling: %s", err_name(err));
    }
    return err;
}

static int open_codecs(struct control *c, char why[CONFIG_WHY_BYTES])
{
    const struct codec_pool_config config = {.threads = c->config.codec_threads,
                                             .workers = c->config.workers,
                                             .max_compositions = c->config.compositions};
    if (config.max_compositions == 0) {
        return 0;
    }
    int err = codec_pool_new(&c->codecs, &config);
    if (err != 0) {
        (void)snprintf(why, CONFIG_WHY_BYTES, "cannot start %u codec threads: %s", config.threads,
                       err_name(err));
    }
    return err;
}

static int open_all(struct control *c, char why[CONFIG_WHY_BYTES])
{
    unsigned count = c->config.workers;
    c->desks = calloc(count, sizeof(c->desks[0]));
    int err = c->desks == NULL ? ERR_NO_MEMORY : 0;
    if (err == 0) {
        err = certificate_new(&c->certificate, mono_wall_us());
    }
    if (err != 0) {
        (void)snprintf(why, CONFIG_WHY_BYTES, "cannot start: %s", err_name(err));
    }
    if (err == 0) {
        err = open_codecs(c, why);
    }
    for (unsigned i = 0; err == 0 && i < count; i++) {
        err = open_worker(c, i, why);
    }
    return err != 0 ? err : open_signal(c, why);
}

int control_new(struct control **out, const struct config *config, char why[CONFIG_WHY_BYTES])
{
    struct control *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        (void)snprintf(why, CONFIG_WHY_BYTES, "cannot start: %s", err_name(ERR_NO_MEMORY));
        return ERR_NO_MEMORY;
    }
    c->config = *config;
    int err = open_all(c, why);
    if (err != 0) {
        control_free(&c);
        return err;
    }
    *out = c;
    return 0;
}

int control_start(struct control *control, char why[CONFIG_WHY_BYTES])
{
    for (unsigned i = 0; i < control->config.workers; i++) {
        int err = worker_start(control->desks[i].worker);
        if (err != 0) {
            (void)snprintf(why, CONFIG_WHY_BYTES, "cannot start the thread of worker %u: %s", i,
                           strerror(errno));
            return err;
        }
    }
    return 0;
}

uint16_t control_http_port(const struct control *control)
{
    return signal_port(control->signal);
}

void control_turn(struct control *control)
{
    signal_service(control->signal, TURN_US);
    for (unsigned i = 0; i < control->config.workers; i++) {
        for (struct event *event = worker_event(control->desks[i].worker); event != NULL;
             event = worker_event(control->desks[i].worker)) {
            signal_event(control->signal, event);
        }
    }
}

void control_drain(struct control *control)
{
    signal_drain(control->signal);
}

bool control_idle(const struct control *control)
{
    return signal_participants(control->signal) == 0;
}

void control_free(struct control **control)
{
    struct control *c = *control;
    if (c == NULL) {
        return;
    }
    for (unsigned i = 0; c->desks != NULL && i < c->config.workers; i++) {
        worker_free(&c->desks[i].worker); /* before signalling, which they wake */
    }
    codec_pool_free(&c->codecs);
    signal_free(&c->signal);
    certificate_free(&c->certificate);
    free(c->desks);
    free(c);
    *control = NULL;
}
