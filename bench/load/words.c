#include "load/words.h"

#include <math.h>
#include <stdio.h>

/** Three digits that count, no exponent. */
static struct words three(double value, const char *unit)
{
    struct words out;
    double size = fabs(value);
    int places = size >= 99.95 || size == 0 ? 0 : size >= 9.995 ? 1 : 2;
    (void)snprintf(out.text, sizeof(out.text), "%.*f %s", places, value, unit);
    return out;
}

struct words words_us(double us)
{
    return us < 1000 ? three(us, "us") : us < 1e6 ? three(us / 1e3, "ms") : three(us / 1e6, "s");
}

struct words words_share(double share)
{
    return three(share * 100, "%");
}

struct words words_bps(double bps)
{
    return bps < 1e3   ? three(bps, "bit/s")
           : bps < 1e6 ? three(bps / 1e3, "kbit/s")
           : bps < 1e9 ? three(bps / 1e6, "Mbit/s")
                       : three(bps / 1e9, "Gbit/s");
}

struct words words_bytes(double bytes)
{
    return bytes < 1e3   ? three(bytes, "B")
           : bytes < 1e6 ? three(bytes / 1e3, "kB")
           : bytes < 1e9 ? three(bytes / 1e6, "MB")
                         : three(bytes / 1e9, "GB");
}
