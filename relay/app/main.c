/**
 * The program: reads the options, starts everything, and stops it in order when it is told to.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mono.h"
#include "config.h"
#include "control.h"
#include "ending.h"
#include "greeting.h"
#include "token_command.h"

enum {
    DESCRIPTORS = 32768,
    ENDING_US = 10000000 /**< threads end in milliseconds */
};

static const char version[] = "0.1.0";

/** Signals that came; the loop looks at them. */
static volatile sig_atomic_t terms;
static volatile sig_atomic_t interrupts;

static void on_signal(int number)
{
    if (number == SIGTERM) {
        terms = terms + 1;
    } else {
        interrupts = interrupts + 1;
    }
}

static void write_log(enum log_level level, const char *topic, const char *line)
{
    int64_t wall_us = mono_wall_us();
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm parts;
    char stamp[32] = "";
    if (gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    }
    (void)fprintf(stderr, "%s.%03dZ %-5s %s: %s\n", stamp, (int)(wall_us / 1000 % 1000),
                  log_level_name(level), topic, line);
}

static char *look_up(const char *name)
{
    return getenv(name);
}

/** The usual 1024 are fewer than the TCP connections that one worker takes, and strangers may open
 * those: signalling would be left without. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/** The workers' threads inherit the mask, so that signals come to this thread. */
static void catch_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
}

static void mask_signals(int how)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)pthread_sigmask(how, &set, NULL);
}

/** Serves until a signal says otherwise: SIGTERM lets calls end, a second one or SIGINT does not.
 */
static void serve(struct control *control, const struct config *config)
{
    int64_t deadline_us = INT64_MAX;
    while (interrupts == 0 && terms < 2) {
        control_turn(control);
        if (terms > 0 && deadline_us == INT64_MAX) {
            deadline_us = mono_now_us() + (int64_t)config->drain_s * 1000000;
            log_info("main", "SIGTERM: calls may go on for %u s, a second one ends them",
                     config->drain_s);
            control_drain(control);
        }
        if (terms > 0 && (control_idle(control) || mono_now_us() >= deadline_us)) {
            break;
        }
    }
}

static int run(const struct config *config)
{
    struct control *control = NULL;
    char why[CONFIG_WHY_BYTES];
    mask_signals(SIG_BLOCK);
    int err = control_new(&control, config, why);
    if (err == 0) {
        err = control_start(control, why);
    }
    mask_signals(SIG_UNBLOCK);
    if (err == 0) {
        greeting_write(config, control_http_port(control), stdout);
        serve(control, config);
        log_info("main", "stopping");
    } else {
        (void)fprintf(stderr, "tandem: %s\n", why);
    }
    ending_begin(ENDING_US);
    control_free(&control);
    return err == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct config config;
    enum config_wish wish = CONFIG_RUN;
    char why[CONFIG_WHY_BYTES];
    if (argc > 1 && strcmp(argv[1], "token") == 0) {
        return token_command_run(argc - 2, argv + 2);
    }
    if (config_load(&config, argc - 1, argv + 1, look_up, &wish, why) != 0) {
        (void)fprintf(stderr, "tandem: %s (tandem --help tells all options)\n", why);
        return 2;
    }
    if (wish == CONFIG_HELP) {
        config_help(stdout);
        return 0;
    }
    if (wish == CONFIG_VERSION) {
        (void)printf("tandem %s\n", version);
        return 0;
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (config_finish(&config, cores < 1 ? 1 : (unsigned)cores, why) != 0) {
        (void)fprintf(stderr, "tandem: %s\n", why);
        return 2;
    }
    if (wish == CONFIG_PRINT) {
        config_print(&config, stdout);
        return 0;
    }
    log_set_sink(write_log);
    log_set_level(config.log_level);
    catch_signals();
    raise_descriptors();
    return run(&config);
}
