/* The copy as plain text, and what both forms share: days, and the names of other people. */
#include "client/sar.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void hf_sar_day(const char *text, char out[40])
{
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    unsigned year = 0, month = 0, day = 0;
    if (strlen(text) >= 10 && sscanf(text, "%4u-%2u-%2u", &year, &month, &day) == 3 && month >= 1 && month <= 12)
        (void)snprintf(out, 40, "%u %s %u", day, months[month - 1], year);
    else
        (void)snprintf(out, 40, "%.39s", text);
}

const char hf_sar_warning[] =
    "A person has to read every line of this before it is given to anybody. The program marks the names that it knows: "
    "of people around the child, in other cases, of staff who are not the child's own, and those it was told. It does "
    "not "
    "know all of them: a nickname, a misspelt name, and somebody who is only described are not marked.";

/* --- names --- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* How long the longest name is that begins here; 0: none does. */
static size_t name_at(const json_t *names, const char *text, const char *from)
{
    size_t best = 0;
    if (from > text && is_word(from[-1]))
        return 0;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const size_t len = name ? strlen(name) : 0;
        if (len > best && strncasecmp(from, name, len) == 0 && !is_word(from[len]))
            best = len;
    }
    return best;
}

void hf_sar_marked(const json_t *names, const char *text, void (*each)(void *ctx, const struct hf_sar_piece *piece),
                   void *ctx)
{
    const char *from = text, *at = text;
    while (*at) {
        const size_t len = name_at(names, text, at);
        if (len == 0) {
            at++;
            continue;
        }
        if (at > from)
            each(ctx, &(struct hf_sar_piece){.text = from, .len = (size_t)(at - from)});
        each(ctx, &(struct hf_sar_piece){.text = at, .len = len, .marked = true});
        at += len;
        from = at;
    }
    if (at > from)
        each(ctx, &(struct hf_sar_piece){.text = from, .len = (size_t)(at - from)});
}

/* --- text --- */

static const char *get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void piece(void *ctx, const struct hf_sar_piece *piece)
{
    hf_buf_append_str(ctx, piece->marked ? "[[" : "");
    for (size_t i = 0; i < piece->len; i++) {
        hf_buf_append_u8(ctx, (uint8_t)piece->text[i]);
        if (piece->text[i] == '\n')
            hf_buf_append_str(ctx, "    ");
    }
    hf_buf_append_str(ctx, piece->marked ? "]]" : "");
}

static void entry_text(const json_t *copy, const json_t *entry, struct hf_buf *out)
{
    char day[40];
    const json_t *fields = json_object_get(entry, "fields"), *statements = json_object_get(entry, "statements");
    hf_sar_day(get(entry, "date"), day);
    hf_buf_append_fmt(out, "\n%s  %s\n", day, get(entry, "label"));
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        hf_buf_append_fmt(out, "  %s:\n    ", get(field, "label"));
        hf_sar_marked(json_object_get(copy, "names"), get(field, "value"), piece, out);
        hf_buf_append_u8(out, '\n');
    }
    for (size_t i = 0; i < json_array_size(statements); i++) {
        const json_t *said = json_array_get(statements, i);
        hf_buf_append_str(out, "  ");
        hf_sar_marked(json_object_get(copy, "names"), get(said, "said_by"), piece, out);
        hf_buf_append_fmt(out, " says about this (%s):\n    ", get(said, "made_on"));
        hf_sar_marked(json_object_get(copy, "names"), get(said, "words"), piece, out);
        hf_buf_append_u8(out, '\n');
    }
    const json_t *first = json_array_get(json_object_get(entry, "written"), 0);
    if (first) {
        hf_buf_append_str(out, "  Written down by ");
        hf_sar_marked(json_object_get(copy, "names"), get(first, "author"), piece, out);
        hf_buf_append_fmt(out, " on %.10s.\n", get(first, "time"));
    }
}

void hf_sar_text(const json_t *copy, struct hf_buf *out)
{
    const json_t *entries = json_object_get(copy, "entries");
    hf_buf_append_fmt(out, "Your story, as it was written down\n%s, %s\n\nMade for: %s\n", get(copy, "child"),
                      get(copy, "prepared_on"), get(copy, "reason"));
    if (!json_is_true(json_object_get(copy, "final")))
        hf_buf_append_fmt(out, "Not to be given out yet. %s\nMarked names stand in [[ ]].\n", hf_sar_warning);
    for (size_t i = 0; i < json_array_size(entries); i++)
        entry_text(copy, json_array_get(entries, i), out);
}
