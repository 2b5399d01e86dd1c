/* Commands for erasing and for legal holds: erase preview, draft, ask, list, statement, confirm, cancel; hold place,
 * lift. Those that sign are asked by a device: `holdfast erase request` and `confirm` put draft and ask, statement and
 * confirm together. */
#include "core/base/text.h"
#include "core/model/body_caseload.h"
#include "server/admin_run.h"
#include "server/enrol.h"
#include "server/erase.h"
#include "server/erase_closed.h"
#include "server/feed.h"
#include "server/journal_kept.h"
#include "server/keystore_erase.h"
#include "server/officers.h"
#include "server/officers_told.h"
#include "server/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_HEX_MAX (2 * HF_ERASE_REQUEST_BYTES_MAX)

static enum hf_status parse_case(struct hf_admin_run *run, const struct hf_option *option, struct hf_id *out)
{
    if (option->seen && hf_id_parse(option->value, out) == HF_OK)
        return HF_OK;
    return hf_error_set(&run->err, HF_ERR_INVALID, "--case needs the id of a case, as `holdfast case list` shows it.");
}

static enum hf_status parse_erasure(struct hf_admin_run *run, struct hf_slice word, struct hf_id *out)
{
    if (hf_id_parse(word, out) == HF_OK)
        return HF_OK;
    return hf_error_set(&run->err, HF_ERR_INVALID, "Give the id of an erasure, as `holdfast erase list` shows it.");
}

/* Erasures are signed by people: the administrator of the machine is none. */
static enum hf_status need_person(struct hf_admin_run *run)
{
    if (run->office->acting)
        return HF_OK;
    return hf_error_set(&run->err, HF_ERR_DENIED,
                        "A records officer asks for this from their own device: `holdfast erase` and `holdfast hold`.");
}

/* An officer, over their own device. */
static enum hf_status need_officer(struct hf_admin_run *run)
{
    enum hf_status status = need_person(run);
    return status == HF_OK ? hf_officers_need(run->office, run->office->acting, &run->err) : status;
}

static void append_name(struct hf_office *office, const struct hf_id *person, struct hf_buf *out)
{
    char text[HF_ID_TEXT_BYTES];
    size_t before = out->len;
    hf_enrol_person_name(office, person, out);
    if (out->len == before) {
        hf_id_format(person, text);
        hf_buf_append_str(out, text);
    }
}

/* --- which devices may hold it --- */

struct holders {
    struct hf_office *office;
    struct hf_id case_id;
    struct hf_buf people;   /* id, then since which entry their device owes an answer, of those who hold or held it */
    struct hf_buf answered; /* keys of devices that say that they hold nothing any more, then in which entry */
    uint64_t erased_at;     /* HF_INDEX_NONE: not yet */
    uint64_t erased_ms;
    struct hf_buf closed; /* lines about devices that an officer closed the question for */
    struct hf_buf *out;
    size_t count;
    bool is_journal;
};

static bool add_person(void *ctx, const struct hf_assignment_row *row)
{
    struct holders *holders = ctx;
    if (hf_id_equal(&row->case_id, &holders->case_id)) {
        hf_buf_append(&holders->people, row->person.bytes, HF_ID_BYTES);
        hf_buf_append_u64(&holders->people, row->index);
    }
    return true;
}

/* Since when this person's devices owe an answer: whoever lost the case before and said so then owes none. */
static bool owes_since(const struct holders *holders, const struct hf_device_row *row, uint64_t *out)
{
    const size_t bytes = HF_ID_BYTES + 8;
    if (hf_feed_reads_all(row->role)) {
        *out = holders->erased_at == HF_INDEX_NONE ? 0 : holders->erased_at;
        return true;
    }
    for (size_t at = 0; at + bytes <= holders->people.len; at += bytes)
        if (memcmp(holders->people.data + at, row->person.bytes, HF_ID_BYTES) == 0) {
            *out = hf_get_u64(holders->people.data + at + HF_ID_BYTES);
            return true;
        }
    return false;
}

static bool has_answered(const struct holders *holders, const uint8_t *device, uint64_t since)
{
    const size_t bytes = HF_SIGN_PUBLIC_BYTES + 8;
    for (size_t at = 0; at + bytes <= holders->answered.len; at += bytes)
        if (memcmp(holders->answered.data + at, device, HF_SIGN_PUBLIC_BYTES) == 0 &&
            hf_get_u64(holders->answered.data + at + HF_SIGN_PUBLIC_BYTES) >= since)
            return true;
    return false;
}

static bool may_hold(const struct holders *holders, const struct hf_device_row *row)
{
    uint64_t since = 0;
    const bool came_later = holders->erased_at != HF_INDEX_NONE && row->enrolled_ms > holders->erased_ms;
    return row->role != HF_ROLE_SERVER && row->state != HF_DEVICE_PENDING && !came_later &&
           owes_since(holders, row, &since) && !has_answered(holders, row->device, since);
}

struct device_lines {
    struct holders *holders;
    struct hf_device_row *rows;
    size_t count, cap;
    bool failed;
};

static bool collect_device(void *ctx, const struct hf_device_row *row)
{
    struct device_lines *lines = ctx;
    if (!may_hold(lines->holders, row))
        return true;
    if (lines->count == lines->cap) {
        size_t cap = lines->cap ? 2 * lines->cap : 16;
        struct hf_device_row *rows = realloc(lines->rows, cap * sizeof *rows);
        lines->failed = !rows;
        if (!rows)
            return false;
        lines->rows = rows;
        lines->cap = cap;
    }
    lines->rows[lines->count] = *row;
    hf_wipe(lines->rows[lines->count].psk, sizeof row->psk);
    lines->count++;
    return true;
}

static void write_device(struct holders *holders, const struct hf_device_row *row, struct hf_buf *out)
{
    char time[HF_TIME_TEXT_BYTES];
    hf_text_time(row->last_seen_ms, time);
    hf_buf_append_str(out, "  device ");
    hf_text_hex(out, hf_slice_of(row->device, 8));
    hf_buf_append_str(out, " of ");
    append_name(holders->office, &row->person, out);
    hf_buf_append_fmt(out, ", seen last %.10s%s\n", time,
                      row->state == HF_DEVICE_REVOKED ? " (revoked, so it cannot answer: what it has can be read on it "
                                                        "until it tries to sync or its lease ends, and lies behind its "
                                                        "passphrase then)"
                                                      : "");
}

/* A statement of an officer about a revoked device: *out says whether there is one. */
static enum hf_status write_closed(struct holders *holders, const struct hf_device_row *row, bool *out)
{
    struct hf_closed closed = {.by = ""};
    struct hf_id by;
    *out = false;
    if (holders->erased_at == HF_INDEX_NONE || row->state != HF_DEVICE_REVOKED)
        return HF_OK;
    enum hf_status status = hf_erase_closed(holders->office, &holders->case_id, row->device, &closed);
    if (status == HF_OK) {
        *out = true;
        write_device(holders, row, &holders->closed);
        hf_buf_append_fmt(&holders->closed, "    closed on %s by ", closed.on);
        if (hf_id_parse(hf_slice_str(closed.by), &by) == HF_OK)
            append_name(holders->office, &by, &holders->closed);
        hf_buf_append_fmt(&holders->closed, ": %s. ", closed.what);
        for (size_t i = 0; i < closed.reason.len; i++)
            hf_buf_append_u8(&holders->closed, closed.reason.data[i] < ' ' ? (uint8_t)' ' : closed.reason.data[i]);
        hf_buf_append_u8(&holders->closed, '\n');
    }
    hf_buf_clear(&closed.reason);
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

/* Writes them; count afterwards. */
static enum hf_status write_holders(struct holders *holders)
{
    struct hf_store *store = holders->office->store;
    struct device_lines lines = {.holders = holders};
    if (holders->is_journal) /* its device forgot each page when it had the proof of it */
        return HF_OK;
    enum hf_status status = store->ops->assignments(store, NULL, add_person, holders);
    if (status == HF_OK)
        status = store->ops->devices(store, collect_device, &lines);
    if (status == HF_OK && (lines.failed || hf_buf_status(&holders->people) != HF_OK))
        status = HF_ERR_NOMEM;
    for (size_t i = 0; status == HF_OK && i < lines.count; i++) {
        bool closed = false;
        status = write_closed(holders, &lines.rows[i], &closed);
        if (status == HF_OK && !closed) {
            write_device(holders, &lines.rows[i], holders->out);
            holders->count++;
        }
    }
    free(lines.rows);
    return status;
}

static bool take_answer(void *ctx, const struct hf_entry_row *row)
{
    struct holders *holders = ctx;
    struct hf_buf bytes = {0};
    struct hf_caseload_note note;
    if (row->kind != HF_LEAF_NOTE || row->payload.len == 0)
        return true;
    enum hf_status status = hf_row_open(holders->office, row, &bytes);
    if (status == HF_OK && hf_caseload_note_decode(hf_buf_slice(&bytes), &note) == HF_OK &&
        note.what == HF_CASELOAD_PURGED && hf_id_equal(&note.case_id, &holders->case_id)) {
        hf_buf_append(&holders->answered, note.device, sizeof note.device);
        hf_buf_append_u64(&holders->answered, row->index);
    }
    hf_buf_clear(&bytes);
    return status == HF_OK;
}

static bool take_time(void *ctx, const struct hf_entry_row *row)
{
    struct hf_leaf leaf;
    if (hf_leaf_decode(row->leaf, &leaf) == HF_OK)
        *(uint64_t *)ctx = hf_clock_ms(leaf.clock);
    return false;
}

/* Every answer about the case, also those of people who had lost it before. */
static enum hf_status find_answers(struct holders *holders)
{
    struct hf_store *store = holders->office->store;
    struct hf_feed_filter filter = {.one_case = true, .case_id = holders->office->office_case};
    enum hf_status status = store->ops->feed(store, &filter, 0, take_answer, holders);
    if (status == HF_OK && holders->erased_at != HF_INDEX_NONE)
        status = store->ops->entries(store, holders->erased_at, 1, take_time, &holders->erased_ms);
    return status == HF_OK ? hf_buf_status(&holders->answered) : status;
}

static void holders_clear(struct holders *holders)
{
    hf_buf_clear(&holders->people);
    hf_buf_clear(&holders->answered);
    hf_buf_clear(&holders->closed);
}

/* --- preview --- */

static enum hf_status write_preview(struct hf_admin_run *run, const struct hf_id *case_id,
                                    const struct hf_erase_plan *plan)
{
    char first[HF_TIME_TEXT_BYTES], last[HF_TIME_TEXT_BYTES], id[HF_ID_TEXT_BYTES];
    struct hf_journal_row journal;
    struct holders holders = {.office = run->office, .case_id = *case_id, .out = &run->result->output};
    holders.erased_at = HF_INDEX_NONE;
    holders.is_journal = hf_journal_named(run->office, case_id, &journal, &run->err) == HF_OK;
    hf_text_time(plan->first_ms, first);
    hf_text_time(plan->last_ms, last);
    hf_id_format(case_id, id);
    hf_buf_append_fmt(&run->result->output,
                      "Erasing case %s would destroy for good:\n"
                      "  %llu records\n"
                      "  what %llu log entries say (%llu kB), made between %.10s and %.10s\n"
                      "  drafts, attachments and search indexes of the case\n"
                      "The log keeps that there were %llu entries, by which device and when, and who erased them.\n"
                      "Devices that may hold it, and will destroy it at their next sync:\n",
                      id, (unsigned long long)plan->record_count, (unsigned long long)plan->entry_count,
                      (unsigned long long)((plan->payload_bytes + 1023) / 1024), first, last,
                      (unsigned long long)plan->entry_count);
    enum hf_status status = write_holders(&holders);
    if (status == HF_OK && holders.count == 0)
        hf_buf_append_str(&run->result->output, "  none\n");
    holders_clear(&holders);
    hf_buf_append_str(&run->result->output, "Records officers, one of whom asks and another confirms:\n");
    if (status == HF_OK)
        status = hf_officers_tell_all(run->office, &run->result->output);
    return status;
}

enum hf_status hf_admin_erase_preview(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--case", .has_value = true}, {.name = "--json"}};
    struct hf_erase_plan plan = {0};
    struct hf_id case_id;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, NULL, 0, &words);
    if (status == HF_OK)
        status = need_officer(run);
    if (status == HF_OK)
        status = parse_case(run, &options[0], &case_id);
    if (status == HF_OK)
        status = hf_erase_plan(run->office, &case_id, &plan, &run->err);
    if (status == HF_OK && options[1].seen)
        status =
            hf_admin_write_json(run, json_pack("{s:I, s:I, s:I}", "records", (json_int_t)plan.record_count, "entries",
                                               (json_int_t)plan.entry_count, "bytes", (json_int_t)plan.payload_bytes));
    else if (status == HF_OK)
        status = write_preview(run, &case_id, &plan);
    hf_erase_plan_clear(&plan);
    return status;
}

/* --- readings --- */

struct journal_lines {
    struct hf_admin_run *run;
    bool all;
    json_t *json; /* NULL: text */
    size_t count;
};

static bool write_journal(void *ctx, const struct hf_journal_row *row)
{
    struct journal_lines *lines = ctx;
    struct hf_buf *out = &lines->run->result->output;
    struct hf_buf name = {0};
    char id[HF_ID_TEXT_BYTES], until[HF_DATE_TEXT_BYTES] = "";
    if (!row->is_over && !lines->all)
        return true;
    lines->count++;
    hf_id_format(&row->journal, id);
    if (row->known)
        hf_day_format(row->until, until);
    append_name(lines->run->office, &row->person, &name);
    if (lines->json) {
        (void)json_array_append_new(lines->json,
                                    json_pack("{s:s, s:s%, s:i, s:s, s:b}", "journal", id, "person", name.data,
                                              name.len, "year", (int)row->year, "until", until, "over", row->is_over));
    } else {
        hf_buf_append_fmt(out, "%s  what was read in %u on device ", id, row->year);
        hf_text_hex(out, hf_slice_of(row->device, 8));
        hf_buf_append_str(out, " of ");
        hf_buf_append_slice(out, hf_buf_slice(&name));
        hf_buf_append_fmt(out, row->known ? ": kept until %s%s\n" : ": no procedure says until when, so it is kept\n",
                          until, row->is_over ? ", over" : "");
    }
    hf_buf_clear(&name);
    return true;
}

enum hf_status hf_admin_erase_reads(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--all"}, {.name = "--json"}};
    struct journal_lines lines = {.run = run};
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, NULL, 0, &words);
    if (status == HF_OK)
        status = need_officer(run);
    if (status != HF_OK)
        return status;
    lines.all = options[0].seen > 0;
    lines.json = options[1].seen ? json_array() : NULL;
    status = hf_journals(run->office, write_journal, &lines, &run->err);
    if (status == HF_OK && lines.json)
        return hf_admin_write_json(run, lines.json);
    json_decref(lines.json);
    if (status == HF_OK && lines.count == 0)
        hf_buf_append_str(&run->result->output, "No journal of readings has been kept long enough.\n");
    return status;
}

/* --- asking and confirming --- */

static enum hf_status write_hex(struct hf_admin_run *run, const struct hf_buf *bytes)
{
    hf_text_hex(&run->result->output, hf_buf_slice(bytes));
    hf_buf_append_u8(&run->result->output, '\n');
    return hf_buf_status(&run->result->output);
}

enum hf_status hf_admin_erase_draft(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--case", .has_value = true}, {.name = "--basis", .has_value = true}};
    struct hf_buf request = {0};
    struct hf_id case_id;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, NULL, 0, &words);
    if (status == HF_OK)
        status = need_person(run);
    if (status == HF_OK)
        status = parse_case(run, &options[0], &case_id);
    if (status == HF_OK)
        status = hf_erase_draft(run->office, run->office->acting, &case_id, options[1].value, &request, &run->err);
    if (status == HF_OK)
        status = write_hex(run, &request);
    hf_buf_clear(&request);
    return status;
}

static enum hf_status not_signed(struct hf_admin_run *run)
{
    return hf_error_set(&run->err, HF_ERR_INVALID, "What was signed does not have the form of a request.");
}

enum hf_status hf_admin_erase_ask(struct hf_admin_run *run)
{
    struct hf_slice words[2];
    uint8_t request[HF_ERASE_REQUEST_BYTES_MAX], signature[HF_SIGN_BYTES];
    struct hf_id erasure;
    char text[HF_ID_TEXT_BYTES];
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, NULL, 0, words, 2, &count);
    if (status == HF_OK)
        status = need_person(run);
    if (status != HF_OK)
        return status;
    if (count != 2 || words[0].len > REQUEST_HEX_MAX || words[0].len % 2 ||
        hf_text_unhex(words[0], request, words[0].len / 2) != HF_OK ||
        hf_text_unhex(words[1], signature, sizeof signature) != HF_OK)
        return not_signed(run);
    status = hf_erase_ask(run->office, run->office->acting, hf_slice_of(request, words[0].len / 2), signature, &erasure,
                          &run->err);
    if (status != HF_OK)
        return status;
    hf_id_format(&erasure, text);
    hf_buf_append_fmt(&run->result->output, "%s\n", text);
    return hf_buf_status(&run->result->output);
}

enum hf_status hf_admin_erase_statement(struct hf_admin_run *run)
{
    struct hf_slice words[1];
    struct hf_buf request = {0};
    struct hf_id erasure;
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, NULL, 0, words, 1, &count);
    if (status == HF_OK)
        status = parse_erasure(run, count ? words[0] : hf_slice_str(""), &erasure);
    if (status == HF_OK)
        status = hf_erase_request(run->office, &erasure, &request, &run->err);
    if (status == HF_OK)
        status = write_hex(run, &request);
    hf_buf_clear(&request);
    return status;
}

enum hf_status hf_admin_erase_confirm(struct hf_admin_run *run)
{
    struct hf_slice words[2];
    uint8_t signature[HF_SIGN_BYTES];
    struct hf_id erasure;
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, NULL, 0, words, 2, &count);
    if (status == HF_OK)
        status = need_person(run);
    if (status == HF_OK)
        status = parse_erasure(run, count ? words[0] : hf_slice_str(""), &erasure);
    if (status == HF_OK && (count != 2 || hf_text_unhex(words[1], signature, sizeof signature) != HF_OK))
        status = not_signed(run);
    if (status == HF_OK)
        status = hf_erase_confirm(run->office, run->office->acting, &erasure, signature, &run->err);
    if (status == HF_OK)
        hf_buf_append_str(&run->result->output,
                          "Erased. `holdfast erase list` says which devices have not destroyed it yet.\n");
    return status;
}

enum hf_status hf_admin_erase_cancel(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    struct hf_slice words[1];
    struct hf_id erasure;
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, options, 1, words, 1, &count);
    if (status == HF_OK)
        status = need_officer(run);
    if (status == HF_OK)
        status = parse_erasure(run, count ? words[0] : hf_slice_str(""), &erasure);
    if (status == HF_OK)
        status = hf_erase_cancel(run->office, &erasure, &run->err);
    return status == HF_OK ? hf_admin_done(run, &options[0], "Taken back. Nothing was erased.") : status;
}

/* --- list --- */

struct listed {
    struct hf_buf bodies; /* state u8, length u32, body; each */
};

static bool collect_erasure(void *ctx, const struct hf_erasure_row *row)
{
    struct listed *listed = ctx;
    hf_buf_append_u8(&listed->bodies, (uint8_t)row->state);
    hf_buf_append_u32(&listed->bodies, (uint32_t)row->body.len);
    hf_buf_append_slice(&listed->bodies, row->body);
    return true;
}

static enum hf_status write_erased(struct hf_admin_run *run, const struct hf_erase_body *body)
{
    struct hf_buf *out = &run->result->output;
    struct holders holders = {.office = run->office, .case_id = body->asked.case_id};
    struct hf_buf lines = {0};
    uint64_t index = 0;
    holders.out = &lines;
    holders.is_journal = hf_slice_equal(body->asked.basis, hf_slice_str(HF_ERASE_BASIS_READS));
    hf_buf_append_str(out, "  confirmed by ");
    append_name(run->office, &body->person, out);
    enum hf_status status = hf_erase_entry(run->office, &body->asked.case_id, &index);
    holders.erased_at = index;
    if (status == HF_OK)
        status = find_answers(&holders);
    if (status == HF_OK)
        status = write_holders(&holders);
    if (status == HF_OK) {
        hf_buf_append_fmt(out, "; erased in entry %llu of the log\n", (unsigned long long)index);
        hf_buf_append_str(out, holders.count        ? "  not answered yet: nobody knows that these have destroyed it\n"
                               : holders.closed.len ? "  every other device that may have held it has destroyed it\n"
                                                    : "  every device that may have held it has destroyed it\n");
        hf_buf_append_slice(out, hf_buf_slice(&lines));
        if (holders.closed.len)
            hf_buf_append_str(out, "  closed by a records officer; no program has destroyed these copies:\n");
        hf_buf_append_slice(out, hf_buf_slice(&holders.closed));
        status = hf_buf_status(out);
    }
    hf_buf_clear(&lines);
    holders_clear(&holders);
    return status;
}

/* "; let in on … by …", and where there is a reason to ask, that. */
static enum hf_status write_let_in(struct hf_admin_run *run, const struct hf_erase_body *body, bool both)
{
    struct hf_buf *out = &run->result->output;
    struct hf_let_in first, second;
    enum hf_status status = hf_officers_let_in(run->office, body->asked.device, &first);
    if (status == HF_OK && both)
        status = hf_officers_let_in(run->office, body->device, &second);
    if (status != HF_OK)
        return status == HF_ERR_NOT_FOUND ? HF_OK : status; /* a device of a log before: nothing is known */
    hf_buf_append_str(out, "  who asked was ");
    hf_officers_tell_let_in(run->office, &first, out);
    if (both) {
        hf_buf_append_str(out, "; who confirmed was ");
        hf_officers_tell_let_in(run->office, &second, out);
    }
    hf_buf_append_str(out, "\n");
    if (both)
        hf_officers_tell_doubt(&first, &second, out);
    return hf_buf_status(out);
}

static enum hf_status write_erasure(struct hf_admin_run *run, bool destroyed, struct hf_slice bytes)
{
    struct hf_buf *out = &run->result->output;
    struct hf_erase_body body;
    char id[HF_ID_TEXT_BYTES], case_id[HF_ID_TEXT_BYTES], time[HF_TIME_TEXT_BYTES];
    enum hf_status status = hf_erase_body_decode(bytes, &body);
    if (status != HF_OK)
        return status;
    hf_id_format(&body.asked.erasure, id);
    hf_id_format(&body.asked.case_id, case_id);
    hf_text_time(body.asked.asked_ms, time);
    hf_buf_append_fmt(out, "%s  %s %s: %s\n  %llu entries; because %s; asked for by ", id,
                      hf_slice_equal(body.asked.basis, hf_slice_str(HF_ERASE_BASIS_READS)) ? "journal" : "case",
                      case_id, destroyed ? "erased" : "waits for a second officer",
                      (unsigned long long)body.asked.entry_count, hf_erase_basis_text(body.asked.basis));
    append_name(run->office, &body.asked.person, out);
    hf_buf_append_fmt(out, " on %.10s\n", time);
    if (destroyed)
        status = write_erased(run, &body);
    return status == HF_OK ? write_let_in(run, &body, destroyed) : status;
}

enum hf_status hf_admin_erase_list(struct hf_admin_run *run)
{
    struct listed listed = {0};
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, NULL, 0, NULL, 0, &words);
    if (status == HF_OK)
        status = hf_keystore_erasures(run->office->keystore, collect_erasure, &listed);
    if (status == HF_OK)
        status = hf_buf_status(&listed.bodies);
    if (status == HF_OK && listed.bodies.len == 0)
        hf_buf_append_str(&run->result->output, "Nothing was erased, and nobody has asked for it.\n");
    for (size_t at = 0; status == HF_OK && at < listed.bodies.len;) {
        const uint8_t *bytes = listed.bodies.data + at;
        uint32_t len = hf_get_u32(bytes + 1);
        status = write_erasure(run, bytes[0] == HF_ERASURE_DESTROYED, hf_slice_of(bytes + 5, len));
        at += 5 + len;
    }
    hf_buf_clear(&listed.bodies);
    return status;
}

/* --- legal hold --- */

static enum hf_status change_hold(struct hf_admin_run *run, bool placed)
{
    struct hf_option options[] = {
        {.name = "--case", .has_value = true}, {.name = "--reason", .has_value = true}, {.name = "--json"}};
    struct hf_id case_id;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 3, NULL, 0, &words);
    if (status == HF_OK)
        status = need_officer(run);
    if (status == HF_OK)
        status = parse_case(run, &options[0], &case_id);
    if (status == HF_OK)
        status = hf_erase_hold(run->office, &case_id, placed,
                               options[1].seen ? options[1].value : hf_slice_str(placed ? "" : "other"), &run->err);
    if (status == HF_OK)
        status = hf_admin_done(run, &options[2],
                               placed ? "Placed. Nothing of this case can be erased until the hold is lifted."
                                      : "Lifted. The case can be erased again when there is a reason for it.");
    return status;
}

enum hf_status hf_admin_hold_place(struct hf_admin_run *run)
{
    return change_hold(run, true);
}

enum hf_status hf_admin_hold_lift(struct hf_admin_run *run)
{
    return change_hold(run, false);
}
