#include "unit/runner.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the linker's --wrap gives us: our objects call __wrap_x, which reach libc by __real_x. */
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void __real_free(void *memory);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void *__wrap_reallocarray(void *old, size_t count, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
int __wrap_posix_memalign(void **out, size_t alignment, size_t bytes);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t max);
void __wrap_free(void *memory);

static struct test *tests;
static struct test **tests_end = &tests;
static const struct test *current;
static size_t failures_here; /**< failed checks of the current run */

/* Live allocations of our objects, so that memory which libraries hand us (and we free) does not
 * disturb the count. */
enum { TABLE_SLOTS = 1 << 21 };
static void *table[TABLE_SLOTS];
static uint64_t allocation_count;
static uint64_t fail_at; /**< number of the allocation that fails, 0 = none */
static bool failed;
static size_t live_count;
static size_t live_bytes;

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

/** Slots that were used since the last reset, so that a reset costs what the test used. */
static size_t *used_slots;
static size_t used_count;

static size_t table_slot(const void *memory)
{
    uint64_t h = (uint64_t)(uintptr_t)memory * 0x9E3779B97F4A7C15u;
    return (size_t)(h >> 43) & (TABLE_SLOTS - 1);
}

static void *track(void *memory)
{
    if (memory == NULL || used_slots == NULL) {
        return memory; /* before main, in constructors: not ours to count */
    }
    pthread_mutex_lock(&table_lock);
    size_t slot = table_slot(memory);
    while (table[slot] != NULL && table[slot] != (void *)table) {
        slot = (slot + 1) & (TABLE_SLOTS - 1);
    }
    if (table[slot] == NULL && used_count < TABLE_SLOTS) {
        used_slots[used_count++] = slot;
    }
    table[slot] = memory;
    live_count++;
    live_bytes += malloc_usable_size(memory);
    pthread_mutex_unlock(&table_lock);
    return memory;
}

static void untrack(void *memory)
{
    if (memory == NULL) {
        return;
    }
    pthread_mutex_lock(&table_lock);
    size_t slot = table_slot(memory);
    while (table[slot] != NULL) {
        if (table[slot] == memory) {
            table[slot] = (void *)table; /* tombstone */
            live_count--;
            live_bytes -= malloc_usable_size(memory);
            break;
        }
        slot = (slot + 1) & (TABLE_SLOTS - 1);
    }
    pthread_mutex_unlock(&table_lock);
}

static bool refuse(void)
{
    pthread_mutex_lock(&table_lock);
    bool no = ++allocation_count == fail_at;
    failed = failed || no;
    pthread_mutex_unlock(&table_lock);
    if (no) {
        errno = ENOMEM;
    }
    return no;
}

void *__wrap_malloc(size_t bytes)
{
    return refuse() ? NULL : track(__real_malloc(bytes));
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return refuse() ? NULL : track(__real_calloc(count, bytes));
}

void *__wrap_realloc(void *old, size_t bytes)
{
    if (refuse()) {
        return NULL;
    }
    untrack(old);
    void *memory = __real_realloc(old, bytes);
    (void)track(memory == NULL ? old : memory);
    return memory;
}

void *__wrap_reallocarray(void *old, size_t count, size_t bytes)
{
    size_t total = 0;
    if (__builtin_mul_overflow(count, bytes, &total)) {
        return NULL;
    }
    return __wrap_realloc(old, total);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    return refuse() ? NULL : track(__real_aligned_alloc(alignment, bytes));
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t bytes)
{
    void *memory = __wrap_aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (memory == NULL) {
        return ENOMEM;
    }
    *out = memory;
    return 0;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, strlen(text));
}

char *__wrap_strndup(const char *text, size_t max)
{
    size_t len = strnlen(text, max);
    char *copy = __wrap_malloc(len + 1);
    if (copy != NULL) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

void __wrap_free(void *memory)
{
    untrack(memory);
    __real_free(memory);
}

void runner_register(struct test *test)
{
    *tests_end = test;
    tests_end = &test->next;
}

bool runner_fail(const char *file, int line, const char *what)
{
    if (failed) {
        return false; /* after an injected failure only crashes and leaks count */
    }
    failures_here++;
    fprintf(stderr, "%s:%d: %s: failed: %s\n", file, line, current->name, what);
    return false;
}

bool runner_check_int(const char *file, int line, const char *what, long long got, long long want)
{
    if (got == want) {
        return true;
    }
    char text[512];
    (void)snprintf(text, sizeof(text), "%s is %lld, wanted %lld", what, got, want);
    return runner_fail(file, line, text);
}

bool runner_out_of_memory(void)
{
    return failed;
}

uint64_t runner_allocations(void)
{
    return allocation_count;
}

size_t runner_live_bytes(void)
{
    return live_bytes;
}

static void table_reset(void)
{
    if (used_slots == NULL) {
        used_slots = __real_calloc(TABLE_SLOTS, sizeof(used_slots[0]));
    }
    for (size_t i = 0; i < used_count; i++) {
        table[used_slots[i]] = NULL;
    }
    used_count = 0;
}

/** Runs one test once; true when it passed and left nothing behind. */
static bool run_once(const struct test *test, uint64_t failing)
{
    table_reset();
    current = test;
    failures_here = 0;
    allocation_count = 0;
    fail_at = failing;
    failed = false;
    live_count = 0;
    live_bytes = 0;
    test->run();
    if (live_count != 0) {
        fprintf(stderr, "%s: %s: %zu allocations (%zu bytes) not freed", test->file, test->name,
                live_count, live_bytes);
        if (failing != 0) {
            fprintf(stderr, " after allocation %llu failed", (unsigned long long)failing);
        }
        fprintf(stderr, "\n");
        return false;
    }
    return failures_here == 0;
}

/** Every allocation of the test fails once; true when no run crashed or leaked. */
static bool run_out_of_memory(const struct test *test)
{
    enum { MOST = 3000 }; /* bounds the time of tests with endless allocations */
    for (uint64_t n = 1; n <= MOST; n++) {
        if (!run_once(test, n)) {
            return false;
        }
        if (!failed) {
            return true; /* it made fewer allocations than n: all were tried */
        }
    }
    return true;
}

/** Names the test that was running when the program dies, then lets it die. */
static void name_the_dead(int number)
{
    char text[512];
    int len = snprintf(text, sizeof(text), "FAILED %s: %s ended by signal %d", current->file,
                       current->name, number);
    if (len > 0 && fail_at != 0 && (size_t)len < sizeof(text)) {
        len += snprintf(text + len, sizeof(text) - (size_t)len, " after allocation %llu failed",
                        (unsigned long long)fail_at);
    }
    if (len > 0 && (size_t)len < sizeof(text) - 1) {
        text[len++] = '\n';
        ssize_t written = write(STDERR_FILENO, text, (size_t)len);
        (void)written;
    }
    raise(number); /* SA_RESETHAND: this one ends us */
}

static void watch_deaths(void)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {.sa_handler = name_the_dead, .sa_flags = SA_RESETHAND | SA_NODEFER};
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
        struct sigaction earlier;
        if (sigaction(deadly[i], NULL, &earlier) == 0 &&
            earlier.sa_handler == SIG_DFL) { /* a sanitizer says more */
            (void)sigaction(deadly[i], &action, NULL);
        }
    }
}

int main(int argc, char **argv)
{
    const char *filter = "";
    watch_deaths();
    (void)signal(SIGPIPE, SIG_IGN); /* sockets whose other end was refused memory */
    bool oom = false;
    bool list = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--oom") == 0) {
            oom = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            list = true;
        } else if (strcmp(argv[i], "-f") == 0 && i + 1 < argc) {
            filter = argv[++i];
        } else {
            fprintf(stderr, "usage: %s [--oom] [--list] [-f part-of-file-or-test-name]\n", argv[0]);
            return 2;
        }
    }
    size_t passed = 0;
    size_t not_passed = 0;
    for (const struct test *test = tests; test != NULL; test = test->next) {
        if (strstr(test->name, filter) == NULL && strstr(test->file, filter) == NULL) {
            continue;
        }
        if (list) {
            printf("%s: %s\n", test->file, test->name);
            continue;
        }
        if (oom && test->no_oom) {
            continue;
        }
        bool good = oom ? run_out_of_memory(test) : run_once(test, 0);
        if (!good) {
            printf("FAILED %s: %s\n", test->file, test->name);
        }
        passed += good;
        not_passed += !good;
    }
    printf("%zu passed, %zu failed\n", passed, not_passed);
    return not_passed == 0 ? 0 : 1;
}
