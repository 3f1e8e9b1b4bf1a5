/**
 * All options of the command line: names, values, and what --help says of them.
 */
#ifndef LOAD_OPTION_TABLE_H
#define LOAD_OPTION_TABLE_H

#include <stddef.h>

enum option_id {
    ID_URL = 256, /* above all characters */
    ID_WHIP,
    ID_WHEP,
    ID_JANUS,
    ID_PLUGIN,
    ID_TOKEN,
    ID_HEADER,
    ID_INSECURE,
    ID_TIMEOUT,
    ID_PID,
    ID_ROOMS,
    ID_CALLERS,
    ID_SPEAKERS,
    ID_ALL_AT_ONCE,
    ID_WATCHERS,
    ID_AUDIO_ONLY,
    ID_VIDEO,
    ID_VIDEO_ONLY,
    ID_SIMULCAST,
    ID_RECEIVE_AUDIO,
    ID_RECEIVE_VIDEO,
    ID_ROOM,
    ID_SCENARIO,
    ID_RAMP,
    ID_DURATION,
    ID_CHURN,
    ID_LISTEN,
    ID_IMPAIR,
    ID_LIST_PROFILES,
    ID_AGENT,
    ID_SEED,
    ID_AUDIO,
    ID_AUDIO_RATE,
    ID_AUDIO_REPAIR,
    ID_VIDEO_FILE,
    ID_VIDEO_RATE,
    ID_SIZE,
    ID_EXPECT,
    ID_FIND_CAPACITY,
    ID_RAISE,
    ID_JSON,
    ID_CSV,
    ID_HTML,
    ID_QUIET,
    ID_HELP,
    ID_VERSION,
    ID_END
};

enum { OPTION_COUNT = ID_END - ID_URL };

struct option_row {
    const char *name;
    const char *value;   /**< what is behind it, NULL = nothing */
    enum option_id id;   /**< the i-th row has ID_URL + i */
    const char *section; /**< heading above it, NULL = as the one before */
    const char *help;
};

const struct option_row *option_row(size_t i);

#endif
