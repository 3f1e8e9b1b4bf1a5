/**
 * The least that a caller can call: an ICE-lite side, DTLS and SRTP on a loopback socket, which
 * sends every RTP packet back to whom it came from.
 */
#ifndef TESTS_SUPPORT_FAKE_SERVER_H
#define TESTS_SUPPORT_FAKE_SERVER_H

#include <stdbool.h>

#include "load/agreement.h"
#include "load/turn.h"

struct fake_server;

/** @param active DTLS client. @return 0 or an error */
int fake_server_new(struct fake_server **out, struct turn *turn, bool active);

/** Who calls, as of its offer; before its checks. @return 0 or an error */
int fake_server_expect(struct fake_server *server, const struct agreement_local *caller);

/** As of its answer. */
void fake_server_describe(const struct fake_server *server, struct agreement_remote *out);

/** Checks are answered (true at first). */
void fake_server_set_answers(struct fake_server *server, bool on);

/** RTP is sent back (true at first). */
void fake_server_set_echo(struct fake_server *server, bool on);

/** Two packets that come back leave as one message which the kernel cuts (UDP_SEGMENT; false at
 * first): they are of one size. */
void fake_server_set_pairs(struct fake_server *server, bool on);

bool fake_server_connected(const struct fake_server *server);

/** close_notify. */
void fake_server_hang_up(struct fake_server *server);

void fake_server_free(struct fake_server **server);

#endif
