/* Released procedures and calendars, for programs. */
#include "core/replica/policies.h"
#include "client/handle.h"
#include "core/base/text.h"

#include <stdio.h>
#include <string.h>

/* What released a file: who, and when. */
struct release {
    struct hf_buf by; /* ends with a NUL */
    uint64_t at_ms;
};

static bool take_release(void *ctx, const struct hf_change_row *row)
{
    struct release *release = ctx;
    hf_buf_append_slice(&release->by, row->author_name);
    release->at_ms = hf_clock_ms(row->leaf.clock);
    return false;
}

static enum hf_status find_release(struct holdfast *hf, const struct hf_book_file *file, struct release *out)
{
    hf_buf_reset(&out->by);
    out->at_ms = 0;
    const enum hf_status status = hf_replica_change(hf->replica, &file->change, take_release, out);
    hf_buf_append_u8(&out->by, '\0');
    if (status != HF_OK && status != HF_ERR_NOT_FOUND) /* the file came without it */
        return status;
    return hf_buf_status(&out->by);
}

static void fill_row(struct holdfast *hf, const struct hf_book *book, const struct hf_book_file *file,
                     const struct release *release, struct holdfast_policy_row *out)
{
    const struct hf_id *person = &hf_replica_identity(hf->replica)->person;
    *out = (struct holdfast_policy_row){.what = file->is_pack ? HF_POLICY_WHAT_PACK : HF_POLICY_WHAT_CALENDAR,
                                        .name = file->name,
                                        .version = file->version,
                                        .effective_from = file->effective_from,
                                        .supersedes = file->supersedes,
                                        .change = hf_id_out(&file->change),
                                        .released_by = (const char *)release->by.data,
                                        .released_ms = release->at_ms,
                                        .reread_required = file->reread_required};
    memcpy(out->sha256, file->hash, sizeof out->sha256);
    out->in_force =
        file == (file->is_pack ? hf_book_pack(book, file->name, hf_wall_ms()) : hf_book_calendar(book, file->name));
    out->acknowledged = file->is_pack && hf_book_acknowledged(book, person, file);
}

enum holdfast_status holdfast_policies(struct holdfast *hf,
                                       bool (*each)(void *ctx, const struct holdfast_policy_row *row), void *ctx)
{
    struct hf_book *book = NULL;
    struct release release = {.at_ms = 0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_book(hf->replica, &book, &hf->err);
    for (size_t i = 0; status == HF_OK && i < hf_book_count(book); i++) {
        struct holdfast_policy_row row;
        status = find_release(hf, hf_book_file(book, i), &release);
        if (status != HF_OK)
            break;
        fill_row(hf, book, hf_book_file(book, i), &release, &row);
        if (!each(ctx, &row))
            break;
    }
    hf_buf_clear(&release.by);
    return hf_handle_leave(hf, status);
}

/* --- the file of a release ---------------------------------------------------------------------------------------- */

static const struct hf_book_file *find_file(const struct hf_book *book, const char *name, const char *version)
{
    if (!version) {
        const struct hf_book_file *pack = hf_book_pack(book, name, hf_wall_ms());
        return pack ? pack : hf_book_calendar(book, name);
    }
    for (size_t i = 0; i < hf_book_count(book); i++) {
        const struct hf_book_file *file = hf_book_file(book, i);
        if (strcmp(file->name, name) == 0 && strcmp(file->version, version) == 0)
            return file;
    }
    return NULL;
}

struct file_taker {
    void (*take)(void *ctx, const void *bytes, size_t len);
    void *ctx;
    enum hf_status status;
};

static bool take_body(void *ctx, const struct hf_change_row *row)
{
    struct file_taker *taker = ctx;
    struct hf_policy_body body;
    taker->status = hf_policy_body_decode(row->item.body, &body);
    if (taker->status == HF_OK)
        taker->take(taker->ctx, body.file.data, body.file.len);
    return false;
}

static enum hf_status find_or_fail(struct holdfast *hf, const char *name, const char *version,
                                   const struct hf_book_file **out)
{
    struct hf_book *book = NULL;
    enum hf_status status = hf_replica_book(hf->replica, &book, &hf->err);
    if (status != HF_OK)
        return status;
    *out = find_file(book, name, version);
    return *out ? HF_OK
                : hf_handle_fail(hf, HF_ERR_NOT_FOUND,
                                 "%.64s%s%.64s was not released. `holdfast policy list` shows "
                                 "what was.",
                                 name, version ? " " : "", version ? version : "");
}

enum holdfast_status holdfast_policy_file(struct holdfast *hf, const char *name, const char *version,
                                          void (*take)(void *ctx, const void *bytes, size_t len), void *ctx)
{
    struct file_taker taker = {.take = take, .ctx = ctx};
    const struct hf_book_file *file = NULL;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = find_or_fail(hf, name, version, &file);
    if (status == HF_OK)
        status = hf_replica_change(hf->replica, &file->change, take_body, &taker);
    return hf_handle_leave(hf, status == HF_OK ? taker.status : status);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

enum holdfast_status holdfast_policy_release(struct holdfast *hf, const void *file, size_t len,
                                             struct holdfast_id *out_change)
{
    struct hf_id change;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_release(hf->replica, hf_slice_of(file, len), hf_wall_ms(), &change, &hf->err);
    if (status == HF_OK && out_change)
        *out_change = hf_id_out(&change);
    return hf_handle_leave(hf, status);
}

/* One record for each person and version, so that two devices of the same person meet in it. */
static enum hf_status acknowledge(struct holdfast *hf, const struct hf_book_file *file, struct hf_id *out_record)
{
    char who[HF_ID_TEXT_BYTES];
    char at[HF_TIME_TEXT_BYTES];
    char slot[2 * HF_POLICY_NAME_TEXT_MAX + 2];
    struct hf_id ignored;
    const uint64_t now_ms = hf_wall_ms();
    const struct hf_identity *own = hf_replica_identity(hf->replica);
    (void)snprintf(slot, sizeof slot, "%s %s", file->name, file->version);
    hf_id_format(&own->person, who);
    hf_text_time(now_ms, at);
    const struct hf_put_value values[] = {
        {"person", who}, {"policy_id", file->name}, {"policy_version", file->version}, {"at", at}};
    const struct hf_put put = {.case_id = hf_office_case_id(own->log_id),
                               .record_id = hf_model_slot_id(&own->person, HF_RECORD_POLICY_ACK, hf_slice_str(slot)),
                               .type = HF_RECORD_POLICY_ACK,
                               .values = values,
                               .count = sizeof values / sizeof values[0]};
    *out_record = put.record_id;
    return hf_replica_put(hf->replica, &put, now_ms, &ignored, &hf->err);
}

enum holdfast_status holdfast_policy_acknowledge(struct holdfast *hf, const char *name, struct holdfast_id *out_record)
{
    const struct hf_book_file *file = NULL;
    struct hf_book *book = NULL;
    struct hf_id record = hf_id_zero();
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = find_or_fail(hf, name, NULL, &file);
    if (status == HF_OK)
        status = hf_replica_book(hf->replica, &book, &hf->err);
    if (status == HF_OK && !hf_book_acknowledged(book, &hf_replica_identity(hf->replica)->person, file))
        status = acknowledge(hf, file, &record);
    if (status == HF_OK && out_record)
        *out_record = hf_id_out(&record);
    return hf_handle_leave(hf, status);
}
