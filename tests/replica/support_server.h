/* A small office in memory for the tests of the replica: it has keys, a log with tree and checkpoints, enrols devices,
 * assigns cases, takes what is pushed and delivers what a device may see. No rights, no storage. All names are
 * invented. */
#ifndef HF_TESTS_REPLICA_SUPPORT_SERVER_H
#define HF_TESTS_REPLICA_SUPPORT_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/log/node_store.h"
#include "core/model/body.h"
#include "core/replica/replica.h"

#define SERVER_ENTRIES_MAX 4096
#define SERVER_KEYS_MAX    64
#define SERVER_DUTIES_MAX  64

struct server_entry {
    uint8_t leaf[HF_LEAF_BYTES];
    struct hf_id change_id;
    struct hf_id case_id;
    struct hf_id key_id;
    struct hf_buf body;
    enum hf_hold hold;
};
struct server_duty { /* who holds a case */
    struct hf_id case_id;
    struct hf_id person;
    bool held;
};
/* One chain of leaves: the server's own, or one that a test forges. */
struct signer {
    struct hf_sign_key key;
    uint32_t incarnation;
    uint64_t seq;
    uint8_t head[HF_HASH_BYTES];
    hf_clock clock;
};
struct server {
    char origin[64];
    uint8_t log_id[HF_HASH_BYTES];
    struct hf_id office_case;
    struct hf_sign_key authority;
    struct hf_sign_key log_key;
    struct hf_dh_key channel;
    struct hf_dh_key key_store;
    struct signer signer;
    struct hf_class_key keys[SERVER_KEYS_MAX];
    size_t key_count;
    struct server_entry entries[SERVER_ENTRIES_MAX];
    size_t size;
    struct hf_node_store nodes;
    struct server_duty duties[SERVER_DUTIES_MAX];
    size_t duty_count;
    uint64_t now_ms;
    uint64_t hold_seq; /* the change with this number in its chain is held when it is pushed */
    enum hf_hold hold;
};

struct server *server_new(void);
void server_free(struct server *server);

/* The leaf that comes next in a chain, sealed and signed; the chain moves on. */
void signer_leaf(struct signer *signer, const struct server *server, enum hf_leaf_kind kind,
                 const struct hf_class_key *key, struct hf_slice body, uint8_t out[HF_LEAF_BYTES]);

/* Log one entry; copies. Returns its index. */
uint64_t server_log(struct server *server, const struct hf_item *item);
/* A body of the server itself, in the office case. */
uint64_t server_write(struct server *server, enum hf_leaf_kind kind, struct hf_slice body);
uint64_t server_enrol(struct server *server, const struct hf_identity *identity);
uint64_t server_revoke(struct server *server, const uint8_t device[HF_SIGN_PUBLIC_BYTES]);
uint64_t server_assign(struct server *server, const struct hf_id *case_id, const struct hf_id *person, bool held);
uint64_t server_release(struct server *server, const struct hf_id *change_id, bool released);
/* A staff record. */
uint64_t server_officer(struct server *server, const struct hf_id *person, bool given);
uint64_t server_person(struct server *server, const struct hf_id *person, const char *name);

/* What is pushed: logs it (again: the same answer) and answers. */
/* Of a device whose outline does not say whose it is: device; NULL when the leaf is whole. */
struct hf_pushed server_take_from(struct server *server, const uint8_t *device, const struct hf_item *item);
struct hf_pushed server_take(struct server *server, const struct hf_item *item);

const struct hf_class_key *server_key_of(const struct server *server, const struct hf_id *case_id);
struct hf_item server_item(const struct server *server, uint64_t index);
bool server_may_see(const struct server *server, const struct hf_identity *identity, uint64_t index);
void server_checkpoint(struct server *server, struct hf_buf *out_note);

/* The fields of an identity that come from the server. */
void server_fill_identity(const struct server *server, struct hf_identity *identity);

#endif
