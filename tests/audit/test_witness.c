/* `holdfast-audit witness` by files: it signs what grows, and remembers what it signed before it answers. */
#include "core/log/node_store.h"
#include "core/log/witness_file.h"
#include "tools/audit/command.h"
#include "tools/audit/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ENTRIES 12
#define ORIGIN  "northshire.example/holdfast"

static struct hf_node_store store;
static struct hf_sign_key log_secret;
static struct hf_note_key log_key;
static char before[256], folder[] = "/tmp/holdfast-witness-XXXXXX";

static int set_up(void **state)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    for (uint8_t i = 0; i < ENTRIES; i++) {
        struct hf_hash hash;
        hf_tree_leaf_hash(hf_slice_of(&i, 1), &hash);
        assert_int_equal(hf_node_store_append(&store, &hash), HF_OK);
    }
    memset(seed, 5, sizeof seed);
    hf_sign_key_from_seed(seed, &log_secret);
    assert_int_equal(hf_note_key_init(hf_slice_str(ORIGIN), log_secret.public_key, &log_key), HF_OK);
    assert_non_null(getcwd(before, sizeof before));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = {
        "witness/lock", "witness/last", "witness/log.vkey", "witness/witness.vkey", "witness/witness.key",
        "request",      "reply"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        (void)unlink(files[i]);
    (void)rmdir("witness");
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rmdir(folder), 0);
    hf_node_store_clear(&store);
    return 0;
}

static int run(const char *const *words)
{
    char *argv[16] = {"holdfast-audit", "witness"};
    int argc = 2;
    for (; words[argc - 2]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 2];
    FILE *sink = fopen("/dev/null", "we");
    assert_non_null(sink);
    const struct hf_audit_streams streams = {.out = sink, .errors = sink};
    int code = hf_audit_command(argc, argv, "test", &streams);
    (void)fclose(sink);
    return code;
}

static int init(void)
{
    struct hf_buf vkey = {0};
    hf_note_key_format(&log_key, &vkey);
    hf_buf_append_u8(&vkey, 0);
    int code = run((const char *const[]){"init", "--state", "witness", "--name", "audit.example/witness", "--log",
                                         (const char *)vkey.data, NULL});
    hf_buf_clear(&vkey);
    return code;
}

/* Writes a request and has it signed; `mark` other than 0 makes it another history. */
static int sign(uint64_t old_size, uint64_t size, uint8_t mark)
{
    struct hf_checkpoint head = {.size = size};
    struct hf_witness_request request = {.old_size = old_size};
    struct hf_buf note = {0}, file = {0};
    (void)snprintf(head.origin, sizeof head.origin, "%s", ORIGIN);
    assert_int_equal(hf_tree_root_at(size, hf_node_store_get, &store, &head.root), HF_OK);
    head.root.bytes[0] ^= mark;
    assert_int_equal(hf_checkpoint_sign(&head, &log_key, &log_secret, &note), HF_OK);
    request.note = hf_buf_slice(&note);
    if (old_size > 0 && old_size <= size)
        assert_int_equal(hf_tree_prove_consistency(old_size, size, hf_node_store_get, &store, &request.consistency),
                         HF_OK);
    assert_int_equal(hf_witness_request_format(&request, &file), HF_OK);
    assert_int_equal(hf_audit_file_replace("request", hf_buf_slice(&file), 0644, NULL), HF_OK);
    (void)unlink("reply");
    hf_buf_clear(&note);
    hf_buf_clear(&file);
    return run((const char *const[]){"sign", "request", "--state", "witness", "--out", "reply", NULL});
}

/* The size that the reply signs, checked against the witness's own key. */
static void assert_reply_signs(uint64_t size)
{
    struct hf_checkpoint head = {.size = size};
    struct hf_buf note = {0}, line = {0}, vkey = {0};
    struct hf_cosigner cosigner;
    struct hf_note_form form;
    (void)snprintf(head.origin, sizeof head.origin, "%s", ORIGIN);
    assert_int_equal(hf_tree_root_at(size, hf_node_store_get, &store, &head.root), HF_OK);
    assert_int_equal(hf_checkpoint_sign(&head, &log_key, &log_secret, &note), HF_OK);
    assert_int_equal(hf_audit_file_read("reply", 1024, &line, NULL), HF_OK);
    assert_int_equal(hf_audit_file_read("witness/witness.vkey", 1024, &vkey, NULL), HF_OK);
    assert_int_equal(hf_cosigner_parse(hf_slice_of(vkey.data, vkey.len - 1), &cosigner), HF_OK);
    assert_int_equal(hf_note_add_line(hf_buf_slice(&line), &note), HF_OK);
    assert_int_equal(hf_note_parse(hf_buf_slice(&note), &form), HF_OK);
    assert_int_equal(hf_cosigner_find(&form, &cosigner, NULL), HF_NOTE_HOLDS);
    hf_buf_clear(&note);
    hf_buf_clear(&line);
    hf_buf_clear(&vkey);
}

static void witness__signs_growth_and_refuses_rollback_and_fork(void **state)
{
    struct stat found;
    (void)state;
    assert_int_equal(init(), HF_AUDIT_EXIT_GOOD);
    assert_int_equal(init(), HF_AUDIT_EXIT_REFUSED); /* never a second key in the same place */
    assert_int_equal(stat("witness/witness.key", &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);

    assert_int_equal(sign(0, 7, 0), HF_AUDIT_EXIT_GOOD);
    assert_reply_signs(7);
    assert_int_equal(sign(7, 11, 0), HF_AUDIT_EXIT_GOOD);
    assert_reply_signs(11);

    assert_int_equal(sign(7, 11, 0), HF_AUDIT_EXIT_REFUSED); /* asked from what is past */
    assert_int_equal(sign(0, 7, 0), HF_AUDIT_EXIT_REFUSED);
    assert_int_equal(sign(11, 9, 0), HF_AUDIT_EXIT_REFUSED);
    assert_int_equal(sign(11, 11, 1), HF_AUDIT_EXIT_REFUSED);
    assert_int_equal(sign(11, 12, 1), HF_AUDIT_EXIT_REFUSED);
    assert_int_not_equal(stat("reply", &found), 0);

    assert_int_equal(sign(11, 11, 0), HF_AUDIT_EXIT_GOOD); /* the same again: a reply got lost */
    assert_int_equal(sign(11, 12, 0), HF_AUDIT_EXIT_GOOD);
    assert_reply_signs(12);
}

static void witness_that_cannot_remember__does_not_sign(void **state)
{
    struct stat found;
    (void)state;
    assert_int_equal(mkdir("witness/last.new", 0700), 0); /* in the way of the new state */
    assert_int_equal(sign(12, 12, 0), HF_AUDIT_EXIT_REFUSED);
    assert_int_not_equal(stat("reply", &found), 0);
    assert_int_equal(rmdir("witness/last.new"), 0);

    assert_int_equal(hf_audit_file_replace("witness/last", hf_slice_str("no state\n"), 0600, NULL), HF_OK);
    assert_int_equal(sign(0, 7, 0), HF_AUDIT_EXIT_REFUSED); /* damaged is not the same as new */
    assert_int_not_equal(stat("reply", &found), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(witness__signs_growth_and_refuses_rollback_and_fork),
        cmocka_unit_test(witness_that_cannot_remember__does_not_sign),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
