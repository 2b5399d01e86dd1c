/* holdfast-audit gaps: what an auditor should ask about although the log verifies: entries that came late, devices
 * whose clocks are wrong by what the log itself proves, hand-ins, new incarnations, entries without effect, spans that
 * no witness saw, contents that are not there.
 *
 * What is proved: an entry is older than every entry after it, and younger than the checkpoint that its author had
 * seen. The server's own entries carry the server's clock, so a device's time can be held against those before and
 * after. */
#include "core/base/text.h"
#include "core/model/body_caseload.h"
#include "tools/audit/access.h"
#include "tools/audit/listing.h"
#include "tools/audit/names.h"
#include "tools/audit/report.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS     3600000ull
#define DAY_MS      (24 * HOUR_MS)
#define LATE_DAYS   7
#define LATE_MAX    36500
#define CLOCK_SLACK HOUR_MS

static const char help[] =
    "holdfast-audit gaps DIR --authority-key FILE [--late DAYS] [--json | --csv]\n"
    "\n"
    "Verifies the bundle in the folder DIR and lists what it proves to be unusual, though not false:\n"
    "  late          an entry that reached the log more than DAYS days (7 unless said) after its time\n"
    "  clock         a device whose clock was wrong by more than an hour: as the office measured it when it connected, "
    "or\n"
    "                held against the server's entries around it\n"
    "  handed_in     an entry that came after its device was revoked\n"
    "  incarnation   a device that began its chain again (reinstalled, or put back from a copy)\n"
    "  guard         the server's signing guard was lost and made anew: it vouches for nothing signed before that\n"
    "  officers      an erasure by two officers who came in together, or one by the other: are they two people?\n"
    "  shard         the office lost the end of its log and began a new one: what that took with it\n"
    "  no_effect     an entry of a kind that only the server may make, by another device\n"
    "  unwitnessed   entries that no witness has countersigned\n"
    "  no_contents   how many entries have no sealed content in this bundle although they were not erased\n"
    "  erased        how many have none because two officers erased them\n"
    "  erased_before an erasure whose own entry was lost with the end of a log before: whether this log can vouch for "
    "it\n"
    "  kept          how many were erased, but have their sealed content in this bundle all the same\n"
    "\n"
    "Exit status: 0 shown, 1 the bundle does not hold, 2 the command cannot be used.\n";

static const struct hf_audit_column columns[] = {{.name = "entry", .width = 8, .number = true},
                                                 {.name = "time", .width = 24},
                                                 {.name = "gap", .width = 13},
                                                 {.name = "device", .width = 16},
                                                 {.name = "person", .hidden = true},
                                                 {.name = "name", .hidden = true},
                                                 {.name = "text"}};
enum { OPT_LATE, OPT_COUNT };
static const struct hf_option own_options[OPT_COUNT] = {[OPT_LATE] = {.name = "--late", .has_value = true}};

struct mark { /* an entry of the server */
    uint64_t index;
    uint64_t ms;
};
struct candidate { /* its clock was ahead of the server's last entry */
    uint64_t index;
    uint64_t ms;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    struct hf_id person;
};
struct gaps {
    struct hf_audit_listing *listing;
    const struct hf_audit_devices *devices;
    uint64_t late_ms;
    struct hf_audit_names names;
    struct mark *marks;
    size_t mark_count, mark_cap;
    struct candidate *ahead;
    size_t ahead_count, ahead_cap;
};

/* --- rows --- */

static void device_text(const uint8_t *device, char out[17])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 8; i++) {
        out[2 * i] = digits[device[i] >> 4];
        out[2 * i + 1] = digits[device[i] & 15];
    }
    out[16] = '\0';
}

static enum hf_status add(struct gaps *gaps, const struct candidate *of, const char *gap, const char *text)
{
    char index[24], time[HF_TIME_TEXT_BYTES], device[17], person[HF_ID_TEXT_BYTES];
    const char *name = hf_audit_name(&gaps->names, &of->person);
    (void)snprintf(index, sizeof index, "%llu", (unsigned long long)of->index);
    hf_text_time(of->ms, time);
    device_text(of->device, device);
    hf_id_format(&of->person, person);
    const char *const cells[] = {
        index, time, gap, device, hf_id_is_zero(&of->person) ? "server" : person, name ? name : "", text};
    return hf_audit_listing_add(gaps->listing, cells);
}

/* "9 days", "3 hours" */
static void add_span(uint64_t ms, char *out, size_t out_bytes)
{
    uint64_t hours = ms / HOUR_MS, days = ms / DAY_MS;
    if (days >= 2)
        (void)snprintf(out, out_bytes, "%llu days", (unsigned long long)days);
    else
        (void)snprintf(out, out_bytes, "%llu hour%s", (unsigned long long)hours, hours == 1 ? "" : "s");
}

static enum hf_status add_timed(struct gaps *gaps, const struct candidate *of, const char *gap, uint64_t span_ms,
                                const char *format)
{
    char span[40], text[200];
    add_span(span_ms, span, sizeof span);
    const char *at = strstr(format, "SPAN");
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - format), format, span, at + 4);
    return add(gaps, of, gap, text);
}

/* --- clocks --- */

static enum hf_status push_mark(struct gaps *gaps, uint64_t index, uint64_t ms)
{
    if (gaps->mark_count == gaps->mark_cap) {
        size_t cap = gaps->mark_cap ? 2 * gaps->mark_cap : 256;
        struct mark *grown = realloc(gaps->marks, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        gaps->marks = grown;
        gaps->mark_cap = cap;
    }
    gaps->marks[gaps->mark_count++] = (struct mark){index, ms};
    return HF_OK;
}

static enum hf_status push_ahead(struct gaps *gaps, const struct candidate *candidate)
{
    if (gaps->ahead_count == gaps->ahead_cap) {
        size_t cap = gaps->ahead_cap ? 2 * gaps->ahead_cap : 64;
        struct candidate *grown = realloc(gaps->ahead, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        gaps->ahead = grown;
        gaps->ahead_cap = cap;
    }
    gaps->ahead[gaps->ahead_count++] = *candidate;
    return HF_OK;
}

/* The server's time now: whatever came before this entry and claims a later one was ahead. */
static enum hf_status settle_ahead(struct gaps *gaps, uint64_t server_ms)
{
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < gaps->ahead_count; i++) {
        const struct candidate *one = &gaps->ahead[i];
        if (one->ms > server_ms + CLOCK_SLACK)
            status = add_timed(gaps, one, "clock", one->ms - server_ms, "its device's clock was at least SPAN ahead");
    }
    gaps->ahead_count = 0;
    return status;
}

/* The server's time of the last of its entries below `size`; 0: none. */
static uint64_t server_time_before(const struct gaps *gaps, uint64_t size)
{
    size_t low = 0, high = gaps->mark_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (gaps->marks[middle].index < size)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? gaps->marks[low - 1].ms : 0;
}

static enum hf_status look_at_clock(struct gaps *gaps, const struct hf_audit_entry *entry,
                                    const struct candidate *candidate)
{
    uint64_t now_ms = gaps->mark_count ? gaps->marks[gaps->mark_count - 1].ms : 0;
    uint64_t seen_ms = server_time_before(gaps, entry->leaf->seen_size);
    enum hf_status status = HF_OK;
    if (candidate->ms + CLOCK_SLACK < seen_ms)
        status = add_timed(gaps, candidate, "clock", seen_ms - candidate->ms,
                           "its device's clock was at least SPAN behind: it had already seen later entries");
    else if (candidate->ms + gaps->late_ms < now_ms)
        status = add_timed(gaps, candidate, "late", now_ms - candidate->ms,
                           "it reached the log at least SPAN after the time it gives");
    if (status == HF_OK && candidate->ms > now_ms + CLOCK_SLACK)
        status = push_ahead(gaps, candidate);
    return status;
}

/* Compare with what was seen before: an older guard would have known of it, this one cannot. */
static enum hf_status look_at_guard(struct gaps *gaps, const struct hf_audit_entry *entry,
                                    const struct hf_caseload_note *note)
{
    struct candidate of = {.index = entry->index, .ms = note->made_ms};
    struct hf_buf text = {0};
    memcpy(of.device, entry->leaf->device, sizeof of.device);
    hf_buf_append_fmt(
        &text,
        "the server's signing guard was lost and made anew, from %s for %llu entries: hold this log against "
        "every checkpoint that you have from before (compare). Reason: ",
        note->outside ? "a checkpoint that somebody outside had," : "its own newest checkpoint,",
        (unsigned long long)note->size);
    hf_audit_plain(note->reason, &text);
    hf_buf_append_u8(&text, 0);
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = add(gaps, &of, "guard", (const char *)text.data);
    hf_buf_clear(&text);
    return status;
}

static enum hf_status look_at_note(struct gaps *gaps, const struct hf_audit_entry *entry)
{
    struct hf_caseload_note note;
    if (!entry->opened || hf_caseload_note_decode(entry->body, &note) != HF_OK)
        return HF_OK;
    if (note.what == HF_CASELOAD_GUARD)
        return look_at_guard(gaps, entry, &note);
    if (note.what != HF_CASELOAD_CLOCK)
        return HF_OK;
    const int64_t offset = hf_caseload_clock_offset(&note);
    const uint64_t off = offset < 0 ? (uint64_t)-offset : (uint64_t)offset;
    struct candidate of = {.index = entry->index, .ms = note.device_ms};
    memcpy(of.device, note.device, sizeof of.device);
    const struct hf_audit_device *device = hf_audit_devices_find(gaps->devices, note.device);
    if (device)
        of.person = device->person;
    if (off <= CLOCK_SLACK)
        return HF_OK;
    return add_timed(gaps, &of, "clock", off,
                     offset < 0 ? "the office measured that this device's clock was SPAN ahead of its own"
                                : "the office measured that this device's clock was SPAN behind its own");
}

/* --- entries --- */

static enum hf_status look_at_enrolment(struct gaps *gaps, const struct hf_audit_entry *entry)
{
    struct hf_enrol_body body;
    char text[160];
    if (!entry->opened || hf_enrol_body_decode(entry->body, &body) != HF_OK || body.incarnation == 0)
        return HF_OK;
    struct candidate of = {.index = entry->index, .ms = hf_clock_ms(entry->leaf->clock), .person = body.person};
    memcpy(of.device, body.device, sizeof of.device);
    (void)snprintf(text, sizeof text,
                   "the device was let in again and began chain number %u: what became of the one before?",
                   body.incarnation + 1);
    return add(gaps, &of, "incarnation", text);
}

static enum hf_status look_at_erasure(struct gaps *gaps, const struct hf_audit_entry *entry, const struct candidate *of)
{
    char text[200];
    const char *doubt = entry->opened ? hf_audit_officers_doubt(gaps->devices, entry->body) : "";
    (void)snprintf(text, sizeof text, "an erasure: %s; are they two people? (report officers)", doubt);
    return doubt[0] ? add(gaps, of, "officers", text) : HF_OK;
}

static enum hf_status take_entry(void *ctx, const struct hf_audit_entry *entry)
{
    struct gaps *gaps = ctx;
    bool server = entry->device->role == HF_ROLE_SERVER;
    struct candidate candidate = {
        .index = entry->index, .ms = hf_clock_ms(entry->leaf->clock), .person = entry->device->person};
    memcpy(candidate.device, entry->leaf->device, sizeof candidate.device);
    enum hf_status status = hf_audit_names_take(&gaps->names, entry);
    if (status == HF_OK && server) {
        status = settle_ahead(gaps, candidate.ms);
        if (status == HF_OK)
            status = push_mark(gaps, entry->index, candidate.ms);
        if (status == HF_OK && entry->leaf->kind == HF_LEAF_ENROL)
            status = look_at_enrolment(gaps, entry);
        if (status == HF_OK && entry->leaf->kind == HF_LEAF_ERASE)
            status = look_at_erasure(gaps, entry, &candidate);
        if (status == HF_OK && entry->leaf->kind == HF_LEAF_NOTE)
            status = look_at_note(gaps, entry);
        return status;
    }
    if (status == HF_OK)
        status = look_at_clock(gaps, entry, &candidate);
    if (status == HF_OK && entry->handed_in && entry->leaf->kind != HF_LEAF_READ)
        status = add(gaps, &candidate, "handed_in",
                     "it came after its device was revoked; the office holds it until somebody decides");
    if (status == HF_OK && entry->without_effect)
        status =
            add(gaps, &candidate, "no_effect",
                "its device may not make such an entry: somebody tampered with it, or its role had changed by then");
    return status;
}

/* --- the whole --- */

static bool begin(void *ctx, const struct hf_audit_listing_call *call)
{
    struct gaps *gaps = ctx;
    uint64_t days = LATE_DAYS;
    const struct hf_option *late = &call->options[OPT_LATE];
    if (late->seen) {
        bool good = late->value.len > 0 && late->value.len <= 5;
        days = 0;
        for (size_t i = 0; good && i < late->value.len; i++) {
            good = late->value.data[i] >= '0' && late->value.data[i] <= '9';
            days = days * 10 + (uint64_t)(late->value.data[i] - '0');
        }
        if (!good || days == 0 || days > LATE_MAX) {
            (void)fprintf(call->streams->errors, "holdfast-audit: --late must be a number of days, 1 to %d.\n",
                          LATE_MAX);
            return false;
        }
    }
    gaps->late_ms = days * DAY_MS;
    gaps->listing = call->listing;
    gaps->devices = &call->audit->devices;
    call->audit->each = take_entry;
    call->audit->each_ctx = gaps;
    return true;
}

static enum hf_status add_whole(struct gaps *gaps, const char *gap, const char *text)
{
    const char *const cells[] = {"", "", gap, "", "", "", text};
    return hf_audit_listing_add(gaps->listing, cells);
}

static enum hf_status add_shard(struct gaps *gaps, const struct hf_audit_shard *shard)
{
    char index[24], text[400], keys[100] = "";
    (void)snprintf(index, sizeof index, "%llu", (unsigned long long)shard->at);
    if (shard->keys_lost > 0)
        (void)snprintf(keys, sizeof keys, "; the server's keys were changed in the part that is lost, %llu time%s",
                       (unsigned long long)shard->keys_lost, shard->keys_lost == 1 ? "" : "s");
    (void)snprintf(text, sizeof text,
                   "%s %s here, because %llu entries that were signed for were lost%s%s: hold it against every "
                   "checkpoint that you have from before (compare)",
                   shard->name, shard->lost_whole ? "began" : "begins",
                   (unsigned long long)(shard->before.size - shard->at), keys,
                   shard->lost_whole ? "; it was lost whole, too" : "");
    const char *const cells[] = {shard->lost_whole ? "" : index, "", "shard", "", "", "", text};
    return hf_audit_listing_add(gaps->listing, cells);
}

static enum hf_status add_carried(struct gaps *gaps, const struct hf_audit_carried *carried)
{
    char index[24], text[500], case_id[HF_ID_TEXT_BYTES];
    const char *name = hf_audit_name(&gaps->names, &carried->case_id);
    (void)snprintf(index, sizeof index, "%llu", (unsigned long long)carried->index);
    hf_id_format(&carried->case_id, case_id);
    (void)snprintf(text, sizeof text,
                   "case %s was erased in the part of the log that was lost, and %llu entries of this one have no "
                   "contents since then: %s",
                   name ? name : case_id, (unsigned long long)carried->entries,
                   carried->again    ? "two records officers have signed for it again since"
                   : carried->proved ? "two people signed it who are records officers in this log as well"
                                     : "this log does not know the two people who signed it as records officers with a "
                                       "device in use: ask the office, two officers have to sign again");
    const char *const cells[] = {index, "", "erased_before", "", "", "", text};
    return hf_audit_listing_add(gaps->listing, cells);
}

static enum hf_status add_all_carried(struct gaps *gaps, const struct hf_audit *audit)
{
    enum hf_status status = HF_OK;
    for (size_t at = 0; status == HF_OK && at < audit->carried.len; at += sizeof(struct hf_audit_carried)) {
        struct hf_audit_carried carried;
        memcpy(&carried, audit->carried.data + at, sizeof carried);
        status = add_carried(gaps, &carried);
    }
    return status;
}

static enum hf_status end(void *ctx, const struct hf_audit_listing_call *call)
{
    struct gaps *gaps = ctx;
    const struct hf_audit *audit = call->audit;
    char text[200];
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < audit->shard_count; i++)
        status = add_shard(gaps, &audit->shards[i]);
    if (status == HF_OK)
        status = add_all_carried(gaps, audit);
    if (!audit->has_quorum)
        (void)snprintf(text, sizeof text,
                       "all %llu entries: the bundle's policy asks for no witness, so nobody but the office has signed "
                       "this checkpoint",
                       (unsigned long long)audit->checkpoint.size);
    else
        (void)snprintf(text, sizeof text,
                       "entries %llu to %llu: no checkpoint that holds them has the quorum of the bundle's witnesses",
                       (unsigned long long)audit->witnessed.size, (unsigned long long)audit->checkpoint.size - 1);
    if (status == HF_OK && audit->witnessed.size < audit->checkpoint.size)
        status = add_whole(gaps, "unwitnessed", text);
    const struct hf_audit_summary *summary = &audit->summary;
    const uint64_t said = summary->payloads_erased + summary->payloads_unproved;
    if (status == HF_OK && summary->payloads_missing > said) {
        (void)snprintf(text, sizeof text, "%llu of %llu entries have no sealed content here, and no erasure says why",
                       (unsigned long long)(summary->payloads_missing - said),
                       (unsigned long long)audit->checkpoint.size);
        status = add_whole(gaps, "no_contents", text);
    }
    if (status == HF_OK && summary->payloads_erased) {
        (void)snprintf(text, sizeof text, "%llu entries have no sealed content here because two officers erased them",
                       (unsigned long long)summary->payloads_erased);
        status = add_whole(gaps, "erased", text);
    }
    if (status == HF_OK && summary->erased > summary->payloads_erased) {
        (void)snprintf(text, sizeof text,
                       "%llu entries were erased, but this bundle still has their sealed content: who kept it?",
                       (unsigned long long)(summary->erased - summary->payloads_erased));
        status = add_whole(gaps, "kept", text);
    }
    return status;
}

int hf_audit_gaps(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    static const struct hf_audit_listing_report report = {.name = "gaps",
                                                          .help = help,
                                                          .columns = columns,
                                                          .column_count = sizeof columns / sizeof columns[0],
                                                          .options = own_options,
                                                          .option_count = OPT_COUNT,
                                                          .nothing = "Nothing unusual.",
                                                          .begin = begin,
                                                          .end = end};
    struct gaps gaps = {0};
    int code = hf_audit_listing_run(argc, argv, streams, &report, &gaps);
    hf_audit_names_clear(&gaps.names);
    free(gaps.marks);
    free(gaps.ahead);
    return code;
}
