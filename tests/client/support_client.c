#include "tests/client/support_client.h"

#include "client/syncer.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_BYTES 32768
#define TEXT_COUNT 8

/* nng frees a dialer in its reaper's thread after the last user let go by an atomic counter. nng is not built with the
 * sanitizer, so it sees the mutex destroyed there and not the counter. Nothing else is passed over. */
const char *__tsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
    return "race:pthread_mutex_destroy\n";
}

const struct holdfast_options weak = {.weak_kdf_for_tests = true, .timeout_ms = 20000};

/* --- folders --- */

struct client client_new(void)
{
    struct client client = {.hf = NULL};
    const char *temporary = getenv("TMPDIR");
    (void)snprintf(client.above, sizeof client.above, "%.80s/hf-client-XXXXXX", temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(client.above));
    (void)snprintf(client.folder, sizeof client.folder, "%s/replica", client.above);
    assert_int_equal(holdfast_open(client.folder, &client.hf), HOLDFAST_OK);
    return client;
}

static void remove_all(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL) {
        char inside[512];
        struct stat found;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        if (lstat(inside, &found) == 0 && S_ISDIR(found.st_mode))
            remove_all(inside);
        else
            (void)unlink(inside);
    }
    if (folder)
        (void)closedir(folder);
    (void)rmdir(path);
}

void client_free(struct client *client)
{
    holdfast_close(client->hf);
    remove_all(client->above);
}

static void make_identity(const struct office *office, const char *person_name, enum hf_role role,
                          struct hf_identity *out)
{
    uint8_t seed[HF_KEY_BYTES];
    *out = (struct hf_identity){.state = HF_IDENTITY_ENROLLED, .role = role};
    server_fill_identity(office->server, out);
    (void)snprintf(out->address, sizeof out->address, "%s", office->address);
    (void)snprintf(out->person_name, sizeof out->person_name, "%s", person_name);
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &out->sign);
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &out->channel);
    hf_random(out->psk, sizeof out->psk);
    hf_random(out->person.bytes, sizeof out->person.bytes);
}

struct client client_enrolled(struct office *office, const char *person_name, enum hf_role role)
{
    struct client client = client_new();
    struct hf_identity identity;
    struct hf_vault *vault = NULL;
    struct hf_replica *replica = NULL;
    struct hf_error err = {0};
    const struct hf_vault_kdf kdf = {.memory_bytes = 8192, .passes = 1, .weak_for_tests = true};
    make_identity(office, person_name, role, &identity);
    office_add_device(office, &identity);
    assert_int_equal(hf_vault_create(client.folder, HF_CLIENT_VAULT_NAME, hf_slice_str(PASSPHRASE), &kdf, &vault, &err),
                     HF_OK);
    assert_int_equal(hf_replica_create(vault, &identity, &replica, &err), HF_OK);
    hf_replica_close(replica);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    ok(&client, holdfast_unlock(client.hf, PASSPHRASE));
    return client;
}

/* --- short ways --- */

void ok(const struct client *client, enum holdfast_status status)
{
    if (status != HOLDFAST_OK)
        fail_msg("%s: %s", holdfast_status_name(status), holdfast_error_text(client->hf));
}

void refused(const struct client *client, enum holdfast_status status, enum holdfast_status wanted, const char *words)
{
    const char *text = holdfast_error_text(client->hf);
    if (status != wanted)
        fail_msg("%s instead of %s: %s", holdfast_status_name(status), holdfast_status_name(wanted), text);
    if (!strstr(text, words))
        fail_msg("the text does not say \"%s\": %s", words, text);
}

struct holdfast_id new_case(struct client *client, const char *reference)
{
    struct holdfast_id id;
    ok(client, holdfast_case_new(client->hf, reference, &id));
    return id;
}

struct holdfast_id new_record(struct client *client, const struct holdfast_id *case_id, const char *type,
                              const char *field, const char *value)
{
    struct holdfast_edit *edit = NULL;
    ok(client, holdfast_edit_new(client->hf, case_id, type, NULL, NULL, &edit));
    ok(client, holdfast_edit_set(edit, field, value));
    const struct holdfast_id id = holdfast_edit_id(edit);
    ok(client, holdfast_edit_commit(edit, NULL));
    return id;
}

void save(struct client *client, const struct holdfast_id *record, const char *field, const char *value)
{
    struct holdfast_edit *edit = NULL;
    ok(client, holdfast_edit_record(client->hf, record, &edit));
    ok(client, holdfast_edit_set(edit, field, value));
    ok(client, holdfast_edit_commit(edit, NULL));
}

struct field_search {
    const char *name;
    char *out;
};

static bool take_field(void *ctx, const struct holdfast_field_row *row)
{
    struct field_search *search = ctx;
    size_t len = 0;
    if (strcmp(row->name, search->name) != 0)
        return true;
    if (row->in_conflict)
        search->out[len++] = '!';
    for (size_t i = 0; i < row->value_count; i++)
        len += (size_t)snprintf(search->out + len, TEXT_BYTES - len, "%s%s", i > 0 ? "|" : "", row->values[i]);
    assert_true(len < TEXT_BYTES);
    return false;
}

const char *field_text(struct client *client, const struct holdfast_id *record, const char *field)
{
    static char texts[TEXT_COUNT][TEXT_BYTES];
    static size_t at;
    struct field_search search = {.name = field, .out = texts[at++ % TEXT_COUNT]};
    search.out[0] = '\0';
    ok(client, holdfast_read(client->hf, record, NULL, take_field, &search));
    return search.out;
}

static bool count_conflict(void *ctx, const struct holdfast_conflict_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return true;
}

size_t conflict_count(struct client *client)
{
    size_t count = 0;
    ok(client, holdfast_conflicts(client->hf, NULL, count_conflict, &count));
    return count;
}

struct holdfast_counts counts(struct client *client)
{
    struct holdfast_counts out;
    ok(client, holdfast_get_counts(client->hf, &out));
    return out;
}

void assert_same_digest(struct client *a, struct client *b)
{
    uint8_t left[HOLDFAST_DIGEST_BYTES];
    uint8_t right[HOLDFAST_DIGEST_BYTES];
    ok(a, holdfast_digest(a->hf, NULL, left));
    ok(b, holdfast_digest(b->hf, NULL, right));
    assert_memory_equal(left, right, sizeof left);
}

/* --- sync --- */

#define QUEUE_MAX 8
struct pipe {
    size_t count;
    struct hf_buf messages[QUEUE_MAX];
};

static void pipe_put(struct pipe *pipe, struct hf_slice message)
{
    assert_true(pipe->count < QUEUE_MAX);
    hf_buf_append_slice(&pipe->messages[pipe->count], message);
    assert_int_equal(hf_buf_status(&pipe->messages[pipe->count]), HF_OK);
    pipe->count++;
}

static enum hf_status to_office(void *ctx, struct hf_slice message)
{
    pipe_put(&((struct pipe *)ctx)[0], message);
    return HF_OK;
}

static void to_client(void *ctx, struct hf_slice message)
{
    pipe_put(&((struct pipe *)ctx)[1], message);
}

static struct hf_buf pipe_take(struct pipe *pipe)
{
    struct hf_buf first = pipe->messages[0];
    pipe->count--;
    memmove(&pipe->messages[0], &pipe->messages[1], pipe->count * sizeof pipe->messages[0]);
    pipe->messages[pipe->count] = (struct hf_buf){0};
    return first;
}

void sync_in_memory(struct client *client, struct office *office)
{
    const struct hf_identity *identity = hf_replica_identity(client->hf->replica);
    const struct office_device *device = office_device_of(office, identity->sign.public_key);
    assert_non_null(device);
    const struct hf_peer who = office_peer_of(device);
    struct pipe pipes[2] = {{0}};
    struct office_peer *peer = office_peer_new(office, &who);
    struct hf_syncer *syncer = NULL;
    const struct hf_syncer_hooks hooks = {.ctx = pipes, .send = to_office};
    const struct hf_syncer_now now = {.wall_ms = hf_wall_ms(), .mono_ms = 1000};
    assert_int_equal(hf_syncer_new(client->hf->replica, &hooks, &syncer), HF_OK);
    hf_syncer_start(syncer, now);
    while (pipes[0].count + pipes[1].count > 0) {
        const bool outwards = pipes[0].count > 0;
        struct hf_buf message = pipe_take(&pipes[outwards ? 0 : 1]);
        if (outwards)
            assert_true(office_peer_take(peer, hf_buf_slice(&message), to_client, pipes));
        else
            hf_syncer_message(syncer, hf_buf_slice(&message), now);
        hf_buf_clear(&message);
    }
    if (hf_syncer_state(syncer) != HF_SYNCER_DONE)
        fail_msg("%s", hf_syncer_error(syncer)->text);
    hf_syncer_free(syncer);
    office_peer_free(peer);
}

enum holdfast_status sync_over_tcp(struct client *client, struct holdfast_sync_progress *out)
{
    struct holdfast_sync_progress progress = {.phase = HOLDFAST_SYNC_CONNECTING};
    enum holdfast_status status = holdfast_sync_begin(client->hf, &weak);
    while (status == HOLDFAST_OK && progress.phase != HOLDFAST_SYNC_DONE)
        status = holdfast_sync_step(client->hf, 1000, &progress);
    if (status == HOLDFAST_OK && out)
        *out = progress;
    return status;
}
