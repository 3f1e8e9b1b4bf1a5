/** WebSocket frames: fed at once or byte by byte, the same messages come out and the same close
 * code. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "relay/signal/utf8.h"
#include "relay/signal/websocket.h"

struct result {
    size_t messages;
    uint64_t sum;
    int last;
    unsigned code;
};

static struct result feed(const uint8_t *data, size_t len, size_t step)
{
    struct websocket socket;
    struct websocket_message message;
    struct result result = {0};
    websocket_init(&socket);
    while (len > 0 && result.last >= 0) {
        size_t used = 0;
        result.last = websocket_receive(&socket, data, step < len ? step : len, &used, &message);
        FUZZ_CHECK(used <= len && (used > 0 || result.last != 0));
        data += used;
        len -= used;
        if (result.last > 0) {
            FUZZ_CHECK(message.len <= WEBSOCKET_MAX_MESSAGE_BYTES);
            FUZZ_CHECK(message.opcode != WEBSOCKET_TEXT ||
                       utf8_check(message.data, message.len, NULL) == 0);
            result.messages++;
            for (size_t i = 0; i < message.len; i++) {
                result.sum = result.sum * 31 + (uint8_t)message.data[i];
            }
        }
    }
    result.code = socket.close_code;
    websocket_deinit(&socket);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct result whole = feed(data, len, SIZE_MAX);
    struct result bytes = feed(data, len, 1);
    FUZZ_CHECK(whole.messages == bytes.messages && whole.sum == bytes.sum);
    FUZZ_CHECK(whole.code == bytes.code);
    return 0;
}
