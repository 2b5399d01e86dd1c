/* Attachments on a device, without a session: what is due when, what an answer of the office does, what a stop between
 * chunk and row leaves, and what does not fit what was signed. The office of these tests is the author's own file. */
#include "core/replica/attachments.h"
#include "tests/replica/support_device.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNKS 3
#define SIZE   ((CHUNKS - 1) * HF_ATTACH_CHUNK_BYTES + 91)
#define LINE   7
#define OTHER  8 /* another connection */

struct fixture {
    struct server *server;
    struct device *ann, *ben;
    struct hf_id case_id, record;
};

static struct fixture fix;
static uint8_t content[SIZE];

static void folder_of(const struct device *device, char out[160])
{
    (void)snprintf(out, 160, "%s/attachments", device->folder);
}

static void set_folder(struct device *device)
{
    char folder[160];
    folder_of(device, folder);
    assert_int_equal(hf_replica_attach_folder(device->replica, folder, true, &device->err), HF_OK);
}

static void reopen(struct device *device)
{
    device_reopen(device);
    set_folder(device);
}

static int setup(void **state)
{
    (void)state;
    fix.server = server_new();
    fix.ann = device_new(fix.server, "Ann Sample", HF_ROLE_WORKER);
    fix.ben = device_new(fix.server, "Ben Example", HF_ROLE_MANAGER);
    set_folder(fix.ann);
    set_folder(fix.ben);
    fix.case_id = device_case(fix.ann, "CH-1");
    fix.record = device_id(fix.ann);
    (void)device_save(fix.ann, &fix.case_id, &fix.record, TYPE_ACTION, ACTION_TEXT, text_value("See the paper"));
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 7 >> 3);
    return 0;
}

static enum hf_status keep_nothing(void *ctx, const struct hf_id *id, bool *out)
{
    (void)ctx;
    (void)id;
    *out = false;
    return HF_OK;
}

static void free_device(struct device *device)
{
    char folder[160];
    folder_of(device, folder);
    assert_int_equal(hf_chunks_sweep(folder, keep_nothing, NULL, NULL), HF_OK);
    (void)rmdir(folder);
    device_free(device);
}

static int teardown(void **state)
{
    (void)state;
    free_device(fix.ann);
    free_device(fix.ben);
    server_free(fix.server);
    return 0;
}

/* --- short ways --- */

static struct hf_attach_add *begin_add(uint64_t size)
{
    const struct hf_attach_spec spec = {.case_id = fix.case_id,
                                        .parent = fix.record,
                                        .size = size,
                                        .title = hf_slice_str("A paper"),
                                        .name = hf_slice_str("paper.bin")};
    struct hf_attach_add *add = NULL;
    if (hf_replica_attach_begin(fix.ann->replica, &spec, fix.ann->now_ms, &add, &fix.ann->err) != HF_OK)
        fail_msg("%s", fix.ann->err.text);
    return add;
}

static struct hf_id added(void)
{
    struct hf_id id;
    struct hf_attach_add *add = begin_add(SIZE);
    assert_int_equal(hf_attach_add_write(add, hf_slice_of(content, 1000), &fix.ann->err), HF_OK);
    assert_int_equal(hf_attach_add_write(add, hf_slice_of(content + 1000, SIZE - 1000), &fix.ann->err), HF_OK);
    assert_int_equal(hf_attach_add_finish(add, fix.ann->now_ms, &id, &fix.ann->err), HF_OK);
    return id;
}

static bool is_due(struct device *device, uint64_t line)
{
    bool due = false;
    assert_int_equal(hf_replica_attach_due(device->replica, line, false, &due, &device->err), HF_OK);
    return due;
}

static void next(struct device *device, uint64_t line, size_t most, struct hf_attach_step *out)
{
    if (hf_replica_attach_next(device->replica, line, false, most, out, &device->err) != HF_OK)
        fail_msg("%s", device->err.text);
}

static bool copy_row(void *ctx, const struct hf_attachment *attachment)
{
    struct hf_attachment *out = ctx;
    *out = *attachment;
    out->title = out->name = out->media_type = hf_slice_of(NULL, 0);
    return true;
}

static struct hf_attachment row_of(struct device *device, const struct hf_id *id)
{
    struct hf_attachment row = {0};
    if (hf_replica_attachment(device->replica, id, copy_row, &row, &device->err) != HF_OK)
        fail_msg("%s", device->err.text);
    return row;
}

/* The office answers what it has; chunks of the step count as kept up to there. */
static void answer_has(struct hf_attach_step *step, enum hf_attach_result result, uint64_t have)
{
    assert_int_equal(hf_replica_attach_has(fix.ann->replica, LINE, step, result, have, &fix.ann->err), HF_OK);
    hf_attach_step_clear(step);
}

/* Chunks as the office has them from Ann. */
struct run {
    struct hf_slice parts[HF_CHUNKS_RUN_MAX];
    uint8_t bytes[CHUNKS][HF_ATTACH_SEALED_BYTES];
    size_t count;
    struct hf_proof proof;
};

static void run_of(const struct hf_id *id, uint64_t first, size_t count, struct run *out)
{
    char folder[160];
    struct hf_chunks chunks = {.fd = -1};
    folder_of(fix.ann, folder);
    assert_int_equal(hf_chunks_open(folder, id, SIZE, false, &chunks, NULL), HF_OK);
    for (size_t i = 0; i < count; i++) {
        struct hf_buf bytes = {0};
        assert_int_equal(hf_chunks_read(&chunks, first + i, &bytes, NULL), HF_OK);
        memcpy(out->bytes[i], bytes.data, bytes.len);
        out->parts[i] = hf_slice_of(out->bytes[i], bytes.len);
        hf_buf_clear(&bytes);
    }
    out->count = count;
    assert_int_equal(hf_chunks_prove(&chunks, first, count, &out->proof), HF_OK);
    hf_chunks_close(&chunks);
}

static enum hf_status give(struct hf_attach_step *step, enum hf_attach_result result, const struct run *run)
{
    const enum hf_status status = hf_replica_attach_part(fix.ben->replica, LINE, step, result, run ? run->parts : NULL,
                                                         run ? run->count : 0, run ? &run->proof : NULL, &fix.ben->err);
    hf_attach_step_clear(step);
    return status;
}

static bool compare(void *ctx, struct hf_slice plain)
{
    size_t *at = ctx;
    assert_true(plain.len <= SIZE - *at);
    assert_memory_equal(plain.data, content + *at, plain.len);
    *at += plain.len;
    return true;
}

static enum hf_status read_all(struct device *device, const struct hf_id *id)
{
    size_t at = 0;
    const enum hf_status status = hf_replica_attach_read(device->replica, id, 0, compare, &at, &device->err);
    if (status == HF_OK)
        assert_int_equal(at, SIZE);
    return status;
}

/* Ben has the record and none of it. */
static struct hf_id at_ben(void)
{
    const struct hf_id id = added();
    device_sync(fix.ann);
    device_pull(fix.ben);
    assert_true(is_due(fix.ben, LINE));
    return id;
}

/* --- adding --- */

static void added_one__is_sealed_here_and_read_back(void **state)
{
    (void)state;
    char path[200], folder[160];
    const struct hf_id id = added();
    const struct hf_attachment row = row_of(fix.ann, &id);
    assert_true(row.own);
    assert_int_equal(row.have, CHUNKS);
    assert_int_equal(row.sent, 0);
    assert_int_equal(row.state, HF_SAVED_HERE);
    assert_int_equal(read_all(fix.ann, &id), HF_OK);
    folder_of(fix.ann, folder);
    size_t at = (size_t)snprintf(path, sizeof path, "%s/", folder);
    for (size_t i = 0; i < HF_ID_BYTES; i++)
        at += (size_t)snprintf(path + at, sizeof path - at, "%02x", id.bytes[i]);
    FILE *file = fopen(path, "rb");
    static uint8_t raw[SIZE + 4096];
    assert_non_null(file);
    const size_t len = fread(raw, 1, sizeof raw, file);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i + 64 <= len; i++) /* no stretch of what is inside lies there as it is */
        assert_true(memcmp(raw + i, content + 4096, 64) != 0);
    reopen(fix.ann);
    assert_int_equal(read_all(fix.ann, &id), HF_OK);
}

static void adding__keeps_to_its_limits(void **state)
{
    (void)state;
    struct hf_attach_spec spec = {.case_id = fix.case_id, .parent = fix.record, .name = hf_slice_str("x")};
    struct hf_attach_add *adds[HF_ATTACH_ADDS_MAX], *more = NULL;
    struct device *ann = fix.ann;
    assert_int_equal(hf_replica_attach_begin(ann->replica, &spec, ann->now_ms, &more, &ann->err), HF_ERR_INVALID);
    spec.size = HF_ATTACH_DEFAULT_MAX + 1;
    assert_int_equal(hf_replica_attach_begin(ann->replica, &spec, ann->now_ms, &more, &ann->err), HF_ERR_LIMIT);
    assert_non_null(strstr(ann->err.text, "512 MB"));
    spec.size = 10;
    spec.parent = device_id(ann);
    assert_int_equal(hf_replica_attach_begin(ann->replica, &spec, ann->now_ms, &more, &ann->err), HF_ERR_NOT_FOUND);
    spec.parent = fix.record;
    for (size_t i = 0; i < HF_ATTACH_ADDS_MAX; i++)
        adds[i] = begin_add(10);
    assert_int_equal(hf_replica_attach_begin(ann->replica, &spec, ann->now_ms, &more, &ann->err), HF_ERR_LIMIT);
    assert_int_equal(hf_attach_add_write(adds[0], hf_slice_of(content, 11), &ann->err), HF_ERR_INVALID);
    struct hf_id ignored;
    assert_int_equal(hf_attach_add_write(adds[1], hf_slice_of(content, 9), &ann->err), HF_OK);
    assert_int_equal(hf_attach_add_finish(adds[1], ann->now_ms, &ignored, &ann->err), HF_ERR_INVALID); /* too early */
    for (size_t i = 0; i < HF_ATTACH_ADDS_MAX; i++)
        hf_attach_add_abandon(adds[i]);
    assert_int_equal(device_number(ann, "SELECT count(*) FROM attachments"), 0);
    hf_attach_add_abandon(begin_add(10)); /* there is room again */
}

/* Whole and durable, and then the program was gone before the record was signed; or half of it. */
static void stopped_before_the_record_was_signed__leaves_nothing(void **state)
{
    (void)state;
    char folder[160], path[200];
    struct stat found;
    folder_of(fix.ann, folder);
    const struct hf_id id = added();
    device_sql(fix.ann, "DELETE FROM records WHERE type = 100");
    device_sql(fix.ann, "DELETE FROM changes WHERE record_id IN (SELECT record_id FROM attachments)");
    reopen(fix.ann);
    assert_int_equal(device_number(fix.ann, "SELECT count(*) FROM attachments"), 0);
    size_t at = (size_t)snprintf(path, sizeof path, "%s/", folder);
    for (size_t i = 0; i < HF_ID_BYTES; i++)
        at += (size_t)snprintf(path + at, sizeof path - at, "%02x", id.bytes[i]);
    assert_int_equal(stat(path, &found), -1);
}

static void same_content_twice__is_two_attachments(void **state)
{
    (void)state;
    const struct hf_id one = added(), two = added();
    assert_false(hf_id_equal(&one, &two));
    static struct run a, b;
    run_of(&one, 0, CHUNKS, &a);
    run_of(&two, 0, CHUNKS, &b);
    assert_true(memcmp(a.bytes[0], b.bytes[0], HF_ATTACH_SEALED_BYTES) != 0); /* nobody sees that they are the same */
    device_sync(fix.ann);
    device_pull(fix.ben);
    assert_true(is_due(fix.ben, LINE));
    struct hf_attach_step step = {0};
    next(fix.ben, LINE, 20, &step);
    const bool first = hf_id_equal(&step.record_id, &one);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, first ? &b : &a), HF_ERR_AUTH); /* the other's */
    next(fix.ben, LINE, 20, &step);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, first ? &a : &b), HF_OK);
    assert_int_equal(read_all(fix.ben, first ? &one : &two), HF_OK);
    assert_int_equal(read_all(fix.ben, first ? &two : &one), HF_ERR_WAITING);
}

/* --- sending --- */

static void chunks__are_due_when_the_record_is_in_the_log(void **state)
{
    (void)state;
    struct hf_attach_step step = {0};
    const struct hf_id id = added();
    assert_false(is_due(fix.ann, LINE));
    next(fix.ann, LINE, 20, &step);
    assert_false(step.any);
    device_push(fix.ann);
    assert_true(is_due(fix.ann, LINE));
    next(fix.ann, LINE, 2, &step); /* first the question */
    assert_true(step.any && step.put);
    assert_int_equal(step.count, 0);
    answer_has(&step, HF_ATTACH_KEPT, 0);
    next(fix.ann, LINE, 2, &step);
    assert_int_equal(step.first, 0);
    assert_int_equal(step.count, 2);
    answer_has(&step, HF_ATTACH_KEPT, 2);
    reopen(fix.ann); /* a kill, and another connection: it asks again, and goes on from the chunk */
    next(fix.ann, OTHER, 2, &step);
    assert_int_equal(step.count, 0);
    assert_int_equal(step.first, 2);
    assert_int_equal(hf_replica_attach_has(fix.ann->replica, OTHER, &step, HF_ATTACH_KEPT, 2, &fix.ann->err), HF_OK);
    hf_attach_step_clear(&step);
    next(fix.ann, OTHER, 2, &step);
    assert_int_equal(step.first, 2);
    assert_int_equal(step.count, 1);
    assert_int_equal(row_of(fix.ann, &id).state, HF_SAVED_HERE); /* although the record is sent */
    assert_int_equal(hf_replica_attach_has(fix.ann->replica, OTHER, &step, HF_ATTACH_KEPT, 3, &fix.ann->err), HF_OK);
    hf_attach_step_clear(&step);
    assert_false(is_due(fix.ann, OTHER));
    assert_int_equal(row_of(fix.ann, &id).state, HF_SENT);
    device_head(fix.ann);
    assert_int_equal(row_of(fix.ann, &id).state, HF_RECEIVED);
}

/* The office lost what it had: an older folder was put back. */
static void office_that_has_less_than_before__is_sent_it_again(void **state)
{
    (void)state;
    struct hf_attach_step step = {0};
    (void)added();
    device_push(fix.ann);
    next(fix.ann, LINE, 20, &step);
    answer_has(&step, HF_ATTACH_KEPT, 2);
    next(fix.ann, LINE, 20, &step);
    assert_int_equal(step.first, 2);
    answer_has(&step, HF_ATTACH_KEPT, 0);
    next(fix.ann, LINE, 20, &step);
    assert_int_equal(step.first, 0);
    assert_int_equal(step.count, 3);
    answer_has(&step, HF_ATTACH_KEPT, 3);
    assert_false(is_due(fix.ann, LINE));
}

static void refused_one__rests_until_another_connection_and_is_counted(void **state)
{
    (void)state;
    static const enum hf_attach_result refusals[] = {HF_ATTACH_UNKNOWN, HF_ATTACH_TOO_LARGE, HF_ATTACH_FULL,
                                                     HF_ATTACH_DAMAGED};
    struct hf_attach_step step = {0};
    struct hf_attach_counts counts;
    const struct hf_id id = added();
    device_push(fix.ann);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        next(fix.ann, LINE, 20, &step);
        answer_has(&step, refusals[i], 0);
        assert_int_equal(row_of(fix.ann, &id).answer, refusals[i]);
        assert_false(is_due(fix.ann, LINE));
        assert_true(is_due(fix.ann, OTHER));
        assert_int_equal(hf_replica_attach_counts(fix.ann->replica, &counts), HF_OK);
        assert_int_equal(counts.refused, 1);
        assert_int_equal(counts.out_bytes, SIZE);
        assert_int_equal(hf_replica_attach_again(fix.ann->replica, LINE, &fix.ann->err), HF_OK);
        assert_true(is_due(fix.ann, LINE));
    }
    next(fix.ann, LINE, 20, &step); /* erased: never again */
    answer_has(&step, HF_ATTACH_GONE, 0);
    assert_int_equal(hf_replica_attach_again(fix.ann->replica, LINE, &fix.ann->err), HF_OK);
    assert_false(is_due(fix.ann, OTHER));
    assert_int_equal(hf_replica_attach_counts(fix.ann->replica, &counts), HF_OK);
    assert_int_equal(counts.out_count, 0);
}

static void office_that_says_it_has_more_than_there_is__is_not_believed(void **state)
{
    (void)state;
    struct hf_attach_step step = {0};
    const struct hf_id id = added();
    device_push(fix.ann);
    next(fix.ann, LINE, 20, &step);
    assert_int_equal(hf_replica_attach_has(fix.ann->replica, LINE, &step, HF_ATTACH_KEPT, CHUNKS + 1, &fix.ann->err),
                     HF_ERR_PROTOCOL);
    hf_attach_step_clear(&step);
    assert_int_equal(row_of(fix.ann, &id).sent, 0);
}

/* Somebody took the file away from below: it stops neither the others nor the sync. */
static void own_one_whose_file_is_gone__does_not_stop_the_others(void **state)
{
    (void)state;
    char folder[160];
    struct hf_attach_step step = {0};
    const struct hf_id gone = added(), other = added();
    folder_of(fix.ann, folder);
    device_push(fix.ann);
    assert_int_equal(hf_chunks_remove(folder, &gone, NULL), HF_OK);
    for (int turns = 0; is_due(fix.ann, LINE); turns++) {
        assert_true(turns < 4);
        next(fix.ann, LINE, 20, &step);
        assert_true(step.count == 0 || hf_id_equal(&step.record_id, &other));
        answer_has(&step, HF_ATTACH_KEPT, step.count);
    }
    assert_int_equal(row_of(fix.ann, &other).sent, CHUNKS);
    assert_int_equal(row_of(fix.ann, &gone).answer, HF_ATTACH_DAMAGED);
}

/* --- fetching --- */

static void chunk_that_was_not_signed__is_not_stored(void **state)
{
    (void)state;
    static struct run run;
    struct hf_attach_step step = {0};
    const struct hf_id id = at_ben();
    run_of(&id, 0, 2, &run);
    next(fix.ben, LINE, 20, &step);
    assert_true(step.any && !step.put);
    assert_int_equal(step.first, 0);
    assert_int_equal(step.count, CHUNKS);
    run.bytes[1][5] ^= 1;
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_ERR_AUTH);
    run.bytes[1][5] ^= 1;
    run.parts[1].len--; /* another length */
    next(fix.ben, LINE, 20, &step);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_ERR_AUTH);
    assert_int_equal(row_of(fix.ben, &id).have, 0);
    run_of(&id, 1, 2, &run); /* of another place */
    next(fix.ben, LINE, 20, &step);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_ERR_AUTH);
    run_of(&id, 0, CHUNKS, &run);
    next(fix.ben, LINE, 20, &step);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_OK);
    assert_int_equal(read_all(fix.ben, &id), HF_OK);
}

/* The chunk was durable, the row behind it was not. */
static void stopped_between_chunk_and_row__fetches_the_chunk_again(void **state)
{
    (void)state;
    static struct run run;
    struct hf_attach_step step = {0};
    const struct hf_id id = at_ben();
    run_of(&id, 0, 2, &run);
    next(fix.ben, LINE, 2, &step);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_OK);
    device_sql(fix.ben, "UPDATE attachments SET have = 1");
    reopen(fix.ben);
    next(fix.ben, OTHER, 20, &step);
    assert_int_equal(step.first, 1);
    assert_int_equal(step.count, 2);
    run_of(&id, 1, 2, &run);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_OK);
    assert_int_equal(read_all(fix.ben, &id), HF_OK);
}

/* An older folder beside a newer database: no chunk is put behind a hole, it begins anew. */
static void file_that_has_less_than_its_row__is_fetched_from_the_beginning(void **state)
{
    (void)state;
    static struct run run;
    char folder[160];
    struct hf_attach_step step = {0};
    const struct hf_id id = at_ben();
    folder_of(fix.ben, folder);
    run_of(&id, 0, 2, &run);
    next(fix.ben, LINE, 2, &step);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_OK);
    assert_int_equal(hf_chunks_remove(folder, &id, NULL), HF_OK);
    run_of(&id, 2, 1, &run);
    next(fix.ben, LINE, 20, &step);
    assert_int_equal(step.first, 2);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_OK);
    assert_int_equal(row_of(fix.ben, &id).have, 0);
    run_of(&id, 0, CHUNKS, &run);
    next(fix.ben, LINE, 20, &step);
    assert_int_equal(step.first, 0);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_OK);
    assert_int_equal(read_all(fix.ben, &id), HF_OK);
}

static void not_there_yet__rests_until_it_is_told_or_tried_again(void **state)
{
    (void)state;
    struct hf_attach_step step = {0};
    const struct hf_id id = at_ben(), unknown = device_id(fix.ben);
    next(fix.ben, LINE, 20, &step);
    assert_int_equal(give(&step, HF_ATTACH_NOT_YET, NULL), HF_OK);
    assert_int_equal(row_of(fix.ben, &id).answer, HF_ATTACH_NOT_YET);
    assert_false(is_due(fix.ben, LINE));
    assert_int_equal(hf_replica_attach_whole(fix.ben->replica, &unknown, &fix.ben->err), HF_OK);
    assert_false(is_due(fix.ben, LINE));
    assert_int_equal(hf_replica_attach_whole(fix.ben->replica, &id, &fix.ben->err), HF_OK);
    assert_true(is_due(fix.ben, LINE));
    next(fix.ben, LINE, 20, &step);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, NULL), HF_OK); /* nothing at all: as not yet */
    assert_int_equal(row_of(fix.ben, &id).answer, HF_ATTACH_NOT_YET);
    assert_false(is_due(fix.ben, LINE));
}

/* A large one comes when it is asked for, and one whose record was removed does not. */
static void fetched__are_small_ones_and_those_that_are_wanted(void **state)
{
    (void)state;
    struct hf_attach_counts counts;
    const struct hf_id id = at_ben();
    device_sql(fix.ben, "UPDATE attachments SET size = 1048577");
    assert_false(is_due(fix.ben, LINE));
    assert_int_equal(hf_replica_attach_counts(fix.ben->replica, &counts), HF_OK);
    assert_int_equal(counts.in_count, 0);
    assert_int_equal(hf_replica_attach_want(fix.ben->replica, &id, &fix.ben->err), HF_OK);
    assert_true(is_due(fix.ben, LINE));
    device_sql(fix.ben, "UPDATE records SET deleted = 1 WHERE type = 100");
    assert_false(is_due(fix.ben, LINE));
    const struct hf_id unknown = device_id(fix.ben);
    assert_int_equal(hf_replica_attach_want(fix.ben->replica, &unknown, &fix.ben->err), HF_ERR_NOT_FOUND);
}

static void damaged_on_this_disk__is_never_given_out_and_fetched_again(void **state)
{
    (void)state;
    char folder[160], path[200];
    const struct hf_id id = added();
    folder_of(fix.ann, folder);
    size_t at = (size_t)snprintf(path, sizeof path, "%s/", folder);
    for (size_t i = 0; i < HF_ID_BYTES; i++)
        at += (size_t)snprintf(path + at, sizeof path - at, "%02x", id.bytes[i]);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, HF_ATTACH_SEALED_BYTES + 9, SEEK_SET), 0);
    const int before = fgetc(file);
    assert_int_equal(fseek(file, HF_ATTACH_SEALED_BYTES + 9, SEEK_SET), 0);
    assert_int_equal(fputc(before ^ 1, file), before ^ 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(read_all(fix.ann, &id), HF_ERR_CORRUPT);
    assert_int_equal(row_of(fix.ann, &id).have, CHUNKS); /* the office does not have it */
    device_push(fix.ann);
    device_sql(fix.ann, "UPDATE attachments SET sent = count");
    assert_false(is_due(fix.ann, LINE));
    assert_int_equal(read_all(fix.ann, &id), HF_ERR_CORRUPT);
    assert_non_null(strstr(fix.ann->err.text, "fetched again"));
    struct hf_attach_step step = {0};
    assert_true(is_due(fix.ann, LINE));
    next(fix.ann, LINE, 20, &step);
    assert_true(step.any && !step.put);
    assert_int_equal(step.first, 0);
    hf_attach_step_clear(&step);
}

/* --- with its case --- */

static void without_key_or_record__nothing_is_fetched_and_no_file_stays(void **state)
{
    (void)state;
    static struct run run;
    struct hf_attach_step step = {0};
    char folder[160], path[200];
    struct stat found;
    const struct hf_id id = at_ben();
    run_of(&id, 0, CHUNKS, &run);
    next(fix.ben, LINE, 20, &step);
    assert_int_equal(give(&step, HF_ATTACH_KEPT, &run), HF_OK);
    next(fix.ben, LINE, 20, &step);
    assert_false(step.any);
    struct hf_attach_step late = {.any = true, .record_id = device_id(fix.ben)};
    assert_int_equal(give(&late, HF_ATTACH_KEPT, &run), HF_OK); /* its case went while the answer was on its way */

    device_sql(fix.ben, "DELETE FROM keys");
    device_sql(fix.ben, "UPDATE attachments SET have = 0");
    assert_false(is_due(fix.ben, LINE)); /* without the key there is nothing to fetch */
    device_sql(fix.ben, "DELETE FROM attachments");
    device_sql(fix.ben, "DELETE FROM records WHERE type = 100");
    reopen(fix.ben);
    folder_of(fix.ben, folder);
    size_t at = (size_t)snprintf(path, sizeof path, "%s/", folder);
    for (size_t i = 0; i < HF_ID_BYTES; i++)
        at += (size_t)snprintf(path + at, sizeof path - at, "%02x", id.bytes[i]);
    assert_int_equal(stat(path, &found), -1); /* a file without a row is swept */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(added_one__is_sealed_here_and_read_back),
        TEST(adding__keeps_to_its_limits),
        TEST(stopped_before_the_record_was_signed__leaves_nothing),
        TEST(same_content_twice__is_two_attachments),
        TEST(chunks__are_due_when_the_record_is_in_the_log),
        TEST(office_that_has_less_than_before__is_sent_it_again),
        TEST(refused_one__rests_until_another_connection_and_is_counted),
        TEST(office_that_says_it_has_more_than_there_is__is_not_believed),
        TEST(own_one_whose_file_is_gone__does_not_stop_the_others),
        TEST(chunk_that_was_not_signed__is_not_stored),
        TEST(stopped_between_chunk_and_row__fetches_the_chunk_again),
        TEST(file_that_has_less_than_its_row__is_fetched_from_the_beginning),
        TEST(not_there_yet__rests_until_it_is_told_or_tried_again),
        TEST(fetched__are_small_ones_and_those_that_are_wanted),
        TEST(damaged_on_this_disk__is_never_given_out_and_fetched_again),
        TEST(without_key_or_record__nothing_is_fetched_and_no_file_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
