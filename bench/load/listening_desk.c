#include "load/listening_desk.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "load/listener.h"
#include "load/lock.h"
#include "load/spoken.h"
#include "load/tape.h"
#include "load/viewer.h"
#include "net/scheduling.h"

enum {
    FINISH_NICE = 10,   /* of the thread, once nothing comes any more */
    PASSED_US = 1000000 /* later nothing comes that belongs into a window */
};

/** For the thread: a window of sound, or a clip of pictures. */
struct job {
    struct job *next;
    struct seat_at_desk *seat;
    int64_t from_us;
    int64_t to_us;
    unsigned stream; /* of a clip */
    struct tape tape;
};

struct seat_at_desk {
    struct seat_at_desk *next;
    struct listening_desk *desk;
    struct endpoint_tap tap;
    struct spoken_voice *voice; /* of `spoken` */
    bool listens;
    uint32_t caller;
    /* of who is tapped: */
    struct job *sound;
    struct job *clip;
    int64_t next_clip_us;
    int64_t last_us;
    bool up;         /* it should hear what is said */
    int64_t open_us; /* the next window begins here; 0 = when the first packet comes */
    int64_t end_us;  /* when it was not up any more; 0 = it has not been */
    /* of the thread: */
    struct listener listener;
    struct viewer viewer;
};

struct listening_desk {
    struct content *content;
    struct spoken *spoken;
    struct seat_at_desk *seats;
    bool echo;
    int64_t begin_us; /* INT64_MAX: not yet */
    bool finished;
    bool gone; /* the thread, for want of memory */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under the lock: */
    struct job *first;
    struct job *last;
    struct job *spent; /* by the thread: who has allocated them frees them, so that he never waits
                          for a thread that is in the midst of it */
    size_t waiting;
    bool busy;
    bool awaited; /* somebody waits for the thread */
    bool stop;
    bool hurry; /* a seat that has something is not given more */
    /* of the thread: */
    struct spoken_list voices; /* of the room that is judged */
    float *sounds;             /* three of LISTENER_SAMPLES */
    struct picture_buffer filmed;
};

static struct job *job_new(struct seat_at_desk *seat)
{
    struct job *job = calloc(1, sizeof(*job));
    if (job != NULL) {
        job->seat = seat;
    }
    return job;
}

static void job_free(struct job *job)
{
    tape_deinit(&job->tape);
    free(job);
}

static void jobs_free(struct job *first)
{
    while (first != NULL) {
        struct job *next = first->next;
        job_free(first);
        first = next;
    }
}

static void work_on(struct listening_desk *desk, struct job *job)
{
    struct seat_at_desk *seat = job->seat;
    struct tape *tape = &job->tape;
    if (tape->frames != NULL) {
        (void)viewer_watch(&seat->viewer, desk->content, tape->frames, tape->count, tape->bytes,
                           &desk->filmed);
        return;
    }
    struct listener_window window = {.from_us = job->from_us,
                                     .to_us = job->to_us,
                                     .packets = tape->packets,
                                     .count = tape->count,
                                     .bytes = tape->bytes};
    if (spoken_room(desk->spoken, seat->listener.room, job->from_us, &desk->voices) != 0) {
        return; /* without memory it is left out */
    }
    const struct listener_desk about = {.content = desk->content,
                                        .spoken = desk->spoken,
                                        .voices = desk->voices.voices,
                                        .voice_count = desk->voices.count,
                                        .heard = desk->sounds,
                                        .said = desk->sounds + LISTENER_SAMPLES,
                                        .in_step = desk->sounds + 2 * (size_t)LISTENER_SAMPLES};
    (void)listener_judge(&seat->listener, &about, &window); /* so is this */
}

static bool has_enough(const struct job *job)
{
    return job->tape.frames != NULL ? job->seat->viewer.compared > 0
                                    : job->seat->listener.windows > 0;
}

static void *serve(void *owner)
{
    struct listening_desk *desk = owner;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), FINISH_NICE);
    (void)pthread_mutex_lock(&desk->lock);
    if (!desk->awaited) {
        scheduling_go_idle("listening");
    }
    while (true) {
        while (desk->first == NULL && !desk->stop) {
            (void)pthread_cond_wait(&desk->changed, &desk->lock);
        }
        if (desk->stop) {
            break;
        }
        struct job *job = desk->first;
        desk->first = job->next;
        desk->waiting--;
        desk->busy = true;
        bool skip = desk->hurry && has_enough(job);
        (void)pthread_mutex_unlock(&desk->lock);
        if (!skip) {
            work_on(desk, job);
        }
        (void)pthread_mutex_lock(&desk->lock);
        job->next = desk->spent;
        desk->spent = job;
        desk->busy = false;
        (void)pthread_cond_broadcast(&desk->changed);
    }
    (void)pthread_mutex_unlock(&desk->lock);
    return NULL;
}

int listening_desk_new(struct listening_desk **out, struct content *content, bool echo)
{
    struct listening_desk *desk = calloc(1, sizeof(*desk));
    if (desk == NULL) {
        return ERR_NO_MEMORY;
    }
    desk->content = content;
    desk->echo = echo;
    desk->begin_us = INT64_MAX;
    desk->sounds = calloc(3 * (size_t)LISTENER_SAMPLES, sizeof(float));
    int err = desk->sounds == NULL ? ERR_NO_MEMORY : spoken_new(&desk->spoken);
    lock_init(&desk->lock);
    pthread_condattr_t monotonic; /* patience ends though somebody sets the clock back */
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&desk->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (err == 0 && pthread_create(&desk->thread, NULL, serve, desk) != 0) {
        err = ERR_IO;
    }
    if (err != 0) {
        spoken_free(&desk->spoken);
        free(desk->sounds);
        free(desk);
        return err;
    }
    *out = desk;
    return 0;
}

/** Gives it to the thread; without room for it, it is left out. */
static void hand_over(struct listening_desk *desk, struct job **job)
{
    struct job *given = *job;
    *job = NULL;
    if (given == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&desk->lock);
    struct job *spent = desk->spent;
    desk->spent = NULL;
    bool taken = desk->waiting < LISTENING_DESK_WAITING || desk->finished;
    if (taken) {
        given->next = NULL;
        if (desk->first == NULL) {
            desk->first = given;
        } else {
            desk->last->next = given;
        }
        desk->last = given;
        desk->waiting++;
        (void)pthread_cond_broadcast(&desk->changed);
    }
    (void)pthread_mutex_unlock(&desk->lock);
    jobs_free(spent);
    if (!taken) {
        job_free(given);
    }
}

/** A window in which nothing came. */
static void hand_over_silence(struct seat_at_desk *seat, int64_t to_us)
{
    struct job *job = job_new(seat);
    if (job != NULL) {
        job->from_us = seat->open_us;
        job->to_us = to_us;
        hand_over(seat->desk, &job);
    }
    seat->open_us = to_us;
}

/** Who was up before the begin should hear from then on. */
static void open_window(struct seat_at_desk *seat)
{
    if (seat->sound == NULL && seat->open_us == 0) {
        seat->open_us = seat->desk->begin_us;
    }
}

/** Windows that have ended, as time goes on without a packet; `slack` for those under way. */
static void pass_time(struct seat_at_desk *seat, int64_t now_us, int64_t slack_us)
{
    if (seat->sound != NULL && now_us >= seat->sound->to_us + slack_us) {
        seat->open_us = seat->sound->to_us;
        hand_over(seat->desk, &seat->sound);
    }
    if (seat->up && now_us > seat->desk->begin_us) {
        open_window(seat);
    }
    while (seat->sound == NULL && seat->open_us != 0 &&
           now_us >= seat->open_us + LISTENER_WINDOW_US + slack_us) {
        hand_over_silence(seat, seat->open_us + LISTENER_WINDOW_US);
    }
}

static void on_sound(void *owner, unsigned stream, const struct stats_sound *sound,
                     const uint8_t *payload, size_t len)
{
    struct seat_at_desk *seat = owner;
    struct listening_desk *desk = seat->desk;
    if (sound->arrived_us < desk->begin_us || desk->finished) {
        return;
    }
    pass_time(seat, sound->arrived_us, 0);
    if (seat->sound == NULL) {
        seat->sound = job_new(seat);
        if (seat->sound == NULL) {
            return;
        }
        seat->sound->from_us = seat->last_us == 0 ? sound->arrived_us : seat->open_us;
        seat->sound->to_us = seat->sound->from_us + LISTENER_WINDOW_US;
    }
    const struct ear_packet packet = ear_packet_of(stream, sound, len);
    if (tape_add_packet(&seat->sound->tape, &packet, payload)) {
        seat->last_us = sound->arrived_us;
    }
}

/** A clip begins with a keyframe of any stream, some seconds after the last one. */
static bool begin_clip(struct seat_at_desk *seat, unsigned stream, const struct stats_frame *frame)
{
    if (!frame->keyframe || frame->arrived_us < seat->next_clip_us) {
        return false;
    }
    seat->clip = job_new(seat);
    if (seat->clip == NULL) {
        return false;
    }
    seat->clip->stream = stream;
    seat->next_clip_us = frame->arrived_us + VIEWER_CLIP_EACH_US;
    return true;
}

static void on_frame(void *owner, unsigned stream, const struct stats_frame *frame,
                     const uint8_t *data, size_t len)
{
    struct seat_at_desk *seat = owner;
    struct listening_desk *desk = seat->desk;
    if (frame->arrived_us < desk->begin_us || desk->finished ||
        (seat->clip == NULL && !begin_clip(seat, stream, frame)) || seat->clip->stream != stream) {
        return;
    }
    struct tape *tape = &seat->clip->tape;
    (void)tape_add_frame(tape, &(struct viewer_frame){.frame = *frame, .len = len}, data);
    if (tape->count == VIEWER_CLIP_FRAMES || tape_is_full(tape, len)) {
        hand_over(desk, &seat->clip);
    }
}

static void on_spoke(void *owner, bool speaking, uint64_t place, int64_t at_us)
{
    struct seat_at_desk *seat = owner;
    spoken_tell(seat->desk->spoken, seat->voice, speaking, place, at_us);
    if (seat->listens && !seat->desk->finished) {
        pass_time(seat, at_us, PASSED_US);
    }
}

const struct endpoint_tap *listening_desk_seat(struct listening_desk *desk,
                                               const struct caller_config *caller)
{
    struct seat_at_desk *seat = calloc(1, sizeof(*seat));
    if (seat == NULL) {
        return NULL;
    }
    seat->voice = spoken_add(desk->spoken, caller->number, caller->room,
                             content_tone(desk->content, caller->place));
    if (seat->voice == NULL) {
        free(seat);
        return NULL;
    }
    seat->desk = desk;
    seat->caller = caller->number;
    seat->listens = caller->listens;
    seat->listener.caller = caller->number;
    seat->listener.room = caller->room;
    seat->listener.at_once = caller->receive_audio;
    seat->listener.echo = desk->echo;
    seat->tap = (struct endpoint_tap){.sound = caller->listens ? on_sound : NULL,
                                      .frame = caller->listens ? on_frame : NULL,
                                      .spoke = on_spoke,
                                      .owner = seat};
    seat->next = desk->seats;
    desk->seats = seat;
    return &seat->tap;
}

void listening_desk_leave(struct listening_desk *desk, const struct endpoint_tap *tap,
                          int64_t at_us)
{
    const struct seat_at_desk *seat = tap->owner;
    spoken_leave(desk->spoken, seat->voice, at_us);
}

void listening_desk_begin(struct listening_desk *desk, int64_t at_us)
{
    desk->begin_us = at_us;
}

void listening_desk_attend(struct listening_desk *desk, uint32_t caller, bool up, int64_t now_us)
{
    for (struct seat_at_desk *seat = desk->seats; seat != NULL; seat = seat->next) {
        if (seat->caller == caller && seat->listens) {
            seat->up = up;
            seat->end_us = up ? 0 : now_us;
            if (up && now_us > desk->begin_us) {
                seat->open_us = now_us;
            }
            return;
        }
    }
}

/** The last window ends when the caller was not up any more, as far as that is known. */
static void end_sound(struct seat_at_desk *seat)
{
    if (seat->end_us > seat->desk->begin_us) {
        open_window(seat);
        pass_time(seat, seat->end_us, 0);
    }
    if (seat->sound != NULL) {
        seat->sound->to_us = seat->end_us > seat->last_us ? seat->end_us : seat->last_us;
    } else if (seat->open_us != 0 && seat->end_us > seat->open_us) {
        hand_over_silence(seat, seat->end_us);
    }
    hand_over(seat->desk, &seat->sound);
}

/** Waits until nothing is left to do. @return false when that took too long */
static bool wait_idle(struct listening_desk *desk, int64_t patience_us)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += patience_us / 1000000;
    int late = 0;
    while ((desk->first != NULL || desk->busy) && late == 0) {
        late = pthread_cond_timedwait(&desk->changed, &desk->lock, &until);
    }
    return late == 0;
}

/** After what it is working on. */
static void end_thread(struct listening_desk *desk)
{
    (void)pthread_mutex_lock(&desk->lock);
    desk->stop = true;
    (void)pthread_cond_broadcast(&desk->changed);
    (void)pthread_mutex_unlock(&desk->lock);
    (void)pthread_join(desk->thread, NULL);
}

/**
 * The thread takes its turns like any other. Without a privilege nobody comes back from SCHED_IDLE
 * (sched(7): its nice value must be within RLIMIT_NICE, which is none by default), so then another
 * thread goes on in its place.
 */
static void hurry_thread(struct listening_desk *desk)
{
    const struct sched_param ordinary = {.sched_priority = 0};
    (void)pthread_mutex_lock(&desk->lock);
    desk->awaited = true;
    bool refused = pthread_setschedparam(desk->thread, SCHED_OTHER, &ordinary) != 0;
    (void)pthread_mutex_unlock(&desk->lock);
    if (refused) {
        end_thread(desk);
        desk->stop = false;
        desk->gone = pthread_create(&desk->thread, NULL, serve, desk) != 0;
    }
}

/** What is open is handed over as it is, and all is worked on: somebody waits for the thread now.
 */
static void finish(struct listening_desk *desk)
{
    desk->finished = true;
    hurry_thread(desk);
    for (struct seat_at_desk *seat = desk->seats; seat != NULL; seat = seat->next) {
        end_sound(seat);
        hand_over(desk, &seat->clip);
    }
    if (desk->gone) { /* without memory for a thread, what waits is left out */
        return;
    }
    (void)pthread_mutex_lock(&desk->lock);
    if (!wait_idle(desk, LISTENING_DESK_PATIENCE_US / 2)) {
        desk->hurry = true;
        (void)wait_idle(desk, LISTENING_DESK_PATIENCE_US / 2);
    }
    (void)pthread_mutex_unlock(&desk->lock);
    end_thread(desk);
}

bool listening_desk_score(struct listening_desk *desk, uint32_t caller, struct heard_score *out)
{
    if (!desk->finished) {
        finish(desk);
    }
    for (const struct seat_at_desk *seat = desk->seats; seat != NULL; seat = seat->next) {
        if (seat->caller == caller && seat->listens) {
            *out = (struct heard_score){.sound = false};
            listener_score(&seat->listener, out);
            viewer_score(&seat->viewer, out);
            return seat->listener.windows > 0 || out->pictures;
        }
    }
    return false;
}

void listening_desk_free(struct listening_desk **desk)
{
    struct listening_desk *gone = *desk;
    if (gone == NULL) {
        return;
    }
    if (!gone->finished) {
        finish(gone);
    }
    jobs_free(gone->first);
    jobs_free(gone->spent);
    while (gone->seats != NULL) {
        struct seat_at_desk *seat = gone->seats;
        gone->seats = seat->next;
        listener_deinit(&seat->listener);
        free(seat);
    }
    picture_buffer_deinit(&gone->filmed);
    spoken_free(&gone->spoken);
    (void)pthread_mutex_destroy(&gone->lock);
    (void)pthread_cond_destroy(&gone->changed);
    spoken_list_deinit(&gone->voices);
    free(gone->sounds);
    free(gone);
    *desk = NULL;
}
