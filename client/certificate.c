/* What a server says of itself. */
#include "client/syncer.h"

#include "core/replica/shard.h"

#include <string.h>

enum hf_status hf_certificate_check(struct hf_slice certificate, const uint8_t authority_key[HF_SIGN_PUBLIC_BYTES],
                                    const uint8_t log_id[HF_HASH_BYTES], struct hf_note_body *out, struct hf_error *err)
{
    struct hf_note_body note;
    if (hf_note_body_decode(certificate, &note) != HF_OK || note.what != HF_NOTE_SERVER ||
        !hf_server_certified(authority_key, log_id, &note))
        return hf_error_set(err, HF_ERR_AUTH,
                            "This server cannot show that it belongs to the authority. Nothing was sent or stored. "
                            "Tell an administrator.");
    *out = note;
    return HF_OK;
}

/* Other keys: from now on nothing counts that is signed with those before. */
static enum hf_status take_certificate(struct hf_replica *replica, const struct hf_note_body *certificate,
                                       struct hf_error *err)
{
    struct hf_identity *next = hf_secret_alloc(sizeof *next);
    if (!next)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    *next = *hf_replica_identity(replica);
    enum hf_status status = hf_identity_take_certificate(next, certificate);
    if (status == HF_OK)
        status = hf_replica_identity_put(replica, next, err);
    hf_secret_free(next);
    return status;
}

static bool same_keys(const struct hf_identity *identity, const struct hf_note_body *note)
{
    return memcmp(note->server_device, identity->server_device, sizeof note->server_device) == 0 &&
           memcmp(note->log_key, identity->log_key, sizeof note->log_key) == 0 &&
           memcmp(note->channel_key, identity->server_channel_key, sizeof note->channel_key) == 0 &&
           memcmp(note->key_store_key, identity->key_store_key, sizeof note->key_store_key) == 0;
}

/* A new shard is followed when the session comes to it: hf_certificate_take_shard. */
static bool begins_shard(const struct hf_identity *identity, const struct hf_note_body *note)
{
    struct hf_shard shard;
    return note->shard.len > 0 && hf_shard_decode(note->shard, &shard) == HF_OK && shard.number > identity->shard;
}

/* A server that shows a certificate must show the one this device knows, or a newer one. */
enum hf_status hf_certificate_take(struct hf_replica *replica, struct hf_slice certificate, struct hf_error *err)
{
    const struct hf_identity *identity = hf_replica_identity(replica);
    struct hf_note_body note;
    if (certificate.len == 0)
        return HF_OK; /* the channel key alone has proved the server */
    enum hf_status status = hf_certificate_check(certificate, identity->authority_key, identity->log_id, &note, err);
    if (status != HF_OK)
        return status;
    if (note.serial < identity->serial)
        return hf_error_set(err, HF_ERR_AUTH,
                            "The office's server shows keys that it had given up. Nothing was sent or stored. Tell an "
                            "administrator: somebody may be using an old copy of the server.");
    if (note.serial == identity->serial && !same_keys(identity, &note))
        return hf_error_set(err, HF_ERR_AUTH,
                            "The office's server shows other keys than when this device was enrolled. Nothing was sent "
                            "or stored. Tell an administrator, who may have to enrol this device anew.");
    return note.serial > identity->serial && !begins_shard(identity, &note) ? take_certificate(replica, &note, err)
                                                                            : HF_OK;
}

enum hf_status hf_certificate_take_shard(struct hf_replica *replica, struct hf_slice certificate, uint64_t now_ms,
                                         struct hf_error *err)
{
    const struct hf_identity *identity = hf_replica_identity(replica);
    struct hf_note_body note;
    enum hf_status status = hf_certificate_check(certificate, identity->authority_key, identity->log_id, &note, err);
    return status == HF_OK ? hf_replica_shard_take(replica, &note, now_ms, err) : status;
}

uint64_t hf_certificate_known(const struct hf_identity *identity)
{
    struct hf_note_body server = {.what = HF_NOTE_SERVER, .serial = identity->serial};
    memcpy(server.server_device, identity->server_device, sizeof server.server_device);
    memcpy(server.log_key, identity->log_key, sizeof server.log_key);
    memcpy(server.channel_key, identity->server_channel_key, sizeof server.channel_key);
    memcpy(server.key_store_key, identity->key_store_key, sizeof server.key_store_key);
    return hf_server_keys_mark(&server, identity->shard);
}
