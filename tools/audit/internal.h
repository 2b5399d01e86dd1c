/* Inside tools/audit: the steps of a run, and how each one says no. Every step returns HF_OK or what hf_audit_run
 * returns, with the finding filled. */
#ifndef HF_TOOLS_AUDIT_INTERNAL_H
#define HF_TOOLS_AUDIT_INTERNAL_H

#include "tools/audit/audit.h"

/* Fill the finding; all return HF_ERR_AUTH. The text names the entry itself. */
enum hf_status hf_audit_refuse_entry(struct hf_audit *audit, enum hf_audit_check check, uint64_t index,
                                     const char *format, ...) __attribute__((format(printf, 4, 5)));
enum hf_status hf_audit_refuse_range(struct hf_audit *audit, enum hf_audit_check check, uint64_t first, uint64_t last,
                                     const char *file, const char *format, ...) __attribute__((format(printf, 6, 7)));
enum hf_status hf_audit_refuse_file(struct hf_audit *audit, enum hf_audit_check check, const char *file,
                                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Returns `status`, which is HF_ERR_NOMEM, HF_ERR_LIMIT or HF_ERR_IO. */
enum hf_status hf_audit_give_up(struct hf_audit *audit, enum hf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A node of the tree was not to be had: what audit->nodes.status says. */
enum hf_status hf_audit_refuse_nodes(struct hf_audit *audit);

/* Replaces what is in out by the file. HF_ERR_NOT_FOUND without a finding; everything else that fails is refused as
 * HF_AUDIT_FILE, in the name of entries first to last when has_entry is set. */
struct hf_audit_about {
    bool has_entry;
    uint64_t first;
    uint64_t last;
};
HF_CHECKED enum hf_status hf_audit_fetch(struct hf_audit *audit, const char *name, size_t limit_bytes,
                                         struct hf_audit_about about, struct hf_buf *out);
/* Refuses a file that must be there. */
enum hf_status hf_audit_refuse_missing(struct hf_audit *audit, const char *name, struct hf_audit_about about);

/* policy, checkpoint, prev: form and signatures. (head.c) */
HF_CHECKED enum hf_status hf_audit_read_head(struct hf_audit *audit);
/* Every entry in order, each against its stored hash; then the upper tiles and both roots. (tree.c) */
HF_CHECKED enum hf_status hf_audit_walk(struct hf_audit *audit);
/* What an entry shows by itself: worked out in any thread, told when its turn comes. (alone.c) */
enum hf_audit_verdict { HF_AUDIT_FITS, HF_AUDIT_OTHER_LENGTH, HF_AUDIT_OTHER_FORM, HF_AUDIT_OTHER_SIGNATURE };
struct hf_audit_alone {
    struct hf_slice bytes; /* borrowed; the rest is worked out from it */
    enum hf_audit_verdict verdict;
    struct hf_leaf leaf; /* when it has the form of one */
    struct hf_hash leaf_hash;
    uint8_t chain_hash[HF_HASH_BYTES]; /* when it has the length of a leaf */
};
void hf_audit_look(struct hf_audit_alone *alone);
/* One entry, all that can be said of it with those before it. The tree still ends before it. (entry.c) */
HF_CHECKED enum hf_status hf_audit_check_entry(struct hf_audit *audit, uint64_t index,
                                               const struct hf_audit_alone *alone, const struct hf_hash *stored_hash,
                                               const char *hash_file);
/* The entry before `end` that this device signed with this number, found by reading again from the beginning; false
 * when it is not there any more. Only for saying what is wrong. (again.c) */
bool hf_audit_find_again(struct hf_audit *audit, uint64_t end, const struct hf_leaf *leaf, uint64_t *out_index,
                         struct hf_hash *out_leaf_hash);
/* Payload and opening; what an office entry changes about who may sign. (contents.c) */
HF_CHECKED enum hf_status hf_audit_check_payload(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf);
HF_CHECKED enum hf_status hf_audit_read_opening(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf,
                                                bool *out_present, struct hf_slice *out_body);
HF_CHECKED enum hf_status hf_audit_begin_server(struct hf_audit *audit, const struct hf_leaf *leaf);
/* An entry whose signer is not known yet: a further certificate of the server makes it known. */
HF_CHECKED enum hf_status hf_audit_take_certificate(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf);
/* --- shards.c --- */
/* The log id of the first log (0), or of a shard; and the other way round (SIZE_MAX: none). */
const uint8_t *hf_audit_log_at(const struct hf_audit *audit, size_t log);
size_t hf_audit_find_log(const struct hf_audit *audit, const uint8_t id[HF_HASH_BYTES]);
/* The shard of a certificate: nothing when it is the one that is; otherwise this entry begins it. */
HF_CHECKED enum hf_status hf_audit_begin_shard(struct hf_audit *audit, uint64_t index, struct hf_slice bytes);
/* Before that: the certificates that were lost with the end of the log before, which the shard of `body` brings. */
HF_CHECKED enum hf_status hf_audit_take_lost(struct hf_audit *audit, uint64_t index, const struct hf_note_body *body);
/* A key of the log as it is named now, in force from this entry on. (contents.c) */
void hf_audit_add_log_key(struct hf_audit *audit, uint64_t index, const uint8_t *key);
/* How many entries of a log stand unchanged at the beginning of this one. */
uint64_t hf_audit_left_of(const struct hf_audit *audit, size_t log);
/* The device begins a new chain. */
HF_CHECKED enum hf_status hf_audit_chain_ends(struct hf_audit *audit, struct hf_audit_device *device);
/* Number and chain of an entry that was signed for a log before; *out_in_gap: it fills a gap. */
HF_CHECKED enum hf_status hf_audit_check_handed_on(struct hf_audit *audit, uint64_t index, const struct hf_leaf *leaf,
                                                   struct hf_audit_device *device, bool *out_in_gap);
/* Whether a checkpoint was signed with the key that its log, this one or one before, had at its size. */
bool hf_audit_key_fits(const struct hf_audit *audit, const struct hf_checkpoint *checkpoint, const uint8_t *key);
bool hf_audit_of_last_log(const struct hf_audit *audit, const struct hf_checkpoint *checkpoint, const uint8_t *key);
/* Whether the earlier checkpoint is of a log before and counts what was lost: it then cannot be more than was known. */
HF_CHECKED enum hf_status hf_audit_check_parted(struct hf_audit *audit);

/* Opens it and tells whoever asked; one without effect need not stand open, and is not applied. */
HF_CHECKED enum hf_status hf_audit_check_opening(struct hf_audit *audit, struct hf_audit_entry *entry);
/* Whether an entry of this kind counts when a device of this role signed it. */
bool hf_audit_may_sign(enum hf_leaf_kind kind, enum hf_role role);
/* An entry has no payload in the bundle; an erasure may say why. (erased.c) */
HF_CHECKED enum hf_status hf_audit_note_missing(struct hf_audit *audit, uint64_t index);
HF_CHECKED enum hf_status hf_audit_apply_erase(struct hf_audit *audit, uint64_t index, struct hf_slice bytes);
/* Who has the right of a records officer from here on. */
HF_CHECKED enum hf_status hf_audit_apply_officer(struct hf_audit *audit, const struct hf_id *person, bool given);
HF_CHECKED enum hf_status hf_audit_check_hold(struct hf_audit *audit, uint64_t index, struct hf_slice bytes);
/* Proof files beside the tiles. (proofs.c) */
HF_CHECKED enum hf_status hf_audit_check_proofs(struct hf_audit *audit);

#endif
