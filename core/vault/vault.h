/* The encrypted SQLite file (formats.md 3): an encrypting VFS, a key file beside the database, and
 * the ways to open, rewrap and wipe. Client replica, server store, server key store and guard all open through here.
 *
 * A vault is a folder with NAME.db, NAME.db-wal, NAME.key (key file) and, where no OS keyring holds it,
 * NAME.secret (device secret, mode 0600). Journal mode WAL, locking exclusive, synchronous FULL, temp_store MEMORY,
 * no -shm, no journal, ATTACH and extensions denied. One process at a time: a second gets HF_ERR_BUSY.
 * A vault and its connection belong to one thread at a time and do not survive a fork. Opening one switches core dumps
 * off for the process. */
#ifndef HF_CORE_VAULT_VAULT_H
#define HF_CORE_VAULT_VAULT_H

#include "core/base/bytes.h"
#include "core/base/id.h"
#include "core/base/status.h"
#include "core/crypto/crypto.h"

#include <sqlite3.h>

struct hf_vault;

struct hf_vault_kdf {
    uint64_t memory_bytes; /* Argon2id; 0: the default of 256 MiB; below 64 MiB refused */
    uint32_t passes;       /* 0: the default of 3; below 3 refused */
    bool weak_for_tests;   /* lifts both refusals; written into the key file, so that it shows */
    uint8_t suite;         /* enum hf_suite, written into the key file; 0: the one this processor is fast at */
};

enum hf_vault_flags {
    HF_VAULT_READ_WRITE = 0,
    HF_VAULT_READ_ONLY = 1 << 0,
    HF_VAULT_CREATE = 1 << 1,        /* hf_vault_open_raw only: make the database when it is not there */
    HF_VAULT_HARDWARE_SUITE = 1 << 2 /* hf_vault_open_raw only: sealed with XAES-256-GCM; no key file records it */
};

/* Makes a new vault with a random data key under one passphrase slot (passphrase + device secret) and opens it.
 * HF_ERR_EXISTS when any of its files is there. The folder is made (0700) when missing. On failure nothing is left. */
/* Before the first vault of the process is created or opened: its connections keep small caches, and so few pages are
 * locked (3.5 MB instead of up to 8). */
void hf_vault_few_pages(void);
HF_CHECKED enum hf_status hf_vault_create(const char *folder, const char *name, struct hf_slice passphrase,
                                          const struct hf_vault_kdf *kdf, struct hf_vault **out_vault,
                                          struct hf_error *err);

/* HF_ERR_NOT_FOUND no vault there; HF_ERR_AUTH wrong passphrase or device secret; HF_ERR_CORRUPT damaged key file or
 * page; HF_ERR_BUSY open elsewhere; HF_ERR_UNSUPPORTED a newer format; HF_ERR_LIMIT after too many wrong passphrases:
 * the text says how long none is tried (tries.h). No failure changes a byte on the disk, but for the count of wrong
 * passphrases in NAME.tries. */
HF_CHECKED enum hf_status hf_vault_open(const char *folder, const char *name, struct hf_slice passphrase,
                                        unsigned flags, struct hf_vault **out_vault, struct hf_error *err);

/* Opens by raw key and db id, without a key file: the server's files and tests. A wrong key or db id cannot be told
 * from damage: HF_ERR_CORRUPT. HF_ERR_NOT_FOUND without HF_VAULT_CREATE when there is no database. */
HF_CHECKED enum hf_status hf_vault_open_raw(const char *folder, const char *name, const struct hf_id *db_id,
                                            const uint8_t data_key[HF_KEY_BYTES], unsigned flags,
                                            struct hf_vault **out_vault, struct hf_error *err);

/* The connection; borrowed, valid until hf_vault_close. The caller finalises its statements first. */
sqlite3 *hf_vault_db(struct hf_vault *vault);

/* Maps a SQLite result code of this connection to a status (SQLITE_FULL -> HF_ERR_FULL, SQLITE_CORRUPT/NOTADB ->
 * HF_ERR_CORRUPT, SQLITE_BUSY -> HF_ERR_BUSY, SQLITE_IOERR_AUTH-like failures of the VFS -> HF_ERR_CORRUPT …) and
 * fills err with plain text. SQLITE_OK/ROW/DONE -> HF_OK. */
enum hf_status hf_vault_status(struct hf_vault *vault, int sqlite_code, struct hf_error *err);

/* Nothing deleted is left in the files, nor in the cache: what waits in the WAL goes into the main file, and the WAL is
 * emptied. HF_ERR_BUSY while a statement reads; then it is done by closing. */
HF_CHECKED enum hf_status hf_vault_scrub(struct hf_vault *vault);

/* Checkpoints the WAL, closes and wipes the keys. NULL is fine. HF_ERR_IO when the last checkpoint could not be
 * written: the commits stay in the WAL and are not lost. */
enum hf_status hf_vault_close(struct hf_vault *vault);

/* New passphrase: rewraps the data key, replaces the key file atomically. Needs the old one; HF_ERR_LIMIT as above. */
HF_CHECKED enum hf_status hf_vault_change_passphrase(const char *folder, const char *name, struct hf_slice old_pass,
                                                     struct hf_slice new_pass, struct hf_error *err);

/* Checks only the passphrase against the key file (no database). HF_ERR_LIMIT as above. */
HF_CHECKED enum hf_status hf_vault_check_passphrase(const char *folder, const char *name, struct hf_slice passphrase,
                                                    struct hf_error *err);

/* Lets the organisation's recovery key open the vault: seals the data key to it. HF_ERR_EXISTS it is there already;
 * HF_ERR_INVALID no public key; HF_ERR_LIMIT as above, or no slot is left. */
HF_CHECKED enum hf_status hf_vault_add_recovery(const char *folder, const char *name, struct hf_slice passphrase,
                                                const uint8_t public_key[HF_DH_BYTES], struct hf_error *err);

/* Opens the key file with the recovery key (recovery.h) and puts a new passphrase in place of every old one and of
 * every host key. A device secret that is gone or damaged is made anew. HF_ERR_NOT_FOUND no vault there; HF_ERR_AUTH
 * another recovery key, or none was added; HF_ERR_CORRUPT; HF_ERR_BUSY. The database is not looked at. */
HF_CHECKED enum hf_status hf_vault_recover(const char *folder, const char *name, const struct hf_dh_key *key,
                                           struct hf_slice new_pass, struct hf_error *err);

#define HF_VAULT_HOST_BYTES_MAX 440

/* A key store of the host: Keystore, Keychain, a TPM, the keyring of a desktop. Both run on the calling thread and must
 * not call back into this room. Their failures are passed on as they are, text included. */
struct hf_vault_host {
    void *ctx;
    /* Appends 1 to HF_VAULT_HOST_BYTES_MAX bytes from which `unwrap` gives `secret` back: the secret sealed by a key
     * that never leaves the host's store, or a new name under which the store keeps it. Stored in the key file. */
    enum hf_status (*wrap)(void *ctx, const uint8_t secret[HF_KEY_BYTES], struct hf_buf *out, struct hf_error *err);
    /* HF_ERR_AUTH when the store does not know these bytes, or the person did not agree. */
    enum hf_status (*unwrap)(void *ctx, struct hf_slice wrapped, uint8_t out_secret[HF_KEY_BYTES],
                             struct hf_error *err);
    /* The slot is gone: the store may forget what it kept for it. May be NULL. */
    void (*forget)(void *ctx, struct hf_slice wrapped);
};

/* Lets the host's key store open the vault without a passphrase, in place of a host key added before. HF_ERR_LIMIT as
 * above, or the host gives too many bytes. */
HF_CHECKED enum hf_status hf_vault_add_host(const char *folder, const char *name, struct hf_slice passphrase,
                                            const struct hf_vault_host *host, struct hf_error *err);
/* As hf_vault_open. HF_ERR_NOT_FOUND also without a host key; wrong passphrases delay nothing here. */
HF_CHECKED enum hf_status hf_vault_open_host(const char *folder, const char *name, const struct hf_vault_host *host,
                                             unsigned flags, struct hf_vault **out_vault, struct hf_error *err);
/* Only passphrase and recovery key open it from then on. host: to be told to forget; may be NULL. HF_ERR_NOT_FOUND
 * without a host key. */
HF_CHECKED enum hf_status hf_vault_remove_host(const char *folder, const char *name, struct hf_slice passphrase,
                                               const struct hf_vault_host *host, struct hf_error *err);
/* False also where there is no vault. */
bool hf_vault_has_host(const char *folder, const char *name);
/* Before the vault is wiped: lets the store forget what it kept for it. */
void hf_vault_forget_host(const char *folder, const char *name, const struct hf_vault_host *host);

/* A new data key: copies the database into a new file under it, reads that back, and puts it in place. The passphrase
 * and recovery keys open it as before, and so does the host's key store when `host` is given (it is asked to wrap once
 * more); with NULL a host key is gone and is to be added again. The vault is closed: HF_ERR_BUSY
 * when it is open, here or elsewhere. Takes the room of two further copies while it runs. After a failure or a crash
 * either the old key is in force or the new one, whole; asking again is fine, and after a crash that came late the next
 * opening puts the new file in place. Other statuses as hf_vault_open; HF_ERR_FULL; HF_ERR_UNSUPPORTED also when the
 * key file has a slot of a later version. */
HF_CHECKED enum hf_status hf_vault_rotate(const char *folder, const char *name, struct hf_slice passphrase,
                                          const struct hf_vault_host *host, struct hf_error *err);

/* Destroys device secret and key file first, then the rest. Missing files are fine. */
HF_CHECKED enum hf_status hf_vault_wipe(const char *folder, const char *name, struct hf_error *err);

#endif
