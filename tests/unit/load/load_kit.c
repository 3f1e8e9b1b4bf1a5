#include "unit/load/load_kit.h"

#include <stdio.h>

struct agreement_local load_kit_local(void)
{
    struct agreement_local local = {.ufrag = "ourU", .pwd = "ourPasswordOf24Characters"};
    (void)snprintf(local.fingerprint.hash, sizeof(local.fingerprint.hash), "sha-256");
    local.fingerprint.bytes = 32;
    for (uint8_t i = 0; i < 32; i++) {
        local.fingerprint.value[i] = i;
    }
    local.candidate_count = 2;
    (void)addr_parse_ip("192.0.2.7", 5000, &local.candidates[0]);
    (void)addr_parse_ip("2001:db8::7", 5001, &local.candidates[1]);
    return local;
}

struct dial_wish load_kit_wish(void)
{
    return (struct dial_wish){.room = "room",
                              .name = "Ann",
                              .caller = 7,
                              .send_audio = true,
                              .send_video = true,
                              .receive_audio = 1,
                              .receive_video = 1};
}
