#include "base/err.h"
#include "relay/signal/utf8.h"
#include "unit/runner.h"

TEST(counts_characters)
{
    size_t count = 0;
    CHECK_INT(utf8_check("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10, &count), 0);
    CHECK_INT(count, 4);
    CHECK_INT(utf8_check("", 0, &count), 0);
    CHECK_INT(count, 0);
    goto out;
out:;
}

TEST(refuses_what_is_not_utf8)
{
    /* RFC 3629 3 and 10: overlong, surrogates, too large, cut short, stray continuation */
    static const char *const bad[] = {
        "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80",
        "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xc3",         "\xe2\x82",         "\xf0\x9f\x98",     "\xff",
        "\xc3!"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_INT(utf8_check(bad[i], strlen(bad[i]), NULL), ERR_MALFORMED);
    }
    CHECK_INT(utf8_check("\xf4\x8f\xbf\xbf\xed\x9f\xbf", 7, NULL), 0);
    goto out;
out:;
}
