/* holdfast-audit compare: what a bundle adds to an earlier one, after proving that it takes nothing away. The earlier
 * one may be a bundle or only its file `checkpoint`. */
#include "core/base/text.h"
#include "core/log/tile.h"
#include "tools/audit/folder.h"
#include "tools/audit/internal.h"
#include "tools/audit/listing.h"
#include "tools/audit/report.h"
#include "tools/audit/show.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "holdfast-audit compare OLD NEW --authority-key FILE [--json | --csv]\n"
    "\n"
    "Verifies the bundle in the folder NEW, and that it is a true continuation of OLD: an earlier bundle, or the file\n"
    "`checkpoint` kept from one. Then says what came since: how many entries of which kind, which devices were let in\n"
    "or revoked, and, when OLD is a bundle with contents, which contents were there and are gone (erased).\n"
    "\n"
    "Exit status: 0 it continues OLD, 1 it does not or does not hold, 2 the command cannot be used.\n";

static const struct hf_audit_column columns[] = {
    {.name = "entry", .width = 8, .number = true}, {.name = "what", .width = 9}, {.name = "text"}};

struct compare {
    struct hf_audit_listing *listing;
    const struct hf_audit *audit;
    struct hf_bundle_reader base;
    struct hf_buf old_note;
    bool has_old;
    struct hf_audit_folder old; /* when OLD is a bundle */
    uint64_t since[HF_LEAF_KIND_COUNT];
    struct hf_buf words;
    struct hf_buf handed_on; /* leaf hashes of NEW, from its first shard on, when OLD is of a log before */
};

/* `prev` is the checkpoint of OLD; everything else comes from NEW. */
static enum hf_status read_overlaid(void *ctx, const char *name, size_t limit_bytes, struct hf_buf *out)
{
    struct compare *compare = ctx;
    if (strcmp(name, HF_BUNDLE_PREV) != 0)
        return compare->base.read(compare->base.ctx, name, limit_bytes, out);
    if (compare->old_note.len > limit_bytes)
        return HF_ERR_LIMIT;
    hf_buf_append_slice(out, hf_buf_slice(&compare->old_note));
    return hf_buf_status(out);
}

static enum hf_status list_base(void *ctx, enum hf_bundle_kind kind, hf_bundle_index_fn *each, void *each_ctx)
{
    struct compare *compare = ctx;
    return compare->base.list(compare->base.ctx, kind, each, each_ctx);
}

static enum hf_status add(struct compare *compare, const uint64_t *entry, const char *what, const char *text)
{
    char index[24] = "";
    if (entry)
        (void)snprintf(index, sizeof index, "%llu", (unsigned long long)*entry);
    const char *const cells[] = {index, what, text};
    return hf_audit_listing_add(compare->listing, cells);
}

static enum hf_status take_entry(void *ctx, const struct hf_audit_entry *entry)
{
    struct compare *compare = ctx;
    struct hf_audit_subject subject;
    enum hf_leaf_kind kind = entry->leaf->kind;
    if (entry->index < compare->audit->prev.size && compare->audit->shard_count == 0)
        return HF_OK; /* prev is read and opened before the first entry comes */
    if (compare->audit->shard_count > 0 && compare->has_old) {
        uint8_t bytes[HF_LEAF_BYTES];
        struct hf_hash hash;
        hf_leaf_encode(entry->leaf, bytes);
        hf_tree_leaf_hash(hf_slice_of(bytes, sizeof bytes), &hash);
        hf_buf_append(&compare->handed_on, hash.bytes, sizeof hash.bytes);
        if (hf_buf_status(&compare->handed_on) != HF_OK)
            return HF_ERR_NOMEM;
    }
    compare->since[kind]++;
    if (kind != HF_LEAF_ENROL && kind != HF_LEAF_REVOKE)
        return HF_OK;
    hf_buf_reset(&compare->words);
    hf_audit_entry_words(entry, NULL, &compare->words, &subject);
    hf_buf_append_u8(&compare->words, 0);
    if (hf_buf_status(&compare->words) != HF_OK)
        return HF_ERR_NOMEM;
    return add(compare, &entry->index, "devices", (const char *)compare->words.data);
}

/* --- contents that are gone --- */

static enum hf_status take_index(void *ctx, uint64_t index)
{
    uint8_t bytes[8];
    hf_put_u64(bytes, index);
    hf_buf_append(ctx, bytes, sizeof bytes);
    return hf_buf_status(ctx);
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 8);
}

static enum hf_status sorted_contents(const struct hf_bundle_reader *reader, struct hf_buf *out)
{
    enum hf_status status = reader->list(reader->ctx, HF_BUNDLE_CT, take_index, out);
    if (status == HF_OK && out->len)
        qsort(out->data, out->len / 8, 8, by_bytes);
    return status;
}

static enum hf_status add_gone(struct compare *compare)
{
    struct hf_bundle_reader old_reader = hf_audit_folder_reader(&compare->old);
    struct hf_buf old = {0}, now = {0};
    enum hf_status status = sorted_contents(&old_reader, &old);
    if (status == HF_OK)
        status = sorted_contents(&compare->base, &now);
    size_t at = 0;
    for (size_t i = 0; status == HF_OK && i < old.len; i += 8) {
        while (at < now.len && memcmp(now.data + at, old.data + i, 8) < 0)
            at += 8;
        if (at < now.len && memcmp(now.data + at, old.data + i, 8) == 0)
            continue;
        uint64_t index = hf_get_u64(old.data + i);
        status = add(compare, &index, "gone", "its sealed content was in OLD and is not in NEW: erased, or left out");
    }
    hf_buf_clear(&old);
    hf_buf_clear(&now);
    return status;
}

/* --- what was lost with the end of the log before --- */

static int by_hash(const void *a, const void *b)
{
    return memcmp(a, b, HF_HASH_BYTES);
}

/* The leaf hash of an entry of OLD; what a damaged file of it says finds nothing in NEW. */
static enum hf_status old_hash(struct compare *compare, uint64_t index, struct hf_buf *tile, uint8_t *out)
{
    struct hf_bundle_reader reader = hf_audit_folder_reader(&compare->old);
    struct hf_tile_id id = {.level = 0, .index = index / HF_TILE_WIDTH};
    char path[HF_TILE_PATH_BYTES_MAX];
    id.width = hf_tile_width_at(0, id.index, compare->audit->prev.size);
    (void)hf_tile_path(&id, path);
    hf_buf_reset(tile);
    enum hf_status status = reader.read(reader.ctx, path, (size_t)HF_TILE_WIDTH * HF_HASH_BYTES, tile);
    const size_t at = (size_t)(index % HF_TILE_WIDTH) * HF_HASH_BYTES;
    if (status == HF_OK && at + HF_HASH_BYTES > tile->len)
        status = HF_ERR_CORRUPT;
    if (status == HF_OK)
        memcpy(out, tile->data + at, HF_HASH_BYTES);
    return status;
}

static enum hf_status add_lost(struct compare *compare, uint64_t from)
{
    struct hf_buf tile = {0};
    uint8_t hash[HF_HASH_BYTES];
    enum hf_status status = HF_OK;
    struct hf_buf *list = &compare->handed_on;
    if (list->len)
        qsort(list->data, list->len / HF_HASH_BYTES, HF_HASH_BYTES, by_hash);
    for (uint64_t i = from; status == HF_OK && i < compare->audit->prev.size; i++) {
        status = old_hash(compare, i, &tile, hash);
        if (status == HF_OK &&
            (!list->len || !bsearch(hash, list->data, list->len / HF_HASH_BYTES, HF_HASH_BYTES, by_hash)))
            status = add(compare, &i, "lost", "this entry of OLD is not in this one: lost, or not handed on yet");
    }
    hf_buf_clear(&tile);
    return status;
}

/* --- the whole --- */

static bool read_old(struct compare *compare, const char *old, const struct hf_audit_streams *streams)
{
    struct stat info;
    enum hf_status status = HF_ERR_NOT_FOUND;
    if (stat(old, &info) == 0 && S_ISDIR(info.st_mode)) {
        status = hf_audit_folder_open(old, &compare->old);
        compare->has_old = status == HF_OK;
        struct hf_bundle_reader reader = hf_audit_folder_reader(&compare->old);
        if (status == HF_OK)
            status = reader.read(reader.ctx, HF_BUNDLE_CHECKPOINT, HF_NOTE_BYTES_MAX, &compare->old_note);
    } else {
        status = hf_audit_folder_read_file(old, HF_NOTE_BYTES_MAX, &compare->old_note);
    }
    if (status != HF_OK)
        (void)fprintf(streams->errors,
                      "holdfast-audit: %s holds no checkpoint that can be read. Give an earlier bundle, or the file "
                      "checkpoint kept from one.\n",
                      old);
    return status == HF_OK;
}

static bool begin(void *ctx, const struct hf_audit_listing_call *call)
{
    struct compare *compare = ctx;
    compare->listing = call->listing;
    compare->audit = call->audit;
    if (!read_old(compare, call->second, call->streams))
        return false;
    compare->base = call->audit->reader;
    call->audit->reader = (struct hf_bundle_reader){.ctx = compare, .read = read_overlaid, .list = list_base};
    call->audit->each = take_entry;
    call->audit->each_ctx = compare;
    return true;
}

static size_t log_of_prev(const struct hf_audit *audit)
{
    uint8_t id[HF_HASH_BYTES];
    hf_log_id(hf_slice_str(audit->prev.origin), id);
    return hf_audit_find_log(audit, id);
}

static enum hf_status end(void *ctx, const struct hf_audit_listing_call *call)
{
    struct compare *compare = ctx;
    char text[200];
    enum hf_status status = HF_OK;
    for (int kind = 0; status == HF_OK && kind < HF_LEAF_KIND_COUNT; kind++) {
        if (compare->since[kind] == 0)
            continue;
        (void)snprintf(text, sizeof text, "%llu of kind %s", (unsigned long long)compare->since[kind],
                       hf_audit_kind_name((enum hf_leaf_kind)kind));
        status = add(compare, NULL, "entries", text);
    }
    const struct hf_audit *audit = compare->audit;
    const uint64_t left = audit->prev_parted ? hf_audit_left_of(audit, log_of_prev(audit)) : audit->prev.size;
    if (status == HF_OK && compare->has_old && !audit->prev_parted)
        status = add_gone(compare);
    if (status == HF_OK && compare->has_old && audit->prev_parted)
        status = add_lost(compare, left);
    if (status == HF_OK && call->listing->form == HF_AUDIT_AS_TEXT && audit->prev_parted)
        (void)fprintf(call->streams->out,
                      "Goes on from the earlier log by the authority's signature: of its %llu entries the first %llu "
                      "stand unchanged at the beginning of these %llu; its end was lost.\n",
                      (unsigned long long)audit->prev.size, (unsigned long long)left,
                      (unsigned long long)audit->checkpoint.size);
    else if (status == HF_OK && call->listing->form == HF_AUDIT_AS_TEXT)
        (void)fprintf(call->streams->out,
                      "Continues the earlier log: its %llu entries stand unchanged at the beginning of these %llu.\n",
                      (unsigned long long)compare->audit->prev.size,
                      (unsigned long long)compare->audit->checkpoint.size);
    return status;
}

int hf_audit_compare(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    static const struct hf_audit_listing_report report = {.name = "compare",
                                                          .help = help,
                                                          .columns = columns,
                                                          .column_count = sizeof columns / sizeof columns[0],
                                                          .takes_two = true,
                                                          .nothing = "Nothing came since.",
                                                          .begin = begin,
                                                          .end = end};
    struct compare compare = {0};
    int code = hf_audit_listing_run(argc, argv, streams, &report, &compare);
    if (compare.has_old)
        hf_audit_folder_close(&compare.old);
    hf_buf_clear(&compare.old_note);
    hf_buf_clear(&compare.words);
    hf_buf_clear(&compare.handed_on);
    return code;
}
