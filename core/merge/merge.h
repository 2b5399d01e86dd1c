/* Merge: the state of a record as a pure function of the set of changes that take effect (design.md, seam 2). The order
 * of arrival never matters, clocks never decide, nothing is ever overwritten silently.
 *
 * Every field is a list of entries (change id, clock, value), sorted by change id then value:
 *   value, text, status, verbatim: an edit removes the entries of the bases it names and adds its own;
 *     several entries with different values are a conflict, with equal values they count as one;
 *   status: as said, but an edit that names one base takes its entry out only by a step that the machine of the field
 *           knows, and of several values the one furthest along stands (core/model/steps.h);
 *   set:    an edit adds an entry per added element and removes the entries whose element it removes and whose change
 *           it names as a base;
 *   append: an edit adds its entry.
 * What a finalising or amending change put in (field 991, core/model/act.h) is taken out by amending changes only; what
 * a change takes out of sets is kept as entries of field 992. The caller applies a change only when every base of it
 * has been applied before (hf_merge_bases) and applies no change twice: both are answered by its table of changes. */
#ifndef HF_CORE_MERGE_MERGE_H
#define HF_CORE_MERGE_MERGE_H

#include "core/base/clock.h"
#include "core/model/body.h"

#define HF_FIELD_ENTRIES_MAX 4096
#define HF_STATE_BYTES_MAX   (4u * 1024 * 1024)
#define HF_DELETES_MAX       64 /* deletes of a record, none knowing of another, that are told apart */

struct hf_entry {
    struct hf_id change;
    hf_clock clock; /* shown to people and used to sort append entries for them; decides nothing */
    struct hf_slice value;
    bool is_aside; /* worked out: a proposed amendment, not part of what the record says */
};
struct hf_field_state {
    uint16_t field;
    size_t count;
    size_t cap;
    struct hf_entry *entries;
};
enum hf_deleted {
    HF_DELETED_NOT,
    HF_DELETED_YES,          /* out of view */
    HF_DELETED_EDITED_SINCE, /* by somebody who did not know: a clash */
    HF_DELETED_DISPUTED      /* deleted by one, restored by another: a clash */
};
/* Owns its entries and (in `arena`) the bytes of their values. Zero-initialised is a valid empty state. */
struct hf_record_state {
    struct hf_id case_id;
    struct hf_id record_id;
    uint16_t type;
    size_t field_count;
    struct hf_field_state *fields; /* ascending field codes; a field without entries is absent */
    struct hf_value_block *arena;
    /* worked out from the entries, not packed (core/merge/standing.h) */
    bool is_final;
    enum hf_deleted deleted;
};

void hf_record_state_clear(struct hf_record_state *state);
/* Packed form, one row per record: [case, record, type, [[field, [entry …]] …]]; an entry is [change, clock, value], or
 * [n, value] when its change is the n-th last (0: the last) of at most 16 that were written out in full before it.
 * Canonical: equal states give equal bytes. Not for an empty state. */
void hf_record_state_encode(const struct hf_record_state *state, struct hf_buf *out);
/* Strict: what decodes encodes to the same bytes, and every value passes hf_value_check; copies what it needs.
 * HF_ERR_CORRUPT, HF_ERR_LIMIT, HF_ERR_NOMEM; HF_ERR_UNSUPPORTED for a type or field that only a later version knows.
 */
HF_CHECKED enum hf_status hf_record_state_decode(struct hf_slice packed, struct hf_record_state *out);

/* NULL when the field has no entries. Borrowed. */
const struct hf_field_state *hf_record_state_field(const struct hf_record_state *state, uint16_t field);

/* Applies one change. An empty state takes case, record and type from the body; otherwise they must fit
 * (HF_ERR_INVALID). HF_ERR_LIMIT: a field would hold more than HF_FIELD_ENTRIES_MAX entries or the packed state more
 * than HF_STATE_BYTES_MAX. HF_ERR_NOMEM. On any error the state is unchanged. Time: one pass over the entries of the
 * record. */
HF_CHECKED enum hf_status hf_merge_apply(struct hf_record_state *state, const struct hf_data_body *body,
                                         const struct hf_id *change, hf_clock clock);

/* Calls `base` for every distinct base of a body until it returns false; true when all returned true. */
typedef bool hf_merge_base_fn(void *ctx, const struct hf_id *base);
bool hf_merge_bases(const struct hf_data_body *body, hf_merge_base_fn *base, void *ctx);

/* Proposed amendments count in none of the following: they stand beside what the record says. */

/* True when the field holds two or more different values (single-value kinds only; of a status: and none of them is
 * further along than all others). Not for HF_FIELD_DELETED, whose clash is in state->deleted. */
bool hf_merge_in_conflict(const struct hf_record_spec *type, const struct hf_field_state *field);
/* Number of fields of the record in conflict, and one more for a record that was deleted and edited since, or whose
 * delete is disputed. */
size_t hf_merge_conflict_count(const struct hf_record_state *state);
/* Single-value kinds: the value when there is exactly one distinct value, of a status the one furthest along; an empty
 * slice when the field is absent or in conflict. Borrowed. */
struct hf_slice hf_merge_plain_value(const struct hf_record_spec *type, const struct hf_field_state *field);
/* The ids an ordinary edit (or a resolution) of this field must name now: the changes of all its entries, distinct,
 * ascending. Writes at most max; returns the number there are; 0 for NULL. */
size_t hf_merge_heads(const struct hf_field_state *field, struct hf_id *out, size_t max);
/* The same for an edit of a set that takes out `removed` (ascending, as hf_set_edit_decode gives it): only the changes
 * that had added one of these elements. */
size_t hf_merge_removed_heads(const struct hf_field_state *field, const struct hf_slice *removed, size_t removed_count,
                              struct hf_id *out, size_t max);

/* Digest of states: SHA-256 over the canonical msgpack of [case, record, type, field, change, value] for every entry,
 * sorted by record, field, change, value. Feed records in ascending record id. */
struct hf_digest {
    struct hf_sha256 hash;
};
void hf_digest_begin(struct hf_digest *digest);
void hf_digest_add(struct hf_digest *digest, const struct hf_record_state *state);
void hf_digest_end(struct hf_digest *digest, uint8_t out[HF_HASH_BYTES]);

#endif
