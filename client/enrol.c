/* Joining the authority (formats.md 4). Keys are on the disk before the office hears of them, and the key for later
 * sessions before the office is told to expect it; so whatever is cut off can be done again with the same invitation.
 *
 * Asking again goes over the invitation each time: only its answer says who the person is and shows the authority's
 * key. The office takes the newest handshake of the same device as its own, as this device does. */
#include "client/ask.h"
#include "client/sync.h"
#include "core/log/note.h"
#include "protocol/invitation.h"

#include <string.h>

#define STEP_MS        1000
#define WEAK_KDF_BYTES 8192

static const char again_text[] = "A new invitation can be used here with the same passphrase.";

struct enrolment {
    struct holdfast *hf;
    struct hf_invitation invitation;
    struct hf_identity identity; /* being made */
    struct hf_slice passphrase;  /* borrowed */
    uint32_t timeout_ms;
    struct hf_transport *transport;
    struct hf_buf bytes; /* of a message */
    enum hf_ask_heard heard;
    struct hf_message answer; /* borrows from bytes */
    uint8_t handshake_hash[HF_HASH_BYTES];
    uint8_t psk_before[HF_KEY_BYTES]; /* of an earlier handshake; zero when there was none */
};

static void copy_text(char *out, size_t size, struct hf_slice text)
{
    const size_t len = text.len < size ? text.len : size - 1; /* decoding has kept the limits */
    if (len > 0)
        memcpy(out, text.data, len);
    out[len] = '\0';
}

/* --- the replica, with keys --- */

static void new_keys(struct hf_identity *identity)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &identity->sign);
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &identity->channel);
    hf_wipe(seed, sizeof seed);
}

static void new_identity(const struct hf_invitation *invitation, struct hf_identity *out)
{
    hf_wipe(out, sizeof *out);
    out->state = HF_IDENTITY_NEW;
    memcpy(out->origin, invitation->origin, sizeof out->origin);
    memcpy(out->address, invitation->address, sizeof out->address);
    hf_log_id(hf_slice_str(invitation->origin), out->log_id);
    memcpy(out->server_channel_key, invitation->server_key, sizeof out->server_channel_key);
    memcpy(out->authority_hash, invitation->authority_hash, sizeof out->authority_hash);
    out->invitation = invitation->id;
    memcpy(out->token, invitation->token, sizeof out->token);
    new_keys(out);
}

_Static_assert(sizeof((struct hf_identity){0}.address) == sizeof((struct hf_invitation){0}.address), "copied whole");
_Static_assert(sizeof((struct hf_identity){0}.origin) == sizeof((struct hf_invitation){0}.origin), "copied whole");

static struct hf_vault_kdf kdf_of(const struct holdfast_options *options)
{
    struct hf_vault_kdf kdf = {.memory_bytes = options ? options->kdf_memory_bytes : 0,
                               .weak_for_tests = options && options->weak_kdf_for_tests};
    if (kdf.weak_for_tests) {
        kdf.passes = 1;
        kdf.memory_bytes = kdf.memory_bytes ? kdf.memory_bytes : WEAK_KDF_BYTES;
    }
    return kdf;
}

/* Opens what is there, or makes it. HF_ERR_NOT_FOUND from the replica: an earlier attempt got no further than the
 * vault. */
static enum hf_status open_or_make(struct enrolment *enrolment, struct hf_slice passphrase,
                                   const struct holdfast_options *options)
{
    struct holdfast *hf = enrolment->hf;
    const struct hf_vault_kdf kdf = kdf_of(options);
    enum hf_status status = HF_OK;
    if (hf->replica)
        return hf_vault_check_passphrase(hf->folder, HF_CLIENT_VAULT_NAME, passphrase, &hf->err);
    if (hf_handle_has_vault(hf)) {
        status = hf_handle_open_replica(hf, passphrase, true);
        if (status != HF_ERR_NOT_FOUND || !hf->vault)
            return status;
    } else {
        status = hf_vault_create(hf->folder, HF_CLIENT_VAULT_NAME, passphrase, &kdf, &hf->vault, &hf->err);
        if (status != HF_OK)
            return status;
    }
    new_identity(&enrolment->invitation, &enrolment->identity);
    status = hf_replica_create(hf->vault, &enrolment->identity, &hf->replica, &hf->err);
    if (status != HF_OK) {
        (void)hf_vault_close(hf->vault);
        hf->vault = NULL;
    }
    return status;
}

static enum hf_status put_identity(struct enrolment *enrolment)
{
    return hf_replica_identity_put(enrolment->hf->replica, &enrolment->identity, &enrolment->hf->err);
}

/* The identity to enrol: the one that is there when it came with this invitation, a new one otherwise. */
static enum hf_status settle_identity(struct enrolment *enrolment)
{
    const struct hf_identity *there = hf_replica_identity(enrolment->hf->replica);
    if (there->state == HF_IDENTITY_ENROLLED || there->state == HF_IDENTITY_REVOKED)
        return hf_handle_fail(enrolment->hf, HF_ERR_EXISTS,
                              "This device is enrolled already, for %s. To enrol it for someone else, use another "
                              "folder.",
                              there->person_name);
    if (hf_id_equal(&there->invitation, &enrolment->invitation.id)) {
        enrolment->identity = *there;
        return HF_OK;
    }
    new_identity(&enrolment->invitation, &enrolment->identity);
    return put_identity(enrolment);
}

/* --- the conversation --- */

/* What a broken connection means here: nothing of the person's is at stake yet, and they have the invitation at hand.
 */
static enum hf_status fail_text(struct enrolment *enrolment, enum hf_status status)
{
    struct holdfast *hf = enrolment->hf;
    const char *address = enrolment->identity.address;
    const enum hf_transport_stage stage =
        enrolment->transport ? hf_transport_stage(enrolment->transport) : HF_TRANSPORT_DIALLING;
    if (status == HF_ERR_NOMEM)
        return status;
    if (stage == HF_TRANSPORT_DIALLING)
        return hf_handle_fail(hf, HF_ERR_NETWORK,
                              "The office could not be reached at %s. Try again with the same invitation when there is "
                              "a connection.",
                              address);
    if (stage == HF_TRANSPORT_HANDSHAKE && status != HF_ERR_TIMEOUT)
        return hf_handle_fail(hf, HF_ERR_AUTH,
                              "The office at %s and this invitation do not belong together: it may be mistyped, too "
                              "old, or made for another server. Copy the whole line again, or ask an administrator for "
                              "a new one. %s",
                              address, again_text);
    return hf_handle_fail(hf, status == HF_ERR_TIMEOUT ? HF_ERR_TIMEOUT : HF_ERR_NETWORK,
                          "The connection to the office at %s broke off. Try again with the same invitation.", address);
}

static enum hf_status connect_invited(struct enrolment *enrolment)
{
    const struct hf_identity *identity = &enrolment->identity;
    const struct hf_transport_config config = {.address = identity->address,
                                               .origin = identity->origin,
                                               .enrolment_id = identity->invitation,
                                               .static_key = &identity->channel,
                                               .server_key = identity->server_channel_key,
                                               .psk = enrolment->invitation.token,
                                               .timeout_ms = enrolment->timeout_ms};
    enum hf_status status = hf_transport_new(&config, &enrolment->transport);
    while (status == HF_OK && hf_transport_stage(enrolment->transport) != HF_TRANSPORT_OPEN)
        status = hf_transport_wait(enrolment->transport, STEP_MS);
    return status == HF_OK ? HF_OK : fail_text(enrolment, status);
}

/* The key of later sessions is durable before the office is told of it. */
static enum hf_status keep_psk(struct enrolment *enrolment)
{
    memcpy(enrolment->handshake_hash, hf_transport_handshake_hash(enrolment->transport), HF_HASH_BYTES);
    memcpy(enrolment->psk_before, enrolment->identity.psk, sizeof enrolment->psk_before);
    hf_invitation_device_psk(enrolment->invitation.token, enrolment->handshake_hash, enrolment->identity.psk);
    return put_identity(enrolment);
}

static enum hf_status ask(struct enrolment *enrolment)
{
    struct hf_session_ask ask;
    struct hf_message question = {.type = HF_MSG_ENROL};
    const struct hf_sign_key *device = &enrolment->identity.sign;
    memcpy(question.as.enrol.device, device->public_key, sizeof question.as.enrol.device);
    hf_invitation_sign(device, enrolment->handshake_hash, question.as.enrol.signature);
    hf_session_ask_begin(&ask, 0);
    const enum hf_status status =
        hf_ask_office(enrolment->transport, &ask, &question, &enrolment->bytes, &enrolment->heard, &enrolment->answer);
    return status == HF_OK ? HF_OK : fail_text(enrolment, status);
}

/* The office can open this device's folder from the moment the device is enrolled: the key is the authority's word,
 * like the rest of the certificate. Before the identity is stored, so that an enrolment cut short adds it when asked
 * again. */
static enum hf_status take_recovery_key(struct enrolment *enrolment, const uint8_t key[HF_DH_BYTES])
{
    static const uint8_t none[HF_DH_BYTES];
    if (memcmp(key, none, sizeof none) == 0)
        return HF_OK;
    const enum hf_status status = hf_vault_add_recovery(enrolment->hf->folder, HF_CLIENT_VAULT_NAME,
                                                        enrolment->passphrase, key, &enrolment->hf->err);
    return status == HF_ERR_EXISTS ? HF_OK : status;
}

static enum hf_status take_keys(struct enrolment *enrolment, const struct hf_message *message)
{
    struct hf_identity *identity = &enrolment->identity;
    const uint8_t *authority_key = message->as.enrolled.authority_key;
    uint8_t hash[HF_HASH_BYTES];
    struct hf_note_body note;
    hf_sha256_of(authority_key, HF_SIGN_PUBLIC_BYTES, hash);
    if (memcmp(hash, enrolment->invitation.authority_hash, sizeof hash) != 0)
        return hf_handle_fail(enrolment->hf, HF_ERR_AUTH,
                              "This server belongs to another authority than the invitation names. Nothing was "
                              "joined. Ask an administrator for a new invitation. %s",
                              again_text);
    enum hf_status status = hf_certificate_check(message->as.enrolled.certificate, authority_key, identity->log_id,
                                                 &note, &enrolment->hf->err);
    if (status != HF_OK)
        return status;
    /* The invitation names the channel key of when it was made, which has to be this one or one before it. */
    memcpy(identity->log_key, note.log_key, sizeof identity->log_key);
    status = hf_identity_take_certificate(identity, &note);
    if (status != HF_OK)
        return hf_handle_fail(enrolment->hf, status, "What the server says of its log cannot be used: %s %s",
                              hf_status_text(status), again_text);
    memcpy(identity->authority_key, authority_key, sizeof identity->authority_key);
    copy_text(identity->authority_name, sizeof identity->authority_name, note.authority_name);
    return take_recovery_key(enrolment, note.recovery_key);
}

static enum hf_status take_enrolled(struct enrolment *enrolment, const struct hf_message *message)
{
    struct hf_identity *identity = &enrolment->identity;
    enum hf_status status = take_keys(enrolment, message);
    if (status != HF_OK)
        return status;
    identity->person = message->as.enrolled.person;
    identity->role = message->as.enrolled.role;
    identity->incarnation = message->as.enrolled.incarnation;
    copy_text(identity->person_name, sizeof identity->person_name, message->as.enrolled.person_name);
    identity->state = message->as.enrolled.pending ? HF_IDENTITY_PENDING : HF_IDENTITY_ENROLLED;
    hf_wipe(identity->token, sizeof identity->token);
    return put_identity(enrolment);
}

/* A refused handshake is none that the office goes by: the key of an earlier one, if any, still is. */
static enum hf_status refused(struct enrolment *enrolment, const struct hf_message *message)
{
    char text[HF_ASK_REFUSAL_BYTES];
    hf_ask_refusal_text(message, text);
    memcpy(enrolment->identity.psk, enrolment->psk_before, sizeof enrolment->identity.psk);
    enum hf_status status = put_identity(enrolment);
    if (status != HF_OK)
        return status;
    return hf_handle_fail(enrolment->hf, message->as.error.status, "%s %s", text, again_text);
}

static enum hf_status take_answer(struct enrolment *enrolment)
{
    if (enrolment->heard == HF_ASK_REFUSAL)
        return refused(enrolment, &enrolment->answer);
    if (enrolment->heard == HF_ASK_ANSWER)
        return take_enrolled(enrolment, &enrolment->answer);
    return hf_handle_fail(enrolment->hf, HF_ERR_PROTOCOL,
                          "The office's server sent something that does not belong here. Update Holdfast on this "
                          "device, or tell an administrator.");
}

/* --- the whole --- */

static enum hf_status enrol(struct enrolment *enrolment, const struct holdfast_options *options)
{
    enum hf_status status = open_or_make(enrolment, enrolment->passphrase, options);
    if (status == HF_OK)
        status = settle_identity(enrolment);
    if (status == HF_OK)
        status = connect_invited(enrolment);
    if (status == HF_OK)
        status = keep_psk(enrolment);
    if (status == HF_OK)
        status = ask(enrolment);
    if (status == HF_OK)
        status = take_answer(enrolment);
    return status;
}

static enum hf_status parse(struct enrolment *enrolment, const char *invitation, const char *passphrase)
{
    struct holdfast *hf = enrolment->hf;
    if (!invitation || !passphrase)
        return hf_handle_fail(hf, HF_ERR_INVALID, "An invitation and a passphrase are needed here.");
    if (hf->sync)
        return hf_handle_fail(hf, HF_ERR_STATE, "A sync is under way. Let it finish first.");
    return hf_invitation_parse(hf_slice_str(invitation), &enrolment->invitation, &hf->err);
}

enum holdfast_status holdfast_enrol(struct holdfast *hf, const char *invitation, const char *passphrase,
                                    const struct holdfast_options *options,
                                    char out_code[HOLDFAST_SAFETY_CODE_TEXT_BYTES])
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_ANY);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct enrolment *enrolment = hf_secret_alloc(sizeof *enrolment);
    if (!enrolment)
        return hf_handle_leave(hf, HF_ERR_NOMEM);
    hf_wipe(enrolment, sizeof *enrolment);
    enrolment->hf = hf;
    enrolment->timeout_ms = hf_sync_timeout_ms(options);
    hf_buf_init(&enrolment->bytes, HF_LIMIT_MESSAGE_BYTES);
    status = parse(enrolment, invitation, passphrase);
    if (status == HF_OK)
        enrolment->passphrase = hf_slice_str(passphrase);
    if (status == HF_OK)
        status = enrol(enrolment, options);
    if (status == HF_OK)
        hf_channel_safety_code(enrolment->handshake_hash, out_code);
    if (status == HF_OK && enrolment->identity.state == HF_IDENTITY_PENDING)
        status = hf_handle_fail(hf, HF_ERR_WAITING,
                                "%s has to be confirmed by an administrator. Read them the safety code; the next sync "
                                "shows whether they have.",
                                enrolment->identity.person_name);
    hf_transport_free(enrolment->transport);
    hf_message_clear(&enrolment->answer);
    hf_buf_wipe(&enrolment->bytes);
    hf_secret_free(enrolment);
    return hf_handle_leave(hf, status);
}
