/* The server's data folder and what lies in it:
 *   server.db      the store: log, payloads, states (a vault)
 *   keys.db        the key store: class keys and the server's own keys (a vault; back it up apart from server.db)
 *   guard.db       the signing guard (a vault; never part of a backup)
 *   secret.key     opens the three, mode 0600: it lets the server start without a person. The key, and the suite that
 *                  they are sealed with: the one the processor of `holdfastd init` is fast at; every processor opens
 * both admin.key      lets the commands of this machine's administrator talk to the running server, mode 0600
 *   authority.pub  the authority's public key, for auditors
 *   authority.key  the authority's private key: move it off this machine
 *   recovery.pub   the organisation's recovery key, for devices: its private half opens their data (docs/vault.md)
 *   recovery-1.share, recovery-2.share   that private half: one for each of two officers, moved off this machine
 *   server.pub     the server's channel key and origin, for those commands
 *   mirror         where commits are written a second time (suffix.h): the path of a folder, and its name
 *   mirror-waiting/   commits that the mirror lacks, while it cannot be written
 *   attachments/   the sealed content of attachments, a file each (server/attach.h); back it up after server.db
 *   listen         while the server runs: its address */
#ifndef HF_SERVER_DATA_FOLDER_H
#define HF_SERVER_DATA_FOLDER_H

#include "server/office.h"
#include "server/suffix.h"

struct hf_data_folder {
    struct hf_vault *vaults[3];
    struct hf_store *store;
    struct hf_keystore *keystore;
    struct hf_guard *guard;
    uint8_t admin_key[HF_KEY_BYTES];
    struct hf_suffix suffix;  /* open when the folder names a mirror */
    char attach_folder[4096]; /* attachments/ in the folder */
    struct hf_office office;  /* open */
};

/* Makes the folder for a new authority, or fills an empty one. HF_ERR_EXISTS when any of its files is there,
 * HF_ERR_INVALID name or origin. On failure what it made is removed again, and nothing else. */
HF_CHECKED enum hf_status hf_data_folder_init(const char *folder, const char *authority_name, const char *origin,
                                              struct hf_error *err);
/* Opens store, key store, guard and office. HF_ERR_NOT_FOUND no such folder; HF_ERR_BUSY a server runs on it. */
HF_CHECKED enum hf_status hf_data_folder_open(const char *folder, struct hf_data_folder *out, struct hf_error *err);
/* The same without the mirror and without an office: also when the log was set back. out_suffix_key opens a mirror. */
HF_CHECKED enum hf_status hf_data_folder_open_parts(const char *folder, struct hf_data_folder *out,
                                                    uint8_t out_suffix_key[HF_KEY_BYTES], struct hf_error *err);
void hf_data_folder_close(struct hf_data_folder *folder);

/* Store and key store of a folder whose guard.db was lost with the machine. HF_ERR_EXISTS with text: guard.db is there;
 * HF_ERR_BUSY: a server works on the folder. */
HF_CHECKED enum hf_status hf_data_folder_open_unguarded(const char *folder, struct hf_data_folder *out,
                                                        struct hf_error *err);
/* Makes guard.db for such a folder (hf_guard_create_at), whole or not at all, and before it what of admin.key,
 * authority.pub and recovery.pub is missing. HF_ERR_EXISTS: guard.db is there; it is never replaced. */
HF_CHECKED enum hf_status hf_data_folder_put_guard(const char *folder, const struct hf_data_folder *parts,
                                                   const struct hf_guard_mark *mark, struct hf_slice note,
                                                   struct hf_error *err);

/* From the next opening on commits are written to this folder too; NULL: no more. The folder is made when it is
 * missing. HF_ERR_BUSY: a server runs on the data folder. */
HF_CHECKED enum hf_status hf_data_folder_set_mirror(const char *folder, const char *mirror, struct hf_error *err);

/* Reads admin.key. */
HF_CHECKED enum hf_status hf_data_folder_admin_key(const char *folder, uint8_t out[HF_KEY_BYTES], struct hf_error *err);
/* The channel key and origin of the server, which its local commands need; from server.pub. */
HF_CHECKED enum hf_status hf_data_folder_public(const char *folder, uint8_t out_channel_key[HF_DH_BYTES],
                                                char out_origin[201], struct hf_error *err);
/* The address file of a running server: write (NULL removes it) and read (HF_ERR_NOT_FOUND: no server runs). */
HF_CHECKED enum hf_status hf_data_folder_put_address(const char *folder, const char *address, struct hf_error *err);
HF_CHECKED enum hf_status hf_data_folder_get_address(const char *folder, char *out, size_t out_bytes,
                                                     struct hf_error *err);

#endif
