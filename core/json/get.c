/* Typed getters. */
#include "core/json/json.h"

#include <inttypes.h>
#include <string.h>

static enum hf_status wrong_kind(const char *key, const char *wanted, struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_INVALID, "The value of \"%s\" must be %s.", key, wanted);
}

static enum hf_status need_object(const json_t *object, struct hf_error *err)
{
    if (json_is_object(object))
        return HF_OK;
    return hf_error_set(err, HF_ERR_INVALID, "An object with named values, { … }, belongs here.");
}

static enum hf_status find(const json_t *object, const char *key, json_t **out_value, struct hf_error *err)
{
    enum hf_status status = need_object(object, err);
    if (status != HF_OK)
        return status;
    json_t *value = json_object_get(object, key);
    if (!value)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "The key \"%s\" is missing. Add it and try again.", key);
    *out_value = value;
    return HF_OK;
}

bool hf_json_has(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value && !json_is_null(value);
}

enum hf_status hf_json_get_text(const json_t *object, const char *key, size_t max_bytes, const char **out_text,
                                struct hf_error *err)
{
    json_t *value = NULL;
    enum hf_status status = find(object, key, &value, err);
    if (status != HF_OK)
        return status;
    if (!json_is_string(value))
        return wrong_kind(key, "a text in quotation marks", err);
    if (max_bytes && json_string_length(value) > max_bytes)
        return hf_error_set(err, HF_ERR_INVALID, "The text of \"%s\" may be at most %zu bytes long. Shorten it.", key,
                            max_bytes);
    *out_text = json_string_value(value);
    return HF_OK;
}

enum hf_status hf_json_get_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out_value,
                               struct hf_error *err)
{
    json_t *value = NULL;
    enum hf_status status = find(object, key, &value, err);
    if (status != HF_OK)
        return status;
    if (!json_is_integer(value))
        return wrong_kind(key, "a whole number", err);
    int64_t number = json_integer_value(value);
    if (number < min || number > max)
        return hf_error_set(err, HF_ERR_INVALID,
                            "The value of \"%s\" must be a whole number from %" PRId64 " to %" PRId64 ".", key, min,
                            max);
    *out_value = number;
    return HF_OK;
}

enum hf_status hf_json_get_bool(const json_t *object, const char *key, bool *out_value, struct hf_error *err)
{
    json_t *value = NULL;
    enum hf_status status = find(object, key, &value, err);
    if (status != HF_OK)
        return status;
    if (!json_is_boolean(value))
        return wrong_kind(key, "true or false", err);
    *out_value = json_is_true(value);
    return HF_OK;
}

enum hf_status hf_json_get_id(const json_t *object, const char *key, struct hf_id *out_id, struct hf_error *err)
{
    json_t *value = NULL;
    enum hf_status status = find(object, key, &value, err);
    if (status != HF_OK)
        return status;
    struct hf_slice text = {0};
    if (json_is_string(value))
        text = hf_slice_of(json_string_value(value), json_string_length(value));
    if (hf_id_parse(text, out_id) != HF_OK)
        return wrong_kind(key, "an id such as 0192f3a4-5b6c-7d8e-9f01-23456789abcd", err);
    return HF_OK;
}

enum hf_status hf_json_get_object(const json_t *object, const char *key, json_t **out_value, struct hf_error *err)
{
    json_t *value = NULL;
    enum hf_status status = find(object, key, &value, err);
    if (status != HF_OK)
        return status;
    if (!json_is_object(value))
        return wrong_kind(key, "an object, { … }", err);
    *out_value = value;
    return HF_OK;
}

enum hf_status hf_json_get_array(const json_t *object, const char *key, json_t **out_value, struct hf_error *err)
{
    json_t *value = NULL;
    enum hf_status status = find(object, key, &value, err);
    if (status != HF_OK)
        return status;
    if (!json_is_array(value))
        return wrong_kind(key, "a list, [ … ]", err);
    *out_value = value;
    return HF_OK;
}

static bool is_one_of(const char *key, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(key, keys[i]) == 0)
            return true;
    }
    return false;
}

enum hf_status hf_json_only_keys(const json_t *object, const char *const *keys, size_t count, struct hf_error *err)
{
    enum hf_status status = need_object(object, err);
    if (status != HF_OK)
        return status;
    /* jansson's iterator wants a pointer without const although it changes nothing. */
    json_t *iterated = (json_t *)(uintptr_t)object;
    for (void *at = json_object_iter(iterated); at; at = json_object_iter_next(iterated, at)) {
        const char *key = json_object_iter_key(at);
        if (!is_one_of(key, keys, count))
            return hf_error_set(err, HF_ERR_INVALID, "This key is not known here; check its spelling: \"%s\"", key);
    }
    return HF_OK;
}
