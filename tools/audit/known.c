/* Staff who opened the case of somebody they may know: names and addresses of staff, from the auditor's list, against
 * those that stand in the cases. A likeness is a reason to ask. */
#include "tools/audit/access.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_MAX   (1u << 22)
#define WORDS_BYTES 512
#define TEXT_BYTES  400

enum fact_is { IS_NAME, IS_ADDRESS };
struct hf_audit_fact {
    struct hf_id case_id;
    enum fact_is is;
    const char *label; /* of the field */
    char *words;       /* " mill lane 4 " */
};
struct hf_audit_visit {
    struct hf_id person, case_id;
    uint64_t first_ms, last_ms, lines;
};

void hf_audit_known_words(struct hf_slice text, struct hf_buf *out)
{
    bool space = true;
    hf_buf_append_u8(out, ' ');
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t byte = text.data[i];
        if (byte >= 0x80 || isalnum(byte)) {
            hf_buf_append_u8(out, (uint8_t)tolower(byte));
            space = false;
        } else if (!space && byte != '\'') { /* O'Neill is one word */
            hf_buf_append_u8(out, ' ');
            space = true;
        }
    }
    if (!space)
        hf_buf_append_u8(out, ' ');
}

/* --- what stands in the cases ------------------------------------------------------------------------------------- */

/* Fields that name somebody, or a place where somebody lives, whatever the type of record. */
static bool fact_of(const struct hf_field_spec *field, enum fact_is *out)
{
    static const struct {
        const char *name;
        enum fact_is is;
    } fields[] = {{"name", IS_NAME}, {"known_as", IS_NAME}, {"address", IS_ADDRESS}, {"home", IS_ADDRESS}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(field->name, fields[i].name) == 0) {
            *out = fields[i].is;
            return true;
        }
    return false;
}

static enum hf_status keep_fact(struct hf_audit_access *access, const struct hf_data_body *body,
                                const struct hf_field_spec *field, enum fact_is is, struct hf_slice value)
{
    struct hf_buf text = {0}, words = {0};
    enum hf_status status = HF_OK;
    hf_value_to_text(field, value, &text);
    hf_audit_known_words(hf_buf_slice(&text), &words);
    hf_buf_append_u8(&words, 0);
    if (access->fact_count == access->fact_cap) {
        const size_t cap = access->fact_cap ? access->fact_cap * 2 : 256;
        struct hf_audit_fact *facts = cap <= FACTS_MAX ? realloc(access->facts, cap * sizeof *facts) : NULL;
        status = facts ? HF_OK : HF_ERR_LIMIT;
        if (facts) {
            access->facts = facts;
            access->fact_cap = cap;
        }
    }
    if (status == HF_OK)
        status = hf_buf_status(&words);
    char *copy = status == HF_OK ? strdup((const char *)words.data) : NULL;
    if (copy)
        access->facts[access->fact_count++] =
            (struct hf_audit_fact){.case_id = body->case_id, .is = is, .label = field->label, .words = copy};
    else if (status == HF_OK)
        status = HF_ERR_NOMEM;
    hf_buf_wipe(&text);
    hf_buf_wipe(&words);
    return status;
}

enum hf_status hf_audit_known_take(struct hf_audit_access *access, const struct hf_audit_entry *entry)
{
    enum hf_status status = HF_OK;
    if (!entry->opened || entry->leaf->kind != HF_LEAF_DATA)
        return HF_OK;
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    const struct hf_record_spec *type =
        hf_data_body_decode(entry->body, body, NULL) == HF_OK ? hf_model_type(body->type) : NULL;
    for (uint32_t i = 0; status == HF_OK && type && type->code != HF_RECORD_PERSON && i < body->edit_count; i++) {
        const struct hf_field_spec *field = hf_model_field(type, body->edits[i].field);
        enum fact_is is;
        if (field && field->type == HF_TYPE_TEXT && field->kind != HF_KIND_SET && fact_of(field, &is))
            status = keep_fact(access, body, field, is, body->edits[i].value);
    }
    free(body);
    return status;
}

/* --- who opened them ---------------------------------------------------------------------------------------------- */

enum hf_status hf_audit_known_read(void *ctx, const struct hf_audit_read *read)
{
    struct hf_audit_access *access = ctx;
    const struct hf_id *person = &read->entry->device->person;
    if (hf_id_is_zero(&read->case_id) || !hf_audit_read_chosen(&access->filter, read, &access->reads.names))
        return HF_OK;
    for (size_t n = 0; n < access->visit_count; n++) {
        /* Lines of a page stand together: the newest is tried first. */
        struct hf_audit_visit *visit = &access->visits[access->visit_count - 1 - n];
        if (hf_id_equal(&visit->person, person) && hf_id_equal(&visit->case_id, &read->case_id)) {
            visit->lines++;
            visit->last_ms = read->from_ms > visit->last_ms ? read->from_ms : visit->last_ms;
            visit->first_ms = read->from_ms < visit->first_ms ? read->from_ms : visit->first_ms;
            return HF_OK;
        }
    }
    if (access->visit_count == access->visit_cap) {
        const size_t cap = access->visit_cap ? access->visit_cap * 2 : 64;
        struct hf_audit_visit *visits = realloc(access->visits, cap * sizeof *visits);
        if (!visits)
            return HF_ERR_NOMEM;
        access->visits = visits;
        access->visit_cap = cap;
    }
    access->visits[access->visit_count++] = (struct hf_audit_visit){
        .person = *person, .case_id = read->case_id, .first_ms = read->from_ms, .last_ms = read->from_ms, .lines = 1};
    return HF_OK;
}

/* --- likenesses --------------------------------------------------------------------------------------------------- */

/* Words of the list, made like those of the cases; "" when there is nothing to compare. */
static void words_of(const char *text, size_t len, char out[WORDS_BYTES])
{
    struct hf_buf words = {0};
    hf_audit_known_words(hf_slice_of(text, len), &words);
    hf_buf_append_u8(&words, 0);
    out[0] = '\0';
    if (hf_buf_status(&words) == HF_OK && words.len > 2 && words.len <= WORDS_BYTES)
        memcpy(out, words.data, words.len);
    hf_buf_wipe(&words);
}

/* What stands before a comma, or else the last word. */
static void surname_of(const char *name, char out[WORDS_BYTES])
{
    const char *comma = strchr(name, ',');
    char words[WORDS_BYTES];
    words_of(name, comma ? (size_t)(comma - name) : strlen(name), words);
    size_t at = strlen(words);
    for (at = at > 2 && !comma ? at - 2 : 0; at > 0 && words[at] != ' '; at--)
        ;
    (void)snprintf(out, WORDS_BYTES, "%s", words + at);
}

static bool every_word(const char *words, const char *in)
{
    char word[WORDS_BYTES];
    for (const char *at = words; at[0] == ' ' && at[1]; at = strchr(at + 1, ' ')) {
        const size_t len = strcspn(at + 1, " ") + 2;
        memcpy(word, at, len);
        word[len] = '\0';
        if (!strstr(in, word))
            return false;
    }
    return true;
}

/* A postcode is written with a space or without. */
static bool has_postcode(const char *words, const char *postcode)
{
    char wanted[WORDS_BYTES] = "", found[4 * WORDS_BYTES] = "";
    size_t len = 0;
    for (const char *at = postcode; *at; at++)
        if (*at != ' ')
            wanted[len++] = *at;
    wanted[len] = '\0';
    if (len < 5)
        return false;
    len = 0;
    for (const char *at = words; *at && len + 1 < sizeof found; at++)
        if (*at != ' ')
            found[len++] = *at;
    found[len] = '\0';
    return strstr(found, wanted) != NULL;
}

static const char *name_likeness(const struct hf_audit_csv *staff, size_t row, const char *words)
{
    char name[WORDS_BYTES], other[WORDS_BYTES], last[WORDS_BYTES];
    const char *whole = hf_audit_csv_value(staff, row, "name");
    const char *others = hf_audit_csv_value(staff, row, "other_names");
    words_of(whole, strlen(whole), name);
    surname_of(whole, last);
    if (name[0] && every_word(name, words))
        return "same name";
    if (last[0] && strstr(words, last))
        return "same surname";
    while (*others) {
        const size_t len = strcspn(others, ";");
        words_of(others, len, other);
        if (other[0] && every_word(other, words))
            return "another name of theirs";
        others += len + (others[len] == ';');
    }
    return NULL;
}

static const char *address_likeness(const struct hf_audit_csv *staff, size_t row, const char *words)
{
    char address[WORDS_BYTES], postcode[WORDS_BYTES];
    const char *whole = hf_audit_csv_value(staff, row, "address");
    words_of(whole, strcspn(whole, ",\n"), address); /* house and street */
    words_of(hf_audit_csv_value(staff, row, "postcode"), strlen(hf_audit_csv_value(staff, row, "postcode")), postcode);
    if (address[0] && strstr(words, address))
        return "same address";
    return postcode[0] && has_postcode(words, postcode) ? "same postcode" : NULL;
}

static bool staff_is(const struct hf_audit_access *access, size_t row, const struct hf_id *person)
{
    struct hf_id id;
    return hf_audit_name_find(&access->reads.names, hf_slice_str(hf_audit_csv_value(&access->staff, row, "person")),
                              &id) == HF_OK &&
           hf_id_equal(&id, person);
}

/* Appends "same surname (Child's name)" for each likeness, each once. */
static void likenesses(const struct hf_audit_access *access, const struct hf_audit_visit *visit, size_t row,
                       struct hf_buf *out)
{
    char piece[TEXT_BYTES], said[4 * TEXT_BYTES] = "";
    for (size_t i = 0; i < access->fact_count; i++) {
        const struct hf_audit_fact *fact = &access->facts[i];
        if (!hf_id_equal(&fact->case_id, &visit->case_id))
            continue;
        const char *like = fact->is == IS_NAME ? name_likeness(&access->staff, row, fact->words)
                                               : address_likeness(&access->staff, row, fact->words);
        if (!like)
            continue;
        (void)snprintf(piece, sizeof piece, "%s (%s)", like, fact->label);
        if (strstr(said, piece) || strlen(said) + strlen(piece) + 1 > sizeof said)
            continue;
        memcpy(said + strlen(said), piece, strlen(piece) + 1);
        hf_buf_append_fmt(out, "%s%s", out->len ? ", " : "", piece);
    }
}

static enum hf_status visit_row(struct hf_audit_access *access, const struct hf_audit_visit *visit, size_t row)
{
    struct hf_buf text = {0};
    enum hf_status status = HF_OK;
    likenesses(access, visit, row, &text);
    if (text.len) {
        hf_buf_append_fmt(&text, "; %llu reading%s", (unsigned long long)visit->lines, visit->lines == 1 ? "" : "s");
        hf_buf_append_u8(&text, 0);
        status = hf_buf_status(&text);
        const struct hf_audit_access_row shown = {.time_ms = visit->first_ms,
                                                  .person = visit->person,
                                                  .case_id = visit->case_id,
                                                  .what = "known",
                                                  .text = (const char *)text.data};
        if (status == HF_OK)
            status = hf_audit_access_row(access, &shown);
    }
    hf_buf_clear(&text);
    return status;
}

enum hf_status hf_audit_known_rows(struct hf_audit_access *access)
{
    enum hf_status status = HF_OK;
    for (size_t v = 0; status == HF_OK && v < access->visit_count; v++)
        for (size_t row = 0; status == HF_OK && row < access->staff.row_count; row++)
            if (staff_is(access, row, &access->visits[v].person))
                status = visit_row(access, &access->visits[v], row);
    return status;
}

void hf_audit_known_clear(struct hf_audit_access *access)
{
    for (size_t i = 0; i < access->fact_count; i++) {
        hf_wipe(access->facts[i].words, strlen(access->facts[i].words));
        free(access->facts[i].words);
    }
    free(access->facts);
    free(access->visits);
    access->facts = NULL;
    access->visits = NULL;
    access->fact_count = access->visit_count = 0;
}
