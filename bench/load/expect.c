#include "load/expect.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/hist.h"
#include "load/quantity.h"

enum { PERCENT = 100, KILO = 1000 };

static const double us_per_s = 1e6;

/** What a measure reads from; returns false when nothing was measured. */
typedef bool read_measure(const struct tally *tally, const struct tally_sum *sum, double *out);

static bool hist_read(const struct hist *hist, unsigned permille, double *out)
{
    *out = (double)hist_permille(hist, permille) / us_per_s;
    return hist_count(hist) > 0;
}

static bool any_packet(const struct tally_sum *sum)
{
    return sum->forwarded > 0;
}

/** Defines the reader of a field of the sum that holds if `condition` does. */
#define READ(name, value, condition)                                                               \
    static bool read_##name(const struct tally *tally, const struct tally_sum *sum, double *out)   \
    {                                                                                              \
        (void)tally;                                                                               \
        (void)sum;                                                                                 \
        *out = (value);                                                                            \
        return (condition);                                                                        \
    }

#define READ_HIST(name, field, permille)                                                           \
    static bool read_##name(const struct tally *tally, const struct tally_sum *sum, double *out)   \
    {                                                                                              \
        (void)tally;                                                                               \
        (void)sum;                                                                                 \
        return hist_read(&(field), permille, out);                                                 \
    }

READ(mos, sum->mos_mean, sum->judged > 0)
READ(mos_p5, sum->mos_p5, sum->judged > 0)
READ(mos_worst, sum->mos_worst, sum->judged > 0)
READ(r, sum->r_mean, sum->judged > 0)
READ(loss, sum->loss_after, any_packet(sum))
READ(loss_before, sum->loss_before, any_packet(sum))
READ(concealed, sum->concealed, any_packet(sum))
READ_HIST(p50, sum->delay_us, 500)
READ_HIST(p99, sum->delay_us, 990)
READ_HIST(p999, sum->delay_us, 999)
READ_HIST(jitter, sum->jitter_us, 950)
READ_HIST(join, sum->join_us, 950)
READ_HIST(join_p50, sum->join_us, 500)
READ(mouth, sum->mouth_to_ear_ms / KILO, sum->compared > 0)
READ(estoi, sum->estoi_mean, sum->scored > 0)
READ(estoi_worst, sum->estoi_worst, sum->scored > 0)
READ(lsd, sum->lsd_db_mean, sum->compared > 0)
READ(clipped, sum->clipped_share, sum->scored > 0)
READ(heard, 1 - (double)sum->heard_wrong / sum->sampled, sum->sampled > 0)
READ(freezes, sum->freezes_per_min / 60, sum->watching > 0)
READ(frozen, sum->frozen, sum->watching > 0)
READ(fps, sum->fps, sum->watching > 0)
READ(psnr, sum->psnr_db_mean, sum->seen > 0)
READ(ssim, sum->ssim_mean, sum->seen > 0)
READ(undecodable, (double)sum->undecodable, sum->seen > 0)
READ(up, sum->up, true)
READ(failed, tally_failed_share(sum), sum->callers > 0)
READ(cpu, tally->length_us > 0 ? tally->server_cpu_s * us_per_s / (double)tally->length_us : 0,
     tally->server_cpu_s >= 0)
READ(cpu_packet, sum->server_us_per_packet / us_per_s,
     sum->server_us_per_packet >= 0 && any_packet(sum))
READ(memory, sum->server_bytes_per_caller, sum->server_bytes_per_caller >= 0)
READ(own_cpu, tally->length_us > 0 ? tally->own_cpu_s * us_per_s / (double)tally->length_us : 0,
     true)
READ_HIST(lag, tally->lag_us, 990)

static const struct measure {
    const char *name;
    const char *text;
    enum quantity_kind kind;
    read_measure *read;
} measures[] = {
    {"mos", "mean opinion score of callers (G.107.2, 1 to 4.5)", QUANTITY_PLAIN, read_mos},
    {"mos.p5", "the MOS that all but 5 % of the callers reach", QUANTITY_PLAIN, read_mos_p5},
    {"mos.worst", "the worst caller's MOS", QUANTITY_PLAIN, read_mos_worst},
    {"r", "mean R of the E-model (0 to 148)", QUANTITY_PLAIN, read_r},
    {"loss", "share of packets lost after repair", QUANTITY_SHARE, read_loss},
    {"loss.before", "share of packets lost before repair", QUANTITY_SHARE, read_loss_before},
    {"concealed", "share of sound that had to be made up", QUANTITY_SHARE, read_concealed},
    {"p50", "median one-way delay of packets", QUANTITY_SECONDS, read_p50},
    {"p99", "one-way delay that 99 % do not exceed", QUANTITY_SECONDS, read_p99},
    {"p99.9", "one-way delay that 99.9 % do not exceed", QUANTITY_SECONDS, read_p999},
    {"jitter", "RFC 3550 jitter of sound, 95th percentile", QUANTITY_SECONDS, read_jitter},
    {"join", "from the request to the first media, 95th percentile", QUANTITY_SECONDS, read_join},
    {"join.p50", "the same, median", QUANTITY_SECONDS, read_join_p50},
    {"mouth-to-ear", "delay of sound as heard, mean of sampled callers", QUANTITY_SECONDS,
     read_mouth},
    {"estoi", "intelligibility of what sampled callers heard (1 = all)", QUANTITY_PLAIN,
     read_estoi},
    {"estoi.worst", "the same, worst sampled caller", QUANTITY_PLAIN, read_estoi_worst},
    {"lsd", "log-spectral distance from the source, dB", QUANTITY_PLAIN, read_lsd},
    {"clipped", "share of heard samples that wrapped round or were cut", QUANTITY_SHARE,
     read_clipped},
    {"heard", "share of sampled callers who heard exactly whom they should", QUANTITY_SHARE,
     read_heard},
    {"freezes", "of the picture, per minute (give /min)", QUANTITY_RATE, read_freezes},
    {"frozen", "share of the time in which the picture stood", QUANTITY_SHARE, read_frozen},
    {"fps", "harmonic frame rate", QUANTITY_PLAIN, read_fps},
    {"psnr", "of what sampled callers saw, dB", QUANTITY_PLAIN, read_psnr},
    {"ssim", "of what sampled callers saw (1 = the same)", QUANTITY_PLAIN, read_ssim},
    {"undecodable", "frames that sampled callers could not decode", QUANTITY_PLAIN,
     read_undecodable},
    {"up", "callers who came up", QUANTITY_PLAIN, read_up},
    {"failed", "share of callers who failed", QUANTITY_SHARE, read_failed},
    {"cpu", "cores that the server used (needs --pid)", QUANTITY_PLAIN, read_cpu},
    {"cpu.packet", "of the server, per packet it forwarded (needs --pid)", QUANTITY_SECONDS,
     read_cpu_packet},
    {"memory", "of the server, per caller (needs --pid)", QUANTITY_BYTES, read_memory},
    {"own-cpu", "cores that tandem-load used", QUANTITY_PLAIN, read_own_cpu},
    {"lag", "how late tandem-load itself was, 99th percentile", QUANTITY_SECONDS, read_lag},
};

enum { MEASURES = sizeof(measures) / sizeof(measures[0]) };

static const struct {
    const char *text;
    enum expect_operator operator;
} operators[] = {{"<=", EXPECT_AT_MOST}, {">=", EXPECT_AT_LEAST}, {"==", EXPECT_EQUAL},
                 {"!=", EXPECT_UNEQUAL}, {"<", EXPECT_LESS},      {">", EXPECT_MORE},
                 {"=", EXPECT_EQUAL}};

bool expect_measure(size_t i, const char **name, const char **text)
{
    if (i >= MEASURES) {
        return false;
    }
    *name = measures[i].name;
    *text = measures[i].text;
    return true;
}

static void list_measures(char reason[static EXPECT_REASON_BYTES], const char *name)
{
    size_t len =
        (size_t)snprintf(reason, EXPECT_REASON_BYTES, "nothing is called '%.32s'; known are", name);
    for (size_t i = 0; i < MEASURES && len < EXPECT_REASON_BYTES; i++) {
        len += (size_t)snprintf(reason + len, EXPECT_REASON_BYTES - len, "%s %s", i == 0 ? "" : ",",
                                measures[i].name);
    }
}

/** Splits "mos>=4" at its operator. @return length of the name, 0 when there is none */
static size_t split(const char *text, enum expect_operator *operator, const char ** value)
{
    size_t len = strcspn(text, "<>=!");
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        size_t width = strlen(operators[i].text);
        if (strncmp(text + len, operators[i].text, width) == 0) {
            *operator= operators[i].operator;
            *value = text + len + width;
            return len;
        }
    }
    return 0;
}

/** What a bare number hides: p99<20 would be 20 s, freezes<1 would be 60 a minute, loss<5 500 %.
 * @return NULL = nothing, or what is to be said */
static const char *bare_fault(enum quantity_kind kind, const char *value, double number)
{
    size_t len = strlen(value);
    bool bare = len > 0 && (isdigit((unsigned char)value[len - 1]) || value[len - 1] == '.');
    if (!bare || number == 0) {
        return NULL;
    }
    if (kind == QUANTITY_SECONDS || kind == QUANTITY_RATE) {
        return "needs a unit";
    }
    return kind == QUANTITY_SHARE && number > 1 ? "is more than all" : NULL;
}

static int parse_rule(struct expect_rule *rule, char reason[static EXPECT_REASON_BYTES])
{
    const char *value = NULL;
    size_t len = split(rule->text, &rule->operator, & value);
    if (len == 0) {
        (void)snprintf(reason, EXPECT_REASON_BYTES,
                       "'%s' is no rule: write a name, one of < <= > >= = !=, and a value, as in "
                       "mos>=4.0,p99<20ms",
                       rule->text);
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < MEASURES; i++) {
        if (strlen(measures[i].name) == len && strncmp(measures[i].name, rule->text, len) == 0) {
            rule->measure = i;
            bool read = quantity_read(value, measures[i].kind, &rule->value) == 0;
            const char *fault =
                read ? bare_fault(measures[i].kind, value, rule->value) : "is no value";
            if (fault == NULL) {
                return 0;
            }
            (void)snprintf(reason, EXPECT_REASON_BYTES, "'%s': '%s' %s for %s (%s); its units: %s",
                           rule->text, value, fault, measures[i].name, measures[i].text,
                           quantity_units(measures[i].kind));
            return ERR_MALFORMED;
        }
    }
    char name[EXPECT_TEXT_BYTES];
    (void)snprintf(name, sizeof(name), "%.*s", (int)len, rule->text);
    list_measures(reason, name);
    return ERR_NOT_FOUND;
}

int expect_parse(struct expect *expect, const char *text, char reason[static EXPECT_REASON_BYTES])
{
    struct expect draft = *expect;
    while (true) {
        if (draft.count == EXPECT_MAX_RULES) {
            (void)snprintf(reason, EXPECT_REASON_BYTES, "more than %d rules", EXPECT_MAX_RULES);
            return ERR_FULL;
        }
        struct expect_rule *rule = &draft.rules[draft.count++];
        size_t len = 0;
        for (; *text != 0 && *text != ','; text++) {
            if (!isspace((unsigned char)*text) && len + 1 < sizeof(rule->text)) {
                rule->text[len++] = *text;
            }
        }
        rule->text[len] = 0;
        int err = parse_rule(rule, reason);
        if (err != 0) {
            return err;
        }
        if (*text == 0) {
            *expect = draft;
            return 0;
        }
        text++;
    }
}

static bool holds(const struct expect_rule *rule, double found)
{
    switch (rule->operator) {
    case EXPECT_LESS:
        return found < rule->value;
    case EXPECT_AT_MOST:
        return found <= rule->value;
    case EXPECT_MORE:
        return found > rule->value;
    case EXPECT_AT_LEAST:
        return found >= rule->value;
    case EXPECT_EQUAL:
        return fabs(found - rule->value) < 1e-9;
    case EXPECT_UNEQUAL:
        return fabs(found - rule->value) >= 1e-9;
    }
    return false;
}

static void found_text(const struct measure *measure, double value, char *out, size_t size)
{
    switch (measure->kind) {
    case QUANTITY_SECONDS:
        (void)snprintf(out, size, value < 1 ? "%.3g ms" : "%.2f s",
                       value < 1 ? value * KILO : value);
        break;
    case QUANTITY_SHARE:
        (void)snprintf(out, size, "%.3g %%", value * PERCENT);
        break;
    case QUANTITY_RATE:
        (void)snprintf(out, size, "%.3g/min", value * 60);
        break;
    case QUANTITY_BYTES:
        (void)snprintf(out, size, "%.1f kB", value / KILO);
        break;
    case QUANTITY_PLAIN:
    case QUANTITY_BITS:
    case QUANTITY_KINDS:
        (void)snprintf(out, size, "%.4g", value);
        break;
    }
}

void expect_judge(const struct expect_rule *rule, const struct tally *tally,
                  const struct tally_sum *sum, struct expect_verdict *out)
{
    const struct measure *measure = &measures[rule->measure];
    *out = (struct expect_verdict){.holds = false};
    out->measured = measure->read(tally, sum, &out->found);
    out->holds = out->measured && holds(rule, out->found);
    if (out->measured) {
        found_text(measure, out->found, out->found_text, sizeof(out->found_text));
    } else {
        out->found = 0;
        (void)snprintf(out->found_text, sizeof(out->found_text), "not measured");
    }
}

const struct expect_rule *expect_broken(const struct expect *expect, const struct tally *tally,
                                        const struct tally_sum *sum, struct expect_verdict *verdict)
{
    for (size_t i = 0; i < expect->count; i++) {
        expect_judge(&expect->rules[i], tally, sum, verdict);
        if (!verdict->holds) {
            return &expect->rules[i];
        }
    }
    return NULL;
}

bool expect_is_about(const struct expect *expect, const char *name)
{
    for (size_t i = 0; i < expect->count; i++) {
        if (strcmp(measures[expect->rules[i].measure].name, name) == 0) {
            return true;
        }
    }
    return false;
}
