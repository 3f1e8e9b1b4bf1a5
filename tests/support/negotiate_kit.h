/**
 * An offer to be edited, the negotiation of it, and questions about the answer.
 */
#ifndef TESTS_SUPPORT_NEGOTIATE_KIT_H
#define TESTS_SUPPORT_NEGOTIATE_KIT_H

#include <stdbool.h>
#include <stddef.h>

#include "signal/negotiate.h"

/** Begin with all zero; kit_free at the end. */
struct kit {
    char *offer;
    struct session *session; /**< of the last negotiation that went well */
    char *answer;
    struct negotiate_problem problem;
    uint64_t seed; /**< of the numbers drawn next */

    /* of struct negotiate_config */
    bool mix_dtx;
    enum slot_policy audio;
    size_t voices;
};

/** Loads a recorded offer by name ("chromium-156.0.8078.79-sendrecv"; others with their folder).
 * @return 0 or an error */
int kit_load(struct kit *kit, const char *name);

/** Replaces every occurrence. @return how many, or -1 when out of memory */
int kit_replace(struct kit *kit, const char *from, const char *to);

/** Removes every line that begins so. @return how many, or -1 */
int kit_remove(struct kit *kit, const char *prefix);

/** Adds text at the end. @return 0 or an error */
int kit_append(struct kit *kit, const char *text);

/** Answers the offer as the first one; judged by answer_check. @return 0, the error, or 1 when the
 * check complains */
int kit_answer(struct kit *kit, enum negotiate_kind kind);

/** Answers the offer as a later one on kit->session. Same results. */
int kit_answer_again(struct kit *kit, enum negotiate_kind kind);

/** True when the answer is refused with this status, and the detail holds this text. */
bool kit_refuses(struct kit *kit, enum negotiate_kind kind, int status, const char *detail);

/** How many lines of the answer's m-line (1-based; 0: session part) begin with prefix. */
size_t kit_count(const struct kit *kit, size_t part, const char *prefix);

void kit_free(struct kit *kit);

#endif
