/**
 * What every fuzz target has: libFuzzer's entry, and a check that stops it.
 *
 * A target reads its settings, where it has any, from the end of the input, so that plain packets
 * of tests/vectors are seeds as they are. Seeds of its own lie in seeds/<name>/ as lines of hex
 * (*.hex) or plain files.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/** A broken promise of the code under test is a find, like a crash. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
