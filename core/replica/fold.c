#include "core/replica/fold.h"

#include "core/model/payload.h"
#include "core/pack/press.h"

#include <string.h>

enum { LEAF_WHOLE = 0, LEAF_SHORT = 1 };
enum { BODY_WHOLE = 0, BODY_SHORT = 1 };

#define KIND_AT        4
#define CLOCK_AT       8
#define LOG_AT         16
#define DEVICE_AT      48
#define INCARNATION_AT 80
#define SEQ_AT         84
#define PREV_AT        92
#define SEEN_SIZE_AT   124
#define SEEN_ROOT_AT   132
#define REST_AT        164 /* subject tag, length, hashes, signature */
#define REST_BYTES     (HF_LEAF_BYTES - REST_AT)

#define ID_FORM_BYTES   (2 + HF_ID_BYTES)             /* msgpack bin 8 */
#define BODY_HEAD       (1 + 2 * (1 + ID_FORM_BYTES)) /* map, 1, case, 2, record */
#define STATE_HEAD      (1 + 2 * ID_FORM_BYTES)       /* array, case, record */
#define STATE_ARRAY     0x94
#define PLACE_BYTES     2
#define TITLE_BYTES_MIN 16

const char hf_replica_fold_tables[] = "CREATE TABLE roots_seen(size INTEGER PRIMARY KEY, root BLOB NOT NULL);";

void hf_replica_fold_forget(struct hf_replica *replica)
{
    memset(replica->fold.devices, 0, sizeof replica->fold.devices);
    memset(replica->fold.roots, 0, sizeof replica->fold.roots);
}

void hf_replica_fold_close(struct hf_replica *replica)
{
    hf_press_free(replica->fold.press);
    hf_buf_wipe(&replica->fold.bytes);
    replica->fold = (struct hf_fold_now){0};
}

static struct hf_press *press_of(struct hf_replica *replica)
{
    if (!replica->fold.press)
        replica->fold.press = hf_press_new();
    return replica->fold.press;
}

static enum hf_status damaged(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_CORRUPT,
                        "A change on this device cannot be read. Do not delete anything; tell the office.");
}

static enum hf_status no_memory(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
}

/* --- what other tables say --- */

/* Neither changes while its row stands; a rollback may take the row away, and hf_replica_fold_forget what is kept. */
static enum hf_status load_device(struct hf_replica *replica, uint64_t number, const struct hf_fold_device **out,
                                  struct hf_error *err)
{
    struct hf_fold_device *device = &replica->fold.devices[number % HF_FOLD_DEVICES];
    struct hf_rows rows;
    *out = device;
    if (device->is_known && device->number == number)
        return HF_OK;
    device->is_known = false;
    hf_rows_begin(&rows, replica, HF_STATEMENT_FOLD_DEVICE);
    hf_rows_bind_u64(&rows, number);
    const bool found = hf_rows_next(&rows);
    if (found) {
        hf_rows_copy(&rows, 0, device->device, sizeof device->device);
        device->incarnation = (uint32_t)hf_rows_u64(&rows, 1);
        device->number = number;
    }
    enum hf_status status = hf_rows_end(&rows, err);
    device->is_known = found && status == HF_OK;
    if (!device->is_known)
        *out = NULL;
    return status;
}

static enum hf_status load_root(struct hf_replica *replica, uint64_t size, struct hf_fold_root **out,
                                struct hf_error *err)
{
    struct hf_fold_root *root = &replica->fold.roots[size % HF_FOLD_ROOTS];
    struct hf_rows rows;
    *out = root;
    if (root->is_known && root->size == size)
        return HF_OK;
    root->is_known = false;
    bool found = size == 0;
    enum hf_status status = HF_OK;
    if (size == 0) {
        hf_sha256_of(NULL, 0, root->root);
    } else {
        hf_rows_begin(&rows, replica, HF_STATEMENT_FOLD_ROOT);
        hf_rows_bind_u64(&rows, size);
        found = hf_rows_next(&rows);
        if (found)
            hf_rows_copy(&rows, 0, root->root, sizeof root->root);
        status = hf_rows_end(&rows, err);
    }
    root->size = size;
    root->is_known = found && status == HF_OK;
    return status;
}

/* The first root that a change names for a size stands for it; another one stays in its leaf. */
static enum hf_status need_root(struct hf_replica *replica, const uint8_t *leaf, bool *out_same, struct hf_error *err)
{
    struct hf_fold_root *root = NULL;
    struct hf_rows rows;
    const uint64_t size = hf_get_u64(leaf + SEEN_SIZE_AT);
    *out_same = false;
    if (size > HF_LOG_INDEX_MAX)
        return HF_OK;
    enum hf_status status = load_root(replica, size, &root, err);
    if (status == HF_OK && !root->is_known) {
        hf_rows_begin(&rows, replica, HF_STATEMENT_FOLD_ROOT_ADD);
        hf_rows_bind_u64(&rows, size);
        hf_rows_bind_bytes(&rows, hf_slice_of(leaf + SEEN_ROOT_AT, HF_HASH_BYTES));
        status = hf_rows_run(&rows, err);
        memcpy(root->root, leaf + SEEN_ROOT_AT, HF_HASH_BYTES);
        root->is_known = status == HF_OK;
    }
    *out_same = status == HF_OK && memcmp(root->root, leaf + SEEN_ROOT_AT, HF_HASH_BYTES) == 0;
    return status;
}

/* --- leaf --- */

static bool row_says(const struct hf_replica *replica, const struct hf_stored *stored,
                     const struct hf_fold_device *device, const uint8_t *leaf)
{
    static const uint8_t begin[] = {'H', 'F', 'C', '1'};
    static const uint8_t nothing[HF_HASH_BYTES];
    return memcmp(leaf, begin, sizeof begin) == 0 && leaf[KIND_AT] == (uint8_t)stored->kind &&
           memcmp(leaf + KIND_AT + 1, nothing, CLOCK_AT - KIND_AT - 1) == 0 &&
           memcmp(leaf + LOG_AT, replica->identity->log_id, HF_HASH_BYTES) == 0 &&
           memcmp(leaf + DEVICE_AT, device->device, sizeof device->device) == 0 &&
           hf_get_u32(leaf + INCARNATION_AT) == device->incarnation && hf_get_u64(leaf + SEQ_AT) == stored->leaf_seq &&
           (stored->leaf_seq > 0 || memcmp(leaf + PREV_AT, nothing, HF_HASH_BYTES) == 0);
}

static void append_short(const uint8_t *leaf, struct hf_buf *out)
{
    size_t zeros = 0;
    while (zeros < sizeof(uint64_t) && leaf[SEEN_SIZE_AT + zeros] == 0)
        zeros++;
    hf_buf_append_u8(out, LEAF_SHORT);
    hf_buf_append(out, leaf + CLOCK_AT, LOG_AT - CLOCK_AT);
    if (hf_get_u64(leaf + SEQ_AT) > 0)
        hf_buf_append(out, leaf + PREV_AT, HF_HASH_BYTES);
    hf_buf_append(out, leaf + SEEN_SIZE_AT + zeros, sizeof(uint64_t) - zeros);
    hf_buf_append(out, leaf + REST_AT, REST_BYTES);
}

enum hf_status hf_replica_fold_leaf(struct hf_replica *replica, const struct hf_stored *stored, struct hf_buf *out,
                                    struct hf_error *err)
{
    const struct hf_slice leaf = stored->leaf;
    const struct hf_fold_device *device = NULL;
    enum hf_status status = HF_OK;
    if (leaf.len == HF_LEAF_BYTES)
        status = load_device(replica, stored->device, &device, err);
    bool is_short = device && row_says(replica, stored, device, leaf.data);
    if (status == HF_OK && is_short)
        status = need_root(replica, leaf.data, &is_short, err);
    if (status != HF_OK)
        return status;
    if (is_short) {
        append_short(leaf.data, out);
    } else if (leaf.len > 0) {
        hf_buf_append_u8(out, LEAF_WHOLE);
        hf_buf_append_slice(out, leaf);
    }
    return hf_buf_status(out) == HF_OK ? HF_OK : no_memory(err);
}

/* What cannot be found stays zero: the hash shows it. */
static enum hf_status make_whole(struct hf_replica *replica, const struct hf_stored *stored, struct hf_slice folded,
                                 uint8_t leaf[HF_LEAF_BYTES], struct hf_error *err)
{
    const size_t prev = stored->leaf_seq > 0 ? HF_HASH_BYTES : 0;
    const size_t least = 1 + (LOG_AT - CLOCK_AT) + prev + REST_BYTES;
    const struct hf_fold_device *device = NULL;
    struct hf_fold_root *root = NULL;
    memset(leaf, 0, HF_LEAF_BYTES);
    if (folded.len < least || folded.len > least + sizeof(uint64_t))
        return damaged(err);
    const uint8_t *at = folded.data + 1;
    const size_t size_bytes = folded.len - least;
    memcpy(leaf, "HFC1", 4);
    leaf[KIND_AT] = (uint8_t)stored->kind;
    memcpy(leaf + CLOCK_AT, at, LOG_AT - CLOCK_AT);
    at += LOG_AT - CLOCK_AT;
    memcpy(leaf + LOG_AT, replica->identity->log_id, HF_HASH_BYTES);
    hf_put_u64(leaf + SEQ_AT, stored->leaf_seq);
    memcpy(leaf + PREV_AT, at, prev);
    at += prev;
    memcpy(leaf + SEEN_ROOT_AT - size_bytes, at, size_bytes);
    memcpy(leaf + REST_AT, at + size_bytes, REST_BYTES);
    enum hf_status status = load_device(replica, stored->device, &device, err);
    if (status == HF_OK && device) {
        memcpy(leaf + DEVICE_AT, device->device, sizeof device->device);
        hf_put_u32(leaf + INCARNATION_AT, device->incarnation);
    }
    const uint64_t size = hf_get_u64(leaf + SEEN_SIZE_AT);
    if (status == HF_OK && size <= HF_LOG_INDEX_MAX)
        status = load_root(replica, size, &root, err);
    if (status == HF_OK && root && root->is_known)
        memcpy(leaf + SEEN_ROOT_AT, root->root, HF_HASH_BYTES);
    return status;
}

/* Puts the leaf at the beginning of *bytes. */
static enum hf_status unfold_leaf(struct hf_replica *replica, struct hf_stored *stored, struct hf_buf *bytes,
                                  struct hf_error *err)
{
    const struct hf_slice folded = stored->leaf;
    uint8_t leaf[HF_LEAF_BYTES];
    enum hf_status status = HF_OK;
    hf_buf_reset(bytes);
    stored->whole = false;
    if (folded.len == 0)
        return HF_OK;
    if (folded.data[0] == LEAF_SHORT)
        status = make_whole(replica, stored, folded, leaf, err);
    else if (folded.data[0] == LEAF_WHOLE && folded.len == 1 + HF_LEAF_BYTES)
        memcpy(leaf, folded.data + 1, HF_LEAF_BYTES);
    else
        status = damaged(err);
    if (status != HF_OK)
        return status;
    const struct hf_id id = hf_leaf_change_id(leaf);
    stored->whole = hf_id_equal(&id, &stored->change_id);
    hf_buf_append(bytes, leaf, sizeof leaf);
    return hf_buf_status(bytes) == HF_OK ? HF_OK : no_memory(err);
}

enum hf_status hf_replica_unfold_leaf(struct hf_replica *replica, struct hf_stored *stored, struct hf_buf *bytes,
                                      struct hf_error *err)
{
    enum hf_status status = unfold_leaf(replica, stored, bytes, err);
    stored->leaf = hf_buf_slice(bytes);
    stored->body = hf_slice_of(NULL, 0);
    return status;
}

/* --- body --- */

/* map ‖ 1 ‖ case ‖ 2 ‖ record, without the map's own byte. */
static void body_head(const struct hf_stored *stored, uint8_t out[BODY_HEAD - 1])
{
    out[0] = 1;
    out[1] = 0xc4;
    out[2] = HF_ID_BYTES;
    memcpy(out + 3, stored->case_id.bytes, HF_ID_BYTES);
    out[3 + HF_ID_BYTES] = 2;
    out[4 + HF_ID_BYTES] = 0xc4;
    out[5 + HF_ID_BYTES] = HF_ID_BYTES;
    memcpy(out + 6 + HF_ID_BYTES, stored->record_id.bytes, HF_ID_BYTES);
}

enum hf_status hf_replica_fold_body(struct hf_replica *replica, const struct hf_stored *stored, struct hf_buf *out,
                                    struct hf_error *err)
{
    const struct hf_slice body = stored->body;
    struct hf_buf *rest = &replica->fold.bytes;
    uint8_t head[BODY_HEAD - 1];
    if (stored->kind != HF_LEAF_DATA || body.len == 0) {
        hf_buf_append_slice(out, body);
        return hf_buf_status(out) == HF_OK ? HF_OK : no_memory(err);
    }
    body_head(stored, head);
    const bool is_short = body.len > BODY_HEAD && memcmp(body.data + 1, head, sizeof head) == 0;
    hf_buf_reset(rest);
    hf_buf_append_u8(rest, body.data[0]);
    if (is_short)
        hf_buf_append(rest, body.data + BODY_HEAD, body.len - BODY_HEAD);
    hf_buf_append_u8(out, is_short ? BODY_SHORT : BODY_WHOLE);
    if (!press_of(replica) || hf_buf_status(rest) != HF_OK)
        return no_memory(err);
    hf_press_pack(replica->fold.press, is_short ? hf_buf_slice(rest) : body, out);
    return hf_buf_status(out) == HF_OK ? HF_OK : no_memory(err);
}

/* Appends. A body without its head is unpacked behind the place where the head goes, and its first byte moves. */
static enum hf_status append_body(struct hf_replica *replica, const struct hf_stored *stored, struct hf_buf *bytes,
                                  struct hf_error *err)
{
    const struct hf_slice folded = stored->body;
    uint8_t head[BODY_HEAD - 1];
    const size_t start = bytes->len;
    if (stored->kind != HF_LEAF_DATA || folded.len == 0) {
        hf_buf_append_slice(bytes, folded);
        return hf_buf_status(bytes) == HF_OK ? HF_OK : no_memory(err);
    }
    if (!press_of(replica))
        return no_memory(err);
    if (folded.data[0] > BODY_SHORT)
        return damaged(err);
    const bool is_short = folded.data[0] == BODY_SHORT;
    if (is_short)
        hf_buf_append_zeros(bytes, sizeof head);
    enum hf_status status =
        hf_press_unpack(replica->fold.press, hf_slice_of(folded.data + 1, folded.len - 1), HF_BODY_BYTES_MAX, bytes);
    if (status == HF_ERR_NOMEM)
        return no_memory(err);
    if (status != HF_OK || bytes->len < start + (is_short ? BODY_HEAD : 1))
        return damaged(err);
    if (is_short) {
        body_head(stored, head);
        bytes->data[start] = bytes->data[start + sizeof head];
        memcpy(bytes->data + start + 1, head, sizeof head);
    }
    return HF_OK;
}

enum hf_status hf_replica_unfold(struct hf_replica *replica, struct hf_stored *stored, struct hf_buf *bytes,
                                 struct hf_error *err)
{
    enum hf_status status = unfold_leaf(replica, stored, bytes, err);
    const size_t leaf_bytes = bytes->len;
    if (status == HF_OK)
        status = append_body(replica, stored, bytes, err);
    if (status != HF_OK)
        return status;
    stored->leaf = hf_slice_of(bytes->data, leaf_bytes);
    stored->body = hf_slice_of(leaf_bytes < bytes->len ? bytes->data + leaf_bytes : NULL, bytes->len - leaf_bytes);
    return HF_OK;
}

/* --- state of a record --- */

/* Where the title stands behind case and record; 0: nowhere (a type comes first), or it is not worth a look. */
static size_t title_place(struct hf_slice rest, struct hf_slice title)
{
    if (title.len < TITLE_BYTES_MIN)
        return 0;
    for (size_t at = 1; at <= UINT16_MAX && at + title.len <= rest.len; at++)
        if (rest.data[at] == title.data[0] && memcmp(rest.data + at, title.data, title.len) == 0)
            return at;
    return 0;
}

enum hf_status hf_replica_fold_state(struct hf_replica *replica, const struct hf_record_state *state,
                                     struct hf_slice title, struct hf_buf *out)
{
    struct hf_buf *whole = &replica->fold.bytes;
    hf_buf_reset(whole);
    hf_record_state_encode(state, whole);
    if (hf_buf_status(whole) != HF_OK || !press_of(replica))
        return HF_ERR_NOMEM;
    uint8_t *rest = whole->data + STATE_HEAD;
    size_t len = whole->len - STATE_HEAD;
    const size_t place = title_place(hf_slice_of(rest, len), title);
    if (place > 0) {
        memmove(rest + place, rest + place + title.len, len - place - title.len);
        len -= title.len;
    }
    hf_buf_append_u16(out, (uint16_t)place);
    hf_press_pack(replica->fold.press, hf_slice_of(rest, len), out);
    return hf_buf_status(out);
}

static enum hf_status put_title(struct hf_buf *whole, size_t place, struct hf_slice title)
{
    const size_t at = STATE_HEAD + place;
    if (place == 0)
        return HF_OK;
    if (whole->len < at)
        return HF_ERR_CORRUPT;
    const size_t behind = whole->len - at;
    hf_buf_append_slice(whole, title); /* for its length */
    if (hf_buf_status(whole) != HF_OK)
        return HF_ERR_NOMEM;
    memmove(whole->data + at + title.len, whole->data + at, behind);
    memcpy(whole->data + at, title.data, title.len);
    return HF_OK;
}

static void append_id(struct hf_buf *out, const struct hf_id *id)
{
    hf_buf_append_u8(out, 0xc4);
    hf_buf_append_u8(out, HF_ID_BYTES);
    hf_buf_append(out, id->bytes, HF_ID_BYTES);
}

enum hf_status hf_replica_unfold_state(struct hf_rows *rows, int column, struct hf_record_state *out)
{
    struct hf_replica *replica = rows->replica;
    struct hf_buf *whole = &replica->fold.bytes;
    const struct hf_id record_id = hf_rows_id(rows, column), case_id = hf_rows_id(rows, column + 1);
    if (!press_of(replica))
        return HF_ERR_NOMEM;
    hf_buf_reset(whole);
    hf_buf_append_u8(whole, STATE_ARRAY);
    append_id(whole, &case_id);
    append_id(whole, &record_id);
    const struct hf_slice title = hf_rows_bytes(rows, column + 2), folded = hf_rows_bytes(rows, column + 3);
    if (folded.len < PLACE_BYTES)
        return HF_ERR_CORRUPT;
    enum hf_status status = hf_buf_status(whole);
    if (status == HF_OK)
        status = hf_press_unpack(replica->fold.press, hf_slice_of(folded.data + PLACE_BYTES, folded.len - PLACE_BYTES),
                                 HF_STATE_BYTES_MAX, whole);
    if (status == HF_OK)
        status = put_title(whole, hf_get_u16(folded.data), title);
    return status == HF_OK ? hf_record_state_decode(hf_buf_slice(whole), out) : status;
}
