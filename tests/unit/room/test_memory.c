/**
 * What the relay keeps for one more participant: counted, so that it stays small. Not in it: what
 * OpenSSL and libsrtp allocate, and packets.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/call.h"
#include "unit/runner.h"

enum { CALLERS = 8, FIRST = 3 };

/** Bytes for each of CALLERS who join, each with so many slots of each kind; 0 = failed. */
static size_t bytes_each(struct call *call, bool video, size_t slots)
{
    char mid[SESSION_MID_BYTES];
    size_t before = 0;
    for (uint32_t number = 1; number < FIRST + CALLERS; number++) {
        if (number == FIRST) { /* tables have grown for those before */
            call_clear(call);
            before = runner_live_bytes();
        }
        struct session *session = call_session(number, "room");
        for (size_t i = 0; session != NULL && i < slots; i++) {
            (void)snprintf(mid, sizeof(mid), "a%zu", i);
            call_add(session, MEDIA_AUDIO, mid, i == 0, true);
            (void)snprintf(mid, sizeof(mid), "v%zu", i);
            if (video) {
                call_add(session, MEDIA_VIDEO, mid, i == 0, true);
            }
        }
        if (!call_join(call, session)) {
            return 0;
        }
    }
    call_clear(call);
    return (runner_live_bytes() - before) / CALLERS;
}

TEST_NO_OOM(a_caller_with_sound_takes_little)
{
    struct call call = {0};
    size_t each = 0;
    REQUIRE_OK(call_init(&call));
    each = bytes_each(&call, false, 1);
    CHECK(each > 0);
    CHECK(each < 22500);
    if (getenv("UNIT_SHOW") != NULL) {
        printf("a caller with sound: %zu bytes\n", each);
    }
out:
    call_deinit(&call);
}

TEST_NO_OOM(a_caller_of_a_conference_takes_what_its_slots_take)
{
    struct call call = {0};
    size_t each = 0;
    REQUIRE_OK(call_init(&call));
    each = bytes_each(&call, true, 9);
    CHECK(each > 0);
    CHECK(each < 72000);
    if (getenv("UNIT_SHOW") != NULL) {
        printf("a caller with nine slots of each kind: %zu bytes\n", each);
    }
out:
    call_deinit(&call);
}
