#include "core/replica/search_internal.h"

#include "core/base/text.h"
#include "core/model/value.h"
#include "core/replica/fold.h"

#include <stdlib.h>
#include <string.h>

#define SNIPPET_BEFORE_BYTES 60
#define SNIPPET_BYTES        160
#define SNIPPET_MARKS_MAX    24

/* --- the query --------------------------------------------------------------------------------------------------- */

struct query {
    size_t count;
    struct hf_slice word[HF_SEARCH_WORDS_MAX]; /* folded; in bytes */
    uint8_t bytes[4 * HF_SEARCH_QUERY_BYTES_MAX];
    size_t used;
    struct hf_buf match; /* what FTS5 is asked */
};

static bool add_word(void *ctx, struct hf_slice word, size_t start, size_t end)
{
    struct query *query = ctx;
    (void)start;
    (void)end;
    if (query->count == HF_SEARCH_WORDS_MAX || word.len > sizeof query->bytes - query->used)
        return false;
    uint8_t *copy = query->bytes + query->used;
    memcpy(copy, word.data, word.len);
    query->used += word.len;
    query->word[query->count++] = hf_slice_of(copy, word.len);
    return true;
}

/* "word"* AND …: a word that the tokenizer made has no quote in it, and everything else in FTS5's grammar stands
 * outside of quotes. */
static void write_match(struct query *query)
{
    for (size_t i = 0; i < query->count; i++) {
        hf_buf_append_str(&query->match, i > 0 ? " AND \"" : "\"");
        for (size_t j = 0; j < query->word[i].len; j++)
            if (query->word[i].data[j] != '"')
                hf_buf_append_u8(&query->match, query->word[i].data[j]);
        hf_buf_append_str(&query->match, "\"*");
    }
}

static enum hf_status read_query(const struct hf_words *words, struct hf_slice text, struct query *out,
                                 struct hf_error *err)
{
    if (text.len > HF_SEARCH_QUERY_BYTES_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "This is too long to search for: at most %d bytes.",
                            HF_SEARCH_QUERY_BYTES_MAX);
    if (!hf_text_is_utf8(text))
        return hf_error_set(err, HF_ERR_INVALID, "What is searched for must be text (UTF-8).");
    enum hf_status status = hf_words_each(words, text, add_word, out);
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    write_match(out);
    return hf_buf_status(&out->match);
}

/* --- one record -------------------------------------------------------------------------------------------------- */

struct mark {
    size_t start, end;
};
/* What a record has of the query. */
struct finding {
    const struct hf_words *words;
    const struct query *query;
    uint32_t have; /* bit per word of the query */
    uint16_t field;
    struct hf_slice text; /* where the first of them stands */
    struct mark mark[SNIPPET_MARKS_MAX];
    size_t mark_count;
    bool here; /* marks of the text at hand are kept */
    enum hf_status status;
};

static bool begins_with(struct hf_slice word, struct hf_slice with)
{
    return word.len >= with.len && memcmp(word.data, with.data, with.len) == 0;
}

static bool try_word(void *ctx, struct hf_slice word, size_t start, size_t end)
{
    struct finding *finding = ctx;
    bool found = false;
    for (size_t i = 0; i < finding->query->count; i++) {
        if (!begins_with(word, finding->query->word[i]))
            continue;
        finding->have |= UINT32_C(1) << i;
        found = true;
    }
    if (found && finding->here && finding->mark_count < SNIPPET_MARKS_MAX)
        finding->mark[finding->mark_count++] = (struct mark){start, end};
    return true;
}

static bool try_text(void *ctx, const struct hf_field_spec *field, struct hf_slice text)
{
    struct finding *finding = ctx;
    finding->here = finding->mark_count == 0;
    finding->status = hf_words_each(finding->words, text, try_word, finding);
    if (finding->here && finding->mark_count > 0) {
        finding->field = field->code;
        finding->text = text;
    }
    return finding->status == HF_OK;
}

static bool has_all(const struct finding *finding)
{
    return finding->have == (UINT32_C(1) << finding->query->count) - 1;
}

static size_t whole_character(struct hf_slice text, size_t at)
{
    while (at > 0 && at < text.len && (text.data[at] & 0xc0) == 0x80)
        at--;
    return at;
}

static void append_plain(struct hf_buf *out, struct hf_slice text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        hf_buf_append_u8(out, text.data[i] < ' ' ? ' ' : text.data[i]);
}

static void write_snippet(const struct finding *finding, struct hf_buf *out)
{
    const struct hf_slice text = finding->text;
    const size_t first = finding->mark[0].start;
    size_t at = whole_character(text, first > SNIPPET_BEFORE_BYTES ? first - SNIPPET_BEFORE_BYTES : 0);
    size_t end = at + SNIPPET_BYTES;
    if (end < finding->mark[0].end)
        end = finding->mark[0].end;
    end = end < text.len ? whole_character(text, end) : text.len;
    if (at > 0)
        hf_buf_append_str(out, "…");
    for (size_t i = 0; i < finding->mark_count && finding->mark[i].end <= end; i++) {
        append_plain(out, text, at, finding->mark[i].start);
        hf_buf_append_str(out, "[");
        append_plain(out, text, finding->mark[i].start, finding->mark[i].end);
        hf_buf_append_str(out, "]");
        at = finding->mark[i].end;
    }
    append_plain(out, text, at, end);
    if (end < text.len)
        hf_buf_append_str(out, "…");
}

/* --- the search -------------------------------------------------------------------------------------------------- */

struct searching {
    struct hf_replica *replica;
    struct hf_words words;
    struct query query;
    uint32_t limit;
    hf_search_fn *each;
    void *ctx;
    struct hf_search_found found;
    struct hf_id shown[HF_SEARCH_RESULTS_MAX]; /* by their titles */
    size_t shown_count;
    bool stopped;
    struct hf_error *err;
};

static bool was_shown(const struct searching *searching, const struct hf_id *record_id)
{
    for (size_t i = 0; i < searching->shown_count; i++)
        if (hf_id_equal(&searching->shown[i], record_id))
            return true;
    return false;
}

static enum hf_status give(struct searching *searching, const struct hf_record_state *state,
                           const struct finding *finding, struct hf_slice title)
{
    struct hf_buf snippet = {0};
    write_snippet(finding, &snippet);
    enum hf_status status = hf_buf_status(&snippet);
    if (status == HF_OK) {
        const struct hf_search_row row = {.case_id = state->case_id,
                                          .record_id = state->record_id,
                                          .type = state->type,
                                          .field = finding->field,
                                          .title = title,
                                          .snippet = hf_buf_slice(&snippet)};
        searching->found.records++;
        searching->stopped = !searching->each(searching->ctx, &row);
    }
    hf_buf_wipe(&snippet);
    return status;
}

static enum hf_status try_record(struct searching *searching, struct hf_rows *rows, struct hf_slice title,
                                 bool by_title)
{
    struct hf_record_state state = {0};
    struct finding finding = {.words = &searching->words, .query = &searching->query};
    enum hf_status status = hf_replica_unfold_state(rows, 1, &state);
    if (status == HF_OK) {
        hf_search_texts(&state, try_text, &finding);
        status = finding.status;
    }
    bool limited = false;
    if (status == HF_OK && has_all(&finding))
        status = hf_replica_is_limited(searching->replica, &state.record_id, &limited);
    if (status == HF_OK && !limited && has_all(&finding) && !was_shown(searching, &state.record_id)) {
        if (searching->found.records == searching->limit) {
            searching->found.more = true;
            searching->stopped = true;
        } else {
            if (by_title)
                searching->shown[searching->shown_count++] = state.record_id;
            status = give(searching, &state, &finding, title);
        }
    }
    hf_record_state_clear(&state);
    /* A record that only a later program reads is not found; nor is one that cannot be read: its opening says so. */
    return status == HF_ERR_NOMEM ? status : HF_OK;
}

static enum hf_status search_in(struct searching *searching, const char *sql, bool by_title)
{
    struct hf_rows rows;
    enum hf_status status = HF_OK;
    hf_rows_begin_text(&rows, searching->replica, sql);
    hf_rows_bind_text(&rows, hf_buf_slice(&searching->query.match));
    hf_rows_bind_id(&rows, &searching->replica->office_case);
    while (status == HF_OK && !searching->stopped && hf_rows_next(&rows))
        status = try_record(searching, &rows, hf_rows_bytes(&rows, 0), by_title);
    const enum hf_status ended = hf_rows_end(&rows, status == HF_OK ? searching->err : NULL);
    return status == HF_OK ? ended : status;
}

/* FTS5 gives the row numbers newest first; the records are read one by one, until there are enough. */
#define SEARCH_SQL(table, which)                                                                                       \
    "SELECT title, " HF_STATE_COLUMNS " FROM " table " JOIN records ON records.seq = " table ".rowid"                  \
    " WHERE " table " MATCH ? AND case_id <> ?" which " ORDER BY " table ".rowid DESC"

/* Cases by their reference, then records by their title, then all the rest. */
static enum hf_status search_places(struct searching *searching)
{
    static const char *const places[] = {SEARCH_SQL("search_titles", " AND type = 1"), SEARCH_SQL("search_titles", ""),
                                         SEARCH_SQL("search_texts", "")};
    _Static_assert(HF_RECORD_CASE == 1, "the type of a case, as it stands in the first of them");
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && !searching->stopped && i < 3; i++)
        status = search_in(searching, places[i], i < 2);
    return status;
}

static enum hf_status search_all(struct searching *searching, struct hf_slice text)
{
    struct hf_replica_counts counts;
    enum hf_status status = hf_replica_counts(searching->replica, &counts);
    if (status == HF_OK)
        status = hf_words_open(searching->replica, &searching->words, searching->err);
    if (status == HF_OK)
        status = read_query(&searching->words, text, &searching->query, searching->err);
    if (status != HF_OK)
        return status;
    searching->found.cases = counts.cases;
    return searching->query.count > 0 ? search_places(searching) : HF_OK;
}

enum hf_status hf_replica_search(struct hf_replica *replica, struct hf_slice query, uint32_t limit, hf_search_fn *each,
                                 void *ctx, struct hf_search_found *out, struct hf_error *err)
{
    if (limit == 0 || limit > HF_SEARCH_RESULTS_MAX)
        return hf_error_set(err, HF_ERR_INVALID, "A search gives 1 to %d records at a time.", HF_SEARCH_RESULTS_MAX);
    struct searching *searching = calloc(1, sizeof *searching);
    if (!searching)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    searching->replica = replica;
    searching->limit = limit;
    searching->each = each;
    searching->ctx = ctx;
    searching->err = err;
    enum hf_status status = hf_replica_search_update(replica, err);
    if (status == HF_OK)
        status = search_all(searching, query);
    if (status == HF_OK)
        *out = searching->found;
    hf_words_close(&searching->words);
    hf_buf_wipe(&searching->query.match);
    hf_wipe(searching, sizeof *searching);
    free(searching);
    return status;
}
