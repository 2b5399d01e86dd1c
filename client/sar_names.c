/* Names of other people to be marked in the copy of a case: what this program can know of them, and what a person adds
 * by hand. It finds no nicknames, no misspellings and nobody who is only described, and the copy says so. */
#include "client/sar.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 200

struct collecting {
    struct holdfast *hf;
    json_t *names, *words; /* words: every word of the copy, in small letters, as keys */
    bool failed;
};

static const char *get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || c == '\'' || c == '-';
}

/* The next word at *at, in small letters; false at the end. */
static bool next_word(const char **at, char out[NAME_BYTES])
{
    size_t len = 0;
    while (**at && !is_word(**at))
        ++*at;
    while (**at && is_word(**at)) {
        if (len + 1 < NAME_BYTES)
            out[len++] = (char)tolower((unsigned char)**at);
        ++*at;
    }
    out[len] = '\0';
    return len > 0;
}

static void learn_words(struct collecting *collecting, const char *text)
{
    char word[NAME_BYTES];
    while (next_word(&text, word))
        if (json_object_set_new(collecting->words, word, json_true()) != 0)
            collecting->failed = true;
}

/* Whether every word of a name stands somewhere in the copy: of the names in thousands of cases few do. */
static bool may_stand_there(const struct collecting *collecting, const char *name)
{
    char word[NAME_BYTES];
    bool any = false;
    while (next_word(&name, word)) {
        any = true;
        if (!json_object_get(collecting->words, word))
            return false;
    }
    return any;
}

static void add(struct collecting *collecting, const char *name)
{
    if (!name[0] || !may_stand_there(collecting, name))
        return;
    for (size_t i = 0; i < json_array_size(collecting->names); i++)
        if (strcmp(json_string_value(json_array_get(collecting->names, i)), name) == 0)
            return;
    if (json_array_append_new(collecting->names, json_string(name)) != 0)
        collecting->failed = true;
}

/* --- who stands in the list of staff, or in other cases that this person may see --- */

static bool each_person(void *ctx, const struct holdfast_record_row *row)
{
    add(ctx, row->title);
    return !((struct collecting *)ctx)->failed;
}

static enum holdfast_status of_other_cases(struct collecting *collecting)
{
    static const char *const types[] = {"contact", "child", "invite", "attendance"};
    enum holdfast_status status = HOLDFAST_OK;
    for (size_t i = 0; status == HOLDFAST_OK && i < sizeof types / sizeof types[0]; i++) {
        const struct holdfast_filter filter = {.type = types[i], .with_deleted = true};
        status = holdfast_list(collecting->hf, &filter, each_person, collecting);
    }
    return status;
}

/* --- what the entries themselves say --- */

/* "Mrs Hill", "Auntie Jo": a word that goes before a name, and the name. */
static void of_text(struct collecting *collecting, const char *text)
{
    static const char *const before[] = {"mr",      "mrs",    "ms",      "miss",    "mx",     "dr",    "doctor",
                                         "nurse",   "uncle",  "aunt",    "aunty",   "auntie", "nan",   "nanny",
                                         "grandma", "granny", "gran",    "grandad", "mum",    "dad",   "mother",
                                         "father",  "sister", "brother", "cousin",  "friend", "foster"};
    char word[NAME_BYTES], name[NAME_BYTES];
    const char *at = text;
    while (next_word(&at, word)) {
        const char *from = at;
        bool known = false;
        for (size_t i = 0; !known && i < sizeof before / sizeof before[0]; i++)
            known = strcmp(word, before[i]) == 0;
        if (*from == '.')
            from++;
        while (known && *from == ' ')
            from++;
        if (!known || from == at || (!isupper((unsigned char)*from) && (unsigned char)*from < 0x80))
            continue;
        const size_t len = strcspn(from, " .,;:!?()\n\t\"");
        if (len > 1 && len < sizeof name) {
            (void)snprintf(name, sizeof name, "%.*s", (int)len, from);
            if (len > 2 && strcmp(name + len - 2, "'s") == 0)
                name[len - 2] = '\0';
            add(collecting, name);
        }
    }
}

/* Fields that hold the name of somebody who is in no list. */
static bool names_somebody(const char *field)
{
    static const char *const fields[] = {"name", "known_as", "owner_name", "asked_by", "said_by"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(field, fields[i]) == 0)
            return true;
    return false;
}

static void of_entry(struct collecting *collecting, const json_t *entry, bool adds)
{
    const json_t *list = json_object_get(entry, "fields");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *value = get(json_array_get(list, i), "value");
        if (!adds)
            learn_words(collecting, value);
        else if (names_somebody(get(json_array_get(list, i), "name")))
            add(collecting, value);
        if (adds)
            of_text(collecting, value);
    }
    list = json_object_get(entry, "statements");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *said = json_array_get(list, i);
        if (!adds) {
            learn_words(collecting, get(said, "words"));
            learn_words(collecting, get(said, "said_by"));
            learn_words(collecting, get(said, "answer_reason"));
        } else {
            add(collecting, get(said, "said_by"));
            of_text(collecting, get(said, "words"));
        }
    }
    list = json_object_get(entry, "written");
    for (size_t i = 0; i < json_array_size(list); i++)
        learn_words(collecting, get(json_array_get(list, i), "author"));
}

/* Who wrote something and is not named on the case: others in the office, who are not the child's own workers. */
static void of_authors(struct collecting *collecting, const json_t *copy)
{
    const json_t *entries = json_object_get(copy, "entries"), *own = json_object_get(copy, "people");
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *list = json_object_get(json_array_get(entries, i), "written");
        for (size_t w = 0; w < json_array_size(list); w++) {
            const char *author = get(json_array_get(list, w), "author");
            bool is_own = false;
            for (size_t p = 0; p < json_array_size(own); p++)
                is_own = is_own || strcmp(get(json_array_get(own, p), "name"), author) == 0;
            if (!is_own)
                add(collecting, author);
        }
    }
}

static void of_hand(struct collecting *collecting, const char *const *also, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(collecting->names, json_string(also[i])) != 0)
            collecting->failed = true;
}

enum holdfast_status hf_sar_names(struct holdfast *hf, json_t *copy, const struct holdfast_sar *sar)
{
    struct collecting collecting = {.hf = hf, .names = json_object_get(copy, "names"), .words = json_object()};
    const json_t *entries = json_object_get(copy, "entries");
    collecting.failed = !collecting.words;
    for (size_t i = 0; !collecting.failed && i < json_array_size(entries); i++)
        of_entry(&collecting, json_array_get(entries, i), false);
    for (size_t i = 0; !collecting.failed && i < json_array_size(entries); i++)
        of_entry(&collecting, json_array_get(entries, i), true);
    enum holdfast_status status = collecting.failed ? HOLDFAST_NOMEM : of_other_cases(&collecting);
    if (status == HOLDFAST_OK) {
        of_authors(&collecting, copy);
        of_hand(&collecting, sar->also, sar->also_count);
    }
    json_decref(collecting.words);
    return collecting.failed && status == HOLDFAST_OK ? HOLDFAST_NOMEM : status;
}

/* --- how often they stand there --- */

static void count_piece(void *ctx, const struct hf_sar_piece *piece)
{
    *(size_t *)ctx += piece->marked;
}

size_t hf_sar_count_marks(const json_t *copy)
{
    const json_t *entries = json_object_get(copy, "entries"), *names = json_object_get(copy, "names");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *fields = json_object_get(json_array_get(entries, i), "fields");
        const json_t *said = json_object_get(json_array_get(entries, i), "statements");
        const json_t *first = json_array_get(json_object_get(json_array_get(entries, i), "written"), 0);
        for (size_t f = 0; f < json_array_size(fields); f++)
            hf_sar_marked(names, get(json_array_get(fields, f), "value"), count_piece, &count);
        for (size_t s = 0; s < json_array_size(said); s++) {
            hf_sar_marked(names, get(json_array_get(said, s), "said_by"), count_piece, &count);
            hf_sar_marked(names, get(json_array_get(said, s), "words"), count_piece, &count);
        }
        hf_sar_marked(names, get(first, "author"), count_piece, &count);
    }
    return count;
}
