/** Messages of the events WebSocket, one a line, from one of three people: no answer but JSON, and
 * nobody in another room hears a thing. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "relay/signal/wishes.h"
#include "support/switchboard.h"

static const char offer[] =
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=setup:actpass\r\n"
    "a=fingerprint:sha-256 "
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:"
    "1F\r\n"
    "a=rtpmap:111 opus/48000/2\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendrecv\r\na=rtcp-mux\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=setup:actpass\r\n"
    "a=fingerprint:sha-256 "
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:"
    "1F\r\n"
    "a=rtpmap:96 VP8/90000\r\n";

static struct directory_participant *join(struct switchboard *board, const char *target)
{
    struct http_response response;
    switchboard_ask(board, HTTP_POST, target, "Content-Type: application/sdp", offer,
                    sizeof(offer) - 1, &response);
    FUZZ_CHECK(response.status == 201);
    http_response_deinit(&response);
    return directory_by_number(board->directory, switchboard_last(board)->number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct switchboard_socket sockets[3];
    struct switchboard *board = NULL;
    struct directory_participant *people[3];
    if (switchboard_new(&board, 1, 4) != 0) {
        return 0;
    }
    people[0] = join(board, "/call/tea?name=Ann");
    people[1] = join(board, "/call/tea?name=Bob");
    people[2] = join(board, "/call/coffee?name=Eve");
    people[1]->grants.room_admin = true;
    for (size_t i = 0; i < 3; i++) {
        sockets[i].len = 0;
        events_attach(&board->events, people[i], &sockets[i]);
    }
    sockets[2].len = 0;
    struct str_view rest = str_view_of((const char *)data, len);
    while (rest.at != NULL) {
        struct str_view line = str_view_cut(&rest, '\n');
        struct directory_participant *from = people[line.len & 1];
        wishes_receive(&board->events, from, line.at, line.len, board->now_us);
        sockets[0].len = 0;
        sockets[1].len = 0;
        switchboard_clear(board);
    }
    FUZZ_CHECK(sockets[2].len == 0);
    switchboard_free(&board);
    return 0;
}
