#include "tools/benchmarks/live.h"

#include "tools/benchmarks/live_nng.h"
#include "tools/benchmarks/saving.h"

#include <holdfast/holdfast.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S      60   /* for all of it */
#define REST_MS      40   /* between two changes */
#define RECEIPTS_MS  3000 /* of what was saved before: they come within two seconds */
#define TRIPS        400
#define MESSAGE      300 /* bytes, about those of a live change */
#define CONTENT_TEXT 32

/* Between the processes. */
struct shared {
    atomic_int reader_ready, author_ready, go;
    atomic_uint heard;
    double saved_s[LIVE_CHANGES], heard_s[LIVE_CHANGES];
};

static double now_s(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void rest_ms(unsigned ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

static _Noreturn void stop(const char *what, const char *why)
{
    (void)fprintf(stderr, "live change, %s: %s\n", what, why);
    exit(1);
}

static struct holdfast *open_device(const char *folder, const char *passphrase)
{
    struct holdfast *hf = NULL;
    if (holdfast_open(folder, &hf) != HOLDFAST_OK || holdfast_unlock(hf, passphrase) != HOLDFAST_OK ||
        holdfast_watch_begin(hf, NULL) != HOLDFAST_OK)
        stop(folder, hf ? holdfast_error_text(hf) : "cannot be opened");
    return hf;
}

static struct holdfast_watch_progress step(struct holdfast *hf, uint32_t wait_ms, double until_s)
{
    struct holdfast_watch_progress progress;
    if (holdfast_watch_step(hf, wait_ms, &progress) != HOLDFAST_OK)
        stop("watch", holdfast_error_text(hf));
    if (now_s() > until_s)
        stop("watch", "it takes too long");
    return progress;
}

static void be_in_sync(struct holdfast *hf, double until_s)
{
    while (step(hf, 20, until_s).phase != HOLDFAST_WATCH_IN_SYNC)
        ;
}

static void read_along(struct shared *shared, const struct live_plan *plan, double until_s)
{
    struct holdfast *hf = open_device(plan->reader, plan->passphrase);
    be_in_sync(hf, until_s);
    atomic_store(&shared->reader_ready, 1);
    while (!atomic_load(&shared->go))
        (void)step(hf, 20, until_s);
    const uint64_t before = step(hf, 0, until_s).pulled;
    unsigned heard = 0;
    while (heard < LIVE_CHANGES) {
        const uint64_t pulled = step(hf, 100, until_s).pulled - before;
        for (; heard < pulled && heard < LIVE_CHANGES; heard++)
            shared->heard_s[heard] = now_s();
        atomic_store(&shared->heard, heard);
    }
    holdfast_close(hf);
}

static struct holdfast_id make_record(struct holdfast *hf)
{
    struct holdfast_id case_id, record;
    struct holdfast_edit *edit = NULL;
    if (holdfast_case_new(hf, "N-live", &case_id) != HOLDFAST_OK ||
        holdfast_edit_new(hf, &case_id, "action", NULL, NULL, &edit) != HOLDFAST_OK ||
        holdfast_edit_set(edit, "text", "Ring the school") != HOLDFAST_OK)
        stop("record", holdfast_error_text(hf));
    record = holdfast_edit_id(edit);
    if (holdfast_edit_commit(edit, NULL) != HOLDFAST_OK)
        stop("record", holdfast_error_text(hf));
    return record;
}

static void change(struct holdfast *hf, const struct holdfast_id *record, unsigned number)
{
    struct holdfast_edit *edit = NULL;
    char text[CONTENT_TEXT];
    (void)snprintf(text, sizeof text, "Ring the school, %u", number);
    if (holdfast_edit_record(hf, record, &edit) != HOLDFAST_OK ||
        holdfast_edit_set(edit, "text", text) != HOLDFAST_OK || holdfast_edit_commit(edit, NULL) != HOLDFAST_OK)
        stop("change", holdfast_error_text(hf));
}

static void write_along(struct shared *shared, const struct live_plan *plan, double until_s)
{
    struct holdfast *hf = open_device(plan->author, plan->passphrase);
    const struct holdfast_id record = make_record(hf);
    be_in_sync(hf, until_s);
    atomic_store(&shared->author_ready, 1);
    while (!atomic_load(&shared->go))
        (void)step(hf, 20, until_s);
    for (unsigned i = 0; i < LIVE_CHANGES; i++) {
        for (const double rested_s = now_s() + REST_MS * 1e-3; now_s() < rested_s;)
            (void)step(hf, 10, until_s);
        shared->saved_s[i] = now_s();
        change(hf, &record, i);
        while (atomic_load(&shared->heard) <= i)
            (void)step(hf, 5, until_s);
    }
    holdfast_close(hf);
}

static pid_t start(struct shared *shared, const struct live_plan *plan, double until_s,
                   void (*work)(struct shared *, const struct live_plan *, double))
{
    const pid_t child = fork();
    if (child == 0) {
        work(shared, plan, until_s);
        _exit(0);
    }
    return child;
}

static void end(pid_t child)
{
    int code = 0;
    if (waitpid(child, &code, 0) != child || code != 0)
        stop("a device", "did not finish");
}

static int compare(const void *a, const void *b)
{
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* Zeros that children share. */
static void *share(size_t bytes)
{
    char path[] = "/tmp/holdfast-live-XXXXXX";
    const int file = mkstemp(path);
    if (file < 0 || unlink(path) != 0 || ftruncate(file, (off_t)bytes) != 0)
        stop("shared file", "there is none");
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED)
        stop("memory", "there is none");
    (void)close(file);
    return memory;
}

struct live_result live_measure(const struct live_plan *plan)
{
    const double until_s = now_s() + LIMIT_S;
    double taken_s[LIVE_CHANGES];
    struct shared *shared = share(sizeof *shared);
    const pid_t reader = start(shared, plan, until_s, read_along);
    const pid_t author = start(shared, plan, until_s, write_along);
    while (!atomic_load(&shared->reader_ready) || !atomic_load(&shared->author_ready)) {
        if (now_s() > until_s)
            stop("devices", "did not connect");
        rest_ms(10);
    }
    rest_ms(RECEIPTS_MS); /* receipts of what came before */
    plan->start_counting(plan->ctx);
    atomic_store(&shared->go, 1);
    end(author);
    end(reader);
    for (size_t i = 0; i < LIVE_CHANGES; i++)
        taken_s[i] = shared->heard_s[i] - shared->saved_s[i];
    (void)munmap(shared, sizeof *shared);
    qsort(taken_s, LIVE_CHANGES, sizeof taken_s[0], compare);
    return (struct live_result){.median_ms = taken_s[LIVE_CHANGES / 2] * 1e3,
                                .most_ms = taken_s[LIVE_CHANGES - 1] * 1e3};
}

/* --- the floor --- */

static void pass(int fd, uint8_t *message, int first)
{
    for (int turn = 0; turn < 2; turn++) {
        size_t done = 0;
        const int sends = turn == (first ? 0 : 1);
        while (done < MESSAGE) {
            const ssize_t moved = sends ? send(fd, message + done, MESSAGE - done, MSG_NOSIGNAL)
                                        : recv(fd, message + done, MESSAGE - done, 0);
            if (moved <= 0)
                stop("loopback", "the connection broke");
            done += (size_t)moved;
        }
    }
}

static void at_once(int fd)
{
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static _Noreturn void answer(int listener)
{
    uint8_t message[MESSAGE];
    const int fd = accept(listener, NULL, NULL);
    at_once(fd);
    for (int i = 0; i < TRIPS; i++)
        pass(fd, message, 0);
    _exit(0);
}

double live_round_trip_s(void)
{
    static double taken_s[TRIPS];
    uint8_t message[MESSAGE] = {0};
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || fd < 0 || bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        stop("loopback", "cannot be had");
    const pid_t child = fork();
    if (child == 0)
        answer(listener);
    if (connect(fd, (struct sockaddr *)&address, len) != 0)
        stop("loopback", "cannot be reached");
    at_once(fd);
    for (int i = 0; i < TRIPS; i++) {
        const double from_s = now_s();
        pass(fd, message, 1);
        taken_s[i] = now_s() - from_s;
    }
    end(child);
    (void)close(fd);
    (void)close(listener);
    qsort(taken_s, TRIPS, sizeof taken_s[0], compare);
    return taken_s[TRIPS / 2];
}

/* --- the floor at the pace of the changes --- */

/* Both ends of one line over loopback. */
static void make_line(int out_ends[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    out_ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || out_ends[0] < 0 || bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, 1) != 0 || getsockname(listener, (struct sockaddr *)&address, &len) != 0 ||
        connect(out_ends[0], (struct sockaddr *)&address, len) != 0)
        stop("loopback", "cannot be had");
    out_ends[1] = accept(listener, NULL, NULL);
    at_once(out_ends[0]);
    at_once(out_ends[1]);
    (void)close(listener);
}

static void move_message(int fd, bool sends)
{
    uint8_t message[MESSAGE] = {0};
    size_t done = 0;
    while (done < MESSAGE) {
        const ssize_t moved = sends ? send(fd, message + done, MESSAGE - done, MSG_NOSIGNAL)
                                    : recv(fd, message + done, MESSAGE - done, 0);
        if (moved <= 0)
            stop("loopback", "the connection broke");
        done += (size_t)moved;
    }
}

/* Where a process of the floor takes the message from and sends it on to: a descriptor or -1, or an end of nng. */
struct ends {
    int from, to;
    struct live_nng *nng_from, *nng_to;
};

static void move_on(int fd, struct live_nng *nng, bool sends)
{
    uint8_t message[MESSAGE] = {0};
    if (nng)
        live_nng_move(nng, sends, message, sizeof message);
    else if (fd >= 0)
        move_message(fd, sends);
    else if (!sends)
        rest_ms(REST_MS);
}

/* Commits what comes, or every REST_MS where nothing does, and then sends it on. */
static void be_link(const char *folder, const char *passphrase, const struct ends *ends, double *begun_s,
                    double *ended_s)
{
    struct saving_floor *floor = saving_floor_open(folder, passphrase);
    for (int i = 0; i < LIVE_CHANGES; i++) {
        move_on(ends->from, ends->nng_from, false);
        begun_s[i] = now_s();
        saving_floor_commit(floor);
        move_on(ends->to, ends->nng_to, true);
        ended_s[i] = now_s();
    }
    saving_floor_close(floor);
}

/* Three processes; `meet` finds the ends of one of them, in it. */
struct meeting {
    const char *const *folders;
    const char *passphrase;
    struct ends (*meet)(const struct meeting *meeting, int number);
    int first[2], second[2]; /* sockets, or … */
    struct live_nng_place *place;
    enum live_nng_way way;
};

static double meeting_ms(const struct meeting *meeting)
{
    double taken_s[LIVE_CHANGES];
    double(*times)[2][LIVE_CHANGES] = share(3 * sizeof *times);
    pid_t children[3];
    for (int i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            const struct ends ends = meeting->meet(meeting, i);
            be_link(meeting->folders[i], meeting->passphrase, &ends, times[i][0], times[i][1]);
            _exit(0);
        }
    }
    for (int i = 0; i < 3; i++)
        end(children[i]);
    for (int i = 0; i < LIVE_CHANGES; i++)
        taken_s[i] = times[2][1][i] - times[0][0][i];
    (void)munmap(times, 3 * sizeof *times);
    qsort(taken_s, LIVE_CHANGES, sizeof taken_s[0], compare);
    return taken_s[LIVE_CHANGES / 2] * 1e3;
}

static struct ends meet_by_sockets(const struct meeting *meeting, int number)
{
    const int from[] = {-1, meeting->first[1], meeting->second[1]};
    const int to[] = {meeting->first[0], meeting->second[0], -1};
    return (struct ends){.from = from[number], .to = to[number]};
}

double live_floor_ms(const char *const folders[3], const char *passphrase)
{
    struct meeting meeting = {.folders = folders, .passphrase = passphrase, .meet = meet_by_sockets};
    make_line(meeting.first);
    make_line(meeting.second);
    const double taken_ms = meeting_ms(&meeting);
    for (int i = 0; i < 2; i++) {
        (void)close(meeting.first[i]);
        (void)close(meeting.second[i]);
    }
    return taken_ms;
}

static struct ends meet_by_nng(const struct meeting *meeting, int number)
{
    struct ends ends = {.from = -1, .to = -1};
    struct live_nng *both[2];
    if (number == 0) {
        ends.nng_to = live_nng_dial(meeting->place, meeting->way, 0);
    } else if (number == 2) {
        ends.nng_from = live_nng_dial(meeting->place, meeting->way, 1);
    } else {
        live_nng_accept(meeting->place, meeting->way, both);
        ends.nng_from = both[0];
        ends.nng_to = both[1];
    }
    return ends;
}

double live_floor_nng_ms(const char *const folders[3], const char *passphrase, bool waits_itself)
{
    const struct meeting meeting = {.folders = folders,
                                    .passphrase = passphrase,
                                    .meet = meet_by_nng,
                                    .place = share(sizeof *meeting.place),
                                    .way = waits_itself ? LIVE_NNG_WAIT : LIVE_NNG_CALLBACK};
    const double taken_ms = meeting_ms(&meeting);
    (void)munmap(meeting.place, sizeof *meeting.place);
    return taken_ms;
}
