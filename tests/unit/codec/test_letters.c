#include <stdlib.h>

#include "base/rand.h"
#include "codec/glyphs.h"
#include "codec/letters.h"
#include "unit/runner.h"

/** True when a name is read as these letters, all of ASCII. */
static bool reads(const char *name, const char *want)
{
    struct letters letters;
    letters_read(&letters, name);
    bool same = letters.count == strlen(want);
    for (size_t i = 0; i < letters.count && same; i++) {
        same = letters.at[i] == (uint8_t)want[i];
    }
    return same;
}

static bool initials(const char *name, const char *want)
{
    struct letters letters;
    struct letters two;
    letters_read(&letters, name);
    letters_initials(&letters, &two);
    return two.count == strlen(want) && two.at[0] == (uint8_t)want[0] &&
           (two.count == 1 || two.at[1] == (uint8_t)want[1]);
}

TEST(plain_names_stay_as_they_are)
{
    CHECK(reads("Anna Kowalska", "Anna Kowalska"));
    CHECK(reads("O'Brien (42) ~#", "O'Brien (42) ~#"));
    CHECK(reads("", ""));
    CHECK(reads(NULL, ""));
    goto out;
out:
    return;
}

/** True when the letters' marks are these, '_' for none. */
static bool marks(const char *name, const char *want)
{
    struct letters letters;
    letters_read(&letters, name);
    bool same = letters.count == strlen(want);
    for (size_t i = 0; i < letters.count && same; i++) {
        same = letters.marks[i] == (want[i] == '_' ? 0 : (uint8_t)want[i]);
    }
    return same;
}

TEST(accents_are_marks_on_plain_letters)
{
    CHECK(reads("J\xC3\xB6rg M\xC3\xBCller", "Jorg Muller"));
    CHECK(marks("J\xC3\xB6rg M\xC3\xBCller", "_\"____\"____"));
    CHECK(reads("\xC5\xBB\xC3\xB3\xC4\x87", "Zoc"));
    CHECK(marks("\xC5\xBB\xC3\xB3\xC4\x87", ".''"));
    CHECK(reads("Nguy\xE1\xBB\x85n", "Nguyen")); /* Vietnamese: without */
    CHECK(reads("\xE2\x80\x9Cx\xE2\x80\x9D\xE2\x80\x94y", "\"x\"-y"));
    goto out;
out:
    return;
}

TEST(combining_characters_mark_the_letter_before)
{
    CHECK(reads("e\xCC\x81t\xC3\xA9", "ete"));
    CHECK(marks("e\xCC\x81t\xC3\xA9", "'_'"));
    CHECK(marks("e\xCC\x81\xCC\x88\xCC\x88", "'")); /* a heap of them: the first */
    CHECK(reads("\xCC\x81"
                "a",
                "a"));
    CHECK(marks("\xCC\x81"
                "a 1\xCC\x81",
                "___"));
    goto out;
out:
    return;
}

TEST(cyrillic_is_drawn)
{
    struct letters letters;
    letters_read(&letters, "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD \xD0\x81"); /* Ivan, Yo */
    REQUIRE_INT(letters.count, 6);
    CHECK_INT(letters.at[0], 0x0418);
    CHECK_INT(letters.at[5], 0x0415);
out:
    return;
}

TEST(blanks_are_one_and_none_at_the_ends)
{
    CHECK(reads("  a \t\xC2\xA0 b  ", "a b"));
    CHECK(reads("   ", ""));
    goto out;
out:
    return;
}

TEST(what_has_no_letter_is_one_question_mark)
{
    CHECK(reads("\xE6\x9D\x8E\xE5\xB0\x8F\xE9\xBE\x99", "?"));
    CHECK(reads("\xF0\x9F\x98\x80\xF0\x9F\x98\x80 Max", "? Max"));
    CHECK(reads("a\xE6\x9D\x8E?b", "a??b"));
    goto out;
out:
    return;
}

TEST(invisible_characters_vanish)
{
    CHECK(reads("a\x01\x1F\x7F\xC2\x85\xE2\x80\xAE\xE2\x80\x8B\xEF\xBB\xBF\xEF\xB8\x8F"
                "b",
                "ab"));
    goto out;
out:
    return;
}

TEST(broken_utf8_is_a_question_mark)
{
    CHECK(reads("a\xFF", "a?"));
    CHECK(reads("a\xC3", "a?"));
    CHECK(reads("a\xC0\x80z", "a?z"));         /* overlong NUL */
    CHECK(reads("a\xE0\x80\xAFz", "a?z"));     /* overlong slash */
    CHECK(reads("a\xED\xA0\x80z", "a?z"));     /* surrogate */
    CHECK(reads("a\xF4\x90\x80\x80z", "a?z")); /* above U+10FFFF */
    CHECK(reads("a\xE2\x82z", "a?z"));
    goto out;
out:
    return;
}

TEST(long_names_are_bounded)
{
    char name[LETTERS_MAX_BYTES * 2];
    struct letters letters;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    letters_read(&letters, name);
    CHECK_INT(letters.count, LETTERS_MAX);
    memset(name, 1, sizeof(name) - 2); /* invisible, and a letter behind the bound */
    letters_read(&letters, name);
    CHECK_INT(letters.count, 0);
    goto out;
out:
    return;
}

TEST(every_letter_read_from_noise_has_a_shape)
{
    struct rand rand;
    rand_init(&rand, 11);
    for (int round = 0; round < 500; round++) {
        char *name = malloc(65);
        struct letters letters;
        REQUIRE(name != NULL);
        rand_fill(&rand, name, 64);
        name[64] = '\0';
        letters_read(&letters, name);
        free(name);
        for (size_t i = 0; i < letters.count; i++) {
            CHECK(glyph_strokes(letters.at[i]) != NULL);
        }
    }
out:
    return;
}

TEST(initials_are_of_the_first_and_last_word)
{
    CHECK(initials("anna maria kowalska", "AK"));
    CHECK(initials("anna", "A"));
    CHECK(initials("Pat O'Brien (42)", "PO"));
    CHECK(initials("(x)", "?"));
    CHECK(initials("", "?"));
    CHECK(initials("\xC3\xA9mile", "E"));
    goto out;
out:
    return;
}
