#include "core/vault/page.h"

#include <string.h>
#include <unistd.h>

#define NONCE_AT_PAGE  HF_VAULT_CONTENT_BYTES
#define TAG_AT_PAGE    (NONCE_AT_PAGE + HF_XNONCE_BYTES)
#define NONCE_AT_FRAME (HF_VAULT_FRAME_HEADER_BYTES + NONCE_AT_PAGE)
#define TAG_AT_FRAME   (HF_VAULT_FRAME_HEADER_BYTES + TAG_AT_PAGE)

#define MAGIC       "HFE1"
#define MAGIC_BYTES 4

/* magic, kind, database id; then the page number, or the frame's clear header and its offset */
#define AAD_START_BYTES (MAGIC_BYTES + 1 + HF_ID_BYTES)
#define AAD_PAGE_BYTES  (AAD_START_BYTES + 4)
#define AAD_FRAME_BYTES (AAD_START_BYTES + HF_VAULT_FRAME_CLEAR_BYTES + 8)

enum kind { KIND_PAGE = 1, KIND_FRAME = 2 };

/* The encrypted run of a frame: checksum and page content. */
#define FRAME_SECRET_BYTES (HF_VAULT_FRAME_HEADER_BYTES - HF_VAULT_FRAME_CLEAR_BYTES + HF_VAULT_CONTENT_BYTES)

_Static_assert(HF_XNONCE_BYTES + HF_TAG_BYTES == HF_VAULT_RESERVE_BYTES, "nonce and tag fill the reserved bytes");
_Static_assert(TAG_AT_FRAME + HF_TAG_BYTES == HF_VAULT_FRAME_BYTES, "a sealed frame is as long as a plain one");

enum hf_status hf_vault_keys_begin(struct hf_vault_keys *keys, unsigned suite, const struct hf_id *db_id,
                                   const uint8_t data_key[HF_KEY_BYTES])
{
    uint8_t key[HF_KEY_BYTES];
    enum hf_status status;

    memset(keys, 0, sizeof(*keys));
    keys->db_id = *db_id;
    hf_derive(data_key, "hf vault main v1", key);
    status = hf_sealer_begin(&keys->main, suite, key);
    hf_derive(data_key, "hf vault wal v1", key);
    if (status == HF_OK)
        status = hf_sealer_begin(&keys->wal, suite, key);
    hf_wipe(key, sizeof(key));
    if (status != HF_OK)
        hf_vault_keys_end(keys);
    return status;
}

void hf_vault_keys_end(struct hf_vault_keys *keys)
{
    hf_sealer_end(&keys->main);
    hf_sealer_end(&keys->wal);
}

static void put_prefix(struct hf_vault_nonces *nonces, uint8_t nonce[HF_XNONCE_BYTES])
{
    if (nonces->count == 0)
        hf_random(nonces->prefix, sizeof(nonces->prefix));
    memcpy(nonce, nonces->prefix, sizeof(nonces->prefix));
    hf_put_u32(nonce + sizeof(nonces->prefix), nonces->count);
    nonces->count = (nonces->count + 1) % HF_VAULT_PREFIX_PAGES;
}

void hf_vault_nonce_take(struct hf_vault_nonces *nonces, uint8_t out[HF_XNONCE_BYTES])
{
    long process = (long)getpid();

    if (nonces->process != process)
        nonces->left = nonces->count = 0;
    if (nonces->left == 0) {
        hf_random(nonces->bytes, sizeof(nonces->bytes));
        nonces->left = HF_VAULT_NONCES;
        nonces->process = process;
    }
    nonces->left--;
    memcpy(out, nonces->bytes[nonces->left], HF_XNONCE_BYTES);
    memset(nonces->bytes[nonces->left], 0, HF_XNONCE_BYTES);
    if (nonces->suite == HF_SUITE_XAES_256_GCM)
        put_prefix(nonces, out);
}

static void aad_start(uint8_t *aad, const struct hf_vault_keys *keys, enum kind kind)
{
    memcpy(aad, MAGIC, MAGIC_BYTES);
    aad[MAGIC_BYTES] = (uint8_t)kind;
    memcpy(aad + MAGIC_BYTES + 1, keys->db_id.bytes, HF_ID_BYTES);
}

static void aad_page(uint8_t aad[AAD_PAGE_BYTES], const struct hf_vault_keys *keys, uint32_t pgno)
{
    aad_start(aad, keys, KIND_PAGE);
    hf_put_u32(aad + AAD_START_BYTES, pgno);
}

static void aad_frame(uint8_t aad[AAD_FRAME_BYTES], const struct hf_vault_keys *keys, const uint8_t *clear,
                      uint64_t offset)
{
    aad_start(aad, keys, KIND_FRAME);
    memcpy(aad + AAD_START_BYTES, clear, HF_VAULT_FRAME_CLEAR_BYTES);
    hf_put_u64(aad + AAD_START_BYTES + HF_VAULT_FRAME_CLEAR_BYTES, offset);
}

void hf_vault_page_seal(struct hf_vault_keys *keys, const uint8_t nonce[HF_XNONCE_BYTES], uint32_t pgno,
                        const uint8_t plain[HF_VAULT_PAGE_BYTES], uint8_t out_sealed[HF_VAULT_PAGE_BYTES])
{
    uint8_t aad[AAD_PAGE_BYTES];

    aad_page(aad, keys, pgno);
    hf_sealer_seal(&keys->main, nonce, hf_slice_of(aad, sizeof(aad)), plain, HF_VAULT_CONTENT_BYTES, out_sealed,
                   out_sealed + TAG_AT_PAGE);
    memcpy(out_sealed + NONCE_AT_PAGE, nonce, HF_XNONCE_BYTES);
}

bool hf_vault_page_open(struct hf_vault_keys *keys, uint32_t pgno, const uint8_t sealed[HF_VAULT_PAGE_BYTES],
                        uint8_t out_plain[HF_VAULT_PAGE_BYTES])
{
    uint8_t aad[AAD_PAGE_BYTES];

    aad_page(aad, keys, pgno);
    memset(out_plain + HF_VAULT_CONTENT_BYTES, 0, HF_VAULT_RESERVE_BYTES);
    return hf_sealer_unseal(&keys->main, sealed + NONCE_AT_PAGE, hf_slice_of(aad, sizeof(aad)), sealed,
                            HF_VAULT_CONTENT_BYTES, sealed + TAG_AT_PAGE, out_plain);
}

void hf_vault_frame_seal(struct hf_vault_keys *keys, const uint8_t nonce[HF_XNONCE_BYTES], uint64_t offset,
                         const uint8_t header[HF_VAULT_FRAME_HEADER_BYTES], const uint8_t plain[HF_VAULT_PAGE_BYTES],
                         uint8_t out_sealed[HF_VAULT_FRAME_BYTES])
{
    uint8_t aad[AAD_FRAME_BYTES];
    uint8_t *secret = out_sealed + HF_VAULT_FRAME_CLEAR_BYTES;

    aad_frame(aad, keys, header, offset);
    memcpy(out_sealed, header, HF_VAULT_FRAME_HEADER_BYTES);
    memcpy(out_sealed + HF_VAULT_FRAME_HEADER_BYTES, plain, HF_VAULT_CONTENT_BYTES);
    hf_sealer_seal(&keys->wal, nonce, hf_slice_of(aad, sizeof(aad)), secret, FRAME_SECRET_BYTES, secret,
                   out_sealed + TAG_AT_FRAME);
    memcpy(out_sealed + NONCE_AT_FRAME, nonce, HF_XNONCE_BYTES);
}

bool hf_vault_frame_open(struct hf_vault_keys *keys, uint64_t offset, const uint8_t sealed[HF_VAULT_FRAME_BYTES],
                         uint8_t out_plain[HF_VAULT_FRAME_BYTES])
{
    uint8_t aad[AAD_FRAME_BYTES];

    aad_frame(aad, keys, sealed, offset);
    memset(out_plain, 0, HF_VAULT_FRAME_BYTES);
    if (!hf_sealer_unseal(&keys->wal, sealed + NONCE_AT_FRAME, hf_slice_of(aad, sizeof(aad)),
                          sealed + HF_VAULT_FRAME_CLEAR_BYTES, FRAME_SECRET_BYTES, sealed + TAG_AT_FRAME,
                          out_plain + HF_VAULT_FRAME_CLEAR_BYTES))
        return false;
    memcpy(out_plain, sealed, HF_VAULT_FRAME_CLEAR_BYTES);
    return true;
}

bool hf_vault_page_reserve_is_zero(const uint8_t plain[HF_VAULT_PAGE_BYTES])
{
    static const uint8_t zeros[HF_VAULT_RESERVE_BYTES];

    return memcmp(plain + HF_VAULT_CONTENT_BYTES, zeros, sizeof(zeros)) == 0;
}

/* Offsets in SQLite's file header (https://www.sqlite.org/fileformat2.html, section 1.3). */
enum header_at {
    AT_PAGE_SIZE = 16,
    AT_WRITE_VERSION = 18,
    AT_READ_VERSION = 19,
    AT_RESERVE = 20,
    AT_MAX_PAYLOAD = 21,
    AT_MIN_PAYLOAD = 22,
    AT_LEAF_PAYLOAD = 23,
    AT_PAGE_COUNT = 28,
    AT_FIRST_NODE = 100 /* the b-tree of the schema starts here */
};

bool hf_vault_page_one_is_ours(const uint8_t plain[HF_VAULT_PEEK_BYTES])
{
    return hf_get_u16(plain + AT_PAGE_SIZE) == HF_VAULT_PAGE_BYTES && plain[AT_RESERVE] == HF_VAULT_RESERVE_BYTES;
}

void hf_vault_page_first(uint8_t out_plain[HF_VAULT_PAGE_BYTES])
{
    uint8_t *node = out_plain + AT_FIRST_NODE;

    memset(out_plain, 0, HF_VAULT_PAGE_BYTES);
    memcpy(out_plain, "SQLite format 3", 16);
    hf_put_u16(out_plain + AT_PAGE_SIZE, HF_VAULT_PAGE_BYTES);
    out_plain[AT_WRITE_VERSION] = 2; /* WAL */
    out_plain[AT_READ_VERSION] = 2;
    out_plain[AT_RESERVE] = HF_VAULT_RESERVE_BYTES;
    out_plain[AT_MAX_PAYLOAD] = 64;
    out_plain[AT_MIN_PAYLOAD] = 32;
    out_plain[AT_LEAF_PAYLOAD] = 32;
    hf_put_u32(out_plain + AT_PAGE_COUNT, 1);
    node[0] = 13; /* an empty leaf of a table */
    hf_put_u16(node + 5, HF_VAULT_CONTENT_BYTES);
}
