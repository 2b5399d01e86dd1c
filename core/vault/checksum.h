/* The checksum of SQLite's WAL (https://www.sqlite.org/fileformat2.html, section 4.2): it runs on from frame to frame
 * through a generation. Pure. */
#ifndef HF_CORE_VAULT_CHECKSUM_H
#define HF_CORE_VAULT_CHECKSUM_H

#include "core/vault/page.h"

struct hf_vault_checksum {
    bool is_big_endian; /* how words are read, as the WAL header says; stored sums are always big-endian */
    uint32_t sum[2];
};

/* Starts with a WAL header. False when the header is none of ours: magic, version, page size or its own checksum. */
HF_CHECKED bool hf_vault_checksum_begin(struct hf_vault_checksum *checksum,
                                        const uint8_t header[HF_VAULT_WAL_HEADER_BYTES]);
/* Goes on behind a sum that is stored in a frame. */
void hf_vault_checksum_resume(struct hf_vault_checksum *checksum, const uint8_t stored[8]);
void hf_vault_checksum_add_frame(struct hf_vault_checksum *checksum, const uint8_t frame[HF_VAULT_FRAME_BYTES]);
bool hf_vault_checksum_is(const struct hf_vault_checksum *checksum, const uint8_t stored[8]);
void hf_vault_checksum_put(const struct hf_vault_checksum *checksum, uint8_t out_stored[8]);

#endif
