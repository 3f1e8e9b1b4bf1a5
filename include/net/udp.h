/**
 * The worker's media socket: one UDP port on IPv4 and IPv6, read and written in batches.
 *
 * Receiving: recvmmsg, kernel arrival stamps (SO_TIMESTAMPNS) turned monotonic, local address by
 * a socket for each local address (and PKTINFO for those that came later), so that the answer
 * leaves from where the question came to. A classic BPF filter keeps what is not plausibly STUN,
 * DTLS or (S)RTP (RFC 7983) out of the process. Sending: what the outbox has for one
 * destination is brought together; neighbours of one size leave as segments of one message
 * (UDP_SEGMENT), messages leave by sendmmsg.
 */
#ifndef NET_UDP_H
#define NET_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/drop.h"
#include "base/outbox.h"
#include "base/packet.h"

enum {
    UDP_BATCH = 64,
    UDP_MAX_SOCKETS = 16 /**< local addresses beyond share the socket for all addresses */
};

struct udp;

struct udp_config {
    uint16_t port; /**< 0: the system chooses (one number for both families) */
    bool ipv4;
    bool ipv6;        /**< quietly left out when the host has no IPv6 */
    struct addr bind; /**< family ADDR_NONE: all addresses */
};

struct udp_counters {
    uint64_t datagrams_received;
    uint64_t bytes_received;
    uint64_t datagrams_sent;
    uint64_t bytes_sent;
    uint64_t messages_sent; /**< after grouping */
    uint64_t
        receive_overflows; /**< datagrams the kernel dropped because the socket buffer was full */
};

/**
 * @param drops borrowed: SEND_ERROR, SEND_QUEUE_FULL, OUT_OF_PACKETS, TOO_LONG are counted here
 * @return 0, ERR_NO_MEMORY, ERR_INVALID (neither family), or ERR_IO with errno set (port taken, no
 * permission)
 */
int udp_open(struct udp **out, const struct udp_config *config, struct drop_counts *drops);

/** Port number in use. */
uint16_t udp_port(const struct udp *udp);

/** Descriptors to watch for reading. @return count written */
size_t udp_descriptors(const struct udp *udp, int out[UDP_MAX_SOCKETS]);

/** Those to which transport-wide feedback comes, alone: many datagrams, none of which is urgent.
 * None where the kernel cannot sort so. @return count written */
size_t udp_patient_descriptors(const struct udp *udp, int out[UDP_MAX_SOCKETS]);

/**
 * Reads what is there, up to UDP_BATCH datagrams of one descriptor. Each packet has one reference,
 * from and arrival_us set.
 * @param usual  what they are read into: packets of PACKET_USUAL_BYTES or more
 * @param large  where longer ones go: packets of PACKET_MAX_BYTES
 * @param now_us this loop turn's time; no stamp is later
 * @return count in batch, 0 when nothing is left
 */
size_t udp_receive(struct udp *udp, int descriptor, struct pool *usual, struct pool *large,
                   int64_t now_us, struct packet *batch[UDP_BATCH]);

/** Sends all entries of the outbox that go by UDP (tcp == 0), one destination after the other, to
 * each in order; never blocks. Does not clear the outbox. */
void udp_send(struct udp *udp, const struct outbox *outbox);

const struct udp_counters *udp_counters(const struct udp *udp);

void udp_close(struct udp **udp);

#endif
