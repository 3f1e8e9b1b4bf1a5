#include "load/crowd.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_AUDIO = 3, MOST_VIDEO = 9 };

static const char default_room[] = "load-{room}";
static const char number_sign[] = "{room}";

static uint32_t people_of(const struct scenario_group *group)
{
    return group->callers + group->watchers;
}

uint32_t crowd_people(const struct scenario *scenario)
{
    uint32_t people = 0;
    for (size_t i = 0; i < scenario->group_count; i++) {
        people += scenario->groups[i].rooms * people_of(&scenario->groups[i]);
    }
    return people;
}

uint32_t crowd_rooms(const struct scenario *scenario)
{
    uint32_t rooms = 0;
    for (size_t i = 0; i < scenario->group_count; i++) {
        rooms += scenario->groups[i].rooms;
    }
    return rooms;
}

/** The template with the number in it; one without a place for it gets it at its end, if there are
 * several rooms. */
static void name_room(const struct scenario_group *group, uint32_t room,
                      char out[static CALLER_ROOM_BYTES])
{
    const char *template = group->room != NULL ? group->room : default_room;
    const char *sign = strstr(template, number_sign);
    if (sign == NULL) {
        (void)snprintf(out, CALLER_ROOM_BYTES, "%s", template);
        if (group->rooms > 1) {
            size_t len = strlen(out);
            (void)snprintf(out + len, CALLER_ROOM_BYTES - len, "-%u", room);
        }
        return;
    }
    (void)snprintf(out, CALLER_ROOM_BYTES, "%.*s%u%s", (int)(sign - template), template, room,
                   sign + sizeof(number_sign) - 1);
}

/** Of n things a share is taken, evenly, and the first of them. */
static bool is_taken(uint32_t n, double share)
{
    return ceil((double)(n + 1) * share) > ceil((double)n * share);
}

static unsigned slots(unsigned given, unsigned others, unsigned most)
{
    unsigned by_room = others < most ? others : most;
    return given > 0 && others > 0 ? given : by_room; /* nobody is nothing to receive */
}

static bool strangers(const struct scenario_group *group)
{
    return group->callers == 0;
}

/** Who it is among those of the group who receive anything; callers who are alone do not. */
static uint32_t receiver_of(const struct scenario_group *group, uint32_t in_group)
{
    uint32_t people = people_of(group);
    uint32_t alone = group->callers == 1 && group->watchers > 0 ? 1 : 0;
    return in_group / people * (people - alone) + in_group % people - alone;
}

static void describe(const struct scenario *scenario, const struct scenario_group *group,
                     uint32_t in_group, uint32_t room, struct caller_config *out)
{
    unsigned place = in_group % people_of(group);
    bool watches = place >= group->callers;
    unsigned others = !watches ? group->callers - 1 : strangers(group) ? 1 : group->callers;
    out->room = room;
    out->place = place;
    out->send_audio = !watches && !group->video_only;
    out->send_video = !watches && group->video;
    out->simulcast = out->send_video && group->simulcast;
    out->receive_audio = group->video_only ? 0 : slots(group->receive_audio, others, MOST_AUDIO);
    out->receive_video = group->video ? slots(group->receive_video, others, MOST_VIDEO) : 0;
    out->speaks = out->send_audio && place < group->speakers;
    out->speaks_always = out->speaks && group->all_at_once;
    bool comparable = others > 0 && !strangers(group); /* else nobody knows what was said */
    out->listens = comparable && is_taken(receiver_of(group, in_group), scenario->listen);
    double share = group->profile_share > 0 ? group->profile_share : 1;
    out->profile = group->profile != NULL && is_taken(in_group, share) ? group->profile : NULL;
    name_room(group, room, out->room_name);
}

void crowd_describe(const struct scenario *scenario, uint32_t i, struct caller_config *out)
{
    uint32_t rooms_before = 0;
    uint32_t left = i;
    *out = (struct caller_config){.number = i + 1};
    (void)snprintf(out->name, sizeof(out->name), "caller %u", i + 1);
    /* spread, so that seeds of neighbours have nothing in common */
    out->seed = scenario->seed ^ ((uint64_t)i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t g = 0; g < scenario->group_count; g++) {
        const struct scenario_group *group = &scenario->groups[g];
        uint32_t people = group->rooms * people_of(group);
        if (left < people) {
            describe(scenario, group, left, rooms_before + left / people_of(group), out);
            return;
        }
        left -= people;
        rooms_before += group->rooms;
    }
}

void crowd_room(const struct scenario *scenario, uint32_t room, struct crowd_room *out)
{
    size_t g = 0;
    while (room >= scenario->groups[g].rooms) {
        room -= scenario->groups[g++].rooms;
    }
    const struct scenario_group *group = &scenario->groups[g];
    unsigned callers = group->callers;
    out->people = people_of(group);
    out->speakers = group->speakers < callers ? group->speakers : callers;
    out->all_at_once = group->all_at_once;
    out->strangers = strangers(group);
}
