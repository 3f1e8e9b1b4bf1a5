#include "net/mailbox.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"
#include "base/ring.h"

struct mailbox {
    struct ring *ring;
    int descriptor;
};

int mailbox_new(struct mailbox **out, size_t capacity)
{
    struct mailbox *mailbox = calloc(1, sizeof(*mailbox));
    if (mailbox == NULL) {
        return ERR_NO_MEMORY;
    }
    int err = ring_new(&mailbox->ring, capacity);
    mailbox->descriptor = err == 0 ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
    if (mailbox->descriptor < 0) {
        ring_free(&mailbox->ring);
        free(mailbox);
        return err != 0 ? err : ERR_IO;
    }
    *out = mailbox;
    return 0;
}

int mailbox_post(struct mailbox *mailbox, void *message)
{
    if (!ring_push(mailbox->ring, message)) {
        return ERR_FULL;
    }
    uint64_t one = 1;
    /* a full counter means that the reader is already told */
    (void)!write(mailbox->descriptor, &one, sizeof(one));
    return 0;
}

void *mailbox_take(struct mailbox *mailbox)
{
    return ring_pop(mailbox->ring);
}

int mailbox_descriptor(const struct mailbox *mailbox)
{
    return mailbox->descriptor;
}

void mailbox_acknowledge(struct mailbox *mailbox)
{
    uint64_t count;
    (void)!read(mailbox->descriptor, &count, sizeof(count));
}

void mailbox_free(struct mailbox **mailbox)
{
    if (*mailbox != NULL) {
        (void)close((*mailbox)->descriptor);
        ring_free(&(*mailbox)->ring);
        free(*mailbox);
        *mailbox = NULL;
    }
}
