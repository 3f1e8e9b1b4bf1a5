#include <stdlib.h>

#include "base/err.h"
#include "base/str.h"
#include "unit/runner.h"

TEST(numbers_are_digits_within_their_bound)
{
    uint64_t value = 5;
    CHECK_INT(str_view_u64(str_view_text("65535"), 65535, &value), 0);
    CHECK_INT(value, 65535);
    CHECK_INT(str_view_u64(str_view_text("65536"), 65535, &value), ERR_INVALID);
    CHECK_INT(str_view_u64(str_view_text("18446744073709551616"), UINT64_MAX, &value), ERR_INVALID);
    CHECK_INT(str_view_u64(str_view_text(""), 9, &value), ERR_MALFORMED);
    CHECK_INT(str_view_u64(str_view_text("-1"), 9, &value), ERR_MALFORMED);
    CHECK_INT(str_view_u64(str_view_text("9"), 3, &value), ERR_INVALID);
    REQUIRE_INT(value, 65535);
out:;
}

TEST(cut_splits_at_the_first_separator)
{
    struct str_view rest = str_view_text("a=b=c");
    struct str_view first = str_view_cut(&rest, '=');
    CHECK(str_view_equal(first, "a"));
    CHECK(str_view_equal(rest, "b=c"));
    (void)str_view_cut(&rest, '=');
    struct str_view last = str_view_cut(&rest, '=');
    CHECK(str_view_equal(last, "c"));
    REQUIRE(rest.at == NULL && rest.len == 0);
    CHECK(str_view_equal_nocase(str_view_text("OPUS"), "opus"));
    CHECK(str_view_equal(str_view_trim(str_view_text(" \tnack ")), "nack"));
out:;
}

TEST(built_text_has_a_bound)
{
    struct str str;
    char *text = NULL;
    str_init(&str, 300);
    str_printf(&str, "%s-%d", "x", 7);
    for (int i = 0; i < 40; i++) {
        str_append(&str, "0123456789");
    }
    REQUIRE_INT(str.err, ERR_FULL);
    CHECK(str.len <= 300);
    CHECK_INT(str_take(&str, &text), ERR_FULL);
    str_deinit(&str);
    str_append(&str, "again");
    REQUIRE_OK(str_take(&str, &text));
    CHECK_STR(text, "again");
out:
    free(text);
    str_deinit(&str);
}

TEST(names_are_unreserved_characters)
{
    CHECK(str_is_name("quiet-otter-42"));
    CHECK(str_is_name("A.b_c~9"));
    static const char *const bad[] = {"",
                                      " ",
                                      "a b",
                                      "a/b",
                                      "r\xc3\xb6"
                                      "m",
                                      "a%20b",
                                      "a\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(!str_is_name(bad[i]));
    }
    goto out;
out:;
}
