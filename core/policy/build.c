/* Problems and plain values. */
#include "core/policy/build.h"

#include "core/base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES_MAX 64
#define SHORT_KEY     5 /* of a shorter key one slip is much already */

void hf_build_enter(struct hf_build *build, const char *key)
{
    HF_ASSERT(build->depth < HF_BUILD_DEPTH_MAX);
    build->path[build->depth++] = (struct hf_step){.key = key};
}

void hf_build_enter_index(struct hf_build *build, size_t index)
{
    HF_ASSERT(build->depth < HF_BUILD_DEPTH_MAX);
    build->path[build->depth++] = (struct hf_step){.index = index};
}

void hf_build_leave(struct hf_build *build)
{
    HF_ASSERT(build->depth > 0);
    build->depth--;
}

static void name_path(const struct hf_build *build, struct hf_buf *out)
{
    for (size_t i = 0; i < build->depth; i++) {
        if (build->path[i].key)
            hf_buf_append_fmt(out, "%s%s", i > 0 ? "." : "", build->path[i].key);
        else
            hf_buf_append_fmt(out, "[%zu]", build->path[i].index);
    }
}

static void __attribute__((format(printf, 3, 0)))
pass_on(struct hf_build *build, hf_policy_problem_fn *tell, const char *format, va_list args)
{
    char what[HF_ERROR_TEXT_BYTES];
    struct hf_buf text = {0};
    (void)vsnprintf(what, sizeof what, format, args);
    hf_buf_append_fmt(&text, "line %zu%s", hf_locate_line(build->bytes, build->path, build->depth),
                      build->depth > 0 ? ", " : "");
    name_path(build, &text);
    if (build->rule)
        hf_buf_append_fmt(&text, " (%s)", build->rule);
    hf_buf_append_fmt(&text, ": %s", what);
    hf_buf_append_u8(&text, '\0');
    tell(build->problem_ctx, hf_buf_status(&text) == HF_OK ? (const char *)text.data : what);
    hf_buf_clear(&text);
}

static bool __attribute__((format(printf, 3, 0)))
tell(struct hf_build *build, enum hf_status status, const char *format, va_list args)
{
    if (build->problems++ == 0)
        build->status = status;
    pass_on(build, build->problem, format, args);
    return false;
}

void hf_build_warn(struct hf_build *build, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (build->warning)
        pass_on(build, build->warning, format, args);
    va_end(args);
}

bool hf_build_fail(struct hf_build *build, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(build, HF_ERR_INVALID, format, args);
    va_end(args);
    return false;
}

bool hf_build_fail_status(struct hf_build *build, enum hf_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(build, status, format, args);
    va_end(args);
    return false;
}

bool hf_build_text(struct hf_build *build, const json_t *object, const char *key, size_t max_bytes, bool needed,
                   const char **out)
{
    const json_t *value = json_object_get(object, key);
    bool fine = true;
    if (!needed && (!value || json_is_null(value))) {
        *out = "";
        return true;
    }
    if (!value)
        return hf_build_fail(build, "the key \"%s\" is missing", key);
    hf_build_enter(build, key);
    if (!json_is_string(value) || json_string_length(value) == 0)
        fine = hf_build_fail(build, "must be a text in quotation marks");
    else if (json_string_length(value) > max_bytes)
        fine = hf_build_fail_status(build, HF_ERR_LIMIT, "may be at most %zu bytes long", max_bytes);
    else
        *out = json_string_value(value);
    hf_build_leave(build);
    return fine;
}

bool hf_build_bool(struct hf_build *build, const json_t *object, const char *key, bool *out)
{
    const json_t *value = json_object_get(object, key);
    bool fine = true;
    *out = false;
    if (!value || json_is_null(value))
        return true;
    hf_build_enter(build, key);
    if (json_is_boolean(value))
        *out = json_is_true(value);
    else
        fine = hf_build_fail(build, "must be true or false");
    hf_build_leave(build);
    return fine;
}

static bool is_listed(const char *const *keys, const char *key)
{
    for (size_t i = 0; keys[i]; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return strncmp(key, "x-", 2) == 0;
}

/* Letters put in, left out, exchanged or swapped between two words; `most` + 1 for more than that. */
static size_t slips(const char *a, const char *b, size_t most)
{
    size_t rows[3][KEY_BYTES_MAX + 1];
    const size_t m = strlen(a);
    const size_t n = strlen(b);
    if (m > KEY_BYTES_MAX || n > KEY_BYTES_MAX)
        return most + 1;
    for (size_t i = 0; i <= m; i++)
        for (size_t j = 0; j <= n; j++) {
            size_t *here = &rows[i % 3][j];
            if (i == 0 || j == 0) {
                *here = i + j;
                continue;
            }
            const size_t left = rows[i % 3][j - 1] + 1;
            const size_t above = rows[(i + 2) % 3][j] + 1;
            const size_t both = rows[(i + 2) % 3][j - 1] + (a[i - 1] != b[j - 1]);
            *here = left < above ? left : above;
            *here = both < *here ? both : *here;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && rows[(i + 1) % 3][j - 2] + 1 < *here)
                *here = rows[(i + 1) % 3][j - 2] + 1;
        }
    return rows[m % 3][n];
}

/* The known key that this one may be a slip of, or NULL. */
static const char *mistyped(const char *const *keys, const char *key)
{
    for (size_t i = 0; keys[i]; i++) {
        const size_t most = strlen(keys[i]) < SHORT_KEY ? 1 : 2;
        if (strlen(keys[i]) > 2 && slips(keys[i], key, most) <= most)
            return keys[i];
    }
    return NULL;
}

static bool unknown_key(struct hf_build *build, const char *const *keys, const char *key)
{
    const char *meant = mistyped(keys, key);
    hf_build_enter(build, key);
    if (meant)
        (void)hf_build_fail(build, "is no key that belongs here; \"%s\" is. A name of your own begins with \"x-\"",
                            meant);
    else
        hf_build_warn(build, "is no key that this version knows: it is kept, and nothing is done with it");
    hf_build_leave(build);
    return !meant;
}

bool hf_build_only(struct hf_build *build, const json_t *object, const char *const *keys)
{
    if (!json_is_object(object))
        return hf_build_fail(build, "an object with named values, { … }, belongs here");
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        const char *key = json_object_iter_key(at);
        if (!is_listed(keys, key) && !unknown_key(build, keys, key))
            return false;
    }
    return true;
}
