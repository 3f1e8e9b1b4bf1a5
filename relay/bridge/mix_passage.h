/**
 * How a slot comes to the mix from what was forwarded to it, and goes back: to the sample, as far
 * as packets of Opus can be cut (2.5 ms, of which voices stand off by nothing but for a while after
 * their speed was changed).
 *
 * To the mix: nothing more is forwarded; the mix is behind, and when it comes to where forwarding
 * ended, he has the rest of that frame, and then whole ones. From the mix: he has the part of a
 * frame in which no packet of the source begins yet, and from there on is forwarded to.
 *
 * Who may not know such parts (session_codec.whole_frames) has whole frames only: up to 20 ms are
 * left out then, or heard twice.
 */
#ifndef BRIDGE_MIX_PASSAGE_H
#define BRIDGE_MIX_PASSAGE_H

#include "mix_parts.h"

/* Before a frame is played: */

/** The mix is made for a new listener from now on; he hears it when it has come to where he is. */
void mix_passage_enter(struct mix_room *room, struct mix_listener *listener, int64_t now_us);

/** Goes on with one who is not fed by whole frames only. */
void mix_passage_look(struct mix_room *room, struct mix_listener *listener, int64_t now_us);

/** Goes on with one who is to leave. @return true when he has left: his sink is no more */
bool mix_passage_leave(struct mix_room *room, struct mix_listener *listener, int64_t now_us);

/* When it was: */

/** Finds who needs a part of this frame, and which. */
void mix_passage_plan(struct mix_room *room);

/** Sends them theirs of one output's frame, before that is encoded. */
void mix_passage_cut(struct mix_room *room, const struct mix_output *output,
                     const struct mix_line *line, const struct feed_packet *facts, int64_t now_us);

/** Whose packets he hears, or is going to hear. */
static inline struct mix_output *mix_passage_output(const struct mix_listener *listener)
{
    return listener->own != NULL ? &listener->own->output : &listener->class->output;
}

#endif
