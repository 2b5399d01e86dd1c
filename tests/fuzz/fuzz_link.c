/* Bytes into a connection of an office in memory, without a network. First byte: whether the rest arrives raw, or
 * inside an open channel of an enrolled device or of an invited one, as messages: length u16, then that many bytes
 * (fewer at the end of the input), with a second of time behind each. Checked: the office's log never shrinks, a closed
 * link says and takes nothing, and no byte of it is answered to a stranger. */
#include "core/base/assert.h"
#include "server/enrol.h"
#include "server/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_MS 1000u

void __lsan_disable(void);
void __lsan_enable(void);

static struct hf_office office;
static struct hf_dh_key own_key;
static struct hf_invitation invitation;
static uint8_t own_psk[HF_KEY_BYTES];

static uint64_t wall_ms(void *ctx)
{
    (void)ctx;
    return 1795600000000ull;
}

static struct hf_vault *new_vault(const char *folder, const char *name)
{
    struct hf_vault *vault = NULL;
    struct hf_id id = {{1}};
    uint8_t key[HF_KEY_BYTES] = {2};
    HF_ASSERT(hf_vault_open_raw(folder, name, &id, key, HF_VAULT_CREATE, &vault, NULL) == HF_OK);
    return vault;
}

static void remove_file(const char *folder, const char *name)
{
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)unlink(path);
}

static void enrol_one(void)
{
    uint8_t seed[HF_KEY_BYTES] = {9}, signature[HF_SIGN_BYTES];
    struct hf_sign_key device;
    struct hf_device_row row;
    struct hf_peer peer = {.kind = HF_PEER_INVITED, .invitation = invitation.id};
    hf_sign_key_from_seed(seed, &device);
    seed[1] = 1;
    hf_dh_key_from_seed(seed, &own_key);
    memcpy(peer.channel_key, own_key.public_key, sizeof peer.channel_key);
    hf_invitation_sign(&device, peer.handshake_hash, signature);
    HF_ASSERT(hf_enrol_device(&office, &peer, device.public_key, signature, &row, NULL) == HF_OK);
    memcpy(own_psk, row.psk, sizeof own_psk);
}

static void invite(void)
{
    struct hf_invite invite = {
        .person_name = hf_slice_str("Fay Fuzz"), .role = HF_ROLE_MANAGER, .address = hf_slice_str("tcp://127.0.0.1:1")};
    struct hf_id person;
    uint64_t expiry_ms;
    struct hf_buf line = {0};
    HF_ASSERT(hf_enrol_invite(&office, &invite, &person, &expiry_ms, &line, NULL) == HF_OK);
    HF_ASSERT(hf_invitation_parse(hf_buf_slice(&line), &invitation, NULL) == HF_OK);
    hf_buf_clear(&line);
}

/* Once for the whole run; the files are open and need no names any more. */
static void make_office(void)
{
    static struct hf_server_keys keys = {.origin = "fuzz.example/log", .authority_name = "Invented Council"};
    static const char *const names[] = {"keys.db", "keys.db-wal", "guard.db", "guard.db-wal"};
    char folder[] = "/tmp/hf-fuzz-link-XXXXXX";
    uint8_t seed[HF_KEY_BYTES] = {3};
    struct hf_store *store = NULL;
    struct hf_keystore *keystore = NULL;
    struct hf_guard *guard = NULL;
    HF_ASSERT(hf_crypto_init(false) == HF_OK && mkdtemp(folder));
    hf_sign_key_from_seed(seed, &keys.device);
    hf_sign_key_from_seed(seed, &keys.log);
    hf_dh_key_from_seed(seed, &keys.channel);
    hf_dh_key_from_seed(seed, &keys.key_store);
    HF_ASSERT(hf_store_memory_open(&store) == HF_OK);
    HF_ASSERT(hf_keystore_create(new_vault(folder, "keys"), &keys, &keystore, NULL) == HF_OK);
    HF_ASSERT(hf_guard_create(new_vault(folder, "guard"), &guard, NULL) == HF_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        remove_file(folder, names[i]);
    (void)rmdir(folder);
    HF_ASSERT(hf_office_open(&office, store, keystore, guard, wall_ms, NULL, NULL) == HF_OK);
    invite();
    enrol_one();
    invite();
}

static void take_output(struct hf_link *link, struct hf_channel *channel)
{
    struct hf_slice out = hf_link_output(link);
    if (channel && out.len > 0) {
        struct hf_buf message = {0};
        (void)!hf_channel_feed(channel, out);
        while (hf_channel_next(channel, &message))
            ;
        hf_buf_clear(&message);
    }
    hf_link_output_taken(link, out.len);
}

static struct hf_channel *open_channel(struct hf_link *link, bool invited)
{
    struct hf_channel *channel = NULL;
    struct hf_dh_key ephemeral;
    uint8_t seed[HF_DH_BYTES];
    struct hf_id zero = hf_id_zero();
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &ephemeral);
    HF_ASSERT(hf_channel_client_new(hf_slice_str("fuzz.example/log"), invited ? &invitation.id : &zero, &own_key,
                                    hf_keystore_server(office.keystore)->channel.public_key,
                                    invited ? invitation.token : own_psk, &ephemeral, NOW_MS, &channel) == HF_OK);
    hf_link_feed(link, hf_channel_output(channel), NOW_MS);
    hf_channel_output_taken(channel, hf_channel_output(channel).len);
    take_output(link, channel);
    HF_ASSERT(hf_channel_state(channel) == HF_CHANNEL_OPEN && hf_link_open(link));
    return channel;
}

static void talk(struct hf_link *link, struct hf_channel *channel, struct hf_slice rest)
{
    uint64_t now_ms = NOW_MS;
    while (rest.len >= 2) {
        size_t len = hf_get_u16(rest.data), left = rest.len - 2;
        struct hf_slice message = hf_slice_of(rest.data + 2, len < left ? len : left);
        rest = hf_slice_of(message.data + message.len, left - message.len);
        if (hf_channel_send(channel, message) != HF_OK)
            return;
        now_ms += 1000;
        hf_link_feed(link, hf_channel_output(channel), now_ms);
        hf_channel_output_taken(channel, hf_channel_output(channel).len);
        hf_link_tick(link, now_ms);
        bool closed = hf_link_closing(link, NULL);
        take_output(link, channel);
        if (closed) {
            hf_link_feed(link, hf_slice_str("more"), now_ms);
            HF_ASSERT(hf_link_output(link).len == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_link *link = NULL;
    struct hf_channel *channel = NULL;
    struct hf_store_head before, after;
    if (!office.store) {
        __lsan_disable(); /* the vaults' ciphers hang on locked memory, in which no leak check looks */
        make_office();
        __lsan_enable();
    }
    if (size == 0)
        return 0;
    hf_store_head(office.store, &before);
    HF_ASSERT(hf_link_new(&office, NOW_MS, &link) == HF_OK);
    if (data[0] % 3 == 0) {
        hf_link_feed(link, hf_slice_of(data + 1, size - 1), NOW_MS);
        HF_ASSERT(!hf_link_open(link) && hf_link_output(link).len == 0);
    } else {
        channel = open_channel(link, data[0] % 3 == 1);
        talk(link, channel, hf_slice_of(data + 1, size - 1));
    }
    hf_store_head(office.store, &after);
    HF_ASSERT(after.tree.size >= before.tree.size);
    hf_link_free(link);
    hf_channel_free(channel);
    return 0;
}
