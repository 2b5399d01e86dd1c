/* Lines: finding the value at a path in JSON that has been read already, so that its form is known to be right. */
#include "core/policy/build.h"

#include <string.h>

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    size_t line;
};

static void space(struct reader *reader)
{
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at) {
        reader->line += *reader->at == '\n';
        reader->at++;
    }
}

/* Takes one character when it is the next. */
static bool take(struct reader *reader, uint8_t wanted)
{
    space(reader);
    if (reader->at >= reader->end || *reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

static struct hf_slice string(struct reader *reader)
{
    if (!take(reader, '"'))
        return hf_slice_of(NULL, 0);
    const uint8_t *start = reader->at;
    while (reader->at < reader->end && *reader->at != '"')
        reader->at += *reader->at == '\\' && reader->end - reader->at > 1 ? 2 : 1;
    const struct hf_slice text = hf_slice_of(start, (size_t)(reader->at - start));
    if (reader->at < reader->end)
        reader->at++;
    return text;
}

/* Past one value of any kind: to the comma or bracket that closes its level. */
static void skip(struct reader *reader)
{
    size_t depth = 0;
    space(reader);
    while (reader->at < reader->end) {
        const uint8_t c = *reader->at;
        if (depth == 0 && (c == ',' || c == ']' || c == '}'))
            return;
        if (c == '"') {
            (void)string(reader);
            continue;
        }
        depth += c == '[' || c == '{';
        depth -= c == ']' || c == '}';
        reader->line += c == '\n';
        reader->at++;
    }
}

static bool into_key(struct reader *reader, const char *key)
{
    if (!take(reader, '{'))
        return false;
    do {
        const struct hf_slice name = string(reader);
        if (!take(reader, ':'))
            return false;
        if (hf_slice_equal(name, hf_slice_str(key)))
            return true;
        skip(reader);
    } while (take(reader, ','));
    return false;
}

static bool into_index(struct reader *reader, size_t index)
{
    if (!take(reader, '['))
        return false;
    for (size_t i = 0; i < index; i++) {
        skip(reader);
        if (!take(reader, ','))
            return false;
    }
    return true;
}

size_t hf_locate_line(struct hf_slice bytes, const struct hf_step *path, size_t depth)
{
    struct reader reader = {.at = bytes.data, .end = bytes.data + bytes.len, .line = 1};
    size_t line = 1;
    for (size_t i = 0; i < depth; i++) {
        const bool found = path[i].key ? into_key(&reader, path[i].key) : into_index(&reader, path[i].index);
        if (!found)
            break;
        space(&reader);
        line = reader.line;
    }
    return line;
}
