/**
 * What a run is made of: groups of rooms of one kind, and their course. From a scenario file
 * (libconfig; see example.conf) or made by options.
 */
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

#include <stddef.h>
#include <stdint.h>

#include "load/run.h"

enum { SCENARIO_REASON_BYTES = 256, SCENARIO_MAX_GROUPS = 64, SCENARIO_MOST_PEOPLE = 100000 };
enum { SCENARIO_LONGEST_S = 7 * 86400, SCENARIO_MOST_CHURN = 10000 /**< a second */ };

/** One room of two who speak, sound only. */
void scenario_group_init(struct scenario_group *group);

/** 50 callers a second, for 30 s, no churn, every tenth caller listened with. */
void scenario_init(struct scenario *scenario);

/** What holds a file's strings and groups. */
struct scenario_file;

/**
 * Reads a file into a scenario; what the file does not name stays as it was.
 * @param reason out, on failure: file, line and what is wrong there
 * @return 0, ERR_NO_MEMORY, ERR_NOT_FOUND (no such file), ERR_MALFORMED or ERR_INVALID
 */
int scenario_read(struct scenario_file **out, struct scenario *scenario, const char *path,
                  char reason[static SCENARIO_REASON_BYTES]);

/** After the scenario that borrows from it. */
void scenario_file_free(struct scenario_file **file);

/** @return 0, or ERR_INVALID with what does not fit together */
int scenario_check(const struct scenario *scenario, char reason[static SCENARIO_REASON_BYTES]);

/** All callers and watchers. */
uint64_t scenario_people(const struct scenario *scenario);
uint64_t scenario_rooms(const struct scenario *scenario);

/** For people: "50 rooms of 2, sound; 1 room of 10 and 90 watchers, video". @return out */
const char *scenario_describe(const struct scenario *scenario, char *out, size_t size);

#endif
