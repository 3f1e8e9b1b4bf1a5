/**
 * A redundant block of a RED packet as a packet of its own (RFC 2198), which then goes on like any
 * other.
 */
#ifndef ROOM_RED_BLOCK_H
#define ROOM_RED_BLOCK_H

#include "media/red_fill.h"
#include "packet_facts.h"

/**
 * @param red the packet that brought it, with its facts
 * @return a reference, the caller's, with all facts but ext_seq; NULL without memory, or when Opus
 *         is not agreed
 */
struct packet *red_block_packet(const struct packet *red, const struct red_fill *fill,
                                const struct session_media *media);

#endif
