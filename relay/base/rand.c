#include "base/rand.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

/** splitmix64, to spread a small seed over the state. */
static uint64_t rand_mix(uint64_t *x)
{
    uint64_t z = (*x += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void rand_init(struct rand *rand, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        rand->state[i] = rand_mix(&seed);
    }
    rand->secure = false;
}

void rand_init_secure(struct rand *rand)
{
    memset(rand, 0, sizeof(*rand));
    rand->secure = true;
}

static uint64_t rand_rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

/** xoshiro256** (Blackman and Vigna, 2018). */
static uint64_t rand_step(uint64_t s[4])
{
    uint64_t result = rand_rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rand_rotate(s[3], 45);
    return result;
}

void rand_fill(struct rand *rand, void *out, size_t len)
{
    uint8_t *at = out;
    while (len > 0) {
        if (rand->secure) {
            /* up to 256 bytes come whole and uninterrupted (getrandom(2)) */
            size_t part = len < 256 ? len : 256;
            ssize_t got = getrandom(at, part, 0);
            assert(got == (ssize_t)part);
            at += got;
            len -= (size_t)got;
        } else {
            uint64_t word = rand_step(rand->state);
            size_t part = len < sizeof(word) ? len : sizeof(word);
            memcpy(at, &word, part);
            at += part;
            len -= part;
        }
    }
}

uint64_t rand_u64(struct rand *rand)
{
    uint64_t value;
    rand_fill(rand, &value, sizeof(value));
    return value;
}

uint32_t rand_u32(struct rand *rand)
{
    return (uint32_t)(rand_u64(rand) >> 32);
}

uint32_t rand_below(struct rand *rand, uint32_t bound)
{
    return (uint32_t)(((rand_u64(rand) >> 32) * bound) >> 32);
}

void rand_ice_chars(struct rand *rand, char *out, size_t len)
{
    static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    rand_fill(rand, out, len);
    for (size_t i = 0; i < len; i++) {
        out[i] = chars[(uint8_t)out[i] & 63];
    }
    out[len] = '\0';
}
