#include "greeting.h"

#include <stdbool.h>

#include "base/addr.h"

enum { HOST_BYTES = ADDR_TEXT_MAX + 16 };

/** Host and port to open; a browser on this machine reaches all but one address as localhost. */
static void write_host(const struct config *config, uint16_t port, char out[HOST_BYTES])
{
    char text[ADDR_TEXT_MAX];
    struct addr shown = config->http;
    shown.port = port;
    if (addr_is_loopback(&shown) || addr_is_any(&shown)) {
        (void)snprintf(out, HOST_BYTES, "localhost:%u", port);
    } else {
        (void)snprintf(out, HOST_BYTES, "%s", addr_format(&shown, text));
    }
}

void greeting_write(const struct config *config, uint16_t port, FILE *to)
{
    char host[HOST_BYTES];
    bool tls = config->tls_cert[0] != '\0';
    const char *scheme = tls ? "https" : "http";
    write_host(config, port, host);
    if (config->secret[0] == '\0') {
        (void)fprintf(to, "Open %s://%s/ in two browser tabs\n", scheme, host);
    } else {
        (void)fprintf(to,
                      "Open %s://%s/r/ROOM#token=TOKEN; whoever comes needs a TOKEN of their own, "
                      "from: tandem token --room ROOM --name NAME\n",
                      scheme, host);
    }
    if (!tls && !addr_is_loopback(&config->http)) {
        (void)fprintf(to, "On other machines browsers give camera and microphone to https:// only: "
                          "use --tls-cert and --tls-key, or a proxy with a certificate\n");
    }
    (void)fflush(to);
}
