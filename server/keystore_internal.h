/* What the files of the key store share. */
#ifndef HF_SERVER_KEYSTORE_INTERNAL_H
#define HF_SERVER_KEYSTORE_INTERNAL_H

#include "server/keystore.h"
#include "server/sql.h"

/* For the schema of each table: whatever changes it is counted, in the same transaction (hf_keystore_changes). */
#define HF_KEYSTORE_COUNTS_ON(table, what)                                                                             \
    "CREATE TRIGGER " #table "_" #what " AFTER " #what " ON " #table                                                   \
    " BEGIN UPDATE changes SET number = number + 1; END;"
#define HF_KEYSTORE_COUNTS(table)                                                                                      \
    HF_KEYSTORE_COUNTS_ON(table, INSERT) HF_KEYSTORE_COUNTS_ON(table, UPDATE) HF_KEYSTORE_COUNTS_ON(table, DELETE)

struct hf_keystore {
    struct hf_sql sql;
    struct hf_sql erasures;      /* keystore_erase.c */
    struct hf_sql rotations;     /* keystore_rotate.c */
    struct hf_server_keys *keys; /* in secret memory */
};

/* After the server's keys were read: what was changed since. */
HF_CHECKED enum hf_status hf_keystore_rotations_open(struct hf_keystore *store, struct hf_vault *vault,
                                                     struct hf_error *err);
HF_CHECKED enum hf_status hf_keystore_rotations_load(struct hf_keystore *store);

HF_CHECKED enum hf_status hf_keystore_erasures_open(struct hf_keystore *store, struct hf_vault *vault,
                                                    struct hf_error *err);

#endif
