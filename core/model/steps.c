#include "core/model/steps.h"

#include "core/pack/cursor.h"

#include <string.h>

#define CODES_MAX 32

/* The word that a status holds; empty for nil. */
static struct hf_slice word_of(struct hf_slice value)
{
    struct hf_cursor cursor;
    hf_cursor_init(&cursor, value, 1);
    return hf_cursor_peek(&cursor) == HF_PACK_TEXT ? hf_cursor_text(&cursor, 0) : hf_slice_of(NULL, 0);
}

/* Next word of a line of steps; NULL at its end. `back` becomes true behind the semicolon. */
static const char *next_word(const char *at, struct hf_slice *out, bool *back)
{
    while (*at == ' ' || *at == ';') {
        *back = *back || *at == ';';
        at++;
    }
    size_t len = strcspn(at, " ;");
    if (len == 0)
        return NULL;
    *out = hf_slice_of((const uint8_t *)at, len);
    return at + len;
}

/* What stands behind "from: " in the line of this code; NULL without one. */
static const char *line_of(const struct hf_field_spec *field, struct hf_slice from)
{
    for (size_t i = 0; field->steps[i]; i++) {
        const char *colon = strchr(field->steps[i], ':');
        if (colon &&
            hf_slice_equal(from, hf_slice_of((const uint8_t *)field->steps[i], (size_t)(colon - field->steps[i]))))
            return colon + 1;
    }
    return NULL;
}

bool hf_steps_allowed(const struct hf_field_spec *field, struct hf_slice from, struct hf_slice to)
{
    const struct hf_slice old = word_of(from), wanted = word_of(to);
    struct hf_slice word;
    bool back = false;
    if (!field->steps || old.len == 0 || hf_slice_equal(old, wanted))
        return true;
    for (const char *at = line_of(field, old); at && (at = next_word(at, &word, &back));)
        if (hf_slice_equal(word, wanted))
            return true;
    return false;
}

static size_t place_of(const struct hf_field_spec *field, struct hf_slice word)
{
    size_t at = 0;
    while (field->codes[at] && !hf_slice_equal(word, hf_slice_str(field->codes[at])))
        at++;
    return field->codes[at] && at < CODES_MAX ? at : CODES_MAX;
}

/* Codes that can be reached from this one, as bits. */
static uint32_t reach(const struct hf_field_spec *field, size_t from)
{
    uint32_t seen = 0, open = UINT32_C(1) << from;
    while (open) { /* ends: every round takes one code that was not seen */
        size_t at = 0;
        while (!(open >> at & 1))
            at++;
        struct hf_slice word;
        bool back = false;
        const char *line = line_of(field, hf_slice_str(field->codes[at]));
        open &= ~(UINT32_C(1) << at);
        while (line && (line = next_word(line, &word, &back)) && !back) {
            size_t to = place_of(field, word);
            uint32_t bit = to < CODES_MAX ? UINT32_C(1) << to : 0;
            open |= bit & ~seen;
            seen |= bit;
        }
    }
    return seen;
}

bool hf_steps_further(const struct hf_field_spec *field, struct hf_slice from, struct hf_slice to)
{
    const struct hf_slice old = word_of(from), wanted = word_of(to);
    if (!field->steps || old.len == 0 || wanted.len == 0)
        return false;
    size_t a = place_of(field, old), b = place_of(field, wanted);
    if (a == CODES_MAX || b == CODES_MAX || a == b)
        return false;
    return (reach(field, a) >> b & 1) && !(reach(field, b) >> a & 1);
}

bool hf_steps_is_final(const struct hf_field_spec *field, struct hf_slice value)
{
    return field->kind == HF_KIND_STATUS && field->steps && hf_slice_equal(word_of(value), hf_slice_str("final"));
}

void hf_steps_list(const struct hf_field_spec *field, struct hf_slice from, struct hf_buf *out)
{
    struct hf_slice word = {0}, last = {0};
    bool back = false;
    size_t count = 0;
    const char *at = field->steps ? line_of(field, word_of(from)) : NULL;
    while (at && (at = next_word(at, &word, &back))) {
        if (last.len > 0)
            hf_buf_append_fmt(out, "%s%.*s", count++ > 0 ? ", " : "", (int)last.len, (const char *)last.data);
        last = word;
    }
    if (last.len > 0)
        hf_buf_append_fmt(out, "%s%.*s", count > 0 ? " or " : "", (int)last.len, (const char *)last.data);
}
