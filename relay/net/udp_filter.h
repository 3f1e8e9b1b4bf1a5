/**
 * Classic BPF program that lets only plausible STUN, DTLS and (S)RTP datagrams into the process
 * (RFC 7983 7).
 */
#ifndef NET_UDP_FILTER_H
#define NET_UDP_FILTER_H

/** @return 0, or -1 with errno set */
int udp_filter_attach(int descriptor);

/**
 * Of a group of two sockets on one port (SO_REUSEPORT) the second takes what is, or seems to be,
 * transport-wide feedback and nothing else; the first takes all else.
 * @param descriptor either of them
 * @return 0, or -1 with errno set
 */
int udp_filter_sort(int descriptor);

#endif
