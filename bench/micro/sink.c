#include "sink.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECEIVER_PORT = 40000, UNREAD_BYTES = 4096 };

/** Runs a program quietly. @return true when it ended well */
static bool run(const char *const argv[])
{
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return false;
    }
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    char *copy[16] = {NULL};
    for (size_t i = 0; i < 15 && argv[i] != NULL; i++) {
        copy[i] = strdup(argv[i]);
    }
    pid_t child;
    int status = -1;
    bool good = posix_spawnp(&child, copy[0], &actions, NULL, copy, environ) == 0 &&
                waitpid(child, &status, 0) == child && status == 0;
    for (size_t i = 0; i < 15; i++) {
        free(copy[i]);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return good;
}

static bool write_file(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    bool good = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    (void)close(file);
    return good;
}

/** A network namespace: at once for root, inside a user namespace for everybody else. */
static bool enter_namespace(void)
{
    if (unshare(CLONE_NEWNET) == 0) {
        return true;
    }
    char map[64];
    (void)snprintf(map, sizeof(map), "0 %u 1", (unsigned)geteuid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_file("/proc/self/uid_map", map);
}

static bool make_device(const char *type)
{
    return run((const char *const[]){"ip", "link", "add", "sink", "type", type, NULL}) &&
           run((const char *const[]){"ip", "link", "set", "sink", "arp", "off", "up", NULL}) &&
           run((const char *const[]){"ip", "addr", "add", "192.0.2.1/24", "dev", "sink", NULL}) &&
           run((const char *const[]){"ip", "route", "add", "default", "via", "192.0.2.2", NULL});
}

static void use_loopback(struct sink *sink)
{
    sink->kind = SINK_LOOPBACK;
    sink->device = "loopback";
    (void)addr_parse_ip("127.0.0.1", 0, &sink->local);
    sink->unread = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t len = sizeof(any);
    int bytes = UNREAD_BYTES;
    (void)setsockopt(sink->unread, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    if (bind(sink->unread, (struct sockaddr *)&any, len) == 0 &&
        getsockname(sink->unread, (struct sockaddr *)&any, &len) == 0) {
        sink->port = ntohs(any.sin_port);
    }
}

void sink_init(struct sink *sink, enum sink_kind wanted)
{
    *sink = (struct sink){.kind = wanted, .device = "none", .unread = -1};
    (void)addr_parse_ip("192.0.2.1", 0, &sink->local);
    bool inside = enter_namespace();
    if (inside) {
        /* the receive kernel needs it, and so does the fall-back */
        (void)run((const char *const[]){"ip", "link", "set", "lo", "up", NULL});
    }
    if (wanted == SINK_NONE) {
        return;
    }
    if (wanted == SINK_DEVICE && inside) {
        sink->device = make_device("dummy") ? "dummy" : make_device("ifb") ? "ifb" : NULL;
        if (sink->device != NULL) {
            (void)run((const char *const[]){"tc", "qdisc", "replace", "dev", "sink", "root",
                                            "noqueue", NULL});
            return;
        }
    }
    use_loopback(sink);
}

struct five_tuple sink_receiver(const struct sink *sink, uint32_t index)
{
    struct five_tuple to = {.local = sink->local};
    to.remote.family = ADDR_IPV4;
    if (sink->kind == SINK_LOOPBACK) {
        const uint8_t ip[4] = {127, 1, (uint8_t)(index >> 8), (uint8_t)index};
        memcpy(to.remote.ip, ip, sizeof(ip));
        to.remote.port = sink->port;
    } else {
        const uint8_t ip[4] = {198, 18, (uint8_t)(index >> 8), (uint8_t)index}; /* RFC 2544 */
        memcpy(to.remote.ip, ip, sizeof(ip));
        to.remote.port = (uint16_t)(RECEIVER_PORT + index % 20000);
    }
    return to;
}

void sink_deinit(struct sink *sink)
{
    if (sink->unread >= 0) {
        (void)close(sink->unread);
        sink->unread = -1;
    }
}
