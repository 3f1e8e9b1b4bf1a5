#include <errno.h>
#include <stdlib.h>

#include <jansson.h>

#include "auth/token.h"
#include "base/err.h"
#include "unit/runner.h"

/* Made with Python's hmac, hashlib and base64 (see each comment for header and claims), not with
 * the code under test. */
static const char secret[] = "0123456789abcdef0123456789abcdef";

/* {"alg":"HS256","typ":"JWT"} {"iss":"key","sub":"ann","name":"Ann Lee","nbf":1000,"exp":2000,
   "video":{"roomJoin":true,"room":"garden","canPublish":true,"canSubscribe":false,"roomAdmin":true}}
 */
static const char good[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJrZXkiLCJzdWIiOiJhbm4iLCJuYW1lIjo"
    "iQW5uIExlZSIsIm5iZiI6MTAwMCwiZXhwIjoyMDAwLCJ2aWRlbyI6eyJyb29tSm9pbiI6dHJ1ZSwicm9"
    "vbSI6ImdhcmRlbiIsImNhblB1Ymxpc2giOnRydWUsImNhblN1YnNjcmliZSI6ZmFsc2UsInJvb21BZG1"
    "pbiI6dHJ1ZX19.v1RWBYpxPrVHu_AzxwNKsNHTHRZat3_6H40z5OmdcFA";
/* the same, {"alg":"HS384"} and signed with it */
static const char hs384[] =
    "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJrZXkiLCJzdWIiOiJhbm4iLCJuYW1lIjo"
    "iQW5uIExlZSIsIm5iZiI6MTAwMCwiZXhwIjoyMDAwLCJ2aWRlbyI6eyJyb29tSm9pbiI6dHJ1ZSwicm9"
    "vbSI6ImdhcmRlbiIsImNhblB1Ymxpc2giOnRydWUsImNhblN1YnNjcmliZSI6ZmFsc2UsInJvb21BZG1"
    "pbiI6dHJ1ZX19.t1uXxTbJggsFAJHMNRkCBW2gBWwNnRZRLOXd94BdzOgt0IPRKqO5egNeUyrstTtw";
/* the same, {"alg":"none"} and no signature */
static const char none[] =
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJpc3MiOiJrZXkiLCJzdWIiOiJhbm4iLCJuYW1lIjoi"
    "QW5uIExlZSIsIm5iZiI6MTAwMCwiZXhwIjoyMDAwLCJ2aWRlbyI6eyJyb29tSm9pbiI6dHJ1ZSwicm9v"
    "bSI6ImdhcmRlbiIsImNhblB1Ymxpc2giOnRydWUsImNhblN1YnNjcmliZSI6ZmFsc2UsInJvb21BZG1p"
    "biI6dHJ1ZX19.";
/* without exp */
static const char endless[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJrZXkiLCJzdWIiOiJhbm4iLCJuYW1lIjo"
    "iQW5uIExlZSIsIm5iZiI6MTAwMCwidmlkZW8iOnsicm9vbUpvaW4iOnRydWUsInJvb20iOiJnYXJkZW4"
    "iLCJjYW5QdWJsaXNoIjp0cnVlLCJjYW5TdWJzY3JpYmUiOmZhbHNlLCJyb29tQWRtaW4iOnRydWV9fQ."
    "QqojzLfhpzVlnTUsBOoC3mv84vLZM70d2t1b-lcr99w";
/* without video */
static const char no_video[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJrZXkiLCJzdWIiOiJhbm4iLCJuYW1lIjo"
    "iQW5uIExlZSIsIm5iZiI6MTAwMCwiZXhwIjoyMDAwfQ.WDSN8g9sGXAur6iH7VV5Z_hNg4GR9KBGZkkh"
    "fvwUnn8";
/* "video":"yes" */
static const char video_text[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJrZXkiLCJzdWIiOiJhbm4iLCJuYW1lIjo"
    "iQW5uIExlZSIsIm5iZiI6MTAwMCwiZXhwIjoyMDAwLCJ2aWRlbyI6InllcyJ9.6mqN2eLutkEuQRdYmn"
    "Jtb_T6EV_Nlb50-45amiMYGAg";

TEST(reads_the_claims_of_livekit)
{
    struct grants grants;
    const char *why = "";
    REQUIRE_OK(token_verify(good, secret, 1500, &grants, &why));
    CHECK_STR(grants.identity, "ann");
    CHECK_STR(grants.name, "Ann Lee");
    CHECK_STR(grants.room, "garden");
    CHECK(grants.room_join);
    CHECK(grants.can_publish);
    CHECK(!grants.can_subscribe);
    CHECK(grants.can_publish_data); /* true unless said */
    CHECK(grants.room_admin);
    CHECK(!grants.hidden);
    CHECK(grants_join(&grants, "garden"));
    CHECK(!grants_join(&grants, "garden2"));
    CHECK(grants_moderate(&grants, "garden"));
    CHECK(!grants_moderate(&grants, "other"));
out:;
}

TEST(keeps_time_with_thirty_seconds_of_tolerance)
{
    struct grants grants;
    const char *why = "";
    CHECK_INT(token_verify(good, secret, 2030, &grants, &why), 0);
    CHECK_INT(token_verify(good, secret, 2031, &grants, &why), ERR_AUTH);
    CHECK_STR(why, "the token has expired");
    CHECK_INT(token_verify(good, secret, 970, &grants, &why), 0);
    CHECK_INT(token_verify(good, secret, 969, &grants, &why), ERR_AUTH);
    CHECK_STR(why, "the token is not valid yet");
    goto out;
out:;
}

TEST(refuses_other_algorithms_and_missing_claims)
{
    struct grants grants;
    const char *why = "";
    CHECK_INT(token_verify(hs384, secret, 1500, &grants, &why), ERR_AUTH);
    CHECK_STR(why, "the token is signed with another algorithm than HS256");
    CHECK_INT(token_verify(none, secret, 1500, &grants, &why), ERR_AUTH);
    CHECK_INT(token_verify(endless, secret, 1500, &grants, &why), ERR_AUTH);
    CHECK_STR(why, "the token has no exp");
    CHECK_INT(token_verify(no_video, secret, 1500, &grants, &why), ERR_AUTH);
    CHECK_INT(token_verify(video_text, secret, 1500, &grants, &why), ERR_AUTH);
    goto out;
out:;
}

TEST(refuses_what_was_tampered_with)
{
    struct grants grants;
    const char *why = "";
    char text[1024];
    CHECK_INT(token_verify(good, "another secret of thirty-two byte", 1500, &grants, &why),
              ERR_AUTH);
    for (size_t i = 0; i < strlen(good); i += 3) {
        memcpy(text, good, sizeof(good));
        text[i] = text[i] == 'A' ? 'B' : 'A';
        CHECK(token_verify(text, secret, 1500, &grants, &why) != 0);
    }
    for (size_t len = 0; len < strlen(good); len += 5) {
        memcpy(text, good, sizeof(good));
        text[len] = '\0';
        CHECK(token_verify(text, secret, 1500, &grants, &why) != 0);
    }
    CHECK_INT(token_verify("", secret, 1500, &grants, &why), ERR_AUTH);
    CHECK_INT(token_verify("..", secret, 1500, &grants, &why), ERR_AUTH);
    goto out;
out:;
}

TEST(what_has_not_three_parts_of_base64url_is_not_decoded)
{
    static const char *const texts[] = {"",
                                        ".",
                                        "..",
                                        "e30..",
                                        ".e30.",
                                        "..e30",
                                        "e30.e30",
                                        "e30.e30.",
                                        "e30.e30.e30.",
                                        "e30.e.e30",
                                        "e30.e+0.e30",
                                        "e30.e30.e3=",
                                        "e30 .e30.e30",
                                        "e30.e30.e30\n"};
    struct grants grants;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *why = "";
        CHECK_INT(token_verify(texts[i], secret, 1500, &grants, &why), ERR_AUTH);
        CHECK_STR(why, "the token is not three parts of base64url with dots between");
    }
    goto out;
out:;
}

TEST(what_it_makes_it_reads)
{
    struct grants grants;
    struct grants back;
    char *token = NULL;
    const char *why = "";
    grants_open(&grants);
    memcpy(grants.room, "tea", 4);
    memcpy(grants.name, "J\xc3\xb6rg", 6);
    memcpy(grants.identity, "joerg", 6);
    REQUIRE_OK(token_make(&grants, secret, 5000, 60, &token));
    REQUIRE_OK(token_verify(token, secret, 5059, &back, &why));
    CHECK_STR(back.room, "tea");
    CHECK_STR(back.name, "J\xc3\xb6rg");
    CHECK_STR(back.identity, "joerg");
    CHECK(back.room_join && !back.room_admin);
    CHECK_INT(token_verify(token, secret, 5091, &back, &why), ERR_AUTH);
out:
    free(token);
}

TEST(refuses_rooms_that_break_out_of_json)
{
    struct grants grants;
    char *token = NULL;
    grants_open(&grants);
    memcpy(grants.room, "a\",\"x", 6);
    CHECK_INT(token_make(&grants, secret, 0, 60, &token), ERR_INVALID);
    CHECK_INT(token_make(&grants, secret, 0, 0, &token), ERR_INVALID);
    goto out;
out:;
}

static unsigned until_failure;
static json_malloc_t take_memory;

/** As before, but for one time. */
static void *fail_once(size_t bytes)
{
    if (until_failure-- == 0) {
        errno = ENOMEM;
        return NULL;
    }
    return take_memory(bytes);
}

/** A good token is not called bad when there is no memory to read it with. */
TEST_NO_OOM(without_memory_nothing_is_said_about_a_token)
{
    struct grants grants;
    const char *why = "";
    unsigned failures = 0;
    int err = ERR_NO_MEMORY;
    json_free_t give_memory;
    json_get_alloc_funcs(&take_memory, &give_memory);
    json_set_alloc_funcs(fail_once, give_memory);
    while (err == ERR_NO_MEMORY && failures < 10000) {
        until_failure = failures++;
        err = token_verify(good, secret, 1500, &grants, &why);
    }
    json_set_alloc_funcs(take_memory, give_memory);
    CHECK_INT(err, 0);
    CHECK(failures > 10);
    CHECK_STR(why, "");
}
