#include "udp_filter.h"

#include <linux/filter.h>
#include <stddef.h>
#include <sys/socket.h>

/* A UDP socket's filter sees the datagram from the UDP header on: payload starts at 8. */
enum {
    PAYLOAD = 8,
    STUN_MIN = PAYLOAD + 20,
    DTLS_MIN = PAYLOAD + 13,
    RTP_MIN = PAYLOAD + 12,
    STUN_COOKIE = 0x2112A442
};

int udp_filter_sort(int descriptor)
{
    /* Which socket of a group is asked with the datagram from its payload on. SRTCP has its first
     * header in the clear (RFC 3711 3.4): version 2, FMT 15, type 205. */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xdf), /* padded or not */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x80 | 15, 0, 2),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 1),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 205, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 1),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program));
}

int udp_filter_attach(int descriptor)
{
    struct sock_filter code[] = {
        /*  0 */ BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        /*  1 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, RTP_MIN, 0, 13), /* shorter than all: drop */
        /*  2 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, PAYLOAD),
        /*  3 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 192, 11, 0),
        /*  4 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 128, 9, 0), /* RTP, RTCP: pass */
        /*  5 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 64, 9, 0),
        /*  6 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 20, 5, 0), /* DTLS */
        /*  7 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 4, 7, 0),
        /*  8 */ BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), /* STUN: length, cookie */
        /*  9 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, STUN_MIN, 0, 5),
        /* 10 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PAYLOAD + 4),
        /* 11 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STUN_COOKIE, 2, 3),
        /* 12 */ BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), /* DTLS: length */
        /* 13 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, DTLS_MIN, 0, 1),
        /* 14 */ BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        /* 15 */ BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}
