#include <pthread.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mono.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "unit/runner.h"

struct counted {
    struct loop *loop;
    int forget; /**< descriptor to forget inside the callback, -1 for none */
    int calls;
};

static void count_ready(void *owner, int descriptor, bool readable, bool writable)
{
    struct counted *counted = owner;
    (void)descriptor;
    (void)writable;
    counted->calls += readable;
    if (counted->forget >= 0) {
        loop_forget(counted->loop, counted->forget);
    }
}

TEST(descriptor_forgotten_in_a_callback_is_not_called)
{
    int one[2] = {-1, -1};
    int two[2] = {-1, -1};
    struct counted first = {.forget = -1};
    struct counted second = {.forget = -1};
    REQUIRE_OK(loop_new(&first.loop));
    second.loop = first.loop;
    REQUIRE_OK(pipe(one));
    REQUIRE_OK(pipe(two));
    REQUIRE_OK(loop_watch(first.loop, one[0], false, count_ready, &first));
    REQUIRE_OK(loop_watch(first.loop, two[0], false, count_ready, &second));
    first.forget = two[0];
    second.forget = one[0];
    REQUIRE(write(one[1], "x", 1) == 1 && write(two[1], "x", 1) == 1);
    loop_wait(first.loop, mono_now_us(), INT64_MAX);
    CHECK_INT(first.calls + second.calls, 1); /* whoever came first forgot the other */
out:
    for (int i = 0; i < 2; i++) {
        (void)close(one[i]);
        (void)close(two[i]);
    }
    loop_free(&first.loop);
}

TEST(deadline_in_the_past_does_not_wait)
{
    struct loop *loop = NULL;
    REQUIRE_OK(loop_new(&loop));
    loop_wait(loop, 1000, 999);
    loop_wait(loop, 1000, 1200);
out:
    loop_free(&loop);
}

enum { LETTERS = 5000 };

static void *write_letters(void *arg)
{
    struct mailbox *mailbox = arg;
    for (uintptr_t i = 1; i <= LETTERS;) {
        i += mailbox_post(mailbox, (void *)i) == 0;
    }
    return NULL;
}

static void read_letters(void *owner, int descriptor, bool readable, bool writable)
{
    uintptr_t *last = (uintptr_t *)owner + 1;
    struct mailbox *mailbox = *(struct mailbox **)owner;
    void *letter;
    (void)descriptor;
    (void)readable;
    (void)writable;
    mailbox_acknowledge(mailbox);
    while ((letter = mailbox_take(mailbox)) != NULL) {
        *last = (uintptr_t)letter == *last + 1 ? *last + 1 : LETTERS + 1;
    }
}

TEST(mailbox_wakes_the_reader_and_keeps_the_order)
{
    struct loop *loop = NULL;
    uintptr_t owner[2] = {0, 0}; /* mailbox, last letter */
    struct mailbox *mailbox = NULL;
    pthread_t thread;
    REQUIRE_OK(loop_new(&loop));
    REQUIRE_OK(mailbox_new(&mailbox, 16));
    owner[0] = (uintptr_t)mailbox;
    REQUIRE_OK(loop_watch(loop, mailbox_descriptor(mailbox), false, read_letters, owner));
    REQUIRE_OK(pthread_create(&thread, NULL, write_letters, mailbox));
    while (owner[1] < LETTERS) {
        loop_wait(loop, mono_now_us(), mono_now_us() + 5000000);
    }
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(owner[1], LETTERS);
out:
    mailbox_free(&mailbox);
    loop_free(&loop);
}
