#include <stdio.h>

#include "base/err.h"
#include "relay/transport/ice_lite.h"
#include "support/stun_peer.h"
#include "unit/runner.h"

static const struct ice_credentials first_credentials = {.local_ufrag = "usus",
                                                         .local_pwd = "our-password",
                                                         .remote_ufrag = "them",
                                                         .remote_pwd = "their-password"};
static const struct ice_credentials second_credentials = {.local_ufrag = "us2",
                                                          .local_pwd = "our-password-2",
                                                          .remote_ufrag = "them2",
                                                          .remote_pwd = "their-password-2"};

struct fixture {
    struct ice_lite ice;
    struct ice_stun_codec *codec;
    struct rand rand;
    uint8_t out[ICE_STUN_MAX_BYTES];
    size_t out_len;
    struct ice_change change;
};

static int fixture_init(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    rand_init(&fixture->rand, 1);
    int err = ice_stun_codec_new(&fixture->codec);
    return err != 0 ? err
                    : ice_lite_init(&fixture->ice, &first_credentials, 0xabcd, &fixture->rand);
}

static void fixture_deinit(struct fixture *fixture)
{
    ice_lite_deinit(&fixture->ice);
    ice_stun_codec_free(&fixture->codec);
}

/** A tuple by host and port: 192.0.2.<host>:<port> talking to our <local>. */
static struct five_tuple tuple_of(int host, uint16_t port, int local)
{
    struct five_tuple tuple = {0};
    char text[ADDR_TEXT_MAX];
    (void)snprintf(text, sizeof(text), "192.0.2.%d", host);
    (void)addr_parse_ip(text, port, &tuple.remote);
    (void)snprintf(text, sizeof(text), "198.51.100.%d", local);
    (void)addr_parse_ip(text, 7000, &tuple.local);
    return tuple;
}

static int check_with(struct fixture *fixture, const struct stun_peer_request *request,
                      const struct five_tuple *tuple, int64_t now_us)
{
    uint8_t data[STUN_PEER_BYTES];
    struct ice_stun message;
    size_t len = stun_peer_write(request, data);
    int err = ice_stun_read(fixture->codec, data, len, &message);
    fixture->change = (struct ice_change){0};
    return err != 0 ? err
                    : ice_lite_receive_request(&fixture->ice, fixture->codec, &message, tuple, true,
                                               now_us, fixture->out, &fixture->out_len,
                                               &fixture->change);
}

static int check_from(struct fixture *fixture, struct five_tuple tuple, uint32_t priority,
                      bool nominate, int64_t now_us)
{
    struct stun_peer_request request = {.username = "usus:them",
                                        .password = "our-password",
                                        .use_candidate = nominate,
                                        .priority = priority};
    return check_with(fixture, &request, &tuple, now_us);
}

static int check_again(struct fixture *fixture, struct five_tuple tuple, bool nominate,
                       int64_t now_us)
{
    struct stun_peer_request request = {.username = "us2:them2",
                                        .password = "our-password-2",
                                        .use_candidate = nominate,
                                        .priority = 1};
    return check_with(fixture, &request, &tuple, now_us);
}

static bool selected_is(const struct fixture *fixture, struct five_tuple tuple)
{
    const struct five_tuple *selected = ice_lite_selected(&fixture->ice);
    return selected != NULL && five_tuple_equal(selected, &tuple);
}

/** Answers the check that was written to fixture->out. */
static int answer(struct fixture *fixture, const char *password, struct five_tuple tuple,
                  int64_t now_us)
{
    uint8_t data[STUN_PEER_BYTES];
    struct ice_stun message;
    struct addr us = tuple.local;
    struct stun_peer_request response = {.type = 0x0101, .password = password, .mapped = &us};
    memcpy(response.transaction, fixture->out + 8, 12);
    size_t len = stun_peer_write(&response, data);
    int err = ice_stun_read(fixture->codec, data, len, &message);
    fixture->change = (struct ice_change){0};
    return err != 0 ? err
                    : ice_lite_receive_response(&fixture->ice, &message, &tuple, now_us,
                                                &fixture->change);
}

TEST(the_first_valid_check_gives_a_path_and_is_answered)
{
    struct fixture f;
    size_t len = 0;
    struct five_tuple a = tuple_of(1, 100, 1);
    REQUIRE_OK(fixture_init(&f));
    CHECK(ice_lite_selected(&f.ice) == NULL);
    CHECK(!ice_lite_has_consent(&f.ice, 0));
    CHECK_INT(ice_lite_consent_deadline(&f.ice), INT64_MAX);
    REQUIRE_OK(check_from(&f, a, 100, false, 5));
    CHECK(f.change.added && f.change.moved && f.change.first);
    CHECK(selected_is(&f, a));
    CHECK(stun_peer_verify(f.out, f.out_len, "our-password"));
    CHECK(stun_peer_find(f.out, f.out_len, 0x0020, &len) != NULL);
    CHECK(ice_lite_has_consent(&f.ice, 5));
    CHECK_INT(ice_lite_consent_deadline(&f.ice), 5 + ICE_CONSENT_US);
out:
    fixture_deinit(&f);
}

TEST(wrong_passwords_and_names_are_not_answered)
{
    struct fixture f;
    struct five_tuple a = tuple_of(1, 100, 1);
    REQUIRE_OK(fixture_init(&f));
    struct stun_peer_request wrong = {.username = "usus:them", .password = "their-password"};
    CHECK_INT(check_with(&f, &wrong, &a, 0), ERR_AUTH);
    CHECK_INT(f.out_len, 0);
    wrong = (struct stun_peer_request){.username = "usu:them", .password = "our-password"};
    CHECK_INT(check_with(&f, &wrong, &a, 0), ERR_AUTH);
    wrong = (struct stun_peer_request){.username = "usus:them", .password = NULL};
    CHECK_INT(check_with(&f, &wrong, &a, 0), ERR_AUTH);
    CHECK_INT(f.out_len, 0);
    CHECK(ice_lite_selected(&f.ice) == NULL);
out:
    fixture_deinit(&f);
}

TEST(unknown_attributes_and_role_conflicts_are_told_and_move_nothing)
{
    struct fixture f;
    struct five_tuple a = tuple_of(1, 100, 1);
    REQUIRE_OK(fixture_init(&f));
    struct stun_peer_request request = {
        .username = "usus:them", .password = "our-password", .unknown = 0x7777};
    CHECK_INT(check_with(&f, &request, &a, 0), ERR_UNSUPPORTED);
    CHECK(f.out_len > 0);
    request.unknown = 0;
    request.controlled = true;
    CHECK_INT(check_with(&f, &request, &a, 0), ERR_BAD_STATE);
    CHECK(f.out_len > 0);
    CHECK(ice_lite_selected(&f.ice) == NULL);
    request.password = "wrong"; /* without proof no error either */
    CHECK_INT(check_with(&f, &request, &a, 0), ERR_AUTH);
    CHECK_INT(f.out_len, 0);
out:
    fixture_deinit(&f);
}

TEST(aggressive_nomination_settles_on_the_best_path)
{
    struct fixture f;
    struct five_tuple low = tuple_of(1, 100, 1);
    struct five_tuple high = tuple_of(2, 100, 1);
    struct five_tuple equal = tuple_of(2, 100, 2); /* the same socket to another address of ours */
    int moves = 0;
    REQUIRE_OK(fixture_init(&f));
    for (int i = 0; i < 40; i++) {
        int64_t now_us = i * 50000;
        REQUIRE_OK(check_from(&f, low, 10, true, now_us));
        moves += f.change.moved;
        REQUIRE_OK(check_from(&f, high, 20, true, now_us + 1));
        moves += f.change.moved;
        REQUIRE_OK(check_from(&f, equal, 20, true, now_us + 2));
        moves += f.change.moved;
    }
    CHECK_INT(moves, 2); /* low, then high */
    CHECK(selected_is(&f, high));
    REQUIRE_OK(check_from(&f, low, 10, true, 2000000 + ICE_QUIET_US)); /* high has gone quiet */
    CHECK(selected_is(&f, low));
out:
    fixture_deinit(&f);
}

TEST(a_nominating_check_from_a_new_address_moves_at_once)
{
    struct fixture f;
    struct five_tuple before = tuple_of(1, 100, 1);
    struct five_tuple rebound = tuple_of(1, 200, 1); /* NAT has forgotten us: another port */
    struct five_tuple cellular = tuple_of(9, 300, 1);
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, before, 50, true, 0));
    REQUIRE_OK(check_from(&f, rebound, 50, true, 1000));
    CHECK(f.change.moved && !f.change.first);
    CHECK(selected_is(&f, rebound));
    REQUIRE_OK(check_from(&f, rebound, 50, true, ICE_SETTLING_US));
    REQUIRE_OK(
        check_from(&f, cellular, 5, true, ICE_SETTLING_US + 1)); /* in mid-call, less preferred */
    CHECK(selected_is(&f, cellular));
out:
    fixture_deinit(&f);
}

TEST(a_check_without_nomination_moves_when_media_follows)
{
    struct fixture f;
    struct five_tuple a = tuple_of(1, 100, 1);
    struct five_tuple b = tuple_of(2, 100, 1);
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, a, 50, true, 0));
    REQUIRE_OK(check_from(&f, b, 50, false, 1000));
    CHECK(selected_is(&f, a));
    f.change = (struct ice_change){0};
    ice_lite_media(&f.ice, &a, 1500, &f.change);
    CHECK(!f.change.moved);
    ice_lite_media(&f.ice, &b, 2000, &f.change);
    CHECK(f.change.moved);
    CHECK(selected_is(&f, b));
    f.change = (struct ice_change){0};
    ice_lite_media(&f.ice, &a, 2500, &f.change); /* a late packet over the old path */
    CHECK(!f.change.moved);
    CHECK(selected_is(&f, b));
out:
    fixture_deinit(&f);
}

TEST(four_paths_are_kept_and_the_selected_one_always)
{
    struct fixture f;
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, tuple_of(1, 1, 1), 50, true, 1));
    for (int host = 2; host <= 30; host++) {
        REQUIRE_OK(check_from(&f, tuple_of(host, 1, 1), 10, false, host));
        CHECK(f.change.added);
        CHECK(f.change.lost == (host > ICE_MAX_PATHS));
    }
    CHECK(f.change.lost_tuple.remote.ip[3] == 27); /* 28, 29, 30 and the selected one stay */
    CHECK(selected_is(&f, tuple_of(1, 1, 1)));
    CHECK_INT(f.ice.path_count, ICE_MAX_PATHS);
out:
    fixture_deinit(&f);
}

TEST(media_from_an_unchecked_address_earns_one_check)
{
    struct fixture f;
    struct five_tuple a = tuple_of(1, 100, 1);
    struct five_tuple b = tuple_of(1, 200, 1);
    struct five_tuple c = tuple_of(7, 700, 1);
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, a, 50, true, 0));
    size_t len = ice_lite_probe(&f.ice, f.codec, &b, 1000, 100000, f.out);
    REQUIRE(len > 0);
    CHECK(stun_peer_verify(f.out, len, "their-password"));
    CHECK(selected_is(&f, a));
    uint8_t other[ICE_STUN_MAX_BYTES];
    CHECK_INT(ice_lite_probe(&f.ice, f.codec, &b, 1000, 100000 + ICE_PROBE_SPACING_US - 1, other),
              0);
    CHECK_INT(ice_lite_probe(&f.ice, f.codec, &b, len - 1, 200000, other), 0); /* never larger */
    CHECK_INT(answer(&f, "not-their-password", b, 120000), ERR_AUTH);
    CHECK_INT(answer(&f, "their-password", c, 120000), ERR_NOT_FOUND); /* from another address */
    CHECK(selected_is(&f, a));
    REQUIRE_OK(answer(&f, "their-password", b, 130000));
    CHECK(f.change.added && f.change.moved && !f.change.first);
    CHECK(selected_is(&f, b));
    CHECK_INT(f.ice.rtt_us, 30000);
    CHECK_INT(answer(&f, "their-password", b, 140000), ERR_NOT_FOUND); /* once only */
    REQUIRE_OK(check_from(&f, b, 50, true, 150000));
    REQUIRE(ice_lite_probe(&f.ice, f.codec, &c, 1000, 1000000, f.out) > 0);
    CHECK_INT(answer(&f, "their-password", c, 1000000 + ICE_PROBE_LIFE_US), ERR_NOT_FOUND);
out:
    fixture_deinit(&f);
}

TEST(consent_is_asked_for_when_the_peer_stops_checking)
{
    struct fixture f;
    struct five_tuple a = tuple_of(1, 100, 1);
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, a, 50, true, 0));
    CHECK_INT(ice_lite_ask(&f.ice, f.codec, ICE_ASK_AFTER_US - 1, f.out), 0);
    CHECK_INT(ice_lite_ask_deadline(&f.ice), ICE_ASK_AFTER_US);
    size_t len = ice_lite_ask(&f.ice, f.codec, ICE_ASK_AFTER_US, f.out);
    REQUIRE(len > 0);
    CHECK(stun_peer_verify(f.out, len, "their-password"));
    CHECK_INT(ice_lite_ask_deadline(&f.ice), ICE_ASK_AFTER_US + ICE_ASK_EVERY_US);
    REQUIRE_OK(answer(&f, "their-password", a, ICE_ASK_AFTER_US + 1000));
    CHECK(!f.change.moved);
    CHECK(ice_lite_has_consent(&f.ice, ICE_CONSENT_US + 1000));
    CHECK_INT(ice_lite_consent_deadline(&f.ice), ICE_ASK_AFTER_US + 1000 + ICE_CONSENT_US);
    CHECK(!ice_lite_has_consent(&f.ice, ICE_ASK_AFTER_US + 1000 + ICE_CONSENT_US));
out:
    fixture_deinit(&f);
}

TEST(a_new_host_is_on_trial_until_it_answers)
{
    struct fixture f;
    struct five_tuple home = tuple_of(1, 100, 1);
    struct five_tuple away = tuple_of(9, 300, 1);
    int64_t now_us = ICE_SETTLING_US;
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, home, 50, true, 0));
    CHECK_INT(ice_lite_ask_deadline(&f.ice), ICE_ASK_AFTER_US); /* the handshake will prove it */
    ice_lite_prove(&f.ice, &home, 1000);
    REQUIRE_OK(check_from(&f, away, 50, true, now_us));
    CHECK(selected_is(&f, away));
    CHECK_INT(ice_lite_ask_deadline(&f.ice), now_us);
    REQUIRE(ice_lite_ask(&f.ice, f.codec, now_us, f.out) > 0);
    CHECK_INT(ice_lite_ask_deadline(&f.ice), now_us + ICE_TRIAL_EVERY_US);
    REQUIRE_OK(answer(&f, "their-password", away, now_us + 40000));
    CHECK_INT(ice_lite_ask_deadline(&f.ice), now_us + 40000 + ICE_ASK_AFTER_US);
    f.change = (struct ice_change){0};
    ice_lite_timeout(&f.ice, now_us + ICE_TRIAL_US, &f.change);
    CHECK(!f.change.lost);
    CHECK(selected_is(&f, away));
out:
    fixture_deinit(&f);
}

TEST(a_trial_ends_with_its_path)
{
    struct fixture f;
    struct five_tuple home = tuple_of(1, 100, 1);
    struct five_tuple away = tuple_of(9, 300, 1);
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, home, 50, true, 0));
    ice_lite_prove(&f.ice, &home, 1000);
    REQUIRE_OK(check_from(&f, away, 50, true, ICE_SETTLING_US));
    CHECK(selected_is(&f, away));
    ice_lite_remove(&f.ice, &away);
    f.change = (struct ice_change){0};
    ice_lite_timeout(&f.ice, ICE_SETTLING_US + ICE_TRIAL_US, &f.change);
    CHECK(!f.change.lost);
    CHECK(!f.change.moved);
    REQUIRE_OK(check_from(&f, home, 50, true, ICE_SETTLING_US + ICE_TRIAL_US));
    CHECK(selected_is(&f, home));
out:
    fixture_deinit(&f);
}

TEST(after_a_failed_trial_only_an_answer_moves_us)
{
    struct fixture f;
    struct five_tuple home = tuple_of(1, 100, 1);
    struct five_tuple forged = tuple_of(9, 300, 1);
    struct five_tuple cellular = tuple_of(8, 300, 1);
    int64_t now_us = ICE_SETTLING_US;
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, home, 50, true, 0));
    ice_lite_prove(&f.ice, &home, 1000);
    REQUIRE_OK(check_from(&f, forged, 50, true, now_us));
    now_us += ICE_TRIAL_US;
    f.change = (struct ice_change){0};
    ice_lite_timeout(&f.ice, now_us, &f.change);
    CHECK(f.change.lost && five_tuple_equal(&f.change.lost_tuple, &forged));
    CHECK(f.change.moved);
    CHECK(selected_is(&f, home));
    REQUIRE_OK(check_from(&f, cellular, 50, true, now_us + 1));
    ice_lite_media(&f.ice, &cellular, now_us + 2, &f.change);
    CHECK(selected_is(&f, home));
    CHECK(ice_lite_wants_proof(&f.ice, &cellular));
    REQUIRE(ice_lite_probe(&f.ice, f.codec, &cellular, ICE_STUN_MAX_BYTES, now_us + 3, f.out) > 0);
    REQUIRE_OK(answer(&f, "their-password", cellular, now_us + 4));
    CHECK(f.change.moved);
    CHECK(selected_is(&f, cellular));
out:
    fixture_deinit(&f);
}

TEST(a_restart_keeps_the_old_path_until_a_new_one_is_selected)
{
    struct fixture f;
    struct five_tuple a = tuple_of(1, 100, 1);
    struct five_tuple b = tuple_of(2, 100, 1);
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, a, 5000, true, 0));
    REQUIRE_OK(ice_lite_restart(&f.ice, &second_credentials));
    CHECK_STR(ice_lite_ufrag(&f.ice), "us2");
    CHECK_STR(ice_lite_old_ufrag(&f.ice), "usus");
    REQUIRE_OK(check_from(&f, a, 5000, true, 1000)); /* old credentials still count */
    CHECK(!f.change.retired);
    CHECK(selected_is(&f, a));
    REQUIRE_OK(check_again(&f, b, false, 2000));
    CHECK(selected_is(&f, a));
    REQUIRE_OK(check_again(&f, b, true, 3000)); /* of lower priority, but of the new generation */
    CHECK(f.change.moved && f.change.retired);
    ice_lite_retire(&f.ice);
    CHECK(ice_lite_old_ufrag(&f.ice) == NULL);
    CHECK(selected_is(&f, b));
    CHECK_INT(check_from(&f, a, 5000, true, 4000), ERR_AUTH);
out:
    fixture_deinit(&f);
}

TEST(a_restart_over_the_same_tuple_retires_the_old_credentials)
{
    struct fixture f;
    struct five_tuple a = tuple_of(1, 100, 1);
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, a, 50, true, 0));
    REQUIRE_OK(ice_lite_restart(&f.ice, &second_credentials));
    REQUIRE_OK(check_again(&f, a, false, 1000));
    CHECK(f.change.retired && !f.change.moved);
out:
    fixture_deinit(&f);
}

TEST(a_closed_tcp_connection_takes_its_paths_along)
{
    struct fixture f;
    struct five_tuple udp = tuple_of(1, 100, 1);
    struct five_tuple tcp = tuple_of(1, 100, 1);
    tcp.tcp = 4;
    REQUIRE_OK(fixture_init(&f));
    REQUIRE_OK(check_from(&f, tcp, 60, true, 0));
    REQUIRE_OK(check_from(&f, udp, 50, false, 1));
    f.change = (struct ice_change){0};
    ice_lite_tcp_closed(&f.ice, 5, &f.change);
    CHECK(!f.change.lost);
    ice_lite_tcp_closed(&f.ice, 4, &f.change);
    CHECK(f.change.lost && five_tuple_equal(&f.change.lost_tuple, &tcp));
    CHECK(ice_lite_selected(&f.ice) == NULL);
    CHECK(ice_lite_has_path(&f.ice, &udp));
    REQUIRE_OK(check_from(&f, udp, 50, false, 2));
    CHECK(selected_is(&f, udp));
out:
    fixture_deinit(&f);
}

TEST(credentials_of_the_relay_have_bounds)
{
    struct rand rand;
    struct ice_lite ice;
    struct ice_credentials credentials = first_credentials;
    rand_init(&rand, 1);
    credentials.local_ufrag = "";
    CHECK_INT(ice_lite_init(&ice, &credentials, 1, &rand), ERR_INVALID);
    credentials.local_ufrag =
        "0123456789012345678901234567890123456789012345678901234567890123"; /* 64 */
    CHECK_INT(ice_lite_init(&ice, &credentials, 1, &rand), ERR_INVALID);
    ice_lite_deinit(&ice);
}
