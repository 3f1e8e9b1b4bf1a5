/**
 * One leg of a caller at Janus: a handle on a plugin and what was agreed through it. What is
 * particular to a plugin is in a table of verbs.
 */
#ifndef LOAD_DIAL_JANUS_LEG_H
#define LOAD_DIAL_JANUS_LEG_H

#include "load/dial_way.h"
#include "load/janus_rooms.h"
#include "load/janus_session.h"

enum { JANUS_LEG_NAME_BYTES = 128 };

struct janus_leg;

struct janus_leg_kind {
    const char *plugin;
    bool in_room;
    /** The handle is attached, and the room is there: asks for what comes first. @return 0 or
     * ERR_NO_MEMORY */
    int (*begin)(struct janus_leg *leg);
    /** An event without error. The leg may be hung up inside. */
    void (*event)(struct janus_leg *leg, const json_t *data, const json_t *jsep);
    /** Media flows; may be NULL. */
    void (*up)(struct janus_leg *leg);
    /** Somebody publishes in the room; may be NULL. */
    void (*changed)(struct janus_leg *leg);
};

extern const struct janus_leg_kind janus_echo;
extern const struct janus_leg_kind janus_bridge;
extern const struct janus_leg_kind janus_publisher;
extern const struct janus_leg_kind janus_subscriber;

struct janus_leg {
    struct dial base;
    const struct janus_leg_kind *kind;
    struct janus_handle *handle;
    struct janus_place place;
    struct turn_timer timer;
    struct agreement agreement;
    char *offer; /**< of a leg that sends, until it is answered */
    char room[JANUS_LEG_NAME_BYTES];
    char name[JANUS_LEG_NAME_BYTES];
    uint32_t caller;
    bool audio; /**< wanted, of what others publish */
    bool video;
    bool agreed;
    /* of a publisher */
    uint64_t publisher;
    /* of a subscriber */
    bool ready;       /**< the room is there */
    bool busy;        /**< a change is under way */
    uint64_t version; /**< of our answers */
    uint64_t *feeds;  /**< that it has asked for */
    size_t feed_count;
};

/** Sends a message on the leg's handle and expects an answer within the target's time-out; a
 * failure to send is told. Arguments as of janus_message. */
void janus_leg_ask(struct janus_leg *leg, json_t *body, const char *type, const char *sdp);

/** Reads the answer to the leg's offer and tells; the leg may be gone afterwards. */
void janus_leg_answered(struct janus_leg *leg, const json_t *jsep);

/** Tells that it has been agreed; the leg may be gone afterwards. */
void janus_leg_agreed(struct janus_leg *leg);

/** Tells the failure, or the end when it was agreed; the leg may be gone afterwards. */
void janus_leg_fail(struct janus_leg *leg, enum load_cause cause, const char *message);

/** Text of a jsep of a type ("offer", "answer"), or NULL. */
const char *janus_leg_sdp(const json_t *jsep, const char *type);

#endif
