#include "frame_padding.h"

#include <stdint.h>

#include "packet_facts.h"

/** End of the run of packets from `first` on that belong to one frame; *longest is their longest
 * payload. */
static size_t frame_end(struct packet *const *packets, size_t first, size_t count,
                        uint16_t *longest)
{
    uint32_t timestamp = packet_facts(packets[first])->timestamp;
    size_t end = first;
    *longest = 0;
    while (end < count && packet_facts(packets[end])->timestamp == timestamp) {
        uint16_t bytes = packet_facts(packets[end])->payload_bytes;
        *longest = bytes > *longest ? bytes : *longest;
        end++;
    }
    return end;
}

void frame_padding_plan(struct packet *const *packets, size_t count)
{
    for (size_t first = 0; first < count;) {
        uint16_t longest;
        size_t end = frame_end(packets, first, count, &longest);
        uint16_t wanted = (uint16_t)((longest + 3) & ~3);
        bool fits = end - first > 1 && wanted <= FRAME_PADDING_MAX_PAYLOAD;
        for (size_t i = first; i < end; i++) {
            struct packet_facts *facts = packet_facts(packets[i]);
            uint16_t missing = (uint16_t)(wanted - facts->payload_bytes);
            facts->padding = fits && missing <= FRAME_PADDING_MAX_BYTES ? (uint8_t)missing : 0;
        }
        first = end;
    }
}
