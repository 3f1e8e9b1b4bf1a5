#include "red_block.h"

#include <string.h>

#include "rtp/opus_payload.h"

struct packet *red_block_packet(const struct packet *red, const struct red_fill *fill,
                                const struct session_media *media)
{
    const struct session_codec *opus = session_codec_by_kind(media, CODEC_OPUS);
    const struct packet_facts *from = (const struct packet_facts *)(const void *)red->note;
    struct packet *packet = opus == NULL ? NULL : packet_take(red->pool);
    if (packet == NULL) {
        return NULL;
    }
    memcpy(packet->data, red->data + from->payload_offset + fill->offset, fill->bytes);
    packet->len = fill->bytes;
    packet->arrival_us = red->arrival_us;
    /* Its extensions are lost; level and voice are most likely those of its neighbour. */
    *packet_facts(packet) = (struct packet_facts){
        .timestamp = fill->timestamp,
        .payload_bytes = fill->bytes,
        .primary_bytes = fill->bytes,
        .codec = (uint8_t)(opus - media->codecs),
        .level = from->level,
        .voice = from->voice && fill->bytes > RTP_OPUS_DTX_MAX_BYTES,
    };
    return packet;
}
