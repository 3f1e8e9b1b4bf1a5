/**
 * abs-capture-time on its way through the relay
 * (http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time).
 *
 *    capture time, NTP of the capturer (64) | offset of its clock to the sender's NTP clock (64)
 *
 * The time stays. The offset tells how to get from there to the clock of the sender reports, which
 * is ours from here on.
 */
#ifndef ROOM_CAPTURE_TIME_H
#define ROOM_CAPTURE_TIME_H

#include <stdint.h>

#include "base/packet.h"
#include "media/timeline.h"

/**
 * Rewrites the offset in a packet that was just received and whose facts are read; leaves it out
 * while the publisher's clock is not known.
 *
 * @param wall_offset_us our Unix time minus our monotonic time
 */
void capture_time_restate(struct packet *packet, const struct timeline_clock *clock,
                          int64_t wall_offset_us);

#endif
