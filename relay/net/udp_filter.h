/**
 * Classic BPF program that lets only plausible STUN, DTLS and (S)RTP datagrams into the process
 * (RFC 7983 7).
 */
#ifndef NET_UDP_FILTER_H
#define NET_UDP_FILTER_H

/** @return 0, or -1 with errno set */
int udp_filter_attach(int descriptor);

#endif
