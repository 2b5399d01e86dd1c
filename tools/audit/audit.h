/* Checking an audit bundle (formats.md 2) against nothing but the authority's public key: every signature, chain, leaf,
 * hash and checkpoint. What the contents say is never looked at, apart from the office's own entries (enrolments and
 * the like), which carry no names and stand open in the bundle.
 *
 * One pass over the entries, a few tiles ahead on all cores; what looks at one entry alone runs in threads, the rest in
 * order in the caller's, so the first bad entry is the one that is named. Memory does not grow with the log: what is
 * kept is each device's chain, the tree as nodes.h keeps it, and a fixed number of tiles. A bundle may come from a
 * stranger: every file is read under a limit, nothing in it is believed before it was checked, and the first thing that
 * does not hold ends the run. No I/O of its own: files come through the reader, called by the caller's thread only. */
#ifndef HF_TOOLS_AUDIT_AUDIT_H
#define HF_TOOLS_AUDIT_AUDIT_H

#include "core/log/bundle.h"
#include "core/model/body.h"
#include "tools/audit/devices.h"
#include "tools/audit/nodes.h"

#define HF_AUDIT_LISTED_MAX 20 /* of a list that may be long, this many are named; the rest is counted */

/* What did not hold. Names for scripts: hf_audit_check_name. */
enum hf_audit_check {
    HF_AUDIT_NONE = 0,
    HF_AUDIT_FILE,        /* missing, too long, a link, a folder, unreadable */
    HF_AUDIT_POLICY,      /* form of the policy */
    HF_AUDIT_CHECKPOINT,  /* form or signature of the checkpoint */
    HF_AUDIT_PREV,        /* the earlier checkpoint: form, signature, or no true part of this log */
    HF_AUDIT_FORM,        /* an entry is not a change */
    HF_AUDIT_SIGNATURE,   /* an entry's signature */
    HF_AUDIT_LOG,         /* an entry of another log */
    HF_AUDIT_HASH_TILE,   /* a stored hash does not fit the entries below it */
    HF_AUDIT_ROOT,        /* the entries are not those the checkpoint was signed for */
    HF_AUDIT_CERTIFICATE, /* entry 0: the authority did not certify this server for this log */
    HF_AUDIT_DEVICE,      /* a device that was not enrolled */
    HF_AUDIT_INCARNATION, /* not the incarnation that was enrolled */
    HF_AUDIT_SEQUENCE,    /* numbers of one device with a gap */
    HF_AUDIT_FORK,        /* two changes of one device with one number */
    HF_AUDIT_DUPLICATE,   /* the same change twice */
    HF_AUDIT_CHAIN,       /* does not continue the change before it */
    HF_AUDIT_CLOCK,       /* clock of a chain not strictly increasing */
    HF_AUDIT_SEEN,        /* what a device says it had seen is no earlier state of this log */
    HF_AUDIT_OPENING,     /* an opening is missing or does not fit */
    HF_AUDIT_CONTENT,     /* an opened office entry says something impossible */
    HF_AUDIT_PAYLOAD,     /* a payload was changed */
    HF_AUDIT_PROOF,       /* a proof file does not hold */
    HF_AUDIT_WITNESS,     /* the policy asks for more witnesses, or what they signed is no part of this log */
    HF_AUDIT_MEMORY,      /* the run ended early: no memory, or a log too large for this program */
    HF_AUDIT_CHECK_COUNT
};
/* Stable lower-case name such as "signature"; never NULL. */
const char *hf_audit_check_name(enum hf_audit_check check);

struct hf_audit_finding {
    enum hf_audit_check check;
    bool has_entry;
    uint64_t first; /* the entry, or the first and last of those that may be meant */
    uint64_t last;
    char file[HF_BUNDLE_NAME_BYTES_MAX]; /* "" when it is about no single file */
    char text[HF_ERROR_TEXT_BYTES];      /* one sentence or two for people */
};

/* What a good bundle holds. */
struct hf_audit_summary {
    uint64_t kind[HF_LEAF_KIND_COUNT]; /* entries without effect are not among them */
    hf_clock first_clock;              /* least and greatest of all entries, as the devices' clocks had it */
    hf_clock last_clock;
    uint64_t handed_in; /* entries of a device after its revocation */
    uint64_t handed_in_index[HF_AUDIT_LISTED_MAX];
    uint64_t without_effect; /* of a kind that its device may not make: logged, never applied */
    uint64_t without_effect_index[HF_AUDIT_LISTED_MAX];
    uint64_t payloads;         /* in the bundle */
    uint64_t payloads_missing; /* not in the bundle, or erased */
    uint64_t payloads_erased;  /* of those: named by an erasure that two officers signed */
    uint64_t erased;           /* entries that erasures name */
    uint64_t erasures;
    uint64_t
        payloads_unproved; /* missing: said to be erased in a part that is lost, by people this log does not know */
    uint64_t openings;
    uint64_t handed_on;      /* entries of a log before that came into a shard again … */
    uint64_t handed_on_seen; /* … and of those, whose device had seen entries that were lost */
    uint64_t proofs;
    char authority_name[HF_AUTHORITY_NAME_BYTES_MAX + 1]; /* as the certificate says; may hold any UTF-8 but NUL */
};

typedef void hf_audit_progress_fn(void *ctx, uint64_t done, uint64_t total);

/* One entry that holds by itself and with all before it; whether the log as a whole holds is known at the end only.
 * Everything is borrowed until the call returns. */
struct hf_audit_entry {
    uint64_t index;
    const struct hf_leaf *leaf;
    const struct hf_audit_device *device; /* its signer, as it stood before this entry took effect */
    bool without_effect;                  /* of a kind that its device may not make */
    bool handed_in;                       /* after its device was revoked */
    bool opened;
    struct hf_slice body; /* when opened */
};
/* Anything but HF_OK ends the run and is handed on, without a finding. */
typedef enum hf_status hf_audit_entry_fn(void *ctx, const struct hf_audit_entry *entry);

/* A key of the log, in force for every checkpoint that holds the entry `from`. */
#define HF_AUDIT_LOG_KEYS_MAX 32
struct hf_audit_log_key {
    uint64_t from;
    size_t log; /* which of the logs, one after the other: 0 the first, then a shard each */
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
};

/* A new shard of the log: the entry that says so is its first. (shards.c) */
struct hf_audit_shard {
    uint64_t at;                 /* the entry: so many are left of the log before */
    uint8_t id[HF_HASH_BYTES];   /* log id from there */
    struct hf_checkpoint before; /* the newest checkpoint of the log before that was known */
    uint64_t keys_lost;          /* changes of the server's keys in the part that was lost, which this one brings */
    bool lost_whole;             /* the next one began before its first entry: its certificate came with that */
    char name[HF_LOG_NAME_BYTES_MAX + 1];
    char reason[HF_SHARD_REASON_BYTES_MAX + 1];
};

/* An erasure whose own entry was lost with the end of a log before (docs/decisions/0017). */
struct hf_audit_carried {
    uint64_t index;
    struct hf_id erasure, case_id;
    bool proved;      /* both who signed it are officers in this log … */
    bool again;       /* … or two officers have signed for it once more since */
    uint64_t entries; /* of this log, whose contents went with it … */
    uint64_t missing; /* … and are not in the bundle */
};

/* Large (about 60 kB): not for the stack. */
struct hf_audit {
    struct hf_bundle_reader reader;
    uint8_t authority_key[HF_SIGN_PUBLIC_BYTES];
    unsigned threads;                      /* 0: one for each core */
    const struct hf_policy_file *demanded; /* the auditor's own policy, borrowed: its quorum must be met; NULL: none */
    hf_audit_progress_fn *progress;        /* may be NULL; called once a tile */
    void *progress_ctx;
    hf_audit_entry_fn *each; /* may be NULL; called for every entry in order */
    void *each_ctx;

    struct hf_audit_finding finding;
    struct hf_audit_summary summary;
    struct hf_policy_file policy;
    struct hf_audit_log_key log_keys[HF_AUDIT_LOG_KEYS_MAX]; /* one after the other, as the log itself says */
    size_t log_key_count;
    uint64_t serial;     /* of the newest certificate of the server */
    struct hf_buf shard; /* the newest shard, as that certificate has it; empty: none */
    struct hf_audit_shard shards[HF_SHARDS_MAX];
    size_t shard_count;
    uint64_t keys_lost; /* while a shard's are counted */
    bool prev_parted;   /* the earlier checkpoint is of a log before, and counts entries that were lost with its end */
    uint8_t prev_key[HF_SIGN_PUBLIC_BYTES];      /* that prev was signed with … */
    uint8_t witnessed_key[HF_SIGN_PUBLIC_BYTES]; /* … and witnessed */
    struct hf_checkpoint checkpoint;
    struct hf_checkpoint prev;
    bool has_prev;
    bool has_quorum;                /* the policy (demanded, else the bundle's) asks for witnesses … */
    struct hf_checkpoint witnessed; /* … and this is the newest checkpoint with its quorum; size 0: none */
    struct hf_audit_devices devices;

    struct hf_buf policy_text; /* policy borrows from it */
    size_t log;                /* which log of the policy signed the checkpoint */
    uint8_t log_id[HF_HASH_BYTES];
    struct hf_audit_nodes nodes;
    struct hf_buf hash_tile, file, opening;
    struct hf_buf carried;  /* struct hf_audit_carried …: erasures that were carried out in a part that is lost */
    struct hf_buf missing;  /* entries without payload: first u64, count u64; each */
    struct hf_buf officers; /* ids of the people who are records officers */
    bool has_seen;          /* the last seen root that was worked out */
    uint64_t seen_size;
    struct hf_hash seen_root;
};

/* The reader is borrowed. */
void hf_audit_begin(struct hf_audit *audit, const struct hf_bundle_reader *reader,
                    const uint8_t authority_key[HF_SIGN_PUBLIC_BYTES]);
/* Frees everything. */
void hf_audit_end(struct hf_audit *audit);
/* HF_OK: everything holds, and summary, checkpoint, prev, witnessed and devices are true of it. HF_ERR_AUTH: refused,
 * `finding` says what and why. HF_ERR_NOMEM, HF_ERR_LIMIT or HF_ERR_IO: could not be checked to the end, `finding` says
 * why. Once per begin. */
HF_CHECKED enum hf_status hf_audit_run(struct hf_audit *audit);

/* Whether the person of a device has the right of a records officer after the entries so far. */
bool hf_audit_is_officer(const struct hf_audit *audit, const struct hf_audit_device *device);

/* Reads an authority's public key: one line of 64 hex digits; empty lines and lines that begin with # are passed over.
 * HF_ERR_INVALID with text; *out is untouched then. */
#define HF_AUDIT_KEY_FILE_BYTES_MAX 4096
HF_CHECKED enum hf_status hf_audit_authority_parse(struct hf_slice text, uint8_t out_key[HF_SIGN_PUBLIC_BYTES],
                                                   struct hf_error *err);

#endif
