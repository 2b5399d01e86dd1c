/* What an office knew at a moment, worked out again from the opened entries of a log: which changes took effect, the
 * records, the procedures and who held which case. It uses the same pure rooms as devices and server (core/merge,
 * core/policy), and rules of its own about what is held, so that it does not take the office's word for it.
 *
 * What was known: every entry up to the last one of the server whose time is not after the moment, and of those between
 * it and the next one of the server the ones whose own time is not after it. Holds all that was written in memory. */
#ifndef HF_TOOLS_AUDIT_REPLAY_H
#define HF_TOOLS_AUDIT_REPLAY_H

#include "core/merge/merge.h"
#include "core/model/item.h"
#include "core/policy/book.h"
#include "tools/audit/audit.h"
#include "tools/audit/command.h"

struct hf_audit_replay;

/* HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_replay_new(struct hf_audit_replay **out);
void hf_audit_replay_free(struct hf_audit_replay *replay); /* NULL is fine */
/* Keeps one entry, in the order of the log. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_replay_take(struct hf_audit_replay *replay, const struct hf_audit_entry *entry);
/* Works it out, once, after the last entry. HF_ERR_NOMEM, HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_audit_replay_run(struct hf_audit_replay *replay, const uint8_t log_id[HF_HASH_BYTES],
                                              uint64_t as_of_ms);

/* Entries that were known, of those kept; and those whose contents did not stand open. */
void hf_audit_replay_counts(const struct hf_audit_replay *replay, uint64_t *out_known, uint64_t *out_sealed);
/* Records in order of case and id. Borrowed. */
size_t hf_audit_replay_records(const struct hf_audit_replay *replay);
const struct hf_record_state *hf_audit_replay_record(const struct hf_audit_replay *replay, size_t number);
/* Changes without effect then, in the order of the log. */
struct hf_audit_held {
    uint64_t index;
    struct hf_id case_id;
    struct hf_id record_id;
    enum hf_hold hold; /* HF_HOLD_NONE: it waited for a change that had not come */
};
size_t hf_audit_replay_held(const struct hf_audit_replay *replay);
struct hf_audit_held hf_audit_replay_held_at(const struct hf_audit_replay *replay, size_t number);
/* The procedures and decisions of the authority, as they were. Borrowed. */
struct hf_book *hf_audit_replay_book(struct hf_audit_replay *replay);

/* The report (replay_report.c). argv: the words after the name. */
int hf_audit_replay_report(int argc, char *const *argv, const struct hf_audit_streams *streams);

#endif
