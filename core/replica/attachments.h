/* Attachments on a device (core/model/attachment.h). Their records are records like others; their content lies sealed
 * in a folder of its own, one file each (chunks.h), with a row here that says how much of it is there and how much of
 * it the office has. Rules:
 *
 *   - Nothing is ever written in plain text. What is added is sealed chunk by chunk on its way to the disk.
 *   - The file is whole and durable before the record is signed. What a crash left behind is swept when it is opened.
 *   - A row counts chunks, and counts them after they are durable.
 *   - With its case (purge, erasure) row and file go; without the class key no chunk opens anyway.
 *
 * Threads as in replica.h. */
#ifndef HF_CORE_REPLICA_ATTACHMENTS_H
#define HF_CORE_REPLICA_ATTACHMENTS_H

#include "core/attach/chunks.h"
#include "core/replica/replica.h"

#define HF_ATTACH_ADDS_MAX 4 /* under way at once; HF_REPLICA_ATTACH_ADDS */

/* Where the files lie; copied. Without it there are none: adding is HF_ERR_UNSUPPORTED. Sweeps what no row names when
 * `sweep` is set (not in a replica that is only read). */
HF_CHECKED enum hf_status hf_replica_attach_folder(struct hf_replica *replica, const char *folder, bool sweep,
                                                   struct hf_error *err);

/* --- adding ------------------------------------------------------------------------------------------------------ */
struct hf_attach_add;
struct hf_attach_spec {
    struct hf_id case_id;
    struct hf_id parent; /* the record it belongs to, in this case */
    uint64_t size;       /* of what will be written */
    struct hf_slice title;
    struct hf_slice name;
    struct hf_slice media_type;
};
/* HF_ERR_LIMIT with text: larger than the procedure allows, or too many under way; HF_ERR_INVALID: empty, or the record
 * belongs to another case; HF_ERR_NOT_FOUND: no such case or record; HF_ERR_STATE: not enrolled, or revoked. Texts are
 * copied. Ended by finish or abandon. */
HF_CHECKED enum hf_status hf_replica_attach_begin(struct hf_replica *replica, const struct hf_attach_spec *spec,
                                                  uint64_t now_ms, struct hf_attach_add **out, struct hf_error *err);
/* The next bytes, any number of them. HF_ERR_INVALID: more than `size`; HF_ERR_FULL, HF_ERR_IO. */
HF_CHECKED enum hf_status hf_attach_add_write(struct hf_attach_add *add, struct hf_slice bytes, struct hf_error *err);
/* All was written: the file is made durable, then the record is signed. Frees add when it is HF_OK. */
HF_CHECKED enum hf_status hf_attach_add_finish(struct hf_attach_add *add, uint64_t now_ms, struct hf_id *out_record,
                                               struct hf_error *err);
void hf_attach_add_abandon(struct hf_attach_add *add); /* removes what was written, frees; NULL is fine */
/* What the procedures of a case allow (hf_book_attach_limit). */
HF_CHECKED enum hf_status hf_replica_attach_limit(struct hf_replica *replica, const struct hf_id *case_id,
                                                  uint64_t now_ms, uint64_t *out, struct hf_error *err);

/* --- reading ----------------------------------------------------------------------------------------------------- */
struct hf_attachment {
    struct hf_id record_id, case_id, parent;
    struct hf_slice title, name, media_type;
    uint64_t size;
    uint64_t chunk_count, have, sent; /* chunks; sent: the office has them (own ones) */
    bool own;                         /* added on this device */
    bool wanted;                      /* asked for */
    enum hf_sent_state state;         /* record and content together: the lesser of both */
    enum hf_attach_result answer;     /* why the office did not take or give it last time */
    bool is_lost;                     /* added here, and neither here nor at the office any more: to be added again */
    bool clashes;                     /* two contents stand side by side: none is given out */
};
typedef bool hf_attachment_fn(void *ctx, const struct hf_attachment *attachment);
/* Of a case and, unless parent is zero, of that record; those that were removed are left out. */
HF_CHECKED enum hf_status hf_replica_attachments(struct hf_replica *replica, const struct hf_id *case_id,
                                                 const struct hf_id *parent, hf_attachment_fn *each, void *ctx,
                                                 struct hf_error *err);
/* HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_replica_attachment(struct hf_replica *replica, const struct hf_id *record_id,
                                                hf_attachment_fn *each, void *ctx, struct hf_error *err);
/* Plain text, chunk by chunk, from chunk `first` on, until the callback answers false. HF_ERR_WAITING with text: not
 * all of it is here yet; HF_ERR_CORRUPT: what is on this disk does not fit (when the office has all of it, it is due to
 * be fetched again); HF_ERR_NOT_FOUND; HF_ERR_CONFLICT: clashes.
 */
typedef bool hf_attach_bytes_fn(void *ctx, struct hf_slice plain);
HF_CHECKED enum hf_status hf_replica_attach_read(struct hf_replica *replica, const struct hf_id *record_id,
                                                 uint64_t first, hf_attach_bytes_fn *each, void *ctx,
                                                 struct hf_error *err);
/* To be fetched although it is large. HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_replica_attach_want(struct hf_replica *replica, const struct hf_id *record_id,
                                                 struct hf_error *err);

/* --- syncing: the lane behind everything else --------------------------------------------------------------------- */
/* One step of it. Owns bytes. */
struct hf_attach_step {
    bool any; /* otherwise nothing is to be done */
    bool put; /* chunks for the office (none: how many has it?); otherwise chunks are asked for */
    struct hf_id record_id;
    uint64_t first;
    struct hf_slice chunks[HF_CHUNKS_RUN_MAX];
    size_t count;
    struct hf_proof proof;
    struct hf_buf bytes;
};
void hf_attach_step_clear(struct hf_attach_step *step);

/* `line` is a number of this connection: what the office did not take or give is not tried again on it, and what it has
 * is asked for once on it. hand_in: only own ones. Takes note of attachments that came with records. */
HF_CHECKED enum hf_status hf_replica_attach_due(struct hf_replica *replica, uint64_t line, bool hand_in, bool *out,
                                                struct hf_error *err);
/* The next step with at most `most` chunks. Own ones first, of those the one with least left. Clear *out after use. */
HF_CHECKED enum hf_status hf_replica_attach_next(struct hf_replica *replica, uint64_t line, bool hand_in, size_t most,
                                                 struct hf_attach_step *out, struct hf_error *err);
/* The office's answer to a put: it has `have` chunks. */
HF_CHECKED enum hf_status hf_replica_attach_has(struct hf_replica *replica, uint64_t line,
                                                const struct hf_attach_step *step, enum hf_attach_result result,
                                                uint64_t have, struct hf_error *err);
/* The office's answer to asking: the chunks from step->first on. Those that do not fit the signed root are not stored,
 * and HF_ERR_AUTH is the answer. */
HF_CHECKED enum hf_status hf_replica_attach_part(struct hf_replica *replica, uint64_t line,
                                                 const struct hf_attach_step *step, enum hf_attach_result result,
                                                 const struct hf_slice *chunks, size_t count,
                                                 const struct hf_proof *proof, struct hf_error *err);
/* The office has all of this one by now: it is due again, if it was put off. Unknown ids are fine. */
HF_CHECKED enum hf_status hf_replica_attach_whole(struct hf_replica *replica, const struct hf_id *record_id,
                                                  struct hf_error *err);
/* The mark in a WELCOME: when it is another one than before, everything that was added here is asked about once more,
 * and sent again where it is not there. */
HF_CHECKED enum hf_status hf_replica_attach_heard(struct hf_replica *replica, uint32_t mark, struct hf_error *err);
/* The mark heard last (0: none), and whether the office said that it has chunks of anything that was added here. */
HF_CHECKED enum hf_status hf_replica_attach_mark(struct hf_replica *replica, uint32_t *out_mark, bool *out_own,
                                                 struct hf_error *err);
/* Those that are lost (is_lost), by record; removed ones are left out. False stops. */
typedef bool hf_attach_lost_fn(void *ctx, const struct hf_id *record_id, const struct hf_id *case_id);
HF_CHECKED enum hf_status hf_replica_attach_lost(struct hf_replica *replica, hf_attach_lost_fn *each, void *ctx);
/* Whether anything was put off on this connection. */
HF_CHECKED enum hf_status hf_replica_attach_put_off(struct hf_replica *replica, uint64_t line, bool *out,
                                                    struct hf_error *err);
/* On this connection everything may be tried once more. */
HF_CHECKED enum hf_status hf_replica_attach_again(struct hf_replica *replica, uint64_t line, struct hf_error *err);

/* --- carried in files (attach_carry.c) -----------------------------------------------------------------------------
 */
/* False stops. */
typedef bool hf_attach_step_fn(void *ctx, const struct hf_attach_step *step);
/* Runs of chunks that the office does not have, of own attachments, the one with least left first. Nothing changes. */
HF_CHECKED enum hf_status hf_replica_attach_carry_out(struct hf_replica *replica, hf_attach_step_fn *each, void *ctx,
                                                      struct hf_error *err);
/* What would be fetched over a connection: steps that ask, of HF_CHUNKS_RUN_MAX chunks at most. */
HF_CHECKED enum hf_status hf_replica_attach_carry_wanted(struct hf_replica *replica, hf_attach_step_fn *each, void *ctx,
                                                         struct hf_error *err);
/* For whoever holds the case: all chunks of attachments that are whole here; without `all` of those only whose record,
 * or a chunk of them, the office does not have as far as this device knows. */
HF_CHECKED enum hf_status hf_replica_attach_carry_case(struct hf_replica *replica, const struct hf_id *case_id,
                                                       bool all, hf_attach_step_fn *each, void *ctx,
                                                       struct hf_error *err);

/* For a progress bar and the status. Bytes of content. */
struct hf_attach_counts {
    uint64_t out_count, out_bytes; /* own ones that the office has not all of */
    uint64_t in_count, in_bytes;   /* to be fetched: small ones, and those that were asked for */
    uint64_t refused;              /* of the own ones, those that the office would not take */
};
HF_CHECKED enum hf_status hf_replica_attach_counts(struct hf_replica *replica, struct hf_attach_counts *out);

#endif
