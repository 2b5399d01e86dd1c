/* Sealing and opening one page of the main file or one frame of the WAL (docs/vault.md). Pure but for the nonce pool:
 * no I/O, no SQLite. Layout and associated data are fixed by the format; sizes are in bytes, integers big-endian.
 *
 * A page in SQLite's memory is 4056 bytes of content and 40 reserved bytes that are always zero; on disk the reserved
 * bytes hold nonce and tag. */
#ifndef HF_CORE_VAULT_PAGE_H
#define HF_CORE_VAULT_PAGE_H

#include "core/base/id.h"
#include "core/crypto/crypto.h"

#define HF_VAULT_PAGE_BYTES         4096
#define HF_VAULT_RESERVE_BYTES      40
#define HF_VAULT_PAGES_MAX          33554431 /* 137 GB: no page number begins with a byte of a b-tree page */
#define HF_VAULT_CONTENT_BYTES      (HF_VAULT_PAGE_BYTES - HF_VAULT_RESERVE_BYTES)
#define HF_VAULT_WAL_HEADER_BYTES   32
#define HF_VAULT_FRAME_HEADER_BYTES 24 /* page number 4, database size 4, salts 8, checksum 8 */
#define HF_VAULT_FRAME_CLEAR_BYTES  16 /* of these, what stays readable: all but the checksum */
#define HF_VAULT_FRAME_BYTES        (HF_VAULT_FRAME_HEADER_BYTES + HF_VAULT_PAGE_BYTES)
#define HF_VAULT_PEEK_BYTES         100 /* SQLite's file header, at the front of page 1 */
#define HF_VAULT_NONCES             64
#define HF_VAULT_PREFIX_PAGES       65536 /* 256 MiB of writes between two prefixes */

/* Lives in hf_secret_alloc memory. */
struct hf_vault_keys {
    struct hf_id db_id;
    struct hf_sealer main;
    struct hf_sealer wal;
};

/* Random nonces drawn many at a time: one system call for 64 of them. A nonce is never used twice: each is wiped as it
 * is handed out, and a forked child draws anew. Zero-initialised is a valid empty pool; `suite` says for what.
 *
 * XChaCha20-Poly1305: 24 random bytes. XAES-256-GCM: 12 random bytes that HF_VAULT_PREFIX_PAGES pages share, so that
 * their subkey is derived once; a count of 4 bytes; 8 random bytes. The prefix is drawn anew by every opening, so the
 * count of a backup that was put back, or of a copied folder, never meets itself; should the memory of a running
 * process be copied, the last 8 bytes still differ (docs/vault.md, "Suites"). */
struct hf_vault_nonces {
    enum hf_suite suite;
    uint8_t bytes[HF_VAULT_NONCES][HF_XNONCE_BYTES];
    size_t left;
    long process;
    uint8_t prefix[HF_SUITE_PREFIX_BYTES];
    uint32_t count; /* pages sealed with this prefix; 0: draw one */
};

/* Main and WAL key from the data key, each by a context of its own. HF_ERR_UNSUPPORTED for an unknown suite,
 * HF_ERR_NOMEM; keys then need no end. */
HF_CHECKED enum hf_status hf_vault_keys_begin(struct hf_vault_keys *keys, unsigned suite, const struct hf_id *db_id,
                                              const uint8_t data_key[HF_KEY_BYTES]);
/* Wipes. Zeroed keys are fine. */
void hf_vault_keys_end(struct hf_vault_keys *keys);

void hf_vault_nonce_take(struct hf_vault_nonces *nonces, uint8_t out[HF_XNONCE_BYTES]);

/* Page `pgno` (from 1) of the main file. The reserved bytes of `plain` are not looked at. */
void hf_vault_page_seal(struct hf_vault_keys *keys, const uint8_t nonce[HF_XNONCE_BYTES], uint32_t pgno,
                        const uint8_t plain[HF_VAULT_PAGE_BYTES], uint8_t out_sealed[HF_VAULT_PAGE_BYTES]);
/* False when it does not authenticate; out_plain is then zeroed. Otherwise the reserved bytes come out as zeros. */
HF_CHECKED bool hf_vault_page_open(struct hf_vault_keys *keys, uint32_t pgno, const uint8_t sealed[HF_VAULT_PAGE_BYTES],
                                   uint8_t out_plain[HF_VAULT_PAGE_BYTES]);

/* The WAL frame at byte `offset` of its file. header: SQLite's 24 bytes; plain: its page. */
void hf_vault_frame_seal(struct hf_vault_keys *keys, const uint8_t nonce[HF_XNONCE_BYTES], uint64_t offset,
                         const uint8_t header[HF_VAULT_FRAME_HEADER_BYTES], const uint8_t plain[HF_VAULT_PAGE_BYTES],
                         uint8_t out_sealed[HF_VAULT_FRAME_BYTES]);
/* out_plain: header and page as SQLite wrote them. False when it does not authenticate; out_plain is then zeroed. */
HF_CHECKED bool hf_vault_frame_open(struct hf_vault_keys *keys, uint64_t offset,
                                    const uint8_t sealed[HF_VAULT_FRAME_BYTES],
                                    uint8_t out_plain[HF_VAULT_FRAME_BYTES]);

/* True when the reserved bytes of a page are zero. SQLite's WAL checksum covers them, so a page with anything else
 * could be written but not recovered. */
bool hf_vault_page_reserve_is_zero(const uint8_t plain[HF_VAULT_PAGE_BYTES]);

/* True when page 1 names our page size and 40 reserved bytes. Anything else would let SQLite lay data over nonce and
 * tag. */
bool hf_vault_page_one_is_ours(const uint8_t plain[HF_VAULT_PEEK_BYTES]);

/* Page 1 of an empty database in WAL mode: what a new vault starts from. Its first HF_VAULT_PEEK_BYTES are also what
 * SQLite is told while page 1 of the main file is torn (rule 1 in docs/vault.md). */
void hf_vault_page_first(uint8_t out_plain[HF_VAULT_PAGE_BYTES]);

#endif
