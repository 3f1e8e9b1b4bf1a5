#include "load/cause.h"

struct cause_words {
    const char *name;
    const char *text;
};

static const struct cause_words words[LOAD_CAUSE_COUNT] = {
    [LOAD_FINE] = {"fine", "nothing is wrong"},
    [LOAD_UNREACHABLE] = {"unreachable", "the server could not be reached"},
    [LOAD_HTTP_TIMEOUT] = {"http-timeout", "the server did not answer the request in time"},
    [LOAD_REFUSED] = {"refused", "the server refused the token"},
    [LOAD_NOT_FOUND] = {"not-found", "the server has nothing at this URL"},
    [LOAD_SERVER_BUSY] = {"server-busy", "the server takes no more calls now"},
    [LOAD_HTTP_ERROR] = {"http-error", "the server answered with an error"},
    [LOAD_BAD_ANSWER] = {"bad-answer", "the server's answer is no usable SDP"},
    [LOAD_NO_CODEC] = {"no-codec", "the server does not take Opus or VP8"},
    [LOAD_NO_CANDIDATES] = {"no-candidates", "the server's answer names no usable address"},
    [LOAD_ICE_TIMEOUT] = {"ice-timeout", "no ICE check was answered"},
    [LOAD_DTLS_FAILED] = {"dtls-failed", "the DTLS handshake failed"},
    [LOAD_NO_MEDIA] = {"no-media", "connected, and no media came"},
    [LOAD_DROPPED] = {"dropped", "the call was ended by the server or fell silent"},
    [LOAD_NO_RESOURCES] = {"no-resources", "this machine is out of descriptors, ports or memory"},
};

const char *load_cause_name(enum load_cause cause)
{
    return (unsigned)cause < LOAD_CAUSE_COUNT ? words[cause].name : "unknown";
}

const char *load_cause_text(enum load_cause cause)
{
    return (unsigned)cause < LOAD_CAUSE_COUNT ? words[cause].text : "unknown";
}

bool load_cause_quotes_server(enum load_cause cause)
{
    return cause == LOAD_REFUSED || cause == LOAD_NOT_FOUND || cause == LOAD_SERVER_BUSY;
}
