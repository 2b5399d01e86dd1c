/* Taking in what the server delivers: feed.c checks an entry, entry.c stores it and lets it take effect. Internal to
 * core/replica. */
#ifndef HF_CORE_REPLICA_FEED_H
#define HF_CORE_REPLICA_FEED_H

#include "core/replica/replica_internal.h"

/* What a delivery looked up lately, and does not look up again for each of its entries. It holds until an entry may
 * change it: hf_intake_forget. */
#define HF_INTAKE_KEYS    8
#define HF_INTAKE_DEVICES 8
struct hf_intake_lately {
    struct hf_class_key keys[HF_INTAKE_KEYS]; /* each in the place that its id names; a zero id: none */
    struct hf_intake_device {
        bool is_known;
        bool is_server; /* one of the server's keys, or was: whether it counts, its place in the log tells */
        uint8_t key[HF_SIGN_PUBLIC_BYTES];
        uint32_t incarnation;
        struct hf_device row;
    } devices[HF_INTAKE_DEVICES];
    bool has_looked;
    bool has_releases, has_snapshots;
    uint64_t free_from; /* no entry that was here before stands in the log at this index or behind it */
};

/* One delivery, inside one transaction. */
struct hf_intake {
    struct hf_replica *replica;
    const struct hf_feed *feed;
    uint64_t now_ms;
    struct hf_chain chain; /* clock and count move on; stored at the end */
    struct hf_id catchup_case;
    bool any; /* an entry came before, at last_index */
    uint64_t last_index;
    bool erased;         /* a case was */
    struct hf_id lied;   /* the history of this case does not lead to the snapshot of it; zero: none */
    bool revoked;        /* this device was; the identity follows after the commit */
    bool from_the_start; /* the general feed is to be read again from its beginning */
    bool role_changed;   /* so did the person's role, which is then this one */
    enum hf_role role;
    bool rotated; /* the log's key was changed: certificate says to which; the identity follows after the commit */
    struct hf_note_body certificate; /* its name borrows from the delivery */
    struct hf_buf bytes;             /* scratch for rows of changes */
    uint8_t (*heads)[HF_HASH_BYTES]; /* hash of the last leaf of each chain of the delivery; as many as items */
    struct hf_intake_lately lately;
    struct hf_error *err;
};

/* lately.c: as hf_replica_key_find, hf_replica_release_of and hf_replica_snapshot_size. */
HF_CHECKED enum hf_status hf_intake_key(struct hf_intake *intake, const struct hf_id *key_id, struct hf_class_key *out);
HF_CHECKED enum hf_status hf_intake_release(struct hf_intake *intake, const struct hf_id *change_id,
                                            enum hf_release *out);
HF_CHECKED enum hf_status hf_intake_snapshot_size(struct hf_intake *intake, const struct hf_id *case_id, uint64_t *out);
/* Who signed this leaf, and whether the server did at this place of the log. As hf_replica_server_known and, for the
 * server, hf_replica_device_need; otherwise as hf_replica_device_find, but HF_OK with an `enrolled_at` of
 * HF_INDEX_NONE when the device is not known. */
HF_CHECKED enum hf_status hf_intake_signer(struct hf_intake *intake, const struct hf_leaf *leaf, uint64_t index,
                                           struct hf_device *out, bool *out_server);
/* Whether an entry that is here stands at this index of the log. */
HF_CHECKED enum hf_status hf_intake_is_taken(struct hf_intake *intake, uint64_t index, bool *out);
/* Before an entry whose effect may touch keys, devices, releases or snapshots, and after the last: keys are wiped. */
void hf_intake_forget(struct hf_intake *intake);

/* One entry that is not here yet. */
struct hf_entry_at {
    const struct hf_item *item;
    bool rebuilt; /* its leaf was made here, from a body and a key of this device */
    struct hf_leaf leaf;
    struct hf_id change_id;
    struct hf_device device;
    bool server; /* the server signed it, with the key that it had there */
};

/* HF_ERR_AUTH with the entry and what is wrong with it. */
enum hf_status hf_replica_bad_entry(struct hf_error *err, uint64_t index, const char *what);

/* entry.c: the identity as this delivery leaves it, written. */
HF_CHECKED enum hf_status hf_replica_intake_identity(struct hf_intake *intake);

/* caseload.c: what a note of core/model/body_caseload.h does here; any other note does nothing. */
HF_CHECKED enum hf_status hf_replica_caseload_note(struct hf_intake *intake, const struct hf_item *item);

/* caseload.c: the person's role as this delivery leaves it. */
enum hf_role hf_replica_intake_role(const struct hf_intake *intake);

/* erase.c: a case that two officers erased leaves this device at once, unsent changes too. */
HF_CHECKED enum hf_status hf_replica_erase_take(struct hf_intake *intake, const struct hf_item *item);

/* certificates.c: a certificate of the server makes its device key known from here on, and the name of its log. Before
 * the entry is checked: it is signed with that key. */
HF_CHECKED enum hf_status hf_replica_server_learn(struct hf_intake *intake, const struct hf_item *item);

/* One that was known before it stood at this place: what it says of devices and officers was forgotten when a new shard
 * began (shard.h), and counts again from its new place. */
HF_CHECKED enum hf_status hf_replica_entry_again(struct hf_intake *intake, const struct hf_entry_at *at,
                                                 const struct hf_stored *known);
/* Stores a checked entry with the effect it has. */
HF_CHECKED enum hf_status hf_replica_entry_store(struct hf_intake *intake, const struct hf_entry_at *at);

#endif
