/* An invented office for the tests of tools/audit: an authority, a server, devices, a log of their changes, and bundles
 * of it in memory or in a folder. Everything is made from numbers; no person or place in it exists. */
#ifndef HF_TESTS_AUDIT_SUPPORT_BUNDLE_H
#define HF_TESTS_AUDIT_SUPPORT_BUNDLE_H

#include "tools/audit/audit.h"

#define SUPPORT_DEVICES_MAX 8
#define SUPPORT_FILES_MAX   600
#define SUPPORT_ORIGIN      "office.example/log"

struct support_device {
    struct hf_sign_key key;
    uint32_t incarnation;
    uint64_t next_seq;
    uint8_t head[HF_HASH_BYTES];
    hf_clock clock;
};

/* The log as the server has it. Device 0 is the server. */
struct support_log {
    struct hf_sign_key authority;
    struct hf_sign_key log_secret;
    struct hf_note_key log_key;
    uint8_t log_id[HF_HASH_BYTES];
    struct hf_class_key class_key;
    struct support_device device[SUPPORT_DEVICES_MAX];
    struct hf_node_store nodes;
    uint64_t size;
    uint64_t seen_size; /* what devices have been shown last */
    uint64_t now_ms;
    uint64_t random;
    struct hf_buf leaves;            /* size times HF_LEAF_BYTES */
    struct hf_buf *payloads;         /* per entry */
    struct hf_buf *openings;         /* per entry; empty: not opened */
    void (*tweak)(struct hf_leaf *); /* applied to the next leaf before it is sealed and signed, then forgotten */
};

uint64_t support_random(uint64_t *state);
struct hf_sign_key support_sign_key(unsigned number);

/* An empty log with the keys of server and devices. */
void support_log_begin(struct support_log *log);
void support_log_end(struct support_log *log);
/* One leaf by `device` with this body; returns its index. `opened`: as the office's entries are. The last checkpoint
 * that devices saw moves on by itself now and then. */
uint64_t support_leaf(struct support_log *log, unsigned device, enum hf_leaf_kind kind, struct hf_slice body,
                      bool opened);
/* Ready-made entries. */
void support_certificate(const struct support_log *log, struct hf_note_body *out);
uint64_t support_note(struct support_log *log, const struct hf_note_body *body);
uint64_t support_begin_server(struct support_log *log);
uint64_t support_enrol(struct support_log *log, unsigned device, unsigned person);
uint64_t support_revoke(struct support_log *log, unsigned device);
/* The same signed by another device than the server. */
uint64_t support_enrol_by(struct support_log *log, unsigned signer, unsigned device, unsigned person);
uint64_t support_revoke_by(struct support_log *log, unsigned signer, unsigned device);
/* In another role than worker; the server's note that a person has another role from now on; a release of a procedure.
 */
/* by 0: at the office's own machine */
struct support_inviter {
    unsigned invitation;
    bool known;
    unsigned by;
    uint64_t at_ms;
};
uint64_t support_enrol_invited(struct support_log *log, unsigned signer, unsigned device, unsigned person,
                               enum hf_role role, const struct support_inviter *inviter);
uint64_t support_enrol_as(struct support_log *log, unsigned signer, unsigned device, unsigned person,
                          enum hf_role role);
uint64_t support_officer(struct support_log *log, unsigned person, bool given);
uint64_t support_role(struct support_log *log, unsigned person, enum hf_role role);
uint64_t support_release(struct support_log *log, unsigned device);
uint64_t support_assign(struct support_log *log, unsigned person);
uint64_t support_data(struct support_log *log, unsigned device);
/* Server, two devices of two people, an assignment, data of both, a revocation, and one change handed in after it:
 * `data` more changes in between. */
void support_small_log(struct support_log *log, unsigned data);

/* Takes entry `index` out, or puts a copy of `entry` (HF_LEAF_BYTES) at `index` before what is there, without payload
 * and opening. No leaf is signed anew. */
void support_log_remove(struct support_log *log, uint64_t index);
void support_log_insert(struct support_log *log, uint64_t index, const uint8_t *entry);
uint8_t *support_entry(struct support_log *log, uint64_t index);

struct support_file {
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    struct hf_buf bytes;
    bool missing;
};
struct support_bundle {
    struct support_file file[SUPPORT_FILES_MAX]; /* all but ct and open */
    size_t count;
    uint64_t size;
    struct hf_buf *ct; /* by index; empty: not there */
    struct hf_buf *open;
};

/* The bundle of the whole log. prev_size 0: without an earlier checkpoint. Signs with the log's key. */
void support_bundle_make(struct support_log *log, uint64_t prev_size, struct support_bundle *out);
void support_bundle_end(struct support_bundle *bundle);
/* Signs another checkpoint into `name`. */
void support_bundle_sign(struct support_bundle *bundle, const char *name, const struct hf_checkpoint *checkpoint,
                         const struct hf_note_key *key, const struct hf_sign_key *secret);
/* Root of the first `size` entries as they stand now. */
void support_root(struct support_log *log, uint64_t size, struct hf_hash *out);
/* The file of that name, ct and open included; NULL when it is not there. Every file has a number below
 * support_bundle_files(). */
struct hf_buf *support_bundle_find(struct support_bundle *bundle, const char *name);
size_t support_bundle_files(const struct support_bundle *bundle);
struct hf_buf *support_bundle_at(struct support_bundle *bundle, size_t number, char out_name[HF_BUNDLE_NAME_BYTES_MAX]);
void support_bundle_drop(struct support_bundle *bundle, const char *name);
struct hf_bundle_reader support_bundle_reader(struct support_bundle *bundle);
/* Writes every file below `folder`, which exists. */
void support_bundle_write(struct support_bundle *bundle, const char *folder);
/* Writes one file below `folder`, with the folders on the way to it. */
void support_write_file(const char *folder, const char *name, struct hf_slice bytes);

#endif
