/**
 * Doubly linked list whose links live inside the elements.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/** Both the head of a list and the link inside an element. */
struct list {
    struct list *prev;
    struct list *next;
};

/** Element of type `type` whose member `member` is at `link`. */
#define LIST_ENTRY(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/** As LIST_ENTRY, of an element that is only read. */
#define LIST_ENTRY_CONST(link, type, member)                                                       \
    ((const type *)(const void *)((const char *)(link)-offsetof(type, member)))

/** Walks from the first to the last; the current element may not be removed. */
#define LIST_FOR_EACH(link, head)                                                                  \
    for (struct list *link = (head)->next; (link) != (head); (link) = (link)->next)

/** As LIST_FOR_EACH, but the current element may be removed. */
#define LIST_FOR_EACH_SAFE(link, after, head)                                                      \
    for (struct list *link = (head)->next, *after = (link)->next; (link) != (head);                \
         (link) = (after), (after) = (link)->next)

static inline void list_init(struct list *head)
{
    head->prev = head;
    head->next = head;
}

static inline bool list_empty(const struct list *head)
{
    return head->next == head;
}

static inline void list_append(struct list *head, struct list *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

/** Takes link out of its list; safe on a link that was initialised and is in none. */
static inline void list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

#endif
