/**
 * The test runner: registration, checks, and the out-of-memory mode.
 *
 * A test is a function with a label `out:` that releases what it made. In every mode, memory that
 * our objects allocated during a test and did not free is a failure. With --oom, every test runs
 * again with its 1st, 2nd, 3rd ... allocation failing; a check that fails after an injected failure
 * is forgiven, a crash or a leak is not.
 */
#ifndef TESTS_UNIT_RUNNER_H
#define TESTS_UNIT_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct test {
    const char *name;
    const char *file;
    void (*run)(void);
    bool no_oom; /**< too long or too noisy for the out-of-memory mode */
    struct test *next;
};

void runner_register(struct test *test);

/** Notes a failed check; returns false so that it can stand in conditions. */
bool runner_fail(const char *file, int line, const char *what);

/** True when both are equal; notes a failure otherwise. */
bool runner_check_int(const char *file, int line, const char *what, long long got, long long want);

/** True once an allocation was made to fail in this run of the test. */
bool runner_out_of_memory(void);

/** Allocations made by our objects so far, for tests that count them. */
uint64_t runner_allocations(void);

/** Bytes now allocated by our objects. */
size_t runner_live_bytes(void);

#define TEST_WITH(test_name, without_oom)                                                          \
    static void test_##test_name(void);                                                            \
    static struct test test_entry_##test_name = {                                                  \
        .name = #test_name, .file = __FILE__, .run = test_##test_name, .no_oom = (without_oom)};   \
    __attribute__((constructor)) static void test_register_##test_name(void)                       \
    {                                                                                              \
        runner_register(&test_entry_##test_name);                                                  \
    }                                                                                              \
    static void test_##test_name(void)

#define TEST(test_name)        TEST_WITH(test_name, false)
#define TEST_NO_OOM(test_name) TEST_WITH(test_name, true)

/** Notes a failure and goes on. */
#define CHECK(condition) ((condition) ? true : runner_fail(__FILE__, __LINE__, #condition))

/** Compares numbers and shows both; each is evaluated once. */
#define CHECK_INT(got, want)                                                                       \
    runner_check_int(__FILE__, __LINE__, #got, (long long)(got), (long long)(want))

#define CHECK_MEM(got, want, len)                                                                  \
    (memcmp((got), (want), (len)) == 0 ? true                                                      \
                                       : runner_fail(__FILE__, __LINE__, #got " equals " #want))

#define CHECK_STR(got, want)                                                                       \
    (strcmp((got), (want)) == 0 ? true : runner_fail(__FILE__, __LINE__, #got " equals " #want))

/** Notes a failure and goes to out. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!CHECK(condition)) {                                                                   \
            goto out;                                                                              \
        }                                                                                          \
    } while (0)

#define REQUIRE_INT(got, want)                                                                     \
    do {                                                                                           \
        if (!CHECK_INT(got, want)) {                                                               \
            goto out;                                                                              \
        }                                                                                          \
    } while (0)

#define REQUIRE_OK(call) REQUIRE_INT((call), 0)

#endif
