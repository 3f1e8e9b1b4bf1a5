/**
 * Owned messages from one thread to another: a ring and an eventfd that wakes the reader.
 */
#ifndef NET_MAILBOX_H
#define NET_MAILBOX_H

#include <stddef.h>

struct mailbox;

/** @param capacity power of two. @return 0, ERR_NO_MEMORY or ERR_IO */
int mailbox_new(struct mailbox **out, size_t capacity);

/** Writer's thread. On 0 the message belongs to the reader. @return 0 or ERR_FULL */
int mailbox_post(struct mailbox *mailbox, void *message);

/** Reader's thread: next message, or NULL. */
void *mailbox_take(struct mailbox *mailbox);

/** Readable while messages wait; the reader calls mailbox_acknowledge, then takes until NULL. */
int mailbox_descriptor(const struct mailbox *mailbox);
void mailbox_acknowledge(struct mailbox *mailbox);

/** Messages still inside must have been taken. */
void mailbox_free(struct mailbox **mailbox);

#endif
