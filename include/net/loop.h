/**
 * Waits for descriptors and a deadline (epoll, microsecond time-outs).
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

/** Called from loop_wait when the descriptor is ready. */
typedef void loop_ready(void *owner, int descriptor, bool readable, bool writable);

/** @return 0, ERR_NO_MEMORY or ERR_IO */
int loop_new(struct loop **out);

/** Watches a descriptor for reading, and for writing when `write` is set. @return 0, ERR_NO_MEMORY
 * or ERR_IO */
int loop_watch(struct loop *loop, int descriptor, bool write, loop_ready *ready, void *owner);

/** Changes whether writing is watched. */
void loop_watch_write(struct loop *loop, int descriptor, bool write);

/** Changes whether reading is watched, of a descriptor that is not watched for writing. */
void loop_watch_read(struct loop *loop, int descriptor, bool read);

/** Before the descriptor is closed. Safe inside a callback. */
void loop_forget(struct loop *loop, int descriptor);

/** Waits until a descriptor is ready or the monotonic deadline has come (INT64_MAX: for ever), then
 * calls back. */
void loop_wait(struct loop *loop, int64_t now_us, int64_t deadline_us);

/** Sleeps until the monotonic time has come, whatever becomes of descriptors. */
void loop_sleep(int64_t until_us);

void loop_free(struct loop **loop);

#endif
