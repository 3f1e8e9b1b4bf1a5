#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "cpu_clock.h"
#include "kernels.h"
#include "publisher.h"
#include "relay/transport/srtp_session.h"
#include "transport/srtp_ciphers.h"

enum { PACKETS = 128, TURNS = 40 };

struct srtp_case {
    enum srtp_profile profile;
    enum srtp_ciphers ciphers;
    bool protect;
    size_t bytes; /**< plain packet */
};

struct srtp_bench {
    const struct srtp_case *what;
    struct srtp_session *sender;
    struct srtp_session *receiver;
    uint16_t seq;
    struct datagram packets[PACKETS];
};

static void srtp_bench_close(void *state)
{
    struct srtp_bench *bench = state;
    if (bench != NULL) {
        srtp_session_free(&bench->sender);
        srtp_session_free(&bench->receiver);
        free(bench);
    }
    (void)srtp_ciphers_install(SRTP_CIPHERS_AUTO);
}

static int srtp_bench_open(void **state, const void *argument)
{
    struct srtp_bench *bench = aligned_alloc(64, (sizeof(*bench) + 63) / 64 * 64);
    if (bench == NULL) {
        return ERR_NO_MEMORY;
    }
    memset(bench, 0, sizeof(*bench));
    bench->what = argument;
    const uint8_t key[SRTP_SESSION_MAX_KEY] = {1, 2, 3};
    int err = srtp_ciphers_install(bench->what->ciphers);
    if (err == 0) {
        err = srtp_session_new(&bench->sender, bench->what->profile, key, key);
    }
    if (err == 0) {
        err = srtp_session_new(&bench->receiver, bench->what->profile, key, key);
    }
    if (err != 0) {
        srtp_bench_close(bench);
        return err;
    }
    *state = bench;
    return 0;
}

static void fill(struct srtp_bench *bench)
{
    for (size_t i = 0; i < PACKETS; i++) {
        struct datagram *packet = &bench->packets[i];
        memset(packet->data, 0, 12);
        packet->data[0] = 0x80;
        packet->data[1] = PUBLISHER_VIDEO_PT;
        bytes_put_u16(packet->data + 2, bench->seq++);
        packet->data[11] = 1;
        packet->len = bench->what->bytes;
    }
}

static bool protect_all(struct srtp_bench *bench)
{
    bool good = true;
    for (size_t i = 0; i < PACKETS; i++) {
        struct datagram *packet = &bench->packets[i];
        good = srtp_session_protect_rtp(bench->sender, packet->data, &packet->len) == 0 && good;
    }
    return good;
}

static bool unprotect_all(struct srtp_bench *bench)
{
    bool good = true;
    for (size_t i = 0; i < PACKETS; i++) {
        struct datagram *packet = &bench->packets[i];
        good =
            srtp_session_unprotect_rtp(bench->receiver, packet->data, &packet->len) == DROP_NONE &&
            good;
    }
    return good;
}

static double srtp_bench_round(void *state)
{
    struct srtp_bench *bench = state;
    int64_t spent = 0;
    bool good = true;
    for (size_t turn = 0; turn < TURNS; turn++) {
        fill(bench);
        int64_t start = cpu_clock_ns();
        good = protect_all(bench) && good;
        int64_t middle = cpu_clock_ns();
        good = unprotect_all(bench) && good;
        int64_t end = cpu_clock_ns();
        spent += bench->what->protect ? middle - start : end - middle;
    }
    return good ? (double)spent / (TURNS * PACKETS) : -1;
}

/** Index into the table of cases. */
enum { CASES = 2 * 2 * 2 * 2 };

static struct srtp_case cases[CASES];
static char names[CASES][48];
static struct kernel kernels[CASES];

const struct kernel *srtp_kernels(size_t *count)
{
    static const size_t sizes[] = {100, 1200};
    static const enum srtp_ciphers ciphers[] = {SRTP_CIPHERS_IPSEC_MB, SRTP_CIPHERS_OPENSSL};
    for (size_t i = 0; i < CASES; i++) {
        cases[i] = (struct srtp_case){
            .protect = (i & 8) == 0,
            .profile = (i & 4) == 0 ? SRTP_PROFILE_GCM_128 : SRTP_PROFILE_CM_128_SHA1_80,
            .ciphers = ciphers[i >> 1 & 1],
            .bytes = sizes[i & 1],
        };
        (void)snprintf(names[i], sizeof(names[i]), "srtp/%s/%s/%s/%zu",
                       cases[i].protect ? "protect" : "unprotect",
                       cases[i].profile == SRTP_PROFILE_GCM_128 ? "gcm128" : "cm-sha1",
                       srtp_ciphers_name(cases[i].ciphers), cases[i].bytes);
        kernels[i] = (struct kernel){names[i],        "packet",         &cases[i],
                                     srtp_bench_open, srtp_bench_round, srtp_bench_close};
    }
    *count = CASES;
    return kernels;
}
