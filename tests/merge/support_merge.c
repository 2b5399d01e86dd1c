#include "tests/merge/support_merge.h"

#include "core/pack/writer.h"

#include <string.h>

#define KEPT_VALUES     64
#define VALUE_BYTES_MAX 512
#define ORDERED_MAX     8

int support_start(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

struct hf_id id_of(uint8_t fill)
{
    struct hf_id id;
    memset(id.bytes, fill, sizeof id.bytes);
    return id;
}

static struct hf_slice keep(struct hf_buf *value)
{
    static uint8_t kept[KEPT_VALUES][VALUE_BYTES_MAX];
    static size_t next;
    uint8_t *at = kept[next++ % KEPT_VALUES];
    size_t len = value->len;
    assert_ok(hf_buf_status(value));
    assert_true(len <= VALUE_BYTES_MAX);
    memcpy(at, value->data, len);
    hf_buf_clear(value);
    return hf_slice_of(at, len);
}

struct hf_slice text_of(const char *text)
{
    struct hf_buf value = {0};
    hf_pack_text(&value, hf_slice_str(text));
    return keep(&value);
}

static size_t words_of(const char *const *words, struct hf_slice out[HF_SET_ELEMENTS_MAX])
{
    size_t count = 0;
    for (; words && words[count]; count++)
        out[count] = text_of(words[count]);
    return count;
}

struct hf_slice set_of(const char *const *added, const char *const *removed)
{
    struct hf_slice in[HF_SET_ELEMENTS_MAX];
    struct hf_slice out[HF_SET_ELEMENTS_MAX];
    struct hf_buf value = {0};
    size_t in_count = words_of(added, in);
    size_t out_count = words_of(removed, out);
    hf_set_edit_encode(in, in_count, out, out_count, &value);
    return keep(&value);
}

struct change *changes_add(struct changes *changes, struct hf_id id, hf_clock clock, uint16_t type,
                           const struct hf_edit_input *edits, size_t edit_count)
{
    assert_true(changes->count < CHANGES_MAX);
    struct change *change = &changes->all[changes->count++];
    struct hf_error err = {0};
    struct hf_data_body_input input = {
        .case_id = id_of(0xCA), .record_id = id_of(0x5E), .type = type, .edits = edits, .edit_count = edit_count};
    for (size_t i = 0; i < edit_count; i++)
        if (edits[i].field >= HF_FIELD_COMMON)
            input.reason = hf_slice_str("because"); /* acts say why */
    *change = (struct change){.id = id, .clock = clock};
    if (hf_data_body_encode(&input, &change->bytes, &err) != HF_OK)
        fail_msg("not a valid change: %s", err.text);
    assert_ok(hf_data_body_decode(hf_buf_slice(&change->bytes), &change->body, NULL));
    return change;
}

struct change *changes_edit(struct changes *changes, hf_clock clock, uint16_t type, uint16_t field,
                            struct hf_slice value, const int *bases)
{
    struct hf_id ids[CHANGES_MAX];
    size_t count = 0;
    for (; bases && bases[count] >= 0; count++) {
        assert_true((size_t)bases[count] < changes->count);
        ids[count] = changes->all[bases[count]].id;
    }
    /* ids that do not rise with time: nothing may hang on their order */
    struct hf_id id = id_of((uint8_t)(1 + changes->count * 89 % 251));
    const struct hf_edit_input edit = {field, value, ids, count};
    return changes_add(changes, id, clock, type, &edit, 1);
}

void changes_clear(struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        hf_buf_clear(&changes->all[i].bytes);
    changes->count = 0;
}

/* --- applying
 * --------------------------------------------------------------------------------------------------------- */

struct arrived {
    const struct changes *changes;
    const bool *here;
};

static bool has_arrived(void *ctx, const struct hf_id *base)
{
    const struct arrived *arrived = ctx;
    for (size_t i = 0; i < arrived->changes->count; i++)
        if (arrived->here[i] && hf_id_equal(&arrived->changes->all[i].id, base))
            return true;
    return false;
}

static bool is_ready(const struct changes *changes, const bool *here, size_t place)
{
    struct arrived arrived = {changes, here};
    return hf_merge_bases(&changes->all[place].body, has_arrived, &arrived);
}

void apply_in_order(const struct changes *changes, const size_t *order, struct hf_record_state *out)
{
    bool here[CHANGES_MAX] = {false};
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->all[order[i]];
        assert_false(here[order[i]]);
        assert_true(is_ready(changes, here, order[i]));
        assert_ok(hf_merge_apply(out, &change->body, &change->id, change->clock));
        here[order[i]] = true;
    }
}

struct hf_buf pack(const struct hf_record_state *state)
{
    struct hf_buf out = {0};
    hf_record_state_encode(state, &out);
    assert_ok(hf_buf_status(&out));
    return out;
}

void digest_of(const struct hf_record_state *state, uint8_t out[HF_HASH_BYTES])
{
    struct hf_digest digest;
    hf_digest_begin(&digest);
    hf_digest_add(&digest, state);
    hf_digest_end(&digest, out);
}

/* Walks through all orders, one place deeper per call. */
struct walk {
    const struct changes *changes;
    bool here[CHANGES_MAX];
    size_t order[ORDERED_MAX];
    size_t orders;
    struct hf_buf first; /* packed state of the first order */
    uint8_t first_digest[HF_HASH_BYTES];
};

static void compare_with_first(struct walk *walk)
{
    struct hf_record_state state = {0};
    uint8_t digest[HF_HASH_BYTES];
    apply_in_order(walk->changes, walk->order, &state);
    struct hf_buf packed = pack(&state);
    digest_of(&state, digest);
    hf_record_state_clear(&state);
    if (walk->orders++ == 0) {
        walk->first = packed;
        memcpy(walk->first_digest, digest, sizeof digest);
        return;
    }
    assert_true(hf_slice_equal(hf_buf_slice(&packed), hf_buf_slice(&walk->first)));
    assert_memory_equal(digest, walk->first_digest, sizeof digest);
    hf_buf_clear(&packed);
}

static void walk_from(struct walk *walk, size_t depth)
{
    if (depth == walk->changes->count) {
        compare_with_first(walk);
        return;
    }
    for (size_t i = 0; i < walk->changes->count; i++) {
        if (walk->here[i] || !is_ready(walk->changes, walk->here, i))
            continue;
        walk->here[i] = true;
        walk->order[depth] = i;
        walk_from(walk, depth + 1);
        walk->here[i] = false;
    }
}

size_t apply_in_every_order(const struct changes *changes, struct hf_record_state *out)
{
    struct walk walk = {.changes = changes};
    assert_true(changes->count <= ORDERED_MAX);
    walk_from(&walk, 0);
    assert_true(walk.orders > 0);
    assert_ok(hf_record_state_decode(hf_buf_slice(&walk.first), out));
    hf_buf_clear(&walk.first);
    return walk.orders;
}

void assert_values(const struct hf_record_state *state, uint16_t field, const char *const *values)
{
    const struct hf_field_state *found = hf_record_state_field(state, field);
    size_t count = 0;
    bool used[CHANGES_MAX] = {false};
    for (; values[count]; count++) {
        struct hf_slice want = text_of(values[count]);
        size_t i = 0;
        while (found && i < found->count && (used[i] || !hf_slice_equal(found->entries[i].value, want)))
            i++;
        if (!found || i == found->count)
            fail_msg("\"%s\" is missing", values[count]);
        used[i] = true;
    }
    assert_int_equal(found ? found->count : 0, count);
}

uint64_t random_next(uint64_t *seed)
{
    uint64_t value = (*seed += 0x9E3779B97F4A7C15u);
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

size_t random_below(uint64_t *seed, size_t limit)
{
    return (size_t)(random_next(seed) % limit);
}
