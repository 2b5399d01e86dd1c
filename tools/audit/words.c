#include "core/base/text.h"
#include "core/model/body_caseload.h"
#include "tools/audit/report.h"
#include "tools/audit/show.h"

#include <string.h>

static const char *const kind_names[HF_LEAF_KIND_COUNT] = {
    [HF_LEAF_DATA] = "data",     [HF_LEAF_CASE] = "case",     [HF_LEAF_ERASE] = "erase",   [HF_LEAF_ENROL] = "enrol",
    [HF_LEAF_REVOKE] = "revoke", [HF_LEAF_HOLD] = "hold",     [HF_LEAF_CHAIN_END] = "end", [HF_LEAF_NOTE] = "note",
    [HF_LEAF_READ] = "read",     [HF_LEAF_POLICY] = "policy",
};

static const char *const sealed_words[HF_LEAF_KIND_COUNT] = {
    [HF_LEAF_DATA] = "changes a record",
    [HF_LEAF_CASE] = "opens a case, or a new key of one",
    [HF_LEAF_ERASE] = "erases contents",
    [HF_LEAF_ENROL] = "enrols a device",
    [HF_LEAF_REVOKE] = "revokes a device",
    [HF_LEAF_HOLD] = "places or lifts a legal hold",
    [HF_LEAF_CHAIN_END] = "ends its device's chain",
    [HF_LEAF_NOTE] = "is a note of the server",
    [HF_LEAF_READ] = "tells of a visit to a record",
    [HF_LEAF_POLICY] = "changes the policy",
};

const char *hf_audit_kind_name(enum hf_leaf_kind kind)
{
    return (unsigned)kind < HF_LEAF_KIND_COUNT ? kind_names[kind] : "unknown";
}

enum hf_status hf_audit_kind_parse(struct hf_slice name, enum hf_leaf_kind *out)
{
    for (unsigned i = 0; i < HF_LEAF_KIND_COUNT; i++) {
        if (hf_slice_equal(name, hf_slice_str(kind_names[i]))) {
            *out = (enum hf_leaf_kind)i;
            return HF_OK;
        }
    }
    return HF_ERR_INVALID;
}

static void add_id(const struct hf_id *id, struct hf_buf *out)
{
    hf_audit_name_append(NULL, id, out);
}

static void add_reason(struct hf_slice reason, struct hf_buf *out)
{
    if (reason.len == 0)
        return;
    hf_buf_append_str(out, " (");
    hf_audit_plain(reason, out);
    hf_buf_append_u8(out, ')');
}

static void add_device(const uint8_t *device, struct hf_buf *out, struct hf_audit_subject *subject)
{
    hf_text_hex(out, hf_slice_of(device, HF_AUDIT_DEVICE_DIGITS / 2));
    subject->has_device = true;
    memcpy(subject->device, device, sizeof subject->device);
}

static bool enrol_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                        struct hf_audit_subject *subject)
{
    struct hf_enrol_body body;
    if (hf_enrol_body_decode(bytes, &body) != HF_OK)
        return false;
    hf_buf_append_str(out, "enrols device ");
    add_device(body.device, out, subject);
    hf_buf_append_fmt(out, " as %s of person ", hf_role_name(body.role));
    hf_audit_name_append(names, &body.person, out);
    if (body.incarnation > 0)
        hf_buf_append_fmt(out, ", incarnation %u", body.incarnation);
    if (body.says_inviter && hf_id_is_zero(&body.invited_by))
        hf_buf_append_str(out, ", invited at the office's own machine");
    else if (body.says_inviter) {
        hf_buf_append_str(out, ", invited by ");
        hf_audit_name_append(names, &body.invited_by, out);
    }
    subject->person = body.person;
    return true;
}

static bool revoke_words(struct hf_slice bytes, struct hf_buf *out, struct hf_audit_subject *subject)
{
    struct hf_revoke_body body;
    if (hf_revoke_body_decode(bytes, &body) != HF_OK)
        return false;
    hf_buf_append_str(out, "revokes device ");
    add_device(body.device, out, subject);
    add_reason(body.reason_code, out);
    return true;
}

static void officer_words(const struct hf_caseload_note *note, const struct hf_audit_names *names, struct hf_buf *out)
{
    hf_buf_append_str(out, note->given ? "makes person " : "says that person ");
    hf_audit_name_append(names, &note->person, out);
    hf_buf_append_str(out, note->given ? " a records officer" : " is no records officer any more");
}

static void guard_words(const struct hf_caseload_note *note, struct hf_buf *out)
{
    char time[HF_TIME_TEXT_BYTES];
    hf_text_time(note->made_ms, time);
    hf_buf_append_fmt(
        out,
        "says that its signing guard was lost and made anew at %s, from a checkpoint for %llu entries %s, "
        "when the log had %llu. Reason: ",
        time, (unsigned long long)note->size,
        note->outside ? "that somebody outside had" : "of its own, because nobody had a newer one",
        (unsigned long long)note->count);
    hf_audit_plain(note->reason, out);
}

static bool caseload_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                           struct hf_audit_subject *subject)
{
    struct hf_caseload_note note;
    if (hf_caseload_note_decode(bytes, &note) != HF_OK)
        return false;
    subject->person = note.person;
    if (note.what == HF_CASELOAD_PURGED) {
        hf_buf_append_str(out, "has from device ");
        add_device(note.device, out, subject);
        hf_buf_append_str(out, " of person ");
        add_id(&note.person, out);
        hf_buf_append_str(out, " that case ");
        add_id(&note.case_id, out);
        hf_buf_append_fmt(out, " is purged there, but for %llu leaves of its own", (unsigned long long)note.count);
        subject->case_id = note.case_id;
        return true;
    }
    if (note.what == HF_CASELOAD_EVIDENCE) {
        hf_buf_append_fmt(out, "keeps as evidence %zu leaves of chain %llu of device ", note.leaves.len / HF_LEAF_BYTES,
                          (unsigned long long)note.incarnation + 1);
        add_device(note.device, out, subject);
        hf_buf_append_str(out, ", in whose place the log has others");
        return true;
    }
    if (note.what == HF_CASELOAD_INCARNATION) {
        hf_buf_append_fmt(out, "lets chain %llu take the place of chain %llu of device ",
                          (unsigned long long)note.incarnation + 1, (unsigned long long)note.old_incarnation + 1);
        add_device(note.device, out, subject);
        hf_buf_append_fmt(out, ", which the log has up to number %llu: its store was put back, copied or damaged",
                          (unsigned long long)note.next_seq);
        return true;
    }
    if (note.what == HF_CASELOAD_HELD) {
        hf_buf_append_str(out, "holds change ");
        add_id(&note.change_id, out);
        hf_buf_append_fmt(out, ", which had waited, for reason %u", (unsigned)note.hold);
        return true;
    }
    if (note.what == HF_CASELOAD_CLOCK) {
        char off[HF_CLOCK_OFF_BYTES];
        hf_clock_off_text(hf_caseload_clock_offset(&note), off);
        hf_buf_append_str(out, "measures that the clock of device ");
        add_device(note.device, out, subject);
        hf_buf_append_fmt(out, " is %s", off[0] ? off : "right");
        return true;
    }
    if (note.what == HF_CASELOAD_DAY) {
        hf_buf_append_str(out, "says which day it is, before it judges who may");
        return true;
    }
    if (note.what == HF_CASELOAD_ROLE) {
        hf_buf_append_str(out, "gives person ");
        hf_audit_name_append(names, &note.person, out);
        hf_buf_append_fmt(out, " the role %s", hf_role_name(note.role));
        return true;
    }
    if (note.what == HF_CASELOAD_GUARD || note.what == HF_CASELOAD_OFFICER) {
        note.what == HF_CASELOAD_GUARD ? guard_words(&note, out) : officer_words(&note, names, out);
        return true;
    }
    if (note.count > 0)
        hf_buf_append_fmt(out, "%llu entries from %llu on were ", (unsigned long long)note.count,
                          (unsigned long long)note.first);
    hf_buf_append_str(out, "asked for by person ");
    hf_audit_name_append(names, &note.person, out);
    hf_buf_append_str(out, " on device ");
    add_device(note.device, out, subject);
    hf_buf_append_str(out, " (");
    hf_audit_plain(note.command, out);
    hf_buf_append_str(out, ")");
    return true;
}

/* The shard that a certificate is of: every certificate in it repeats how it began. */
static void shard_words(struct hf_slice bytes, struct hf_buf *out)
{
    struct hf_shard shard;
    struct hf_shard_lost_list lost;
    if (bytes.len == 0 || hf_shard_decode(bytes, &shard) != HF_OK || hf_shard_lost_decode(shard.lost, &lost) != HF_OK)
        return;
    hf_buf_append_str(out, ", and its log ");
    hf_audit_plain(shard.name, out);
    hf_buf_append_fmt(out, ", which began with entry %llu", (unsigned long long)shard.size);
    if (lost.count > 0)
        hf_buf_append_fmt(out, " and brought %zu certificate%s of the part that was lost", lost.count,
                          lost.count == 1 ? "" : "s");
    hf_buf_append_str(out, ". Reason: ");
    hf_audit_plain(shard.reason, out);
}

static bool note_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                       struct hf_audit_subject *subject)
{
    struct hf_note_body body;
    if (hf_note_body_decode(bytes, &body) != HF_OK)
        return false;
    if (body.what == HF_NOTE_SERVER) {
        hf_buf_append_str(out, "certifies the server, for ");
        hf_audit_plain(body.authority_name, out);
        shard_words(body.shard, out);
    } else if (body.what == HF_NOTE_ASSIGN) {
        hf_buf_append_str(out, body.held ? "assigns case " : "takes case ");
        hf_audit_name_append(names, &body.case_id, out);
        hf_buf_append_str(out, body.held ? " to person " : " from person ");
        hf_audit_name_append(names, &body.person, out);
        add_reason(body.reason_code, out);
        subject->case_id = body.case_id;
        subject->person = body.person;
    } else if (body.what == HF_NOTE_RELEASE) {
        hf_buf_append_str(out, body.released ? "releases held change " : "rejects held change ");
        add_id(&body.change_id, out);
    } else {
        return caseload_words(bytes, names, out, subject);
    }
    return true;
}

void hf_audit_entry_words(const struct hf_audit_entry *entry, const struct hf_audit_names *names, struct hf_buf *out,
                          struct hf_audit_subject *out_subject)
{
    enum hf_leaf_kind kind = entry->leaf->kind;
    bool said = false;
    memset(out_subject, 0, sizeof *out_subject);
    if (entry->opened && kind == HF_LEAF_ENROL)
        said = enrol_words(entry->body, names, out, out_subject);
    else if (entry->opened && kind == HF_LEAF_REVOKE)
        said = revoke_words(entry->body, out, out_subject);
    else if (entry->opened && kind == HF_LEAF_ERASE)
        said = hf_audit_erase_words(entry->body, names, out, out_subject);
    else if (entry->opened && kind == HF_LEAF_HOLD)
        said = hf_audit_hold_words(entry->body, names, out, out_subject);
    else if (entry->opened && kind == HF_LEAF_NOTE)
        said = note_words(entry->body, names, out, out_subject);
    else if (entry->opened && kind == HF_LEAF_DATA)
        said = hf_audit_data_words(entry->body, names, out, out_subject);
    else if (entry->opened && kind == HF_LEAF_CASE)
        said = hf_audit_case_words(entry->body, out, out_subject);
    else if (entry->opened && kind == HF_LEAF_READ)
        said = hf_audit_page_words(entry->body, names, out, out_subject);
    else if (entry->opened && kind == HF_LEAF_POLICY)
        said = hf_audit_policy_words(entry->body, out);
    if (!said)
        hf_buf_append_str(out, sealed_words[entry->leaf->kind]);
    if (entry->without_effect)
        hf_buf_append_str(out, "; without effect: a device may not make such an entry");
    if (entry->handed_in)
        hf_buf_append_str(out, "; handed in after its device was revoked");
}
