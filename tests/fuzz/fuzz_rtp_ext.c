/** Header extensions: elements lie inside the packet, and what was read and written again reads the
 * same. */
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "fuzz/fuzz.h"
#include "rtp/rtp_ext.h"

/** Writes the elements that were found into a packet of their own and reads them back. */
static void write_and_read_back(const struct rtp_exts *exts, const struct rtp_ext_map *map)
{
    struct rtp_ext_element elements[RTP_EXT_COUNT];
    size_t count = 0;
    for (size_t kind = 0; kind < RTP_EXT_COUNT; kind++) {
        if (exts->bytes[kind] > 0) {
            elements[count++] = (struct rtp_ext_element){
                .id = map->id[kind], .bytes = exts->bytes[kind], .at = exts->at[kind]};
        }
    }
    uint8_t packet[RTP_HEADER_BYTES + 4 + RTP_EXT_COUNT * 257 + 3] = {0x90};
    size_t bytes = rtp_ext_write(packet + RTP_HEADER_BYTES, sizeof(packet) - RTP_HEADER_BYTES,
                                 elements, count, true);
    if (count == 0) {
        FUZZ_CHECK(bytes == 0);
        return;
    }
    struct rtp_header header;
    struct rtp_exts again;
    FUZZ_CHECK(rtp_parse(packet, RTP_HEADER_BYTES + bytes, &header) == 0);
    FUZZ_CHECK(rtp_ext_read(packet, &header, map, &again) == 0);
    for (size_t kind = 0; kind < RTP_EXT_COUNT; kind++) {
        FUZZ_CHECK((exts->bytes[kind] == 0) == (again.bytes[kind] == 0));
        FUZZ_CHECK(exts->bytes[kind] == 0 ||
                   (exts->bytes[kind] == again.bytes[kind] &&
                    memcmp(exts->at[kind], again.at[kind], exts->bytes[kind]) == 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct rtp_header header;
    struct rtp_ext_map map;
    struct rtp_exts exts;
    if (rtp_parse(data, len, &header) != 0) {
        return 0;
    }
    for (size_t kind = 0; kind < RTP_EXT_COUNT; kind++) {
        map.id[kind] = (uint8_t)(kind + 1);
    }
    int err = rtp_ext_read(data, &header, &map, &exts);
    FUZZ_CHECK(err == 0 || err == ERR_MALFORMED);
    for (size_t kind = 0; kind < RTP_EXT_COUNT; kind++) {
        const uint8_t *at = exts.bytes[kind] > 0 ? exts.at[kind] : NULL;
        FUZZ_CHECK(at == NULL ||
                   (at >= data + header.ext_offset &&
                    at + exts.bytes[kind] <= data + header.ext_offset + header.ext_bytes));
        uint8_t bytes = 0;
        /* of two elements with one id, the one finds the first and the other keeps the last */
        bool found = rtp_ext_find(data, &header, map.id[kind], &bytes) != NULL;
        FUZZ_CHECK(at == NULL || found);
    }
    write_and_read_back(&exts, &map);
    return 0;
}
