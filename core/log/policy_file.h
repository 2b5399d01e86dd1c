/* C2SP tlog-policy: which logs and witnesses count, as a text file. Pure. */
#ifndef HF_CORE_LOG_POLICY_FILE_H
#define HF_CORE_LOG_POLICY_FILE_H

#include "core/log/cosignature.h"

#define HF_LOG_POLICY_BYTES_MAX 65536
#define HF_POLICY_LOGS_MAX      32
#define HF_POLICY_NODES_MAX     64 /* witnesses and groups together */
#define HF_POLICY_NONE          UINT16_MAX

struct hf_policy_log {
    struct hf_note_key key;
    struct hf_slice url; /* empty: none */
};

/* A witness, or a group of nodes that stand before it. */
struct hf_policy_node {
    struct hf_slice name;
    bool is_group;
    struct hf_cosigner cosigner; /* witness only */
    struct hf_slice url;         /* witness only; empty: none */
    uint16_t threshold;          /* group only: how many members must have witnessed */
    uint16_t members;            /* group only */
    uint16_t parent;             /* the group this node is a member of, or HF_POLICY_NONE */
};

/* Names and URLs borrow from the text it was read from. */
struct hf_policy_file {
    size_t log_count;
    struct hf_policy_log log[HF_POLICY_LOGS_MAX];
    size_t node_count;
    struct hf_policy_node node[HF_POLICY_NODES_MAX];
    uint16_t quorum; /* a node, or HF_POLICY_NONE for `quorum none` */
};

/* Reads the text. Lines: log, witness, group, quorum, comment, empty; any other is an error, as is a second or missing
 * quorum, a duplicate key or name, a name used before it is defined, and a last line without newline. Log keys must be
 * of type 0x01 and witness keys of type 0x04 (HF_ERR_UNSUPPORTED otherwise). HF_ERR_INVALID, HF_ERR_LIMIT; err (may be
 * NULL) names the line. *out is untouched on failure. */
HF_CHECKED enum hf_status hf_policy_file_parse(struct hf_slice text, struct hf_policy_file *out, struct hf_error *err);
/* Appends the text: one line each, in order, single spaces. */
void hf_policy_file_format(const struct hf_policy_file *policy, struct hf_buf *out);
/* Appends what a log without witnesses publishes: `log <vkey>` and `quorum none`. */
void hf_policy_file_format_log(const struct hf_note_key *key, struct hf_buf *out);

/* Opens a signed checkpoint under the policy: signed by a listed log whose name is the origin, no forged line of a
 * listed log or witness, and the quorum met. *out_log (may be NULL) is which log. HF_ERR_INVALID or HF_ERR_LIMIT form,
 * HF_ERR_AUTH not signed by a listed log or a forged line, HF_ERR_DENIED quorum not met. err may be NULL. */
/* hf_policy_file_look leaves the quorum to the caller: *out_met says whether it is met. */
HF_CHECKED enum hf_status hf_policy_file_look(const struct hf_policy_file *policy, struct hf_slice note,
                                              struct hf_checkpoint *out, size_t *out_log, bool *out_met,
                                              struct hf_error *err);
HF_CHECKED enum hf_status hf_policy_file_open(const struct hf_policy_file *policy, struct hf_slice note,
                                              struct hf_checkpoint *out, size_t *out_log, struct hf_error *err);

#endif
