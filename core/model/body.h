/* The bodies of changes: msgpack maps with small integer keys in ascending order. Decoding is strict and never
 * allocates more than the given struct; slices borrow from the input. Pure.
 *
 * data (kind 0): one save of one record.
 *   { 1 case bin16, 2 record bin16, 3 type uint, 4 edits [[field, value, [base …]] …],
 *     5 group bin16?, 6 reason text?, 7 policy text? }
 *   value of value/text/status/verbatim: one element or nil; of append: one entry;
 *   of set: [[added …], [removed …]] with bases = the changes that had added what is removed.
 * case (kind 1):   { 1 case, 2 key id, 3 epoch uint, 4 retention class text, 5 class key sealed to the key store bin80
 * } enrol (kind 3):  { 1 device key bin32, 2 channel key bin32, 3 incarnation uint, 4 person bin16, 5 role uint, 6
 * invitation bin16 } revoke (kind 4): { 1 device key bin32, 2 reason code text } note (kind 7):   { 1 what text, … }
 * see below; a note of an unknown `what` is kept and has no effect. "server":  { 1, 2 server device key bin32, 3 log
 * key bin32, 4 channel key bin32, 5 key-store key bin32, 6 authority signature bin64 over "holdfast server v1\0" ‖ log
 * id ‖ 2 ‖ 3 ‖ 4 ‖ 5 ‖ 8 ‖ 9 (u64) ‖ 10 (u64) ‖ SHA-256(11), 7 authority name text, 8 recovery key bin32 (zero:
 * none), 9 serial uint, 10 old keys refused from uint (Unix ms; 0: at once), 11 shard bin (shard.h; empty: none) }
 * "assign": { 1, 2 case bin16, 3 person bin16, 4 held bool, 5 reason code text } "release": { 1, 2 change id bin16, 3
 * released bool }  (a held change takes effect, or never will) */
#ifndef HF_CORE_MODEL_BODY_H
#define HF_CORE_MODEL_BODY_H

#include "core/model/payload.h"
#include "core/model/set_edit.h"
#include "core/model/shard.h"
#include "core/model/table.h"

#define HF_EDITS_MAX                64
#define HF_EDIT_BASES_MAX           64
#define HF_REASON_BYTES_MAX         2000
#define HF_POLICY_NAME_BYTES_MAX    200
#define HF_BODY_CODE_BYTES_MAX      32 /* retention class, reason codes, what a note is */
#define HF_AUTHORITY_NAME_BYTES_MAX 200

enum hf_role {
    HF_ROLE_WORKER = 1,
    HF_ROLE_MANAGER = 2,
    HF_ROLE_OFFICE = 3,
    HF_ROLE_AUDITOR = 4,
    HF_ROLE_ADMIN = 5,
    HF_ROLE_SERVER = 6
};
const char *hf_role_name(enum hf_role role);                                      /* "worker"; never NULL */
HF_CHECKED enum hf_status hf_role_parse(struct hf_slice name, enum hf_role *out); /* not "server" */

struct hf_edit {
    uint16_t field;
    struct hf_slice value; /* encoded msgpack, one element */
    uint32_t base_count;
    const uint8_t *bases_encoded; /* base_count times 0xc4 0x10 ‖ id: read with hf_edit_base */
};
struct hf_id hf_edit_base(const struct hf_edit *edit, uint32_t index);

struct hf_data_body {
    struct hf_id case_id;
    struct hf_id record_id;
    uint16_t type;
    uint32_t edit_count;
    struct hf_edit edits[HF_EDITS_MAX]; /* ascending field codes, each field once */
    struct hf_id group_id;              /* zero: none */
    struct hf_slice reason;             /* empty: none */
    struct hf_slice policy;             /* empty: none */
};
/* Checks the form, the limits, that type and fields are known and every value passes hf_value_check (for a set: every
 * element). At least one edit; ids are never zero; bases distinct and ascending. HF_ERR_INVALID, HF_ERR_LIMIT;
 * HF_ERR_UNSUPPORTED when the form is right but a type, field or key is one that only a later version knows. *out
 * borrows from bytes and is meaningful only on HF_OK. */
HF_CHECKED enum hf_status hf_data_body_decode(struct hf_slice bytes, struct hf_data_body *out, struct hf_error *err);

struct hf_edit_input {
    uint16_t field;
    struct hf_slice value;     /* encoded msgpack; of a set as hf_set_edit_encode writes it */
    const struct hf_id *bases; /* any order; encoded ascending, each once */
    size_t base_count;
};
struct hf_data_body_input {
    struct hf_id case_id;
    struct hf_id record_id;
    uint16_t type;
    const struct hf_edit_input *edits; /* any order; encoded ascending */
    size_t edit_count;
    struct hf_id group_id;
    struct hf_slice reason;
    struct hf_slice policy;
};
/* Appends the body. What it writes always passes hf_data_body_decode; same errors, and HF_ERR_NOMEM. out is then as it
 * was. */
HF_CHECKED enum hf_status hf_data_body_encode(const struct hf_data_body_input *input, struct hf_buf *out,
                                              struct hf_error *err);

#define HF_SEALED_CLASS_KEY_BYTES (HF_KEY_BYTES + HF_SEALED_OVERHEAD_BYTES)
struct hf_case_body {
    struct hf_id case_id;
    struct hf_id key_id;
    uint32_t epoch;
    struct hf_slice retention_class; /* "child" or "office" today; any short code reads */
    uint8_t sealed_key[HF_SEALED_CLASS_KEY_BYTES];
};
struct hf_enrol_body {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint8_t channel_key[HF_DH_BYTES];
    uint32_t incarnation;
    struct hf_id person;
    enum hf_role role;
    struct hf_id invitation;
    /* who made the invitation; not where a chain begins anew */
    bool says_inviter;
    struct hf_id invited_by;                    /* zero: the administrator at the office's own machine */
    uint8_t invited_from[HF_SIGN_PUBLIC_BYTES]; /* the device it was asked for from; zero as above */
    uint64_t invited_ms;
};
struct hf_revoke_body {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    struct hf_slice reason_code; /* "lost", "left", "replaced", "other" */
};
enum hf_note_what { HF_NOTE_OTHER = 0, HF_NOTE_SERVER, HF_NOTE_ASSIGN, HF_NOTE_RELEASE };
struct hf_note_body {
    enum hf_note_what what;
    /* server */
    uint8_t server_device[HF_SIGN_PUBLIC_BYTES];
    uint8_t log_key[HF_SIGN_PUBLIC_BYTES];
    uint8_t channel_key[HF_DH_BYTES];
    uint8_t key_store_key[HF_DH_BYTES];
    uint8_t recovery_key[HF_DH_BYTES]; /* devices seal the key of their vault to it (docs/vault.md); zero: none */
    uint8_t authority_signature[HF_SIGN_BYTES];
    struct hf_slice authority_name;
    uint64_t serial;       /* 0 in entry 0; each later "server" note of the log, one more: keys were changed */
    uint64_t old_until_ms; /* until when the channel key before this one is answered (Unix ms) */
    struct hf_slice shard; /* the newest shard of the log (shard.h), encoded; empty: it is the first */
    /* assign */
    struct hf_id case_id;
    struct hf_id person;
    bool held;
    struct hf_slice reason_code; /* "allocated", "reallocated", "cover", "opened", "left", "other" */
    /* release */
    struct hf_id change_id;
    bool released;
};
/* Which keys of a server a device knows, in a number: never 0. The same for the same certificate. */
uint64_t hf_server_keys_mark(const struct hf_note_body *server, uint64_t shard);
/* Encoders append; errors show in the buffer. Decoders are strict: exactly these keys. HF_ERR_INVALID, HF_ERR_LIMIT. An
 * enrolment never makes a server: servers are certified by the authority in a "server" note. */
void hf_case_body_encode(const struct hf_case_body *body, struct hf_buf *out);
HF_CHECKED enum hf_status hf_case_body_decode(struct hf_slice bytes, struct hf_case_body *out);
void hf_enrol_body_encode(const struct hf_enrol_body *body, struct hf_buf *out);
HF_CHECKED enum hf_status hf_enrol_body_decode(struct hf_slice bytes, struct hf_enrol_body *out);
void hf_revoke_body_encode(const struct hf_revoke_body *body, struct hf_buf *out);
HF_CHECKED enum hf_status hf_revoke_body_decode(struct hf_slice bytes, struct hf_revoke_body *out);
void hf_note_body_encode(const struct hf_note_body *body, struct hf_buf *out);
HF_CHECKED enum hf_status hf_note_body_decode(struct hf_slice bytes, struct hf_note_body *out);

/* The authority's signature over a server's keys, and over the shard of its log. */
void hf_server_certify(const struct hf_sign_key *authority, const uint8_t log_id[HF_HASH_BYTES],
                       struct hf_note_body *body);
bool hf_server_certified(const uint8_t authority_key[HF_SIGN_PUBLIC_BYTES], const uint8_t log_id[HF_HASH_BYTES],
                         const struct hf_note_body *body);

/* The office case: staff records and the bodies of server leaves are sealed under its key, which every enrolled device
 * holds. Its id = SHA-256("holdfast office case v1\0" ‖ log id)[0..16). */
struct hf_id hf_office_case_id(const uint8_t log_id[HF_HASH_BYTES]);

#endif
