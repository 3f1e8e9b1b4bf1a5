/**
 * Parts of a frame of a mix, for those who come to it or leave it inside the frame: a packet that
 * begins where what was forwarded to them ended, or ends where it goes on. Frames are all of 20 ms,
 * and so are mostly the packets of the sources; but they begin at other times.
 *
 * Encoders of mixes are not touched: a part is made by a copy of one. All who need the same part
 * have the same packet, so that a frame costs so many more encodings at most as there are parts,
 * however many come or leave.
 *
 * A part that is lost on the way is not sent again: repeats are looked for in the feed that a slot
 * has, or had before among the layers of one track, and the feed of the parts is neither any more.
 * It is 2.5 to 17.5 ms of sound, once in a change, and the receiver conceals it as any loss.
 */
#ifndef BRIDGE_MIX_SEAM_H
#define BRIDGE_MIX_SEAM_H

#include "mix_parts.h"

/** Where to cut a frame, in steps that packets can have: so many samples, or 0 when it is less than
 * half a step, or more than a frame. */
uint16_t mix_seam_round(int32_t samples);

/** Forgets the parts of the frame before. */
void mix_seam_begin(struct mix_room *room);

/**
 * Makes a part of the present frame of a line, as this output would go on now.
 *
 * @param facts what goes with the packets of this output
 * @param cut   its first or its last samples
 * @return its number (bridge_sink_send) in the feed of mix_seam_feed; negative: nothing is to be
 * sent, for it is silent, or there is no memory
 */
int64_t mix_seam_make(struct mix_room *room, const struct mix_output *output,
                      const struct mix_line *line, const struct feed_packet *facts,
                      struct mix_cut cut, int64_t now_us);

struct feed *mix_seam_feed(const struct mix_room *room);

/** Gives memory back that was not needed for a while. */
void mix_seam_sweep(struct mix_room *room);

void mix_seam_free(struct mix_room *room);

#endif
