/**
 * What slots agreed on, once for all slots that agreed on the same: nearly all of a conference, and
 * of callers with the same browser.
 *
 * Values that do not change while they are held; of one worker, whose context lists them.
 */
#ifndef ROOM_AGREEMENT_H
#define ROOM_AGREEMENT_H

#include <stddef.h>

#include "base/list.h"
#include "room/session.h"

struct agreement {
    struct list link; /**< in the worker's list */
    size_t holders;
    struct session_media media; /**< kind, codecs and header extensions, nothing else */
};

/**
 * @param agreements of the worker (room_context.agreements)
 * @param media      of a slot's m-line
 * @return what was agreed there, to be given back; NULL without memory
 */
struct agreement *agreement_take(struct list *agreements, const struct session_media *media);

/** Gives it back and clears the pointer; NULL inside is allowed. */
void agreement_give(struct agreement **agreement);

#endif
