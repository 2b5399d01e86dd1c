#include "server/witness_kept.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_TEXT "cosigned checkpoints"
#define AS_FILE   1u

/* Each: flags u8 ‖ length u32 ‖ the note. */
static enum hf_status parse_one(struct hf_slice *rest, struct hf_witness_kept_note *out)
{
    struct hf_note_form form;
    if (rest->len < 5 || rest->len - 5 < hf_get_u32(rest->data + 1))
        return HF_ERR_CORRUPT;
    const size_t len = hf_get_u32(rest->data + 1);
    out->as_file = (rest->data[0] & AS_FILE) != 0;
    hf_buf_append(&out->note, rest->data + 5, len);
    *rest = hf_slice_of(rest->data + 5 + len, rest->len - 5 - len);
    if (hf_buf_status(&out->note) != HF_OK)
        return HF_ERR_NOMEM;
    if (hf_note_parse(hf_buf_slice(&out->note), &form) != HF_OK ||
        hf_checkpoint_parse(form.text, &out->checkpoint) != HF_OK)
        return HF_ERR_CORRUPT;
    return HF_OK;
}

enum hf_status hf_witness_kept_load(struct hf_store *store, struct hf_witness_kept **out)
{
    struct hf_buf text = {0};
    struct hf_witness_kept *kept = calloc(1, sizeof *kept);
    if (!kept)
        return HF_ERR_NOMEM;
    enum hf_status status = store->ops->text_get(store, KEPT_TEXT, &text);
    if (status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    struct hf_slice rest = hf_buf_slice(&text);
    while (status == HF_OK && rest.len > 0) {
        if (kept->count == HF_WITNESS_KEPT_MAX)
            status = HF_ERR_CORRUPT;
        else
            status = parse_one(&rest, &kept->note[kept->count++]);
    }
    hf_buf_clear(&text);
    if (status != HF_OK)
        hf_witness_kept_free(kept);
    else
        *out = kept;
    return status;
}

enum hf_status hf_witness_kept_save(struct hf_store *store, const struct hf_witness_kept *kept)
{
    struct hf_buf text = {0};
    for (size_t i = 0; i < kept->count; i++) {
        const struct hf_witness_kept_note *one = &kept->note[i];
        hf_buf_append_u8(&text, one->as_file ? AS_FILE : 0);
        hf_buf_append_u32(&text, (uint32_t)one->note.len);
        hf_buf_append_slice(&text, hf_buf_slice(&one->note));
    }
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = store->ops->text_put(store, KEPT_TEXT, hf_buf_slice(&text));
    hf_buf_clear(&text);
    return status;
}

void hf_witness_kept_free(struct hf_witness_kept *kept)
{
    for (size_t i = 0; kept && i < kept->count; i++)
        hf_buf_clear(&kept->note[i].note);
    free(kept);
}

bool hf_witness_kept_signed(struct hf_slice note, const struct hf_cosigner *cosigner, uint64_t *out_unix_s)
{
    struct hf_note_form form;
    return hf_note_parse(note, &form) == HF_OK && hf_cosigner_find(&form, cosigner, out_unix_s) == HF_NOTE_HOLDS;
}

uint64_t hf_witness_kept_newest(const struct hf_witness_kept *kept, const struct hf_cosigner *cosigner,
                                uint64_t *out_unix_s)
{
    for (size_t i = kept->count; i-- > 0;)
        if (hf_witness_kept_signed(hf_buf_slice(&kept->note[i].note), cosigner, out_unix_s))
            return kept->note[i].checkpoint.size;
    return 0;
}

/* --- which may go --- */

static void drop(struct hf_witness_kept *kept, size_t at)
{
    hf_buf_clear(&kept->note[at].note);
    kept->count--;
    memmove(&kept->note[at], &kept->note[at + 1], (kept->count - at) * sizeof kept->note[0]);
    kept->note[kept->count] = (struct hf_witness_kept_note){0};
}

static bool is_newest_of_some(const struct hf_witness_kept *kept, const struct hf_policy_file *policy, size_t at)
{
    for (size_t i = 0; i < policy->node_count; i++)
        if (!policy->node[i].is_group &&
            hf_witness_kept_newest(kept, &policy->node[i].cosigner, NULL) == kept->note[at].checkpoint.size)
            return true;
    return false;
}

static void make_room(struct hf_witness_kept *kept, const struct hf_policy_file *policy)
{
    if (kept->count <= HF_WITNESS_KEPT_MAX)
        return;
    for (size_t i = 0; i + 1 < kept->count; i++) {
        if (!kept->note[i].as_file && !is_newest_of_some(kept, policy, i)) {
            drop(kept, i);
            return;
        }
    }
    drop(kept, 0);
}

enum hf_status hf_witness_kept_add(struct hf_witness_kept *kept, const struct hf_policy_file *policy,
                                   struct hf_slice note)
{
    struct hf_witness_kept_note one = {0};
    struct hf_note_form form;
    enum hf_status status = hf_note_parse(note, &form);
    if (status == HF_OK)
        status = hf_checkpoint_parse(form.text, &one.checkpoint);
    if (status != HF_OK)
        return status;
    if (kept->count > 0 && kept->note[kept->count - 1].checkpoint.size >= one.checkpoint.size)
        return HF_OK;
    hf_buf_append_slice(&one.note, note);
    if (hf_buf_status(&one.note) != HF_OK)
        return HF_ERR_NOMEM;
    kept->note[kept->count++] = one;
    make_room(kept, policy);
    return HF_OK;
}

void hf_witness_kept_mark(struct hf_witness_kept *kept, struct hf_witness_kept_note *note)
{
    struct hf_witness_kept_note *oldest = NULL;
    size_t count = 0;
    note->as_file = true;
    for (size_t i = kept->count; i-- > 0;) {
        if (kept->note[i].as_file) {
            oldest = &kept->note[i];
            count++;
        }
    }
    if (count > HF_WITNESS_KEPT_FILE_MAX)
        oldest->as_file = false;
}

/* --- lines --- */

struct hf_slice hf_witness_kept_bare(const struct hf_witness_kept_note *note)
{
    const struct hf_slice all = hf_buf_slice(&note->note);
    for (size_t i = 0; i + 1 < all.len; i++) {
        if (all.data[i] != '\n' || all.data[i + 1] != '\n')
            continue;
        const uint8_t *end = memchr(all.data + i + 2, '\n', all.len - i - 2); /* of the log's line, the first */
        return end ? hf_slice_of(all.data, (size_t)(end + 1 - all.data)) : all;
    }
    return all;
}

bool hf_witness_kept_place(struct hf_witness_kept_note *note, const struct hf_cosigner *cosigner, struct hf_slice line)
{
    struct hf_buf with = {0};
    bool has = hf_witness_kept_signed(hf_buf_slice(&note->note), cosigner, NULL);
    /* alone with the log's signature first: a line of somebody else must not pass because an earlier one holds */
    hf_buf_append_slice(&with, hf_witness_kept_bare(note));
    bool fits = hf_note_add_line(line, &with) == HF_OK && hf_witness_kept_signed(hf_buf_slice(&with), cosigner, NULL);
    if (fits && !has)
        fits = hf_note_add_line(line, &note->note) == HF_OK;
    hf_buf_clear(&with);
    return fits;
}
