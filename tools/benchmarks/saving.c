#include "tools/benchmarks/saving.h"

#include "core/crypto/crypto.h"
#include "core/vault/vault.h"
#include "tools/benchmarks/frames.h"
#include "tools/benchmarks/workload.h"

#include <holdfast/holdfast.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STRETCH      100 /* records of one turn */
#define ROW_BYTES    1100
#define SIGNED_BYTES 248
#define PATH_BYTES   512

/* One of the two processes. */
struct writer {
    const struct saving_plan *plan;
    struct holdfast *hf;
    struct holdfast_id cases[WORKLOAD_CASES];
    struct workload workload;
    unsigned long number;
    struct hf_vault *vault;
    sqlite3_stmt *insert;
    struct hf_sign_key key;
};
/* What it did in one turn. */
struct turn {
    double wall_s, cpu_s;
    uint64_t raw_bytes;
};
struct side {
    pid_t child;
    int ask[2], answer[2];
};

static double now_s(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static _Noreturn void stop(const char *what, const char *why)
{
    (void)fprintf(stderr, "writing records, %s: %s\n", what, why);
    exit(1);
}

/* --- a record on a device --- */

static void ok(struct holdfast *hf, enum holdfast_status status, const char *what)
{
    if (status != HOLDFAST_OK)
        stop(what, holdfast_error_text(hf));
}

static void open_device(struct writer *writer)
{
    if (holdfast_open(writer->plan->device, &writer->hf) != HOLDFAST_OK)
        stop(writer->plan->device, "cannot be opened");
    ok(writer->hf, holdfast_unlock(writer->hf, writer->plan->passphrase), "unlock");
    for (size_t i = 0; i < WORKLOAD_CASES; i++) {
        char reference[32];
        (void)snprintf(reference, sizeof reference, "N-%zu", i);
        ok(writer->hf, holdfast_case_new(writer->hf, reference, &writer->cases[i]), "case");
    }
    writer->workload.state = 1;
}

static void close_device(struct writer *writer)
{
    holdfast_close(writer->hf);
}

/* Inventing it is no part of writing it. */
static void write_record(struct writer *writer, struct turn *turn)
{
    static struct workload_record record;
    struct holdfast_edit *edit = NULL;
    workload_next(&writer->workload, writer->number++, &record);
    turn->raw_bytes += record.json_bytes;
    const double wall = now_s(CLOCK_MONOTONIC), cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
    ok(writer->hf, holdfast_edit_new(writer->hf, &writer->cases[record.case_number], record.type, NULL, NULL, &edit),
       "edit");
    for (size_t i = 0; i < record.count; i++)
        ok(writer->hf, holdfast_edit_set(edit, record.fields[i].name, record.fields[i].value), record.fields[i].name);
    ok(writer->hf, holdfast_edit_commit(edit, NULL), "save");
    turn->wall_s += now_s(CLOCK_MONOTONIC) - wall;
    turn->cpu_s += now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

/* --- what a write cannot do without: a signature and a commit of that many bytes in an encrypted file --- */

static void open_bare(struct writer *writer)
{
    struct hf_error err = {0};
    uint8_t seed[HF_KEY_BYTES] = {1};
    const struct hf_vault_kdf kdf = {.memory_bytes = 8192, .passes = 1, .weak_for_tests = true};
    hf_sign_key_from_seed(seed, &writer->key);
    if (mkdir(writer->plan->bare, 0700) != 0 ||
        hf_vault_create(writer->plan->bare, "bare", hf_slice_str(writer->plan->passphrase), &kdf, &writer->vault,
                        &err) != HF_OK)
        stop("bare vault", err.text);
    sqlite3 *db = hf_vault_db(writer->vault);
    if (sqlite3_exec(db, "CREATE TABLE t(n INTEGER PRIMARY KEY, v BLOB)", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO t(v) VALUES(?1)", -1, &writer->insert, NULL) != SQLITE_OK)
        stop("bare vault", sqlite3_errmsg(db));
}

static void close_bare(struct writer *writer)
{
    (void)sqlite3_finalize(writer->insert);
    (void)!hf_vault_close(writer->vault);
}

static void sign_and_commit(struct writer *writer, struct turn *turn)
{
    uint8_t row[ROW_BYTES], signature[HF_SIGN_BYTES];
    hf_random(row, sizeof row);
    const double wall = now_s(CLOCK_MONOTONIC), cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
    hf_sign(&writer->key, hf_slice_str("bench"), hf_slice_of(row, SIGNED_BYTES), signature);
    (void)sqlite3_bind_blob(writer->insert, 1, row, sizeof row, SQLITE_STATIC);
    if (sqlite3_step(writer->insert) != SQLITE_DONE)
        stop("bare vault", sqlite3_errmsg(hf_vault_db(writer->vault)));
    (void)sqlite3_reset(writer->insert);
    turn->wall_s += now_s(CLOCK_MONOTONIC) - wall;
    turn->cpu_s += now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

struct saving_floor {
    struct saving_plan plan;
    struct writer writer;
};

struct saving_floor *saving_floor_open(const char *folder, const char *passphrase)
{
    struct saving_floor *floor = calloc(1, sizeof *floor);
    if (!floor)
        stop("bare vault", "no memory");
    floor->plan = (struct saving_plan){.bare = folder, .passphrase = passphrase};
    floor->writer.plan = &floor->plan;
    open_bare(&floor->writer);
    return floor;
}

void saving_floor_commit(struct saving_floor *floor)
{
    struct turn turn = {0};
    sign_and_commit(&floor->writer, &turn);
}

void saving_floor_close(struct saving_floor *floor)
{
    close_bare(&floor->writer);
    free(floor);
}

/* --- turns --- */

struct kind {
    const char *name; /* of its database */
    void (*open)(struct writer *writer);
    void (*write)(struct writer *writer, struct turn *turn);
    void (*close)(struct writer *writer);
};
static const struct kind device = {"replica", open_device, write_record, close_device};
static const struct kind bare = {"bare", open_bare, sign_and_commit, close_bare};

static const char *folder_of(const struct saving_plan *plan, const struct kind *kind)
{
    return kind == &device ? plan->device : plan->bare;
}

static void report_pages(const struct saving_plan *plan, const struct kind *kind, const struct frames *frames)
{
    struct hf_error err = {0};
    struct hf_vault *vault = NULL;
    if (hf_vault_open(folder_of(plan, kind), kind->name, hf_slice_str(plan->passphrase), HF_VAULT_READ_ONLY, &vault,
                      &err) != HF_OK)
        stop("pages", err.text);
    frames_report(frames, hf_vault_db(vault), kind == &device ? "pages of a save" : "pages of the commit");
    (void)!hf_vault_close(vault);
}

static void count_pages(const struct saving_plan *plan, const struct kind *kind, struct writer *writer)
{
    struct frames frames;
    struct turn turn = {0};
    char log[PATH_BYTES];
    (void)snprintf(log, sizeof log, "%s/%s.db-wal", folder_of(plan, kind), kind->name);
    frames_begin(&frames, log);
    for (unsigned long i = 0; i < plan->counted; i++) {
        kind->write(writer, &turn);
        frames_take(&frames);
    }
    kind->close(writer);
    report_pages(plan, kind, &frames);
    frames_end(&frames);
}

/* Each byte that is asked is a stretch of so many records; 0 ends it. */
static void take_turns(const struct saving_plan *plan, const struct kind *kind, const struct side *side)
{
    static struct writer writer;
    struct turn turn = {0}; /* the first answer: ready */
    uint8_t count = 0;
    writer = (struct writer){.plan = plan};
    kind->open(&writer);
    do {
        if (write(side->answer[1], &turn, sizeof turn) != (ssize_t)sizeof turn || read(side->ask[0], &count, 1) != 1)
            stop("turn", "nobody listens");
        turn = (struct turn){0};
        for (uint8_t i = 0; i < count; i++)
            kind->write(&writer, &turn);
    } while (count > 0);
    if (plan->counted > 0)
        count_pages(plan, kind, &writer);
    else
        kind->close(&writer);
}

static void begin(const struct saving_plan *plan, const struct kind *kind, struct side *side)
{
    (void)fflush(stdout);
    if (pipe(side->ask) != 0 || pipe(side->answer) != 0)
        stop(kind->name, "no pipe");
    side->child = fork();
    if (side->child == 0) {
        take_turns(plan, kind, side);
        (void)fflush(stdout);
        _exit(0);
    }
    (void)close(side->ask[0]);
    (void)close(side->answer[1]);
    struct turn ready;
    if (read(side->answer[0], &ready, sizeof ready) != (ssize_t)sizeof ready)
        stop(kind->name, "did not begin");
}

static void take_turn(const struct side *side, uint8_t count, struct saving_side *sum)
{
    struct turn turn;
    if (write(side->ask[1], &count, 1) != 1 || read(side->answer[0], &turn, sizeof turn) != (ssize_t)sizeof turn)
        stop("turn", "it ended early");
    sum->wall_s += turn.wall_s;
    sum->cpu_s += turn.cpu_s;
    sum->raw_bytes += turn.raw_bytes;
}

static void end(const struct side *side, const char *what)
{
    const uint8_t last = 0;
    int code = 0;
    if (write(side->ask[1], &last, 1) != 1 || waitpid(side->child, &code, 0) != side->child || code != 0)
        stop(what, "did not finish");
    (void)close(side->ask[1]);
    (void)close(side->answer[0]);
}

/* --- a form of the page: every field of it saved once as a draft, then one field again and again, then the record ---
 */

#define FORMS     256 /* so that the rows that wait go into their indices once (core/replica/indexed.h) */
#define AUTOSAVES 4
#define FORM      "bench/1"

/* What one kind of step of the forms took. */
struct form_steps {
    const char *name;
    struct turn turn;
    struct frames frames;
};

static void put_draft(struct holdfast *hf, const struct holdfast_form *about, const struct workload_record *record,
                      size_t first, size_t count)
{
    struct holdfast_draft_field fields[WORKLOAD_FIELDS_MAX];
    for (size_t i = 0; i < count; i++)
        fields[i] = (struct holdfast_draft_field){record->fields[first + i].name, record->fields[first + i].value};
    const struct holdfast_draft_save save = {
        .about = *about, .type = record->type, .form = FORM, .fields = fields, .field_count = count};
    ok(hf, holdfast_draft_put(hf, &save, NULL), "draft");
}

static void timed(struct form_steps *steps, double wall, double cpu)
{
    steps->turn.wall_s += now_s(CLOCK_MONOTONIC) - wall;
    steps->turn.cpu_s += now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

static void one_form(struct holdfast *hf, const struct holdfast_id *case_id, const struct workload_record *record,
                     struct form_steps *autosaves, struct form_steps *saves)
{
    struct holdfast_form about;
    ok(hf, holdfast_form_new(hf, case_id, record->type, NULL, NULL, &about), "form");
    put_draft(hf, &about, record, 0, record->count);
    frames_skip(&autosaves->frames);
    for (unsigned i = 0; i < AUTOSAVES; i++) {
        const double wall = now_s(CLOCK_MONOTONIC), cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
        put_draft(hf, &about, record, i % record->count, 1);
        timed(autosaves, wall, cpu);
        frames_take(&autosaves->frames);
    }
    frames_skip(&saves->frames);
    const struct holdfast_draft_place place = {.record = about.record, .case_id = *case_id, .form = FORM};
    const double wall = now_s(CLOCK_MONOTONIC), cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
    ok(hf, holdfast_draft_commit(hf, &place, NULL), "form");
    timed(saves, wall, cpu);
    frames_take(&saves->frames);
}

static void tell_forms(struct form_steps *steps)
{
    const double count = (double)steps->frames.commits;
    (void)printf("%-22s %7.1f us  cpu %.1f us   %.2f pages a commit\n", steps->name, steps->turn.wall_s / count * 1e6,
                 steps->turn.cpu_s / count * 1e6, (double)steps->frames.frames / count);
    frames_end(&steps->frames);
}

static void write_forms(const struct saving_plan *plan)
{
    static struct workload_record record;
    struct holdfast *hf = NULL;
    struct holdfast_id case_id;
    struct workload workload = {.state = 3};
    struct form_steps autosaves = {.name = "autosave of a field"}, saves = {.name = "a form is saved"};
    char log[PATH_BYTES];
    (void)snprintf(log, sizeof log, "%s/%s.db-wal", plan->device, device.name);
    if (holdfast_open(plan->device, &hf) != HOLDFAST_OK)
        stop(plan->device, "cannot be opened");
    ok(hf, holdfast_unlock(hf, plan->passphrase), "unlock");
    ok(hf, holdfast_case_new(hf, "N-forms", &case_id), "case");
    frames_begin(&autosaves.frames, log);
    frames_begin(&saves.frames, log);
    for (unsigned long i = 0; i < FORMS; i++) {
        workload_next(&workload, i, &record);
        one_form(hf, &case_id, &record, &autosaves, &saves);
    }
    holdfast_close(hf);
    tell_forms(&autosaves);
    tell_forms(&saves);
}

static void measure_forms(const struct saving_plan *plan)
{
    int code = 0;
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        write_forms(plan);
        (void)fflush(stdout);
        _exit(0);
    }
    if (waitpid(child, &code, 0) != child || code != 0)
        stop("forms", "did not finish");
}

/* --- the whole --- */

static void tell(const struct saving_result *result, double count)
{
    const struct saving_side *save = &result->save, *floor = &result->floor;
    (void)printf("%.0f records, %.0f bytes of JSON each, in %d cases\n", count, (double)save->raw_bytes / count,
                 WORKLOAD_CASES);
    (void)printf(
        "%-22s %7.1f us  cpu %.1f us   sign + encrypted commit: %.1f us  cpu %.1f us   ratio %.2f, of cpu %.2f\n",
        "write one record", save->wall_s / count * 1e6, save->cpu_s / count * 1e6, floor->wall_s / count * 1e6,
        floor->cpu_s / count * 1e6, save->wall_s / floor->wall_s, save->cpu_s / floor->cpu_s);
    (void)fflush(stdout);
}

struct saving_result saving_measure(const struct saving_plan *plan)
{
    struct side saves, floors;
    struct saving_result result = {0};
    begin(plan, &device, &saves);
    begin(plan, &bare, &floors);
    for (unsigned long left = plan->records; left > 0;) {
        const uint8_t count = left < STRETCH ? (uint8_t)left : STRETCH;
        take_turn(&floors, count, &result.floor);
        take_turn(&saves, count, &result.save);
        left -= count;
    }
    tell(&result, (double)plan->records);
    end(&floors, bare.name);
    end(&saves, device.name);
    if (plan->counted > 0)
        measure_forms(plan);
    return result;
}
