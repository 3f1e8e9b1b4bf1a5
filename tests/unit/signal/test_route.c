#include "relay/signal/route.h"
#include "unit/runner.h"

TEST(finds_every_resource)
{
    static const struct {
        const char *path;
        enum route_kind kind;
        const char *room;
        const char *participant;
    } cases[] = {
        {"/", ROUTE_PAGE, "", ""},
        {"/r/my-room", ROUTE_PAGE, "my-room", ""},
        {"/r/my-room/", ROUTE_PAGE, "my-room", ""},
        {"/call/A.b_c~d-9", ROUTE_ENDPOINT, "A.b_c~d-9", ""},
        {"/whip/x", ROUTE_ENDPOINT, "x", ""},
        {"/whep/x", ROUTE_ENDPOINT, "x", ""},
        {"/call/%61", ROUTE_ENDPOINT, "a", ""},
        {"/call/x/abc_-", ROUTE_SESSION, "x", "abc_-"},
        {"/call/x/abc/events", ROUTE_EVENTS, "x", "abc"},
        {"/healthz", ROUTE_HEALTH, "", ""},
        {"/readyz", ROUTE_READY, "", ""},
        {"/metrics", ROUTE_METRICS, "", ""},
        {"", ROUTE_NONE, "", ""},
        {"/r", ROUTE_NONE, "", ""},
        {"/r/", ROUTE_PAGE, "", ""},
        {"/r/our%20room", ROUTE_PAGE, "", ""},
        {"/r/a/b", ROUTE_NONE, "a", ""},
        {"/call", ROUTE_NONE, "", ""},
        {"/call/", ROUTE_NONE, "", ""},
        {"/call/a b", ROUTE_NONE, NULL, ""},
        {"/call/a%2Fb", ROUTE_NONE, NULL, ""},
        {"/call/a%0d%0ab", ROUTE_NONE, NULL, ""},
        {"/call/a%00", ROUTE_NONE, NULL, ""},
        {"/call/%C3%A9", ROUTE_NONE, NULL, ""},
        {"/call/x/", ROUTE_NONE, "x", ""},
        {"/call/x/y/", ROUTE_NONE, "x", "y"},
        {"/call/x/y/event", ROUTE_NONE, "x", "y"},
        {"/call/x/y/events/", ROUTE_NONE, "x", "y"},
        {"/CALL/x", ROUTE_NONE, "", ""},
        {"/healthz/", ROUTE_NONE, "", ""},
        {"//call/x", ROUTE_NONE, "", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct route route;
        route_find(str_view_text(cases[i].path), &route);
        if (route.kind != cases[i].kind) {
            runner_fail(cases[i].path, __LINE__, "kind");
        }
        if (cases[i].room != NULL) {
            CHECK_STR(route.room, cases[i].room);
        }
        CHECK_STR(route.participant, cases[i].participant);
    }
    goto out;
out:;
}

TEST(tells_the_endpoints_apart)
{
    struct route route;
    route_find(str_view_text("/whip/x"), &route);
    CHECK_INT(route.endpoint, NEGOTIATE_WHIP);
    route_find(str_view_text("/whep/x"), &route);
    CHECK_INT(route.endpoint, NEGOTIATE_WHEP);
    CHECK_STR(route_endpoint_name(route.endpoint), "whep");
    goto out;
out:;
}

TEST(bounds_room_names_at_64)
{
    char path[100] = "/call/";
    struct route route;
    memset(path + 6, 'a', 64);
    route_find(str_view_text(path), &route);
    CHECK_INT(route.kind, ROUTE_ENDPOINT);
    path[70] = 'a';
    route_find(str_view_text(path), &route);
    CHECK_INT(route.kind, ROUTE_NONE);
    goto out;
out:;
}

TEST(keeps_asset_paths)
{
    struct route route;
    route_find(str_view_text("/assets/a/b%2e.js"), &route);
    CHECK_INT(route.kind, ROUTE_ASSET);
    CHECK_STR(route.asset, "a/b..js");
    goto out;
out:;
}
