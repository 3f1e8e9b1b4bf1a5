/**
 * Rules that a run must keep, such as `mos>=4.0,p99<20ms`: names of measures, an operator and a
 * value with its unit, with commas between.
 */
#ifndef LOAD_EXPECT_H
#define LOAD_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "load/tally.h"

enum { EXPECT_MAX_RULES = 32, EXPECT_TEXT_BYTES = 64, EXPECT_REASON_BYTES = 640 };

enum expect_operator {
    EXPECT_LESS,
    EXPECT_AT_MOST,
    EXPECT_MORE,
    EXPECT_AT_LEAST,
    EXPECT_EQUAL,
    EXPECT_UNEQUAL
};

struct expect_rule {
    char text[EXPECT_TEXT_BYTES]; /**< as it was written, without blanks */
    size_t measure;
    enum expect_operator operator;
    double value;
};

struct expect {
    struct expect_rule rules[EXPECT_MAX_RULES];
    size_t count;
};

struct expect_verdict {
    bool measured; /**< false: there was nothing to measure, and the rule is broken */
    bool holds;
    double found;
    char found_text[24]; /**< with its unit */
};

/**
 * Reads rules; they are added to those that are there.
 * @param reason out, on failure: what is wrong and what may be written
 * @return 0, ERR_MALFORMED, ERR_NOT_FOUND (unknown name) or ERR_FULL
 */
int expect_parse(struct expect *expect, const char *text, char reason[static EXPECT_REASON_BYTES]);

void expect_judge(const struct expect_rule *rule, const struct tally *tally,
                  const struct tally_sum *sum, struct expect_verdict *out);

/** The first rule that is broken, or NULL. @param verdict of that rule */
const struct expect_rule *expect_broken(const struct expect *expect, const struct tally *tally,
                                        const struct tally_sum *sum,
                                        struct expect_verdict *verdict);

/** Whether there is a rule about this measure. */
bool expect_is_about(const struct expect *expect, const char *name);

/** The i-th measure's name and what it is, for --help; false beyond the last. */
bool expect_measure(size_t i, const char **name, const char **text);

#endif
