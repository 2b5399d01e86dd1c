/* The key file: which database, and the data key wrapped once per key slot (docs/vault.md has the bytes). Pure: bytes
 * in, bytes out; files.h reads and writes them.
 *
 * Whoever knows the data key can check and rewrite the file: a MAC under a key derived from it covers every byte before
 * the MAC. An unkeyed checksum behind it tells damage from a wrong passphrase before any key is known; it protects from
 * accidents only. Slots of a type this program does not know are kept as they are. */
#ifndef HF_CORE_VAULT_KEYFILE_H
#define HF_CORE_VAULT_KEYFILE_H

#include "core/base/id.h"
#include "core/crypto/crypto.h"

#define HF_KEYFILE_SLOTS_MAX      16
#define HF_KEYFILE_BODY_BYTES_MAX 512
#define HF_KEYFILE_HEADER_BYTES   32
#define HF_KEYFILE_SLOT_BYTES     20 /* in front of a slot's body */
#define HF_KEYFILE_MAC_BYTES      32
#define HF_KEYFILE_CHECKSUM_BYTES 16
#define HF_KEYFILE_BYTES_MAX                                                                                           \
    (HF_KEYFILE_HEADER_BYTES + HF_KEYFILE_SLOTS_MAX * (HF_KEYFILE_SLOT_BYTES + HF_KEYFILE_BODY_BYTES_MAX) +            \
     HF_KEYFILE_MAC_BYTES + HF_KEYFILE_CHECKSUM_BYTES)

/* How pages and frames are sealed. The data key is wrapped with XChaCha20-Poly1305 in both. */
enum hf_keyfile_suite {
    HF_KEYFILE_XCHACHA20_POLY1305 = HF_SUITE_XCHACHA20_POLY1305,
    HF_KEYFILE_XAES_256_GCM = HF_SUITE_XAES_256_GCM
};

enum hf_keyfile_flags {
    HF_KEYFILE_WEAK_FOR_TESTS = 1 << 0 /* a slot's passphrase costs less than we ask for; never in real use */
};

enum hf_keyfile_slot_type {
    HF_KEYFILE_SLOT_PASSPHRASE = 1, /* passphrase and device secret; body in slot.h */
    HF_KEYFILE_SLOT_HOST = 2,       /* a key that the host keeps, such as a keyring or a TPM */
    HF_KEYFILE_SLOT_RECOVERY = 3    /* the organisation's recovery key; body in recovery.h */
};

struct hf_keyfile_slot {
    uint8_t type;
    uint8_t flags; /* the type's own */
    struct hf_id id;
    uint16_t body_len;
    uint8_t body[HF_KEYFILE_BODY_BYTES_MAX];
};

struct hf_keyfile {
    uint16_t flags;
    uint8_t suite;
    struct hf_id db_id;
    size_t slot_count; /* 1 to HF_KEYFILE_SLOTS_MAX */
    struct hf_keyfile_slot slots[HF_KEYFILE_SLOTS_MAX];
    uint8_t mac[HF_KEYFILE_MAC_BYTES]; /* as read */
};

/* HF_ERR_CORRUPT when length, checksum, limits or structure do not fit; HF_ERR_UNSUPPORTED for a newer format or suite.
 * The MAC is not checked yet: no key is known. */
HF_CHECKED enum hf_status hf_keyfile_decode(struct hf_slice bytes, struct hf_keyfile *out_keyfile,
                                            struct hf_error *err);

/* True when the MAC read fits the content under this data key. */
HF_CHECKED bool hf_keyfile_mac_fits(const struct hf_keyfile *keyfile, const uint8_t data_key[HF_KEY_BYTES]);

/* Appends the whole file, MAC and checksum included; out's status tells about memory. */
void hf_keyfile_encode(const struct hf_keyfile *keyfile, const uint8_t data_key[HF_KEY_BYTES], struct hf_buf *out);

/* The slot with this type, or NULL. Borrowed. `after`: NULL for the first, or the one found before. */
struct hf_keyfile_slot *hf_keyfile_find(struct hf_keyfile *keyfile, enum hf_keyfile_slot_type type,
                                        const struct hf_keyfile_slot *after);

#endif
