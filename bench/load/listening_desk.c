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
#include "load/spoken.h"
#include "load/viewer.h"
#include "net/scheduling.h"

enum {
    FINISH_NICE = 10, /* of the thread, once nothing comes any more */
    FIRST_PACKETS = 256,
    FIRST_BYTES = 32768,
    PASSED_US = 1000000, /* later nothing comes that belongs into a window */
    MOST_BYTES = 8 << 20 /* of one window or clip */
};

/** What was kept for the thread: a window of sound, or a clip of pictures. */
struct tape {
    struct tape *next;
    struct seat_at_desk *seat;
    int64_t from_us;
    int64_t to_us;
    unsigned stream; /* of a clip */
    struct ear_packet *packets;
    struct viewer_frame *frames;
    size_t count;
    size_t capacity;
    uint8_t *bytes;
    size_t used;
    size_t room;
};

struct seat_at_desk {
    struct seat_at_desk *next;
    struct listening_desk *desk;
    struct endpoint_tap tap;
    struct spoken_voice *voice; /* of `spoken` */
    bool listens;
    uint32_t caller;
    /* of who is tapped: */
    struct tape *sound;
    struct tape *clip;
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
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under the lock: */
    struct tape *first;
    struct tape *last;
    size_t waiting;
    bool busy;
    bool stop;
    bool hurry; /* a seat that has something is not given more */
    /* of the thread: */
    struct spoken_list voices; /* of the room that is judged */
    float *sounds;             /* three of LISTENER_SAMPLES */
    struct picture_buffer filmed;
};

static void tape_free(struct tape *tape)
{
    if (tape != NULL) {
        free(tape->packets);
        free(tape->frames);
        free(tape->bytes);
        free(tape);
    }
}

static void work_on(struct listening_desk *desk, struct tape *tape)
{
    struct seat_at_desk *seat = tape->seat;
    if (tape->frames != NULL) {
        (void)viewer_watch(&seat->viewer, desk->content, tape->frames, tape->count, tape->bytes,
                           &desk->filmed);
        return;
    }
    struct listener_window window = {.from_us = tape->from_us,
                                     .to_us = tape->to_us,
                                     .packets = tape->packets,
                                     .count = tape->count,
                                     .bytes = tape->bytes};
    if (spoken_room(desk->spoken, seat->listener.room, tape->from_us, &desk->voices) != 0) {
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

static bool has_enough(const struct tape *tape)
{
    return tape->frames != NULL ? tape->seat->viewer.compared > 0
                                : tape->seat->listener.windows > 0;
}

static void *serve(void *owner)
{
    struct listening_desk *desk = owner;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), FINISH_NICE);
    scheduling_go_idle("listening");
    (void)pthread_mutex_lock(&desk->lock);
    while (true) {
        while (desk->first == NULL && !desk->stop) {
            (void)pthread_cond_wait(&desk->changed, &desk->lock);
        }
        if (desk->stop) {
            break;
        }
        struct tape *tape = desk->first;
        desk->first = tape->next;
        desk->waiting--;
        desk->busy = true;
        bool skip = desk->hurry && has_enough(tape);
        (void)pthread_mutex_unlock(&desk->lock);
        if (!skip) {
            work_on(desk, tape);
        }
        tape_free(tape);
        (void)pthread_mutex_lock(&desk->lock);
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
    (void)pthread_mutex_init(&desk->lock, NULL);
    (void)pthread_cond_init(&desk->changed, NULL);
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

/** Gives a tape to the thread; without room for it, it is left out. */
static void hand_over(struct listening_desk *desk, struct tape **tape)
{
    struct tape *given = *tape;
    *tape = NULL;
    if (given == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&desk->lock);
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
    if (!taken) {
        tape_free(given);
    }
}

/** Room for one more record and its bytes. @return false without memory, or beyond the bound */
static bool make_room(struct tape *tape, bool pictures, size_t len)
{
    if (tape->used + len > MOST_BYTES) {
        return false;
    }
    if (tape->bytes == NULL || tape->used + len > tape->room) {
        size_t room = (tape->used + len) * 2 + FIRST_BYTES;
        uint8_t *bytes = realloc(tape->bytes, room);
        if (bytes == NULL) {
            return false;
        }
        tape->bytes = bytes;
        tape->room = room;
    }
    if (tape->count < tape->capacity) {
        return true;
    }
    size_t capacity = tape->capacity * 2 + FIRST_PACKETS;
    void *records = pictures ? realloc(tape->frames, capacity * sizeof(*tape->frames))
                             : realloc(tape->packets, capacity * sizeof(*tape->packets));
    if (records == NULL) {
        return false;
    }
    if (pictures) {
        tape->frames = records;
    } else {
        tape->packets = records;
    }
    tape->capacity = capacity;
    return true;
}

/** A window in which nothing came. */
static void hand_over_silence(struct seat_at_desk *seat, int64_t to_us)
{
    struct tape *tape = calloc(1, sizeof(*tape));
    if (tape != NULL) {
        tape->seat = seat;
        tape->from_us = seat->open_us;
        tape->to_us = to_us;
        hand_over(seat->desk, &tape);
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
        seat->sound = calloc(1, sizeof(*seat->sound));
        if (seat->sound == NULL) {
            return;
        }
        seat->sound->seat = seat;
        seat->sound->from_us = seat->last_us == 0 ? sound->arrived_us : seat->open_us;
        seat->sound->to_us = seat->sound->from_us + LISTENER_WINDOW_US;
    }
    struct tape *tape = seat->sound;
    if (!make_room(tape, false, len)) {
        return;
    }
    tape->packets[tape->count++] = (struct ear_packet){.stream = stream,
                                                       .ssrc = sound->ssrc,
                                                       .arrived_us = sound->arrived_us,
                                                       .ext_seq = sound->ext_seq,
                                                       .timestamp = sound->timestamp,
                                                       .marked = sound->marked,
                                                       .mark = sound->mark,
                                                       .offset = tape->used,
                                                       .len = len};
    memcpy(tape->bytes + tape->used, payload, len);
    tape->used += len;
    seat->last_us = sound->arrived_us;
}

/** A clip begins with a keyframe of any stream, some seconds after the last one. */
static bool begin_clip(struct seat_at_desk *seat, unsigned stream, const struct stats_frame *frame)
{
    if (!frame->keyframe || frame->arrived_us < seat->next_clip_us) {
        return false;
    }
    seat->clip = calloc(1, sizeof(*seat->clip));
    if (seat->clip == NULL) {
        return false;
    }
    seat->clip->seat = seat;
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
    struct tape *tape = seat->clip;
    if (make_room(tape, true, len)) {
        tape->frames[tape->count++] =
            (struct viewer_frame){.frame = *frame, .offset = tape->used, .len = len};
        memcpy(tape->bytes + tape->used, data, len);
        tape->used += len;
    }
    if (tape->count == VIEWER_CLIP_FRAMES || tape->used + len > MOST_BYTES) {
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
    seat->voice =
        spoken_add(desk->spoken, caller->number, caller->room, caller->place % CONTENT_TONES);
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
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += patience_us / 1000000;
    int late = 0;
    while ((desk->first != NULL || desk->busy) && late == 0) {
        late = pthread_cond_timedwait(&desk->changed, &desk->lock, &until);
    }
    return late == 0;
}

/** What is open is handed over as it is, and all is worked on: somebody waits for the thread now.
 */
static void finish(struct listening_desk *desk)
{
    const struct sched_param ordinary = {.sched_priority = 0};
    desk->finished = true;
    (void)pthread_setschedparam(desk->thread, SCHED_OTHER, &ordinary);
    for (struct seat_at_desk *seat = desk->seats; seat != NULL; seat = seat->next) {
        end_sound(seat);
        hand_over(desk, &seat->clip);
    }
    (void)pthread_mutex_lock(&desk->lock);
    if (!wait_idle(desk, LISTENING_DESK_PATIENCE_US / 2)) {
        desk->hurry = true;
        (void)wait_idle(desk, LISTENING_DESK_PATIENCE_US / 2);
    }
    desk->stop = true;
    (void)pthread_cond_broadcast(&desk->changed);
    (void)pthread_mutex_unlock(&desk->lock);
    (void)pthread_join(desk->thread, NULL);
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
    while (gone->first != NULL) {
        struct tape *tape = gone->first;
        gone->first = tape->next;
        tape_free(tape);
    }
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
