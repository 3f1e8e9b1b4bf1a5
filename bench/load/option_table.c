#include "load/option_table.h"

#include <stdio.h>

#include "load/expect.h"
#include "load/options.h"
#include "load/profiles.h"

static const struct option_row rows[OPTION_COUNT] = {
    {"url", "URL", ID_URL, "Server",
     "to call, both ways in one session (Tandem's /call); {room}, {caller}, {name} are filled in"},
    {"whip", "URL", ID_WHIP, NULL, "to send by WHIP (RFC 9725)"},
    {"whep", "URL", ID_WHEP, NULL, "to receive by WHEP; with --whip: two sessions for each caller"},
    {"janus", "URL", ID_JANUS, NULL, "Janus' HTTP API, as in http://127.0.0.1:8088/janus"},
    {"plugin", "NAME", ID_PLUGIN, NULL, "of Janus: echotest, videoroom (default) or audiobridge"},
    {"token", "TEXT", ID_TOKEN, NULL, "sent as Authorization: Bearer TEXT"},
    {"header", "LINE", ID_HEADER, NULL, "one more HTTP header, \"Name: value\"; up to 16"},
    {"insecure", NULL, ID_INSECURE, NULL, "do not verify certificates of https"},
    {"timeout", "TIME", ID_TIMEOUT, NULL, "of one HTTP request (10s)"},
    {"pid", "N", ID_PID, NULL, "the server's process, if it runs here: its CPU and memory"},
    {"rooms", "N", ID_ROOMS, "Callers", "rooms (1)"},
    {"callers", "N", ID_CALLERS, NULL, "in each room (2)"},
    {"speakers", "N", ID_SPEAKERS, NULL, "of the callers, who speak in turns as people do (all)"},
    {"all-at-once", NULL, ID_ALL_AT_ONCE, NULL, "speakers speak all the time"},
    {"watchers", "N", ID_WATCHERS, NULL, "more in each room who only receive (0)"},
    {"audio-only", NULL, ID_AUDIO_ONLY, NULL, "no pictures (default)"},
    {"video", NULL, ID_VIDEO, NULL, "callers have cameras"},
    {"video-only", NULL, ID_VIDEO_ONLY, NULL, "and no sound; means --video"},
    {"simulcast", NULL, ID_SIMULCAST, NULL, "of three layers; means --video"},
    {"receive-audio", "N", ID_RECEIVE_AUDIO, NULL,
     "sounds to receive at once (by the room, 1 to 3)"},
    {"receive-video", "N", ID_RECEIVE_VIDEO, NULL,
     "pictures to receive at once (by the room, 1 to 9)"},
    {"room", "NAME", ID_ROOM, NULL,
     "of rooms; {room} is their number (load-{room}, or only {room} if the URL has more)"},
    {"scenario", "FILE", ID_SCENARIO, NULL,
     "groups of rooms from a file (libconfig), in place of the options above"},
    {"ramp", "RATE", ID_RAMP, "Course", "callers who come, until all have (50/s)"},
    {"duration", "TIME", ID_DURATION, NULL, "measured from then on (30s)"},
    {"churn", "RATE", ID_CHURN, NULL, "callers who leave and come again (0)"},
    {"listen", "SHARE", ID_LISTEN, NULL,
     "of callers whose sound and pictures are decoded and compared (10%)"},
    {"impair", "NAME[:SHARE]", ID_IMPAIR, NULL, "bad lines, of all or a share of the callers"},
    {"list-profiles", NULL, ID_LIST_PROFILES, NULL, "names of bad lines, and what they do"},
    {"agent", "KIND", ID_AGENT, NULL,
     "full (libnice for each caller) or light (up to 300 full, searches light)"},
    {"seed", "N", ID_SEED, NULL, "of all that is random (1)"},
    {"audio", "FILE", ID_AUDIO, "Content", "what callers say: WAV or Ogg Opus (speech made here)"},
    {"audio-rate", "BITS", ID_AUDIO_RATE, NULL, "it is coded at (40k)"},
    {"audio-repair", "KIND", ID_AUDIO_REPAIR, NULL,
     "of lost sound, offered: none (default), nack, red (as Chromium), nack+red (Tandem's page)"},
    {"video-file", "FILE", ID_VIDEO_FILE, NULL,
     "what they show, 30 a second, the first 300: Y4M or IVF (a moving picture)"},
    {"video-rate", "BITS", ID_VIDEO_RATE, NULL,
     "of the highest layer (2.5M, as Chromium at 1280x720); below 20 % and 6 % of it"},
    {"size", "WxH", ID_SIZE, NULL, "of the highest layer (1280x720)"},
    {"expect", "RULES", ID_EXPECT, "Verdict",
     "exit status 1 when one breaks, as in mos>=4.0,p99<20ms"},
    {"find-capacity", "RULES", ID_FIND_CAPACITY, NULL, "raise the load until one breaks"},
    {"raise", "WHAT", ID_RAISE, NULL, "then: rooms (default), callers or watchers in each"},
    {"json", "FILE", ID_JSON, "Reports", "everything; - is standard output"},
    {"csv", "FILE", ID_CSV, NULL, "a row for each caller"},
    {"html", "FILE", ID_HTML, NULL, "a page with plots, in one file"},
    {"quiet", NULL, ID_QUIET, NULL, "no progress, and no table at the end"},
    {"help", NULL, ID_HELP, NULL, "this text"},
    {"version", NULL, ID_VERSION, NULL, "of program and tables"},
};

const struct option_row *option_row(size_t i)
{
    return &rows[i];
}

static const char examples[] =
    "Examples:\n"
    "  Fifty calls of two on Tandem, with a page to look at:\n"
    "    tandem-load --url http://127.0.0.1:8080/call/load-{room} --rooms 50 --html report.html\n"
    "  One camera to a hundred viewers, by WHIP and WHEP; fails below 24 pictures a second:\n"
    "    tandem-load --whip http://host/{room}/whip --whep http://host/{room}/whep \\\n"
    "        --callers 1 --watchers 100 --video --expect 'fps>=24,freezes<1/min'\n"
    "  How many conferences of ten does it carry?\n"
    "    tandem-load --url http://host:8080/call/load-{room} --callers 10 --speakers 3 \\\n"
    "        --find-capacity 'mos>=4.0,p99<20ms' --pid $(pidof tandem)\n"
    "  A tenth of the callers on a bad line:\n"
    "    tandem-load --url http://host:8080/call/load-{room} --rooms 20 --impair lossy-10:10%\n";

void options_help(FILE *out)
{
    (void)fputs(
        "tandem-load places calls on a server, listens to them, and says how good they are."
        "\n\nUsage: tandem-load --url URL | --whip URL --whep URL | --janus URL [options]\n",
        out);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (rows[i].section != NULL) {
            (void)fprintf(out, "\n%s:\n", rows[i].section);
        }
        char usage[40];
        (void)snprintf(usage, sizeof(usage), "--%s%s%s", rows[i].name,
                       rows[i].value == NULL ? "" : " ",
                       rows[i].value == NULL ? "" : rows[i].value);
        (void)fprintf(out, "  %-23s %s\n", usage, rows[i].help);
    }
    (void)fputs(
        "\nRULES are NAME OP VALUE with commas between, OP one of < <= > >= = !=; times (us, "
        "ms, s, min)\nand rates (/s, /min) with their unit, shares with %. NAME is one "
        "of:\n",
        out);
    const char *name = NULL;
    const char *text = NULL;
    for (size_t i = 0; expect_measure(i, &name, &text); i++) {
        (void)fprintf(out, "  %-13s %s\n", name, text);
    }
    (void)fprintf(
        out,
        "\nBound to one core (taskset), it runs in real time where that is permitted "
        "(CAP_SYS_NICE), "
        "so that\nnothing else on that core makes it late; a server is better bound to other cores."
        "\n\n%s\nExit status: 0 all was as expected, 1 a rule broke, callers failed or nothing was "
        "measured,\n2 the command line was wrong or nothing could be started.\n",
        examples);
}

void options_list_profiles(FILE *out)
{
    for (size_t i = 0; profile_at(i) != NULL; i++) {
        (void)fprintf(out, "%-10s %s\n", profile_at(i)->name, profile_at(i)->text);
    }
}
