/* holdfast-audit who-changed: everything that was written about one case, and who held it, in the order of the log. */
#include "core/base/text.h"
#include "tools/audit/listing.h"
#include "tools/audit/names.h"
#include "tools/audit/show.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "holdfast-audit who-changed CASE DIR --authority-key FILE [--json | --csv]\n"
    "\n"
    "Verifies the bundle in the folder DIR and lists every entry about the case with the id CASE: what was written and "
    "by\n"
    "whom, who was given it, legal holds, its erasure. Contents have to stand open in the bundle (`holdfast audit "
    "export\n"
    "--contents`); a last line says how many entries stay sealed, of which nobody can say which case they are about.\n"
    "\n"
    "Exit status: 0 shown, 1 the bundle does not hold, 2 the command cannot be used.\n";

static const struct hf_audit_column columns[] = {{.name = "entry", .width = 8, .number = true},
                                                 {.name = "time", .width = 24},
                                                 {.name = "kind", .width = 6},
                                                 {.name = "person", .hidden = true},
                                                 {.name = "name", .width = 24},
                                                 {.name = "device", .hidden = true},
                                                 {.name = "record", .hidden = true},
                                                 {.name = "text"}};

struct changed {
    struct hf_audit_listing *listing;
    struct hf_id case_id;
    struct hf_audit_names names;
    struct hf_buf words;
    uint64_t sealed;
};

static enum hf_status add(struct changed *changed, const struct hf_audit_entry *entry,
                          const struct hf_audit_subject *subject)
{
    char index[24], time[HF_TIME_TEXT_BYTES], person[HF_ID_TEXT_BYTES], record[HF_ID_TEXT_BYTES] = "";
    struct hf_buf device = {0};
    const bool server = entry->device->role == HF_ROLE_SERVER;
    const char *name = hf_audit_name(&changed->names, &entry->device->person);
    (void)snprintf(index, sizeof index, "%llu", (unsigned long long)entry->index);
    hf_text_time(hf_clock_ms(entry->leaf->clock), time);
    hf_id_format(&entry->device->person, person);
    if (!hf_id_is_zero(&subject->record_id))
        hf_id_format(&subject->record_id, record);
    hf_text_hex(&device, hf_slice_of(entry->leaf->device, HF_AUDIT_DEVICE_DIGITS / 2));
    hf_buf_append_u8(&device, 0);
    hf_buf_append_u8(&changed->words, 0);
    enum hf_status status = hf_buf_status(&device);
    if (status == HF_OK)
        status = hf_buf_status(&changed->words);
    const char *const cells[] = {index,
                                 time,
                                 hf_audit_kind_name(entry->leaf->kind),
                                 server ? "server" : person,
                                 server ? "the server"
                                 : name ? name
                                        : person,
                                 (const char *)device.data,
                                 record,
                                 (const char *)changed->words.data};
    if (status == HF_OK)
        status = hf_audit_listing_add(changed->listing, cells);
    hf_buf_clear(&device);
    return status;
}

static enum hf_status take_entry(void *ctx, const struct hf_audit_entry *entry)
{
    struct changed *changed = ctx;
    struct hf_audit_subject subject;
    enum hf_status status = hf_audit_names_take(&changed->names, entry);
    if (status != HF_OK || entry->leaf->kind == HF_LEAF_READ) /* who-read */
        return status;
    changed->sealed += !entry->opened;
    hf_buf_reset(&changed->words);
    hf_audit_entry_words(entry, &changed->names, &changed->words, &subject);
    return hf_id_equal(&subject.case_id, &changed->case_id) ? add(changed, entry, &subject) : HF_OK;
}

static bool begin(void *ctx, const struct hf_audit_listing_call *call)
{
    struct changed *changed = ctx;
    if (hf_id_parse(hf_slice_str(call->second), &changed->case_id) != HF_OK) {
        (void)fprintf(call->streams->errors, "holdfast-audit: give the id of a case before the folder.\n");
        return false;
    }
    changed->listing = call->listing;
    call->audit->each = take_entry;
    call->audit->each_ctx = changed;
    return true;
}

static enum hf_status end(void *ctx, const struct hf_audit_listing_call *call)
{
    struct changed *changed = ctx;
    char text[160];
    (void)call;
    if (changed->sealed == 0)
        return HF_OK;
    (void)snprintf(text, sizeof text, "%llu entries stay sealed in this bundle: some may be about this case",
                   (unsigned long long)changed->sealed);
    const char *const cells[] = {"", "", "", "", "", "", "", text};
    return hf_audit_listing_add(changed->listing, cells);
}

int hf_audit_who_changed(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    static const struct hf_audit_listing_report report = {.name = "who-changed",
                                                          .help = help,
                                                          .columns = columns,
                                                          .column_count = sizeof columns / sizeof columns[0],
                                                          .takes_two = true,
                                                          .nothing = "No entry of this log is about this case.",
                                                          .begin = begin,
                                                          .end = end};
    struct changed changed = {.sealed = 0};
    int code = hf_audit_listing_run(argc, argv, streams, &report, &changed);
    hf_audit_names_clear(&changed.names);
    hf_buf_clear(&changed.words);
    return code;
}
