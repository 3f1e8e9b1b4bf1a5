/**
 * What the control thread asks of a worker: owned messages.
 */
#ifndef ROOM_COMMAND_H
#define ROOM_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "room/event.h"
#include "room/session.h"

enum command_kind {
    COMMAND_JOIN,        /**< session: a new participant; owned */
    COMMAND_UPDATE,      /**< session: the re-offer's agreement for participant `number`; owned; ICE
                            credentials as before */
    COMMAND_RESTART_ICE, /**< session: only number and the four ICE strings are read; owned */
    COMMAND_LEAVE,       /**< number */
    COMMAND_PIN,         /**< number, mid, target (0 = unpin), target_mid ("" = any), feed */
    COMMAND_VIEW,        /**< number, mid, width, height, fps */
    COMMAND_MUTE,        /**< number, media_kind, on: the participant's tracks of that kind, screens
                            excepted, feed nobody while muted */
    COMMAND_REPORT,      /**< number: answered by EVENT_REPORT */
    COMMAND_COUNTERS,    /**< answered by EVENT_COUNTERS */
    COMMAND_STOP         /**< BYE to everybody, then the worker's thread ends */
};

struct command {
    enum command_kind kind;
    uint32_t number;
    struct session *session; /**< JOIN, UPDATE, RESTART_ICE; else NULL */
    char mid[SESSION_MID_BYTES];
    uint32_t target;
    char target_mid[SESSION_MID_BYTES];
    enum feed_kind feed; /**< what the slot is to be fed by, FEED_NONE = as its policy has it */
    enum media_kind media_kind;
    bool on;
    uint32_t width;
    uint32_t height;
    uint32_t fps;
};

/** Zeroed command of a kind. @return 0 or ERR_NO_MEMORY */
int command_new(struct command **out, enum command_kind kind, uint32_t number);

/** Frees the command and the session it still owns. */
void command_free(struct command **command);

#endif
