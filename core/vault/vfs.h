/* The encrypting VFS: SQLite above, the system's own VFS ("unix-excl", in tests one that fails) below. SQLite sees
 * plain pages; the VFS below sees sealed ones (docs/vault.md).
 *
 * Every open vault has a VFS of its own, registered under a name of its own while it is open. The VFS knows the one
 * database it was made for: its main file and its WAL can be opened and nothing else, so that no journal, temporary or
 * attached file ever touches the disk. Keys are found through the VFS and never travel in a file name.
 *
 * An open vault belongs to one thread at a time, and so does everything here. */
#ifndef HF_CORE_VAULT_VFS_H
#define HF_CORE_VAULT_VFS_H

#include "core/vault/page.h"
#include "core/vault/recover.h"

#include <sqlite3.h>

#define HF_VAULT_PATH_BYTES     480 /* of the database file with its NUL; SQLite's unix VFS takes 512 with suffixes */
#define HF_VAULT_VFS_NAME_BYTES 48

/* Lives in hf_secret_alloc memory. */
struct hf_vault_shim {
    sqlite3_vfs vfs;
    sqlite3_vfs *base;
    bool frozen;       /* no byte on the disk may change: until opening has succeeded, and always when read-only */
    bool is_read_only; /* from the first byte to the last: files are opened so, and nothing more than a shared lock
                          taken */
    char path[HF_VAULT_PATH_BYTES];
    char name[HF_VAULT_VFS_NAME_BYTES];
    struct hf_vault_keys keys;
    struct hf_vault_nonces nonces;
    uint8_t sealed[HF_VAULT_FRAME_BYTES]; /* what goes to or comes from the disk */
    uint8_t plain[HF_VAULT_FRAME_BYTES];  /* a frame opened */
    uint8_t *gathered; /* HF_VAULT_GATHER_BYTES of sealed frames, in ordinary memory: not all of it is to be locked */
};

struct hf_vault_main_file {
    sqlite3_file head;
    struct hf_vault_shim *shim;
    sqlite3_file *base;
};

struct hf_vault_wal_file {
    sqlite3_file head;
    struct hf_vault_shim *shim;
    sqlite3_file *base;
    const char *name; /* SQLite's, valid until the file is closed */
    int flags;
    bool is_open; /* base is: a WAL that is not there is made by the first write, not by looking for it */

    uint8_t salts[8]; /* of the generation in force */
    bool has_salts;
    bool is_big_endian;

    bool is_holding; /* a frame header waits for its page */
    uint8_t held[HF_VAULT_FRAME_HEADER_BYTES];
    uint64_t held_at;

    uint64_t last_append;     /* offset of the frame appended last; 0: none in this generation */
    uint64_t laid_to;         /* at least so long is the file (ahead.h); 0: not known */
    uint64_t unfinished_from; /* lowest frame appended without salts and checksum; 0: none */
    bool owes_mending;        /* a commit frame is among them: mend before the next sync */

    uint64_t own_begin, own_end; /* frames this handle wrote: must come back, or it is an error */
    uint64_t gathered_at;        /* where the frames in shim->gathered belong */
    int gathered_bytes;          /* 0: none */
    uint64_t lost_from;          /* gathered frames from here on could not be written; 0: all could */
    bool is_doubtful;            /* inherited, or a write or sync failed: what lies behind the last commit must go */
    struct hf_vault_recovery recovery;
};

/* Makes and registers the VFS for the database at the absolute path `path` above `base`. HF_ERR_LIMIT for a path that
 * is too long, HF_ERR_UNSUPPORTED for an unknown suite, HF_ERR_NOMEM. It starts frozen. */
HF_CHECKED enum hf_status hf_vault_shim_new(sqlite3_vfs *base, const char *path, unsigned suite,
                                            const struct hf_id *db_id, const uint8_t data_key[HF_KEY_BYTES],
                                            struct hf_vault_shim **out_shim);
/* Unregisters and wipes. The connection is closed before. NULL is fine. */
void hf_vault_shim_free(struct hf_vault_shim *shim);

/* SQLite's xOpen for the two kinds of file; memory for the base's file follows the struct. SQLite result codes. */
int hf_vault_main_open(struct hf_vault_shim *shim, const char *name, sqlite3_file *file, int flags, int *out_flags);
int hf_vault_wal_open(struct hf_vault_shim *shim, const char *name, sqlite3_file *file, int flags, int *out_flags);

/* The flags to open the base's file with. */
int hf_vault_base_flags(const struct hf_vault_shim *shim, int flags);
/* What both kinds answer alike. */
int hf_vault_sector_bytes(sqlite3_file *file);
int hf_vault_characteristics(sqlite3_file *file);

#endif
