/* The one door to jansson: strict loading under limits, dumping, and getters whose errors name the key. A small room of
 * its own because commands, tools and policy packs all read JSON. Values are jansson's json_t; whoever receives a new
 * one calls json_decref. Texts of errors never repeat what the file holds. Thread-safe on separate values. */
#ifndef HF_CORE_JSON_JSON_H
#define HF_CORE_JSON_JSON_H

#include "core/base/bytes.h"
#include "core/base/id.h"

#include <jansson.h>

#define HF_JSON_BYTES_MAX (4u << 20)
#define HF_JSON_DEPTH_MAX 32

/* One object or array from bytes: at most HF_JSON_BYTES_MAX and HF_JSON_DEPTH_MAX deep, valid UTF-8, no key twice in
 * one object, no NUL in texts, nothing after the end. HF_ERR_INVALID or HF_ERR_LIMIT with line and column in err (may
 * be NULL), HF_ERR_NOMEM. *out_value is new. */
HF_CHECKED enum hf_status hf_json_load(struct hf_slice bytes, json_t **out_value, struct hf_error *err);

/* As hf_json_load, from a file; "-" is standard input. Also HF_ERR_NOT_FOUND, HF_ERR_DENIED, HF_ERR_IO. */
HF_CHECKED enum hf_status hf_json_load_file(const char *path, json_t **out_value, struct hf_error *err);

enum hf_json_style {
    HF_JSON_COMPACT = 0,  /* no white space */
    HF_JSON_INDENTED = 1, /* two spaces a level */
    HF_JSON_SORTED = 2    /* may be added to either: keys in bytewise order instead of the order they were set in */
};

/* Appends a value of any kind; `style` is a sum of the above. On failure out's length is as it was: HF_ERR_LIMIT or
 * HF_ERR_NOMEM from out, HF_ERR_INVALID for a value that contains itself. */
HF_CHECKED enum hf_status hf_json_dump(const json_t *value, unsigned style, struct hf_buf *out);

/* --- getters: HF_ERR_NOT_FOUND when the key is missing, HF_ERR_INVALID for another kind or range, each with a text in
 * err (may be NULL) that names the key; HF_ERR_INVALID as well when `object` is no object. Results are borrowed from
 * `object`. ------------------------------------------------------------------------------------------------------ */

/* True when the key is there and not null. */
bool hf_json_has(const json_t *object, const char *key);
/* NUL-terminated UTF-8 of at most max_bytes (0: no own limit). */
HF_CHECKED enum hf_status hf_json_get_text(const json_t *object, const char *key, size_t max_bytes,
                                           const char **out_text, struct hf_error *err);
/* A whole number from min to max. */
HF_CHECKED enum hf_status hf_json_get_int(const json_t *object, const char *key, int64_t min, int64_t max,
                                          int64_t *out_value, struct hf_error *err);
HF_CHECKED enum hf_status hf_json_get_bool(const json_t *object, const char *key, bool *out_value,
                                           struct hf_error *err);
/* An id as text (hf_id_parse). */
HF_CHECKED enum hf_status hf_json_get_id(const json_t *object, const char *key, struct hf_id *out_id,
                                         struct hf_error *err);
HF_CHECKED enum hf_status hf_json_get_object(const json_t *object, const char *key, json_t **out_value,
                                             struct hf_error *err);
HF_CHECKED enum hf_status hf_json_get_array(const json_t *object, const char *key, json_t **out_value,
                                            struct hf_error *err);

/* HF_ERR_INVALID naming the first key of `object` that is none of `keys`: a mistyped key must not pass for a missing
 * one. */
HF_CHECKED enum hf_status hf_json_only_keys(const json_t *object, const char *const *keys, size_t count,
                                            struct hf_error *err);

#endif
