#include "auth/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jwt.h>

#include "base/err.h"

static int refuse(const char **why, const char *text)
{
    *why = text;
    return ERR_AUTH;
}

/** Copies a text claim; one that is missing is "". @return 0 or ERR_FULL */
static int read_text(jwt_t *claims, const char *name, char *out, size_t bytes)
{
    const char *value = jwt_get_grant(claims, name);
    size_t len = value == NULL ? 0 : strlen(value);
    if (len >= bytes) {
        return ERR_FULL;
    }
    memcpy(out, value == NULL ? "" : value, len);
    out[len] = '\0';
    return 0;
}

/** A claim that is missing has the default (LiveKit: canPublish, canSubscribe and canPublishData
 * are true unless said). */
static bool read_flag(jwt_t *claims, const char *name, bool otherwise)
{
    errno = 0;
    int value = jwt_get_grant_bool(claims, name);
    return errno == ENOENT ? otherwise : value != 0;
}

/** libjwt calls whatever it had no memory for malformed, or missing. @return ERR_NO_MEMORY or what
 * it is otherwise */
static int unless_no_memory(int otherwise)
{
    return errno == ENOMEM ? ERR_NO_MEMORY : otherwise;
}

/** The "video" object. libjwt reads JSON into the claims of a token, so it also reads this one. */
static int read_video(jwt_t *claims, struct grants *grants)
{
    errno = 0;
    char *json = jwt_get_grants_json(claims, "video");
    jwt_t *video = NULL;
    if (json == NULL) {
        return unless_no_memory(ERR_NOT_FOUND);
    }
    int err = jwt_new(&video) == 0 ? 0 : ERR_NO_MEMORY;
    if (err == 0 && jwt_add_grants_json(video, json) != 0) {
        err = unless_no_memory(ERR_MALFORMED);
    }
    if (err == 0) {
        err = read_text(video, "room", grants->room, sizeof(grants->room));
        grants->room_join = read_flag(video, "roomJoin", false);
        grants->can_publish = read_flag(video, "canPublish", true);
        grants->can_subscribe = read_flag(video, "canSubscribe", true);
        grants->can_publish_data = read_flag(video, "canPublishData", true);
        grants->room_admin = read_flag(video, "roomAdmin", false);
        grants->room_list = read_flag(video, "roomList", false);
        grants->room_record = read_flag(video, "roomRecord", false);
        grants->hidden = read_flag(video, "hidden", false);
    }
    jwt_free(video);
    free(json);
    return err;
}

static int read_claims(jwt_t *claims, int64_t wall_s, struct grants *grants, const char **why)
{
    errno = 0;
    int64_t expires_s = jwt_get_grant_int(claims, "exp");
    if (errno != 0) {
        return refuse(why, "the token has no exp");
    }
    if (wall_s - TOKEN_TOLERANCE_S > expires_s) {
        return refuse(why, "the token has expired");
    }
    errno = 0;
    int64_t not_before_s = jwt_get_grant_int(claims, "nbf");
    if (errno == 0 && wall_s + TOKEN_TOLERANCE_S < not_before_s) {
        return refuse(why, "the token is not valid yet");
    }
    if (read_text(claims, "sub", grants->identity, sizeof(grants->identity)) != 0 ||
        read_text(claims, "name", grants->name, sizeof(grants->name)) != 0) {
        return refuse(why, "a claim of the token is too long");
    }
    int err = read_video(claims, grants);
    if (err == ERR_NO_MEMORY) {
        return err;
    }
    return err == 0 ? 0 : refuse(why, "the token has no video grant that can be read");
}

static bool is_base64url(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/** Three parts of base64url with dots between (RFC 7515 7.1): libjwt writes beyond its memory where
 * a part is empty. */
static bool has_three_parts(const char *token)
{
    for (int part = 0; part < 3; part++) {
        size_t len = 0;
        while (is_base64url(token[len])) {
            len++;
        }
        if (len == 0 || len % 4 == 1 || token[len] != (part < 2 ? '.' : '\0')) {
            return false;
        }
        token += len + 1;
    }
    return true;
}

int token_verify(const char *token, const char *secret, int64_t wall_s, struct grants *out,
                 const char **why)
{
    jwt_t *claims = NULL;
    if (strnlen(token, TOKEN_MAX_BYTES + 1) > TOKEN_MAX_BYTES) {
        return refuse(why, "the token is too long");
    }
    if (!has_three_parts(token)) {
        return refuse(why, "the token is not three parts of base64url with dots between");
    }
    errno = 0;
    int failed = jwt_decode(&claims, token, (const unsigned char *)secret, (int)strlen(secret));
    if (failed == ENOMEM || (failed != 0 && errno == ENOMEM)) {
        return ERR_NO_MEMORY;
    }
    if (failed != 0) {
        return refuse(why, "the token is malformed or its signature is wrong");
    }
    struct grants grants = {0};
    int err = jwt_get_alg(claims) == JWT_ALG_HS256
                  ? read_claims(claims, wall_s, &grants, why)
                  : refuse(why, "the token is signed with another algorithm than HS256");
    jwt_free(claims);
    if (err == 0) {
        *out = grants;
    }
    return err;
}

static const char *flag_text(bool flag)
{
    return flag ? "true" : "false";
}

/** The video object as JSON; rooms that could break out of it are refused by the caller. */
static int write_video(jwt_t *claims, const struct grants *grants)
{
    char json[512];
    int len = snprintf(json, sizeof(json),
                       "{\"video\":{\"roomJoin\":%s,\"room\":\"%s\",\"canPublish\":%s,"
                       "\"canSubscribe\":%s,\"canPublishData\":%s,\"roomAdmin\":%s,"
                       "\"roomList\":%s,\"roomRecord\":%s,\"hidden\":%s}}",
                       flag_text(grants->room_join), grants->room, flag_text(grants->can_publish),
                       flag_text(grants->can_subscribe), flag_text(grants->can_publish_data),
                       flag_text(grants->room_admin), flag_text(grants->room_list),
                       flag_text(grants->room_record), flag_text(grants->hidden));
    return len > 0 && (size_t)len < sizeof(json) ? jwt_add_grants_json(claims, json) : EINVAL;
}

static int write_claims(jwt_t *claims, const struct grants *grants, int64_t wall_s, int64_t ttl_s)
{
    int failed = jwt_add_grant(claims, "iss", "tandem");
    if (failed == 0 && grants->identity[0] != '\0') {
        failed = jwt_add_grant(claims, "sub", grants->identity);
    }
    if (failed == 0 && grants->name[0] != '\0') {
        failed = jwt_add_grant(claims, "name", grants->name);
    }
    if (failed == 0) {
        failed = jwt_add_grant_int(claims, "nbf", wall_s);
    }
    if (failed == 0) {
        failed = jwt_add_grant_int(claims, "exp", wall_s + ttl_s);
    }
    return failed != 0 ? failed : write_video(claims, grants);
}

int token_make(const struct grants *grants, const char *secret, int64_t wall_s, int64_t ttl_s,
               char **out)
{
    jwt_t *claims = NULL;
    if (ttl_s < 1 || strpbrk(grants->room, "\"\\") != NULL) {
        return ERR_INVALID;
    }
    if (jwt_new(&claims) != 0) {
        return ERR_NO_MEMORY;
    }
    int failed = write_claims(claims, grants, wall_s, ttl_s);
    if (failed == 0) {
        failed =
            jwt_set_alg(claims, JWT_ALG_HS256, (const unsigned char *)secret, (int)strlen(secret));
    }
    char *encoded = failed == 0 ? jwt_encode_str(claims) : NULL;
    jwt_free(claims);
    if (encoded == NULL) {
        return failed == EINVAL ? ERR_INVALID : ERR_NO_MEMORY;
    }
    *out = encoded;
    return 0;
}
