#include "server/journal_kept.h"

#include "core/model/body_read.h"
#include "core/policy/pack.h"
#include "core/policy/retention.h"
#include "server/policies.h"

#include <stdlib.h>
#include <string.h>

struct walk {
    struct hf_office *office;
    struct hf_buf names; /* ids of which only keys beside the cases' are here, ascending */
    struct hf_book *book;
    uint64_t now_ms;
    uint32_t this_year;
    bool (*each)(void *ctx, const struct hf_journal_row *row);
    void *ctx;
    struct hf_error *err;
    bool go_on;
    enum hf_status status;
};

static bool keep_name(void *ctx, const struct hf_id *name)
{
    struct walk *walk = ctx;
    hf_buf_append(&walk->names, name->bytes, sizeof name->bytes);
    return hf_buf_status(&walk->names) == HF_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, HF_ID_BYTES);
}

/* The longest of what the procedures in force say about the year, counted from its last day. */
static enum hf_status look(struct walk *walk, struct hf_journal_row *row)
{
    const struct hf_retention_dates dates = {
        .has_read = true, .read = hf_day_of((struct hf_civil){.year = (int32_t)row->year, .month = 12, .day = 31})};
    enum hf_status status = HF_OK;
    for (size_t f = 0; status == HF_OK && f < hf_book_count(walk->book); f++) {
        const struct hf_book_file *file = hf_book_file(walk->book, f);
        struct hf_retention found;
        if (!file->is_pack || file != hf_book_pack(walk->book, file->name, walk->now_ms))
            continue;
        status = hf_policy_retention_due(hf_policy_pack_document(file->pack), "reads", &dates, &found, walk->err);
        if (status == HF_OK && (!row->known || found.until > row->until)) {
            row->known = true;
            row->until = found.until;
        }
        status = status == HF_ERR_NOT_FOUND ? HF_OK : status;
    }
    row->is_over = row->known && row->until < hf_london_day(walk->now_ms);
    return status;
}

static bool look_at_device(void *ctx, const struct hf_device_row *device)
{
    struct walk *walk = ctx;
    for (uint32_t back = 0; walk->go_on && walk->status == HF_OK && back <= HF_JOURNAL_YEARS_MAX; back++) {
        struct hf_journal_row row = {.person = device->person, .year = walk->this_year - back};
        row.journal = hf_journal_id(walk->office->log_id, device->device, row.year);
        memcpy(row.device, device->device, sizeof row.device);
        if (walk->names.len == 0 || row.year < 1971 ||
            !bsearch(row.journal.bytes, walk->names.data, walk->names.len / HF_ID_BYTES, HF_ID_BYTES, by_bytes))
            continue;
        walk->status = look(walk, &row);
        walk->go_on = walk->status == HF_OK && walk->each(walk->ctx, &row);
    }
    return walk->go_on && walk->status == HF_OK;
}

enum hf_status hf_journals(struct hf_office *office, bool (*each)(void *ctx, const struct hf_journal_row *row),
                           void *ctx, struct hf_error *err)
{
    struct walk walk = {.office = office, .each = each, .ctx = ctx, .err = err, .go_on = true};
    struct hf_batch batch; /* only its view of the procedures is used */
    walk.now_ms = office->wall_ms(office->clock_ctx);
    walk.this_year = hf_journal_year(walk.now_ms) + 1; /* a device's clock may run ahead */
    hf_batch_begin(&batch, office);
    enum hf_status status = hf_policies_book(&batch, &walk.book);
    if (status == HF_OK)
        status = hf_keystore_never_in_use(office->keystore, keep_name, &walk);
    if (status == HF_OK)
        status = hf_buf_status(&walk.names);
    if (status == HF_OK && walk.names.len > 0)
        qsort(walk.names.data, walk.names.len / HF_ID_BYTES, HF_ID_BYTES, by_bytes);
    if (status == HF_OK)
        status = office->store->ops->devices(office->store, look_at_device, &walk);
    if (status == HF_OK)
        status = walk.status;
    hf_batch_clear(&batch);
    hf_buf_clear(&walk.names);
    return status;
}

struct named {
    const struct hf_id *name;
    struct hf_journal_row *out;
    bool found;
};

static bool is_named(void *ctx, const struct hf_journal_row *row)
{
    struct named *named = ctx;
    named->found = hf_id_equal(&row->journal, named->name);
    if (named->found)
        *named->out = *row;
    return !named->found;
}

enum hf_status hf_journal_named(struct hf_office *office, const struct hf_id *name, struct hf_journal_row *out,
                                struct hf_error *err)
{
    struct hf_class_key key;
    struct named named = {.name = name, .out = out};
    enum hf_status status = hf_keystore_current(office->keystore, name, &key);
    hf_wipe(&key, sizeof key);
    if (status == HF_OK)
        return HF_ERR_NOT_FOUND; /* a case */
    if (status == HF_ERR_NOT_FOUND)
        status = hf_journals(office, is_named, &named, err);
    return status == HF_OK && !named.found ? HF_ERR_NOT_FOUND : status;
}
