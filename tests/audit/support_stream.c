#include "tests/audit/support_stream.h"

#include "core/log/bundle.h"
#include "core/model/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ORIGIN   "stream.example/log"
#define START_MS 1790000000000ull

struct device {
    struct hf_sign_key key;
    uint64_t next_seq;
    uint8_t head[HF_HASH_BYTES];
    hf_clock clock;
};

struct writing {
    const struct support_stream *stream;
    struct hf_sign_key authority;
    struct hf_sign_key log_secret;
    struct hf_note_key log_key;
    uint8_t log_id[HF_HASH_BYTES];
    struct hf_class_key class_key;
    struct device *device; /* 0 is the server */
    struct hf_tile_writer writer;
    uint64_t seen_size;
    struct hf_hash seen_root;
    struct hf_buf payload;
    bool failed;
};

static void bytes_of(const char *what, uint64_t number, uint8_t *out, size_t len)
{
    uint8_t bytes[8];
    hf_put_u64(bytes, number);
    struct hf_slice parts[] = {hf_slice_str(what), hf_slice_of(bytes, sizeof bytes)};
    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, out, len);
}

static struct hf_sign_key key_of(const char *what, uint64_t number)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    struct hf_sign_key key;
    bytes_of(what, number, seed, sizeof seed);
    hf_sign_key_from_seed(seed, &key);
    return key;
}

static void put(struct writing *writing, const char *name, struct hf_slice bytes)
{
    char path[512];
    size_t base = strlen(writing->stream->folder) + 1;
    (void)snprintf(path, sizeof path, "%s/%s", writing->stream->folder, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        for (char *at = strchr(path + base, '/'); at; at = strchr(at + 1, '/')) {
            *at = '\0';
            (void)mkdir(path, 0700);
            *at = '/';
        }
        file = fopen(path, "wb");
    }
    if (!file || fwrite(bytes.data, 1, bytes.len, file) != bytes.len)
        writing->failed = true;
    if (file && fclose(file) != 0)
        writing->failed = true;
}

static enum hf_status put_tile(void *ctx, struct hf_slice path, struct hf_slice bytes)
{
    put(ctx, (const char *)path.data, bytes);
    return HF_OK;
}

static void put_indexed(struct writing *writing, enum hf_bundle_kind kind, uint64_t index, struct hf_slice bytes)
{
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    hf_bundle_name(kind, index, name);
    put(writing, name, bytes);
}

static struct hf_leaf begin_leaf(struct writing *writing, unsigned device, enum hf_leaf_kind kind)
{
    struct device *signer = &writing->device[device];
    signer->clock = hf_clock_tick(signer->clock, START_MS + writing->writer.tree.size * 1000);
    struct hf_leaf leaf = {
        .kind = kind, .clock = signer->clock, .seq = signer->next_seq++, .seen_size = writing->seen_size};
    memcpy(leaf.log_id, writing->log_id, sizeof leaf.log_id);
    memcpy(leaf.device, signer->key.public_key, sizeof leaf.device);
    memcpy(leaf.prev, signer->head, sizeof leaf.prev);
    memcpy(leaf.seen_root, writing->seen_root.bytes, sizeof leaf.seen_root);
    return leaf;
}

static void end_leaf(struct writing *writing, unsigned device, struct hf_leaf *leaf)
{
    uint8_t bytes[HF_LEAF_BYTES];
    hf_leaf_sign(leaf, &writing->device[device].key);
    hf_leaf_encode(leaf, bytes);
    hf_leaf_hash(bytes, writing->device[device].head);
    if (hf_tile_writer_add(&writing->writer, hf_slice_of(bytes, sizeof bytes)) != HF_OK)
        writing->failed = true;
    if (writing->writer.tree.size % writing->stream->seen_every == 0) {
        writing->seen_size = writing->writer.tree.size;
        hf_tree_root(&writing->writer.tree, &writing->seen_root);
    }
}

/* The server's own, which stand open. */
static void add_open(struct writing *writing, enum hf_leaf_kind kind, const struct hf_buf *body)
{
    uint64_t index = writing->writer.tree.size;
    uint8_t r[HF_OPENING_BYTES];
    struct hf_buf opening = {0};
    struct hf_leaf leaf = begin_leaf(writing, 0, kind);
    hf_buf_reset(&writing->payload);
    if (hf_payload_seal(&writing->class_key, hf_buf_slice(body), &leaf, &writing->payload) != HF_OK)
        writing->failed = true;
    hf_payload_opening(&writing->class_key, hf_buf_slice(body), &leaf, r);
    hf_buf_append(&opening, r, sizeof r);
    hf_buf_append_slice(&opening, hf_buf_slice(body));
    put_indexed(writing, HF_BUNDLE_CT, index, hf_buf_slice(&writing->payload));
    put_indexed(writing, HF_BUNDLE_OPEN, index, hf_buf_slice(&opening));
    end_leaf(writing, 0, &leaf);
    hf_buf_clear(&opening);
}

/* Bytes that stand for sealed ones: nobody opens them. */
static void add_data(struct writing *writing, unsigned device)
{
    uint64_t index = writing->writer.tree.size;
    struct hf_leaf leaf = begin_leaf(writing, device, HF_LEAF_DATA);
    hf_buf_reset(&writing->payload);
    for (size_t len = 0; len < writing->stream->payload_bytes; len += 64) {
        uint8_t bytes[64];
        bytes_of("payload", index * 65536 + len, bytes, sizeof bytes);
        hf_buf_append(&writing->payload, bytes, sizeof bytes);
    }
    leaf.payload_len = (uint32_t)writing->payload.len;
    hf_sha256_of(writing->payload.data, writing->payload.len, leaf.payload_hash);
    bytes_of("commitment", index, leaf.commitment, sizeof leaf.commitment);
    if (writing->payload.len > 0)
        put_indexed(writing, HF_BUNDLE_CT, index, hf_buf_slice(&writing->payload));
    end_leaf(writing, device, &leaf);
}

static void add_server(struct writing *writing)
{
    struct hf_note_body body = {.what = HF_NOTE_SERVER, .authority_name = hf_slice_str("Invented Council")};
    struct hf_buf bytes = {0};
    memcpy(body.server_device, writing->device[0].key.public_key, sizeof body.server_device);
    memcpy(body.log_key, writing->log_secret.public_key, sizeof body.log_key);
    hf_server_certify(&writing->authority, writing->log_id, &body);
    hf_note_body_encode(&body, &bytes);
    add_open(writing, HF_LEAF_NOTE, &bytes);
    hf_buf_clear(&bytes);
}

static void add_enrolment(struct writing *writing, unsigned device)
{
    struct hf_enrol_body body = {.role = HF_ROLE_WORKER};
    struct hf_buf bytes = {0};
    memcpy(body.device, writing->device[device].key.public_key, sizeof body.device);
    bytes_of("channel", device, body.channel_key, sizeof body.channel_key);
    bytes_of("person", device, body.person.bytes, sizeof body.person.bytes);
    bytes_of("invitation", device, body.invitation.bytes, sizeof body.invitation.bytes);
    hf_enrol_body_encode(&body, &bytes);
    add_open(writing, HF_LEAF_ENROL, &bytes);
    hf_buf_clear(&bytes);
}

static void begin(struct writing *writing, const struct support_stream *stream)
{
    memset(writing, 0, sizeof *writing);
    writing->stream = stream;
    writing->authority = key_of("authority", 0);
    writing->log_secret = key_of("log", 0);
    hf_log_id(hf_slice_str(ORIGIN), writing->log_id);
    bytes_of("case", 0, writing->class_key.case_id.bytes, HF_ID_BYTES);
    bytes_of("key", 0, writing->class_key.key_id.bytes, HF_ID_BYTES);
    bytes_of("class", 0, writing->class_key.key, sizeof writing->class_key.key);
    hf_sha256_of(NULL, 0, writing->seen_root.bytes);
    writing->device = calloc(stream->devices + 1, sizeof *writing->device);
    writing->failed = !writing->device || hf_note_key_init(hf_slice_str(ORIGIN), writing->log_secret.public_key,
                                                           &writing->log_key) != HF_OK;
    for (unsigned i = 0; !writing->failed && i <= stream->devices; i++)
        writing->device[i].key = key_of("device", i);
    hf_tile_writer_begin(&writing->writer, put_tile, writing);
}

static void end(struct writing *writing)
{
    struct hf_checkpoint checkpoint = {.origin = ORIGIN, .size = writing->writer.tree.size};
    struct hf_buf text = {0};
    if (hf_tile_writer_finish(&writing->writer, &checkpoint.root) != HF_OK ||
        hf_checkpoint_sign(&checkpoint, &writing->log_key, &writing->log_secret, &text) != HF_OK)
        writing->failed = true;
    put(writing, HF_BUNDLE_CHECKPOINT, hf_buf_slice(&text));
    hf_buf_reset(&text);
    hf_policy_file_format_log(&writing->log_key, &text);
    put(writing, HF_BUNDLE_POLICY, hf_buf_slice(&text));
    hf_buf_clear(&text);
    hf_buf_clear(&writing->payload);
    hf_tile_writer_end(&writing->writer);
    free(writing->device);
}

bool support_stream_write(const struct support_stream *stream, uint8_t out_authority_key[HF_SIGN_PUBLIC_BYTES])
{
    struct writing writing;
    begin(&writing, stream);
    if (!writing.failed) {
        add_server(&writing);
        for (unsigned i = 1; i <= stream->devices; i++)
            add_enrolment(&writing, i);
        while (!writing.failed && writing.writer.tree.size < stream->entries)
            add_data(&writing, 1 + (unsigned)(writing.writer.tree.size % stream->devices));
    }
    end(&writing);
    memcpy(out_authority_key, writing.authority.public_key, HF_SIGN_PUBLIC_BYTES);
    return !writing.failed;
}
