/* The report for people. */
#include "tools/audit/report.h"

#include "core/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WIDTH       96 /* columns */
#define LABEL_WIDTH 23

/* Length of the UTF-8 character at the front, 0 when it is none or a control character. */
static size_t plain_length(struct hf_slice text)
{
    for (size_t len = 1; len <= 4 && len <= text.len; len++) {
        struct hf_slice character = hf_slice_of(text.data, len);
        if (!hf_text_is_utf8(character))
            continue;
        bool control = len == 1 && (text.data[0] < 0x20 || text.data[0] == 0x7F);
        control = control || (len == 2 && text.data[0] == 0xC2 && text.data[1] < 0xA0);
        return control ? 0 : len;
    }
    return 0;
}

void hf_audit_plain(struct hf_slice text, struct hf_buf *out)
{
    while (text.len > 0) {
        size_t len = plain_length(text);
        if (len == 0)
            hf_buf_append_u8(out, '?');
        else
            hf_buf_append(out, text.data, len);
        len = len ? len : 1;
        text = hf_slice_of(text.data + len, text.len - len);
    }
}

static size_t columns(struct hf_slice word)
{
    return hf_text_is_utf8(word) ? hf_text_length(word) : word.len;
}

/* Words of `text`, broken so that no line passes WIDTH; later lines begin at `indent`. */
static void add_wrapped(struct hf_buf *out, size_t column, size_t indent, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, " ");
        struct hf_slice word = hf_slice_of(text, len);
        if (column > indent && column + 1 + columns(word) > WIDTH) {
            hf_buf_append_fmt(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            hf_buf_append_u8(out, ' ');
            column++;
        }
        hf_buf_append_slice(out, word);
        column += columns(word);
        text += len + strspn(text + len, " ");
    }
    hf_buf_append_u8(out, '\n');
}

/* 12,345 */
static void add_number(struct hf_buf *out, uint64_t value)
{
    if (value >= 1000) {
        add_number(out, value / 1000);
        hf_buf_append_fmt(out, ",%03u", (unsigned)(value % 1000));
    } else {
        hf_buf_append_fmt(out, "%u", (unsigned)value);
    }
}

static void add_count(struct hf_buf *out, uint64_t value, const char *one, const char *many)
{
    add_number(out, value);
    hf_buf_append_fmt(out, " %s", value == 1 ? one : many);
}

/* Takes what was put together for one line, wraps it, and empties it. */
static void end_line(struct hf_buf *line, const char *label, struct hf_buf *out)
{
    hf_buf_append_u8(line, 0);
    hf_buf_append_fmt(out, "  %-*s", LABEL_WIDTH, label);
    if (hf_buf_status(line) == HF_OK)
        add_wrapped(out, 2 + LABEL_WIDTH, 2 + LABEL_WIDTH, (const char *)line->data);
    else
        out->status = hf_buf_status(line);
    hf_buf_reset(line);
}

static void add_text(struct hf_buf *line, const char *text)
{
    hf_audit_plain(hf_slice_str(text), line);
}

/* 2026-11-21 21:58 */
static void add_time(struct hf_buf *out, hf_clock clock)
{
    char text[HF_TIME_TEXT_BYTES];
    hf_text_time(hf_clock_ms(clock), text);
    hf_buf_append_fmt(out, "%.10s %.5s", text, text + 11);
}

/* The first sixteen digits in fours: enough to compare by eye. */
static void add_short_hex(struct hf_buf *out, const uint8_t *bytes)
{
    for (unsigned i = 0; i < 8; i += 2)
        hf_buf_append_fmt(out, "%02x%02x ", bytes[i], bytes[i + 1]);
    hf_buf_append_str(out, "…");
}

/* --- refused -------------------------------------------------------------------------------------------------------
 */

static void add_refusal(const struct hf_audit_report *report, struct hf_buf *line, struct hf_buf *out)
{
    const struct hf_audit_finding *finding = &report->audit->finding;
    bool ended_early = finding->check == HF_AUDIT_MEMORY;
    hf_buf_append_str(out, ended_early ? "Not verified: the check could not be finished.\n\n" : "Not verified.\n\n");
    add_text(line, finding->text);
    hf_buf_append_u8(line, 0);
    if (hf_buf_status(line) == HF_OK) {
        hf_buf_append_str(out, "  ");
        add_wrapped(out, 2, 2, (const char *)line->data);
    }
    hf_buf_append_u8(out, '\n');
    if (!ended_early)
        add_wrapped(out, 0, 0,
                    "The check stops at the first thing that does not hold; there may be more. Keep this bundle as it "
                    "is, and ask the office for a fresh export: if that one is refused as well, the log itself is in "
                    "question.");
}

/* --- verified ------------------------------------------------------------------------------------------------------
 */

static void add_who(const struct hf_audit *audit, struct hf_buf *line, struct hf_buf *out)
{
    size_t devices = audit->devices.count - 1; /* without the server */
    size_t revoked = hf_audit_devices_revoked(&audit->devices);
    size_t people = 0;
    add_count(line, devices, "device and the server", "devices and the server");
    if (revoked > 0) {
        hf_buf_append_str(line, "; ");
        add_count(line, revoked, "of them is revoked", "of them are revoked");
    }
    end_line(line, "Signed by", out);
    enum hf_status status = hf_audit_devices_people(&audit->devices, &people);
    if (status != HF_OK)
        out->status = status;
    add_number(line, people);
    end_line(line, "People", out);
}

/* Kinds that the log has none of are passed over. */
static void add_kind(struct hf_buf *line, uint64_t count, const char *one, const char *many, const char **between)
{
    if (count == 0)
        return;
    hf_buf_append_str(line, *between);
    add_count(line, count, one, many);
    *between = ", ";
}

static void add_entries(const struct hf_audit *audit, struct hf_buf *line, struct hf_buf *out)
{
    const uint64_t *kind = audit->summary.kind;
    const char *between = ": ";
    add_number(line, audit->checkpoint.size);
    add_kind(line, kind[HF_LEAF_DATA], "record change", "record changes", &between);
    add_kind(line, kind[HF_LEAF_CASE], "case or key opened", "cases or keys opened", &between);
    add_kind(line, kind[HF_LEAF_ENROL], "enrolment", "enrolments", &between);
    add_kind(line, kind[HF_LEAF_REVOKE], "revocation", "revocations", &between);
    add_kind(line, kind[HF_LEAF_ERASE], "erasure", "erasures", &between);
    add_kind(line, kind[HF_LEAF_HOLD], "legal hold", "legal holds", &between);
    add_kind(line, kind[HF_LEAF_READ], "visit to a record", "visits to records", &between);
    add_kind(line, kind[HF_LEAF_NOTE] + kind[HF_LEAF_POLICY], "office note", "office notes", &between);
    add_kind(line, kind[HF_LEAF_CHAIN_END], "chain ended", "chains ended", &between);
    add_kind(line, audit->summary.without_effect, "without effect", "without effect", &between);
    end_line(line, "Entries", out);
}

static void add_checkpoints(const struct hf_audit *audit, struct hf_buf *line, struct hf_buf *out)
{
    add_count(line, audit->checkpoint.size, "entry, root ", "entries, root ");
    add_short_hex(line, audit->checkpoint.root.bytes);
    end_line(line, "Checkpoint", out);
    if (audit->has_quorum) {
        add_count(line, audit->witnessed.size, "entry", "entries");
        hf_buf_append_fmt(line, " with the quorum of %s policy", audit->demanded ? "your" : "the bundle's own");
        if (audit->witnessed.size < audit->checkpoint.size) {
            hf_buf_append_str(line, "; not yet the last ");
            add_number(line, audit->checkpoint.size - audit->witnessed.size);
        }
        end_line(line, "Witnessed", out);
    }
    if (!audit->has_prev)
        return;
    add_count(line, audit->prev.size, "entry, root ", "entries, root ");
    add_short_hex(line, audit->prev.root.bytes);
    hf_buf_append_str(line, audit->prev_parted ? "; of the log before, whose end is lost: see below"
                                               : "; this log continues it");
    end_line(line, "Earlier checkpoint", out);
}

static void add_shard(const struct hf_audit_shard *shard, struct hf_buf *line, struct hf_buf *out)
{
    char keys[48];
    hf_buf_append_fmt(line, "%s %s with entry %" PRIu64 ", by the authority's signature: ", shard->name,
                      shard->lost_whole ? "began" : "begins", shard->at);
    add_text(line, shard->reason);
    hf_buf_append_fmt(line,
                      " Of the log before, %s, the newest known checkpoint counted %" PRIu64
                      " entries; the last %" PRIu64 " of them were lost there.",
                      shard->before.origin, shard->before.size, shard->before.size - shard->at);
    (void)snprintf(keys, sizeof keys, "%s %" PRIu64 " change%s", shard->keys_lost == 1 ? "was" : "were",
                   shard->keys_lost, shard->keys_lost == 1 ? "" : "s");
    if (shard->keys_lost > 0)
        hf_buf_append_fmt(line,
                          " Among them %s of the server's keys; the authority's certificate for each stands in the "
                          "first entry of the new shard.",
                          keys);
    if (shard->lost_whole)
        hf_buf_append_str(line, " None of its own entries is left: it was lost whole, and the next one says so.");
    end_line(line, "New shard", out);
}

static void add_shards(const struct hf_audit *audit, struct hf_buf *line, struct hf_buf *out)
{
    for (size_t i = 0; i < audit->shard_count; i++)
        add_shard(&audit->shards[i], line, out);
    if (audit->summary.handed_on == 0)
        return;
    add_count(line, audit->summary.handed_on, "entry", "entries");
    hf_buf_append_str(line, " of a log before, as they were signed");
    if (audit->summary.handed_on_seen > 0) {
        hf_buf_append_str(line, "; ");
        add_number(line, audit->summary.handed_on_seen);
        hf_buf_append_str(line, " had seen entries that were lost, which cannot be checked");
    }
    end_line(line, "Handed on", out);
}

static void add_listed(uint64_t count, const uint64_t *index, struct hf_buf *line)
{
    for (uint64_t i = 0; i < count && i < HF_AUDIT_LISTED_MAX; i++)
        hf_buf_append_fmt(line, "%s %" PRIu64, i > 0 ? "," : "", index[i]);
    if (count > HF_AUDIT_LISTED_MAX) {
        hf_buf_append_str(line, " and ");
        add_count(line, count - HF_AUDIT_LISTED_MAX, "more", "more");
    }
}

static void add_handed_in(const struct hf_audit_summary *summary, struct hf_buf *line, struct hf_buf *out)
{
    if (summary->handed_in == 0)
        return;
    add_count(line, summary->handed_in, "entry reached the log after its device was revoked (held):",
              "entries reached the log after their device was revoked (held):");
    add_listed(summary->handed_in, summary->handed_in_index, line);
    end_line(line, "Handed in late", out);
}

static void add_without_effect(const struct hf_audit_summary *summary, struct hf_buf *line, struct hf_buf *out)
{
    if (summary->without_effect == 0)
        return;
    add_count(line, summary->without_effect,
              "entry: a device may not make such an entry:", "entries: a device may not make such entries:");
    add_listed(summary->without_effect, summary->without_effect_index, line);
    end_line(line, "Logged without effect", out);
}

static void add_payloads(const struct hf_audit_summary *summary, struct hf_buf *line, struct hf_buf *out)
{
    add_number(line, summary->payloads);
    hf_buf_append_str(line, " in the bundle, as they were signed");
    if (summary->payloads_missing > 0) {
        hf_buf_append_str(line, "; ");
        add_number(line, summary->payloads_missing);
        hf_buf_append_str(line, " not in the bundle");
        if (summary->payloads_erased > 0) {
            hf_buf_append_str(line, ", of which ");
            add_number(line, summary->payloads_erased);
            hf_buf_append_str(line, " erased by two officers");
        }
        if (summary->payloads_unproved > 0) {
            hf_buf_append_str(line, ", and ");
            add_number(line, summary->payloads_unproved);
            hf_buf_append_str(line, " that are said to have been erased in a part of the log that was lost, by people "
                                    "whom this log does not know as records officers (gaps)");
        }
    }
    end_line(line, "Sealed contents", out);
    if (summary->proofs > 0) {
        add_number(line, summary->proofs);
        hf_buf_append_str(line, ", all of this checkpoint");
        end_line(line, "Proofs", out);
    }
}

static void add_summary(const struct hf_audit *audit, struct hf_buf *line, struct hf_buf *out)
{
    add_text(line, audit->checkpoint.origin);
    end_line(line, "Log", out);
    add_text(line, audit->summary.authority_name);
    hf_buf_append_str(line, ", key ");
    add_short_hex(line, audit->authority_key);
    end_line(line, "Certified by", out);
    add_entries(audit, line, out);
    add_who(audit, line, out);
    add_time(line, audit->summary.first_clock);
    hf_buf_append_str(line, " to ");
    add_time(line, audit->summary.last_clock);
    hf_buf_append_str(line, " UTC, by the clocks of the devices");
    end_line(line, "Time", out);
    add_checkpoints(audit, line, out);
    add_shards(audit, line, out);
    add_handed_in(&audit->summary, line, out);
    add_without_effect(&audit->summary, line, out);
    add_payloads(&audit->summary, line, out);
}

static void add_strays(const struct hf_audit_strays *strays, struct hf_buf *line, struct hf_buf *out)
{
    if (!strays || strays->count == 0)
        return;
    hf_buf_append_str(out, "\nNot part of a bundle, and not looked at:\n");
    for (uint64_t i = 0; i < strays->count && i < HF_AUDIT_FOLDER_STRAY_LISTED_MAX; i++) {
        hf_buf_append_str(out, "  ");
        hf_audit_plain(hf_slice_str(strays->name[i]), out);
        hf_buf_append_u8(out, '\n');
    }
    if (strays->count > HF_AUDIT_FOLDER_STRAY_LISTED_MAX) {
        hf_buf_append_str(line, "  and ");
        add_count(line, strays->count - HF_AUDIT_FOLDER_STRAY_LISTED_MAX, "more\n", "more\n");
        hf_buf_append_slice(out, hf_buf_slice(line));
        hf_buf_reset(line);
    }
}

static void add_point(struct hf_buf *out, const char *text)
{
    hf_buf_append_str(out, "  - ");
    add_wrapped(out, 4, 4, text);
}

static void add_meaning(const struct hf_audit *audit, struct hf_buf *out)
{
    hf_buf_append_str(out, "\nVerified: nothing in this log was changed, removed or added outside it since it was "
                           "signed.\n\nWhat this shows\n");
    add_point(out, "The authority certified the server of this log, and the server enrolled every device before its "
                   "first entry. Every entry bears the signature of such a device, or of the server.");
    add_point(out, "The entries of each device form one chain, from its first to the last one here: none is missing, "
                   "none was put in between.");
    add_point(out, "The entries are exactly those that the log signed in its checkpoint, in this order, and everything "
                   "that a device says it had been shown is the true beginning of this log.");
    if (audit->has_prev && !audit->prev_parted)
        add_point(out, "The log continues the earlier checkpoint in the bundle; nothing before it was rewritten.");
    add_point(out, "Sealed contents in the bundle are byte for byte what was signed.");
    hf_buf_append_str(out, "\nWhat this does not show\n");
    add_point(out, "That what was written is true, complete or in time. The contents stay sealed; this program has no "
                   "key and read none of them.");
    add_point(out, "Who held the device. A signature names a device, the enrolment names the person it was given to.");
    add_point(out, "That the times are right: they are those of the devices' clocks.");
    add_point(out, "What came after this checkpoint, or what a device has not sent yet.");
    add_point(out, "That everybody was shown the same end of the log. To see that, compare size and root with a "
                   "checkpoint kept from an earlier audit or exported on another device (docs/audit.md).");
}

void hf_audit_report_text(const struct hf_audit_report *report, struct hf_buf *out)
{
    struct hf_buf line = {0};
    hf_buf_append_str(out, "Audit of ");
    hf_audit_plain(hf_slice_str(report->folder), out);
    hf_buf_append_str(out, "\n\n");
    if (report->ok) {
        add_summary(report->audit, &line, out);
        add_strays(report->strays, &line, out);
        add_meaning(report->audit, out);
    } else {
        add_refusal(report, &line, out);
    }
    hf_buf_clear(&line);
}
