/* Words, and the texts of a record. */
#include "core/replica/search_internal.h"

#include "core/pack/cursor.h"

#include <limits.h>

/* --- the tokenizer of FTS5 --------------------------------------------------------------------------------------- */

static fts5_api *find_api(struct hf_replica *replica)
{
    fts5_api *api = NULL;
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(replica->db, "SELECT fts5(?1)", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_pointer(stmt, 1, (void *)&api, "fts5_api_ptr", NULL);
        (void)sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    return api;
}

enum hf_status hf_words_open(struct hf_replica *replica, struct hf_words *out, struct hf_error *err)
{
    const char *settings[] = {"remove_diacritics", "2"};
    void *user = NULL;
    fts5_api *api = find_api(replica);
    if (!api || api->xFindTokenizer(api, "unicode61", &user, &out->functions) != SQLITE_OK)
        return hf_error_set(err, HF_ERR_UNSUPPORTED, "This machine's SQLite cannot search text (FTS5 is missing).");
    if (out->functions.xCreate(user, settings, 2, &out->tokenizer) != SQLITE_OK)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    return HF_OK;
}

void hf_words_close(struct hf_words *words)
{
    if (words->tokenizer)
        words->functions.xDelete(words->tokenizer);
    words->tokenizer = NULL;
}

struct each_word {
    hf_word_fn *each;
    void *ctx;
    bool stopped;
};

static int take_word(void *ctx, int flags, const char *word, int len, int start, int end)
{
    struct each_word *each = ctx;
    (void)flags;
    each->stopped = !each->each(each->ctx, hf_slice_of(word, (size_t)len), (size_t)start, (size_t)end);
    return each->stopped ? SQLITE_DONE : SQLITE_OK;
}

enum hf_status hf_words_each(const struct hf_words *words, struct hf_slice text, hf_word_fn *each, void *ctx)
{
    struct each_word state = {each, ctx, false};
    if (text.len == 0)
        return HF_OK;
    if (text.len > INT_MAX)
        return HF_ERR_LIMIT;
    int code = words->functions.xTokenize(words->tokenizer, &state, FTS5_TOKENIZE_DOCUMENT, (const char *)text.data,
                                          (int)text.len, take_word);
    return code == SQLITE_OK || code == SQLITE_DONE ? HF_OK : HF_ERR_NOMEM;
}

/* --- texts of a record ------------------------------------------------------------------------------------------- */

static bool give_text(const struct hf_field_spec *spec, struct hf_slice value, hf_search_text_fn *each, void *ctx)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, value, HF_PACK_ELEMENTS_MAX);
    if (hf_cursor_peek(&cursor) != HF_PACK_TEXT)
        return true;
    const struct hf_slice text = hf_cursor_text(&cursor, 0);
    return hf_cursor_end(&cursor) != HF_OK || each(ctx, spec, text);
}

void hf_search_texts(const struct hf_record_state *state, hf_search_text_fn *each, void *ctx)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    bool more = type != NULL && state->deleted != HF_DELETED_YES;
    for (size_t i = 0; more && i < type->field_count; i++) {
        const struct hf_field_spec *spec = &type->fields[i];
        const struct hf_field_state *field = hf_record_state_field(state, spec->code);
        for (size_t j = 0; more && spec->type == HF_TYPE_TEXT && field && j < field->count; j++)
            if (!field->entries[j].is_aside)
                more = give_text(spec, field->entries[j].value, each, ctx);
    }
}
