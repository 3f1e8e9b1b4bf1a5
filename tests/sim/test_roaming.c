/**
 * Clients whose address changes in mid-call: a phone that goes from Wi-Fi to cellular, a NAT that
 * forgets.
 */
#include "sim/scenario.h"
#include "unit/runner.h"

/** How the client tells of its new address. */
enum move_how {
    MOVE_NOMINATES, /**< a check with USE-CANDIDATE at once */
    MOVE_CHECKS,    /**< a check without it, as all but libwebrtc */
    MOVE_MEDIA_ONLY /**< no check of its own: media alone, until the relay validates the path */
};

/** Two talk, one moves five times; nobody may notice for longer than a moment. */
static void move_and_check(enum move_how how, uint64_t seed)
{
    struct world *world = NULL;
    struct peer *moves = NULL;
    struct peer *stays = NULL;
    REQUIRE_OK(world_new(&world, seed));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &moves));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &stays));
    REQUIRE(world_run_until_connected(world, 2 * SECOND_US));
    world_run(world, 5 * SECOND_US);
    uint64_t plis = peer_counts(stays)->plis_received;
    for (size_t i = 0; i < 5; i++) {
        (void)world_move(world, moves);
        peer_set_checks(moves, false);
        if (how != MOVE_MEDIA_ONLY) {
            peer_check(moves, how == MOVE_NOMINATES, world_now_us(world));
        }
        world_run(world, 4 * SECOND_US);
        peer_set_checks(moves, true);
        world_run(world, 6 * SECOND_US);
    }
    show("moves", moves);
    show("stays", stays);
    CHECK(is_clean(moves));
    CHECK(is_clean(stays));
    CHECK_INT(world_counters(world).path_moves, 5);
    CHECK(how != MOVE_MEDIA_ONLY || peer_counts(moves)->relay_checks >= 5);
    /* a receiver that does not ask for repairs would stand still otherwise */
    CHECK_INT(peer_counts(stays)->plis_received, plis + 5);
    /* media to it stops for a round trip (media only: two) and what was under way to the old
     * address */
    CHECK(peer_counts(moves)->longest_silence_us < 150000);
    CHECK(peer_counts(stays)->longest_silence_us < 100000);
    CHECK_INT(peer_sum(stays, MEDIA_VIDEO).unrepaired, 0);
    CHECK_INT(peer_sum(moves, MEDIA_VIDEO).unrepaired, 0);
    CHECK_INT(world_events(world)->left, 0);
out:
    world_free(&world);
}

TEST_NO_OOM(roaming_with_use_candidate)
{
    move_and_check(MOVE_NOMINATES, 40);
    goto out;
out:
    return;
}

TEST_NO_OOM(roaming_without_use_candidate)
{
    move_and_check(MOVE_CHECKS, 41);
    goto out;
out:
    return;
}

TEST_NO_OOM(roaming_by_media_alone)
{
    move_and_check(MOVE_MEDIA_ONLY, 42);
    goto out;
out:
    return;
}

/** A player's receiver reports, one a second, are shorter than the check that they must earn. */
TEST_NO_OOM(a_player_is_followed_by_its_reports_alone)
{
    const struct peer_config player = {.real_security = true, .audio_slots = 1};
    struct world *world = NULL;
    struct peer *plays = NULL;
    struct peer *sends = NULL;
    REQUIRE_OK(world_new(&world, 43));
    REQUIRE_OK(world_join(world, &player, &clean_path, &plays));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &sends));
    REQUIRE(world_run_until_connected(world, 2 * SECOND_US));
    world_run(world, 5 * SECOND_US);
    (void)world_move(world, plays);
    peer_set_checks(plays, false);
    world_run(world, 4 * SECOND_US);
    show("plays", plays);
    CHECK_INT(world_counters(world).path_moves, 1);
    CHECK(peer_counts(plays)->relay_checks >= 1);
    CHECK(peer_counts(plays)->longest_silence_us < 2 * SECOND_US);
out:
    world_free(&world);
}

/** All of libwebrtc's players report under SSRC 1: each is recognised by its own key. */
TEST_NO_OOM(players_who_share_a_report_ssrc_are_all_followed)
{
    enum { PLAYERS = 7 };
    const struct peer_config player = {.real_security = true, .audio_slots = 1, .report_ssrc = 1};
    struct world *world = NULL;
    struct peer *plays[PLAYERS] = {NULL};
    struct peer *sends = NULL;
    REQUIRE_OK(world_new(&world, 46));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &sends));
    for (size_t i = 0; i < PLAYERS; i++) {
        REQUIRE_OK(world_join(world, &player, &clean_path, &plays[i]));
    }
    REQUIRE(world_run_until_connected(world, 3 * SECOND_US));
    world_run(world, 5 * SECOND_US);
    for (size_t i = 0; i < PLAYERS; i++) {
        world_rebind(world, plays[i]);
        peer_set_checks(plays[i], false);
    }
    world_run(world, 4 * SECOND_US);
    CHECK_INT(world_counters(world).path_moves, PLAYERS);
    for (size_t i = 0; i < PLAYERS; i++) {
        CHECK(peer_counts(plays[i])->longest_silence_us < 2 * SECOND_US);
    }
out:
    world_free(&world);
}

/** A peer says that it has moved to where it is not. @return bytes sent there until he was not
 * believed any more */
static uint64_t point_elsewhere(struct world *world, struct peer *liar)
{
    const struct addr home = *peer_addr(liar);
    uint64_t before = world_events(world)->bytes_to_nobody;
    (void)world_move(world, liar);
    peer_check(liar, true, world_now_us(world));
    peer_move(liar, &home);
    world_run(world, 8 * SECOND_US);
    return world_events(world)->bytes_to_nobody - before;
}

/** Whoever holds credentials could turn a stream on somebody else; it has to be heard there. */
TEST_NO_OOM(a_path_that_does_not_answer_is_left_within_a_second)
{
    struct world *world = NULL;
    struct peer *liar = NULL;
    struct peer *sends = NULL;
    REQUIRE_OK(world_new(&world, 47));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &liar));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &sends));
    REQUIRE(world_run_until_connected(world, 2 * SECOND_US));
    world_run(world, 5 * SECOND_US);
    uint64_t second = peer_counts(liar)->rtp_received;
    world_run(world, 1 * SECOND_US);
    second = (peer_counts(liar)->rtp_received - second) * 1250; /* bytes, generously */
    peer_set_checks(liar, false);
    CHECK(point_elsewhere(world, liar) < 2 * second);
    CHECK_INT(world_counters(world).path_moves, 2);
    CHECK(peer_counts(liar)->longest_silence_us < 13 * SECOND_US / 10);
    /* and is not believed so easily again */
    CHECK(point_elsewhere(world, liar) < 1500);
    CHECK_INT(world_counters(world).path_moves, 2);
    CHECK_INT(world_events(world)->left, 0);
    CHECK(is_clean(sends));
out:
    world_free(&world);
}

TEST_NO_OOM(an_ice_restart_goes_unnoticed)
{
    struct world *world = NULL;
    struct peer *restarts = NULL;
    struct peer *stays = NULL;
    REQUIRE_OK(world_new(&world, 45));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &restarts));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &stays));
    REQUIRE(world_run_until_connected(world, 2 * SECOND_US));
    for (size_t i = 0; i < 4; i++) {
        world_run(world, 3 * SECOND_US);
        if (i % 2 == 1) { /* restarts come with a change of network */
            (void)world_move(world, restarts);
        }
        REQUIRE_OK(world_restart_ice(world, restarts));
        world_run(world, 3 * SECOND_US);
        CHECK(peer_counts(restarts)->check_answers > 0);
    }
    world_run(world, 40 * SECOND_US); /* consent is kept by the new credentials */
    show("restarts", restarts);
    show("stays", stays);
    CHECK(is_clean(restarts));
    CHECK(is_clean(stays));
    CHECK(got_at_least(stays, MEDIA_VIDEO, 60 * 29));
    CHECK(peer_counts(stays)->longest_silence_us < 25000);
    CHECK(peer_counts(restarts)->longest_silence_us < 150000);
    CHECK_INT(world_events(world)->left, 0);
out:
    world_free(&world);
}

TEST_NO_OOM(a_peer_that_falls_silent_is_ended)
{
    struct world *world = NULL;
    struct peer *silent = NULL;
    struct peer *stays = NULL;
    REQUIRE_OK(world_new(&world, 43));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &silent));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &stays));
    REQUIRE(world_run_until_connected(world, 2 * SECOND_US));
    world_run(world, 5 * SECOND_US);
    int64_t vanished_us = world_now_us(world);
    peer_vanish(silent);
    world_run(world, 25 * SECOND_US);
    CHECK_INT(world_events(world)->left, 0);
    world_run(world, 60 * SECOND_US);
    CHECK_INT(world_events(world)->left, 1);
    CHECK_INT(world_events(world)->last_left, peer_number(silent));
    CHECK_STR(world_events(world)->left_reason, "consent expired");
    int64_t took_us = world_events(world)->left_us - vanished_us;
    CHECK(took_us > 27 * SECOND_US && took_us < 50 * SECOND_US);
    CHECK(is_clean(stays));
    /* it is sent nothing any more, once consent has run out */
    uint64_t sent = world_link_counts(world, silent, false)->sent;
    world_run(world, 10 * SECOND_US);
    CHECK_INT(world_link_counts(world, silent, false)->sent, sent);
out:
    world_free(&world);
}

TEST_NO_OOM(a_peer_that_comes_back_in_time_goes_on)
{
    struct world *world = NULL;
    struct peer *pauses = NULL;
    struct peer *stays = NULL;
    struct link_config dead = {.loss = 1.0};
    REQUIRE_OK(world_new(&world, 44));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &pauses));
    REQUIRE_OK(world_join(world, &secure_caller, &clean_path, &stays));
    REQUIRE(world_run_until_connected(world, 2 * SECOND_US));
    world_run(world, 5 * SECOND_US);
    world_set_link(world, pauses, &dead, &dead);
    world_run(world, 35 * SECOND_US);
    world_set_link(world, pauses, &clean_path, &clean_path);
    uint64_t frames = peer_sum(stays, MEDIA_VIDEO).frames_decoded;
    uint64_t back = peer_sum(pauses, MEDIA_VIDEO).frames_decoded;
    world_run(world, 10 * SECOND_US);
    show("pauses", pauses);
    show("stays", stays);
    CHECK_INT(world_events(world)->left, 0);
    CHECK(peer_sum(stays, MEDIA_VIDEO).frames_decoded > frames + 180);
    CHECK(peer_sum(pauses, MEDIA_VIDEO).frames_decoded > back + 180);
out:
    world_free(&world);
}
