#include "core/replica/reads.h"

#include "core/replica/replica_internal.h"

#include <stdlib.h>
#include <string.h>

const char hf_replica_reads_tables[] =
    "CREATE TABLE reads(seq INTEGER PRIMARY KEY, visit INTEGER NOT NULL, case_id BLOB, record_id BLOB,"
    " what INTEGER NOT NULL, began_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, times INTEGER NOT NULL,"
    " reason TEXT);"
    "CREATE INDEX reads_of ON reads(visit, case_id, record_id);"
    "CREATE INDEX changes_read ON changes(seq) WHERE kind = 8 AND body <> x'';"
    "CREATE TABLE own_cases(case_id BLOB PRIMARY KEY) WITHOUT ROWID;";

/* --- what is known without looking --- */

static enum hf_status load(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_reads_now *now = &replica->reads;
    struct hf_rows rows;
    if (now->loaded)
        return HF_OK;
    hf_rows_begin_text(&rows, replica, "SELECT coalesce(max(visit), 0), count(*) FROM reads");
    if (hf_rows_next(&rows)) {
        now->visit = hf_rows_u64(&rows, 0) + 1;
        now->older = hf_rows_u64(&rows, 1) > 0;
    }
    enum hf_status status = hf_rows_end(&rows, err);
    now->loaded = status == HF_OK;
    return status;
}

static struct hf_id name_of(const struct hf_read *read)
{
    struct hf_sha256 hash;
    uint8_t bytes[HF_HASH_BYTES];
    const uint8_t what = (uint8_t)read->what;
    hf_sha256_begin(&hash);
    hf_sha256_add(&hash, read->case_id.bytes, sizeof read->case_id.bytes);
    hf_sha256_add(&hash, read->record_id.bytes, sizeof read->record_id.bytes);
    hf_sha256_add(&hash, &what, sizeof what);
    hf_sha256_add(&hash, read->reason.data, read->reason.len);
    hf_sha256_end(&hash, bytes);
    return hf_id_from_bytes(bytes);
}

static struct hf_reads_recent *recent(struct hf_replica *replica, const struct hf_id *name)
{
    for (size_t i = 0; i < HF_READS_RECENT; i++)
        if (hf_id_equal(&replica->reads.recent[i].name, name))
            return &replica->reads.recent[i];
    return NULL;
}

static void remember(struct hf_replica *replica, const struct hf_id *name, uint64_t now_ms)
{
    struct hf_reads_now *now = &replica->reads;
    struct hf_reads_recent *place = recent(replica, name);
    if (!place)
        place = &now->recent[now->next++ % HF_READS_RECENT];
    *place = (struct hf_reads_recent){.name = *name, .ms = now_ms};
}

/* --- noting --- */

static void bind_read(struct hf_rows *rows, const struct hf_reads_now *now, const struct hf_read *read)
{
    hf_rows_bind_u64(rows, now->visit);
    hf_rows_bind_id(rows, &read->case_id);
    hf_rows_bind_id(rows, &read->record_id);
    hf_rows_bind_u64(rows, (uint64_t)read->what);
    hf_rows_bind_text(rows, read->reason);
}

static enum hf_status write_row(struct hf_replica *replica, const struct hf_read *read, uint64_t now_ms, bool *out_new,
                                struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "UPDATE reads SET times = times + 1, until_ms = max(until_ms, ?6) WHERE visit = ?1"
                       " AND case_id IS ?2 AND record_id IS ?3 AND what = ?4 AND reason IS ?5");
    bind_read(&rows, &replica->reads, read);
    hf_rows_bind_u64(&rows, now_ms);
    enum hf_status status = hf_rows_run(&rows, err);
    *out_new = status == HF_OK && sqlite3_changes(replica->db) == 0;
    if (!*out_new)
        return status;
    hf_rows_begin_text(&rows, replica,
                       "INSERT INTO reads(visit, case_id, record_id, what, reason, began_ms, until_ms, times)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?6, 1)");
    bind_read(&rows, &replica->reads, read);
    hf_rows_bind_u64(&rows, now_ms);
    return hf_rows_run(&rows, err);
}

/* A reader inside somebody's transaction becomes a part of it. */
static enum hf_status write_through(struct hf_replica *replica, const struct hf_read *read, uint64_t now_ms,
                                    bool *out_new, struct hf_error *err)
{
    enum hf_status status = load(replica, err);
    if (status != HF_OK || sqlite3_get_autocommit(replica->db) == 0)
        return status == HF_OK ? write_row(replica, read, now_ms, out_new, err) : status;
    status = hf_rows_transaction(replica, err);
    return status == HF_OK ? hf_rows_finish(replica, write_row(replica, read, now_ms, out_new, err), err) : status;
}

static struct hf_slice cut(struct hf_slice reason)
{
    size_t len = reason.len < HF_READ_REASON_BYTES_MAX ? reason.len : HF_READ_REASON_BYTES_MAX;
    while (len > 0 && len < reason.len && (reason.data[len] & 0xc0) == 0x80)
        len--;
    return hf_slice_of(reason.data, len);
}

enum hf_status hf_replica_read_note(struct hf_replica *replica, const struct hf_read *given, uint64_t now_ms,
                                    struct hf_error *err)
{
    struct hf_reads_now *now = &replica->reads;
    struct hf_read read = *given;
    bool is_new = false;
    read.reason = cut(given->reason);
    if (hf_id_equal(&read.case_id, &replica->office_case))
        return HF_OK;
    const struct hf_id name = name_of(&read);
    const struct hf_reads_recent *before = recent(replica, &name);
    if (before && now_ms >= before->ms && now_ms - before->ms < HF_READS_AGAIN_MS)
        return HF_OK;
    enum hf_status status = write_through(replica, &read, now_ms, &is_new, err);
    if (status != HF_OK) {
        now->lost++;
        return status;
    }
    remember(replica, &name, now_ms);
    now->began_ms = now->lines == 0 ? now_ms : now->began_ms;
    now->last_ms = now_ms;
    now->lines += is_new;
    return HF_OK;
}

/* --- signing --- */

struct signing {
    struct hf_replica *replica;
    struct hf_class_key key;
    bool new_key;
    uint64_t upto; /* visits up to this one */
    uint64_t now_ms;
    struct hf_read_body *body;
    struct hf_buf reasons; /* what the slices of the body point into, after the rows were read */
    uint64_t last_seq;
    struct hf_chain chain;
    size_t leaves;
    struct hf_error *err;
};

static uint32_t place_of_case(struct hf_read_body *body, const struct hf_id *case_id)
{
    uint32_t at = 0;
    while (at < body->case_count && !hf_id_equal(&body->cases[at], case_id))
        at++;
    return at;
}

static uint32_t place_of_reason(const struct hf_read_body *body, const struct hf_buf *bytes, const size_t *ends,
                                struct hf_slice reason)
{
    uint32_t at = 0;
    for (; at < body->reason_count; at++) {
        const size_t from = at ? ends[at - 1] : 0;
        if (hf_slice_equal(hf_slice_of(bytes->data + from, ends[at] - from), reason))
            break;
    }
    return at;
}

/* A reason about a case stands in a page that is about that case alone, and goes with it. */
static bool fits_in(const struct hf_read_body *body, const struct hf_id *case_id, bool is_personal)
{
    struct hf_id about;
    if (body->line_count == 0)
        return true;
    return hf_read_body_is_about(body, &about) ? is_personal && hf_id_equal(&about, case_id) : !is_personal;
}

/* False when the leaf is full: the row is for the next one. */
static bool add_line(struct signing *signing, struct hf_rows *rows, size_t *ends)
{
    struct hf_read_body *body = signing->body;
    const struct hf_id case_id = hf_rows_id(rows, 1);
    const struct hf_slice reason = hf_rows_bytes(rows, 7);
    const uint32_t case_at = place_of_case(body, &case_id);
    const uint32_t reason_at = reason.len ? place_of_reason(body, &signing->reasons, ends, reason) : HF_READ_NO_REASON;
    if (!fits_in(body, &case_id, reason.len && !hf_id_is_zero(&case_id)))
        return false;
    if (case_at == HF_READ_CASES_MAX || reason_at == HF_READ_REASONS_MAX || body->line_count == HF_READ_LINES_MAX)
        return false;
    const uint64_t began_ms = hf_rows_u64(rows, 4), until_ms = hf_rows_u64(rows, 5);
    if (body->line_count == 0)
        body->began_ms = began_ms;
    if (case_at == body->case_count)
        body->cases[body->case_count++] = case_id;
    if (reason.len && reason_at == body->reason_count) {
        hf_buf_append_slice(&signing->reasons, reason);
        ends[body->reason_count++] = signing->reasons.len;
    }
    const uint64_t after_ms = began_ms > body->began_ms ? began_ms - body->began_ms : 0;
    body->lines[body->line_count++] =
        (struct hf_read_line){.case_at = case_at,
                              .record_id = hf_rows_id(rows, 2),
                              .what = (enum hf_read_what)hf_rows_u64(rows, 3),
                              .at_s = after_ms / 1000 < UINT32_MAX ? after_ms / 1000 : UINT32_MAX,
                              .lasted_s = until_ms > began_ms ? (until_ms - began_ms) / 1000 : 0,
                              .times = hf_rows_u64(rows, 6),
                              .reason_at = reason_at};
    signing->last_seq = hf_rows_u64(rows, 0);
    return true;
}

static enum hf_status gather(struct signing *signing)
{
    struct hf_rows rows;
    size_t ends[HF_READ_REASONS_MAX] = {0};
    *signing->body = (struct hf_read_body){0};
    hf_buf_reset(&signing->reasons);
    hf_rows_begin_text(&rows, signing->replica,
                       "SELECT seq, case_id, record_id, what, began_ms, until_ms, times, reason FROM reads"
                       " WHERE visit <= ? ORDER BY seq");
    hf_rows_bind_u64(&rows, signing->upto);
    while (hf_rows_next(&rows) && add_line(signing, &rows, ends))
        ;
    enum hf_status status = hf_rows_end(&rows, signing->err);
    if (status == HF_OK)
        status = hf_buf_status(&signing->reasons);
    for (uint32_t i = 0; status == HF_OK && i < signing->body->reason_count; i++) {
        const size_t from = i ? ends[i - 1] : 0;
        signing->body->reasons[i] = hf_slice_of(signing->reasons.data + from, ends[i] - from);
    }
    return status;
}

/* The journal key is no key of a case: it stands in the table of keys alone. */
static enum hf_status make_key(struct signing *signing)
{
    struct hf_rows rows;
    struct hf_class_key *key = &signing->key;
    hf_random(key->key_id.bytes, sizeof key->key_id.bytes);
    hf_random(key->key, sizeof key->key);
    hf_rows_begin(&rows, signing->replica, HF_STATEMENT_KEY_ADD);
    hf_rows_bind_id(&rows, &key->case_id);
    hf_rows_bind_id(&rows, &key->key_id);
    hf_rows_bind_u64(&rows, key->epoch);
    hf_rows_bind_bytes(&rows, hf_slice_of(key->key, sizeof key->key));
    signing->new_key = true;
    return hf_rows_run(&rows, signing->err);
}

static enum hf_status journal_key(struct signing *signing)
{
    const struct hf_identity *own = signing->replica->identity;
    struct hf_id about;
    const bool single = hf_read_body_is_about(signing->body, &about);
    const uint32_t year = single ? HF_JOURNAL_SINGLE : hf_journal_year(signing->body->began_ms);
    const struct hf_id journal = hf_journal_id(own->log_id, own->sign.public_key, year);
    if (single) {
        signing->key = (struct hf_class_key){.case_id = journal, .epoch = 0};
        return make_key(signing);
    }
    enum hf_status status = hf_replica_key_newest(signing->replica, &journal, &signing->key, signing->err);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    signing->key = (struct hf_class_key){.case_id = journal, .epoch = 0};
    return make_key(signing);
}

static enum hf_status seal_key(struct signing *signing)
{
    const struct hf_class_key *key = &signing->key;
    if (!signing->new_key)
        return HF_OK;
    if (!hf_box_seal(signing->replica->identity->key_store_key, key->key, sizeof key->key, signing->body->sealed_key))
        return hf_error_set(signing->err, HF_ERR_STATE, "This device does not know the office's key yet. Sync once.");
    signing->body->has_key = true;
    signing->new_key = false;
    return HF_OK;
}

static enum hf_status forget_rows(struct signing *signing)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, signing->replica, "DELETE FROM reads WHERE visit <= ? AND seq <= ?");
    hf_rows_bind_u64(&rows, signing->upto);
    hf_rows_bind_u64(&rows, signing->last_seq);
    return hf_rows_run(&rows, signing->err);
}

static enum hf_status sign_one(struct signing *signing)
{
    struct hf_buf bytes = {0};
    struct hf_id ignored;
    enum hf_status status = seal_key(signing);
    if (status == HF_OK) {
        signing->body->lost = signing->leaves == 0 ? signing->replica->reads.lost : 0;
        hf_read_body_encode(signing->body, &bytes);
        status = hf_buf_status(&bytes);
    }
    if (status == HF_OK)
        status = hf_replica_chain_write(signing->replica, &signing->chain, HF_LEAF_READ, &signing->key,
                                        hf_buf_slice(&bytes), signing->now_ms, &ignored, signing->err);
    if (status == HF_OK)
        status = forget_rows(signing);
    signing->leaves += status == HF_OK;
    hf_buf_wipe(&bytes);
    return status;
}

/* What the office has proved to hold need not stay: a found device tells less. */
static enum hf_status forget_received(struct signing *signing)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, signing->replica,
                       "UPDATE changes SET body = x'' WHERE kind = 8 AND body <> x'' AND own = 1 AND sent = 2");
    enum hf_status status = hf_rows_run(&rows, signing->err);
    const struct hf_identity *own = signing->replica->identity;
    const struct hf_id single = hf_journal_id(own->log_id, own->sign.public_key, HF_JOURNAL_SINGLE);
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, signing->replica,
                       "DELETE FROM keys WHERE case_id = ?1 AND key_id NOT IN"
                       " (SELECT key_id FROM changes WHERE kind = 8 AND body <> x'' AND key_id IS NOT NULL)");
    hf_rows_bind_id(&rows, &single);
    return hf_rows_run(&rows, signing->err);
}

static enum hf_status sign_all(struct signing *signing)
{
    enum hf_status status = gather(signing);
    if (status == HF_OK)
        status = hf_replica_chain_load(signing->replica, &signing->chain, signing->err);
    while (status == HF_OK && signing->body->line_count > 0) {
        status = journal_key(signing);
        if (status == HF_OK)
            status = sign_one(signing);
        if (status == HF_OK)
            status = gather(signing);
    }
    if (status == HF_OK)
        status = hf_replica_chain_store(signing->replica, &signing->chain, signing->err);
    return status == HF_OK ? forget_received(signing) : status;
}

static bool piece_ended(const struct hf_reads_now *now, uint64_t now_ms)
{
    return now->lines > 0 &&
           (now->lines >= HF_READS_LINES || now_ms < now->began_ms || now_ms - now->began_ms >= HF_READS_VISIT_MS ||
            now_ms - now->last_ms >= HF_READS_QUIET_MS);
}

bool hf_replica_reads_due(struct hf_replica *replica, uint64_t now_ms)
{
    return load(replica, NULL) == HF_OK && (replica->reads.older || piece_ended(&replica->reads, now_ms));
}

uint64_t hf_replica_reads_due_in(struct hf_replica *replica, uint64_t now_ms)
{
    const struct hf_reads_now *now = &replica->reads;
    if (hf_replica_reads_due(replica, now_ms))
        return 0;
    if (now->lines == 0)
        return UINT64_MAX;
    const uint64_t visit_ends = now->began_ms + HF_READS_VISIT_MS, quiet_ends = now->last_ms + HF_READS_QUIET_MS;
    return (visit_ends < quiet_ends ? visit_ends : quiet_ends) - now_ms;
}

static enum hf_status may_sign(const struct hf_replica *replica, struct hf_error *err)
{
    const enum hf_identity_state state = replica->identity->state;
    if (replica->damage.text[0])
        return hf_error_set(err, HF_ERR_STATE, "%s", replica->damage.text);
    if (state != HF_IDENTITY_ENROLLED && state != HF_IDENTITY_REVOKED)
        return hf_error_set(err, HF_ERR_STATE, "This device is not enrolled yet.");
    return HF_OK;
}

static void ended(struct hf_replica *replica, bool all)
{
    struct hf_reads_now *now = &replica->reads;
    now->older = false;
    now->lost = 0;
    if (!all)
        return;
    now->visit++;
    now->lines = 0;
    memset(now->recent, 0, sizeof now->recent); /* a new piece says again what is open */
}

enum hf_status hf_replica_reads_sign(struct hf_replica *replica, enum hf_reads_which which, uint64_t now_ms,
                                     size_t *out_leaves, struct hf_error *err)
{
    struct signing signing = {.replica = replica, .now_ms = now_ms, .err = err};
    enum hf_status status = may_sign(replica, err);
    if (status == HF_OK)
        status = load(replica, err);
    if (status != HF_OK)
        return status;
    const bool all = which == HF_READS_ALL || piece_ended(&replica->reads, now_ms);
    signing.upto = replica->reads.visit - (all ? 0 : 1);
    signing.body = malloc(sizeof *signing.body);
    if (!signing.body)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    if (replica->reads.older || (all && replica->reads.lines > 0)) {
        status = hf_rows_transaction(replica, err);
        if (status == HF_OK)
            status = hf_rows_finish(replica, sign_all(&signing), err);
        if (status == HF_OK)
            ended(replica, all);
    }
    hf_wipe(&signing.key, sizeof signing.key);
    hf_buf_wipe(&signing.reasons);
    free(signing.body);
    if (status == HF_OK && out_leaves)
        *out_leaves = signing.leaves;
    return status;
}

static enum hf_status count(struct hf_replica *replica, const char *sql, uint64_t *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, sql);
    const uint64_t number = hf_rows_next(&rows) ? hf_rows_u64(&rows, 0) : 0;
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        *out = number;
    return status;
}

enum hf_status hf_replica_reads_pending(struct hf_replica *replica, uint64_t *out)
{
    return count(replica, "SELECT count(*) FROM reads", out);
}

enum hf_status hf_replica_reads_unsent(struct hf_replica *replica, uint64_t *out)
{
    return count(replica, "SELECT count(*) FROM changes WHERE kind = 8 AND body <> x'' AND own = 1 AND sent = 0", out);
}

/* --- whose case it is --- */

enum hf_status hf_replica_own_case(struct hf_replica *replica, const struct hf_id *case_id, bool held,
                                   struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       held ? "INSERT OR IGNORE INTO own_cases(case_id) VALUES(?)"
                            : "DELETE FROM own_cases WHERE case_id = ?");
    hf_rows_bind_id(&rows, case_id);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_case_is_own(struct hf_replica *replica, const struct hf_id *case_id, bool *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica,
                       "SELECT EXISTS(SELECT 1 FROM own_cases WHERE case_id = ?1)"
                       " OR EXISTS(SELECT 1 FROM cases WHERE case_id = ?1 AND opened_here = 1)");
    hf_rows_bind_id(&rows, case_id);
    const bool own = hf_rows_next(&rows) && hf_rows_u64(&rows, 0) != 0;
    enum hf_status status = hf_rows_end(&rows, NULL);
    if (status == HF_OK)
        *out = own;
    return status;
}

enum hf_status hf_replica_reads_forget(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "UPDATE reads SET reason = '' WHERE case_id = ?1 AND reason <> ''");
    hf_rows_bind_id(&rows, case_id);
    enum hf_status status = hf_rows_run(&rows, err);
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica, "UPDATE changes SET body = x'' WHERE kind = 8 AND own = 1 AND sent <> 0");
    return hf_rows_run(&rows, err);
}

/* --- what the office has of it --- */

static enum hf_status is_about_erased(struct hf_replica *replica, const struct hf_stored *page, bool *out,
                                      struct hf_error *err)
{
    struct hf_read_body *body = malloc(sizeof *body);
    struct hf_id about;
    *out = false;
    if (!body)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    enum hf_status status = HF_OK;
    if (hf_read_body_decode(page->body, body) == HF_OK && hf_read_body_is_about(body, &about))
        status = hf_replica_erased(replica, &about, out, err);
    hf_wipe(body, sizeof *body);
    free(body);
    return status;
}

enum hf_status hf_replica_reads_answered(struct hf_replica *replica, uint64_t row, struct hf_error *err)
{
    struct hf_stored page;
    struct hf_rows rows;
    struct hf_buf bytes = {0};
    bool gone = false;
    enum hf_status status = hf_replica_stored_by_row(replica, row, &page, &bytes, err);
    if (status == HF_OK && page.body.len > 0)
        status = is_about_erased(replica, &page, &gone, err);
    if (status == HF_OK && gone) {
        hf_rows_begin_text(&rows, replica, "UPDATE changes SET body = x'' WHERE seq = ?");
        hf_rows_bind_u64(&rows, row);
        status = hf_rows_run(&rows, err);
    }
    if (status == HF_OK && gone) { /* the key was of this page alone */
        hf_rows_begin_text(&rows, replica, "DELETE FROM keys WHERE key_id = ?");
        hf_rows_bind_id(&rows, &page.key_id);
        status = hf_rows_run(&rows, err);
        replica->reads.forgot = true;
    }
    hf_buf_wipe(&bytes);
    return status;
}

void hf_replica_reads_scrub(struct hf_replica *replica)
{
    if (replica->reads.forgot && hf_vault_scrub(replica->vault) == HF_OK)
        replica->reads.forgot = false;
}
