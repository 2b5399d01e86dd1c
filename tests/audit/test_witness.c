/* `holdfast-audit witness` by files and over HTTP: it signs what grows, and remembers what it signed before it answers.
 */
#include "core/log/node_store.h"
#include "core/log/witness_file.h"
#include "tools/audit/command.h"
#include "tools/audit/file.h"
#include "tools/audit/witness_serve.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* Appends a request; `mark` other than 0 makes it another history. */
static void make_request(uint64_t old_size, uint64_t size, uint8_t mark, struct hf_buf *out)
{
    struct hf_checkpoint head = {.size = size};
    struct hf_witness_request request = {.old_size = old_size};
    struct hf_buf note = {0};
    (void)snprintf(head.origin, sizeof head.origin, "%s", ORIGIN);
    assert_int_equal(hf_tree_root_at(size, hf_node_store_get, &store, &head.root), HF_OK);
    head.root.bytes[0] ^= mark;
    assert_int_equal(hf_checkpoint_sign(&head, &log_key, &log_secret, &note), HF_OK);
    request.note = hf_buf_slice(&note);
    if (old_size > 0 && old_size <= size)
        assert_int_equal(hf_tree_prove_consistency(old_size, size, hf_node_store_get, &store, &request.consistency),
                         HF_OK);
    assert_int_equal(hf_witness_request_format(&request, out), HF_OK);
    hf_buf_clear(&note);
}

static int sign(uint64_t old_size, uint64_t size, uint8_t mark)
{
    struct hf_buf file = {0};
    make_request(old_size, size, mark, &file);
    assert_int_equal(hf_audit_file_replace("request", hf_buf_slice(&file), 0644, NULL), HF_OK);
    (void)unlink("reply");
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

/* The log's key turns: what the new one signs continues what was signed under the old one, or is refused as ever. */
static void new_key_of_the_log__is_followed_from_where_the_old_one_was(void **state)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    struct hf_sign_key old_secret = log_secret;
    struct hf_note_key old_key = log_key, other;
    struct hf_buf vkey = {0};
    (void)state;
    memset(seed, 6, sizeof seed);
    hf_sign_key_from_seed(seed, &log_secret);
    assert_int_equal(hf_note_key_init(hf_slice_str("elsewhere.example/holdfast"), log_secret.public_key, &other),
                     HF_OK);
    hf_note_key_format(&other, &vkey);
    hf_buf_append_u8(&vkey, 0);
    assert_int_equal(run((const char *const[]){"log", "--state", "witness", "--log", (const char *)vkey.data, NULL}),
                     HF_AUDIT_EXIT_REFUSED);
    assert_int_equal(hf_note_key_init(hf_slice_str(ORIGIN), log_secret.public_key, &log_key), HF_OK);
    assert_int_equal(sign(12, 12, 0), HF_AUDIT_EXIT_REFUSED); /* nobody has told it yet */
    hf_buf_reset(&vkey);
    hf_note_key_format(&log_key, &vkey);
    hf_buf_append_u8(&vkey, 0);
    assert_int_equal(run((const char *const[]){"log", "--state", "witness", "--log", (const char *)vkey.data, NULL}),
                     HF_AUDIT_EXIT_GOOD);
    assert_int_equal(sign(0, 7, 0), HF_AUDIT_EXIT_REFUSED); /* what it signed before still binds the log */
    assert_int_equal(sign(12, 12, 1), HF_AUDIT_EXIT_REFUSED);
    assert_int_equal(sign(12, 12, 0), HF_AUDIT_EXIT_GOOD);
    assert_reply_signs(12);
    log_secret = old_secret;
    log_key = old_key;
    assert_int_equal(sign(12, 12, 0), HF_AUDIT_EXIT_REFUSED); /* the old key is given up */
    hf_buf_reset(&vkey);
    hf_note_key_format(&log_key, &vkey);
    hf_buf_append_u8(&vkey, 0);
    assert_int_equal(run((const char *const[]){"log", "--state", "witness", "--log", (const char *)vkey.data, NULL}),
                     HF_AUDIT_EXIT_GOOD);
    hf_buf_clear(&vkey);
}

static void witness_that_cannot_remember__does_not_sign(void **state)
{
    struct stat found;
    (void)state;
    assert_int_equal(mkdir("witness/last.new", 0700), 0); /* in the way of the new state */
    assert_int_equal(sign(12, 12, 0), HF_AUDIT_EXIT_REFUSED);
    assert_int_not_equal(stat("reply", &found), 0);

    struct hf_witness_state witness; /* nor is there a signature that only was not handed out */
    struct hf_error err = {0};
    struct hf_buf request = {0}, reply = {0};
    make_request(12, 12, 0, &request);
    assert_int_equal(hf_witness_state_open("witness", &witness, &err), HF_OK);
    assert_int_not_equal(hf_witness_state_answer(&witness, hf_buf_slice(&request), 1800000000, &reply, &err), HF_OK);
    assert_int_equal(reply.len, 0);
    hf_witness_state_close(&witness);
    hf_buf_clear(&request);
    hf_buf_clear(&reply);
    assert_int_equal(rmdir("witness/last.new"), 0);

    assert_int_equal(hf_audit_file_replace("witness/last", hf_slice_str("no state\n"), 0600, NULL), HF_OK);
    assert_int_equal(sign(0, 7, 0), HF_AUDIT_EXIT_REFUSED); /* damaged is not the same as new */
    assert_int_not_equal(stat("reply", &found), 0);
}

/* --- over HTTP, without the wire ------------------------------------------------------------------------------------
 */

static const char *reset_witness(void)
{
    static const char *const files[] = {"witness/lock", "witness/last", "witness/log.vkey", "witness/witness.vkey",
                                        "witness/witness.key"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        (void)unlink(files[i]);
    (void)rmdir("witness");
    assert_int_equal(init(), HF_AUDIT_EXIT_GOOD);
    return "witness";
}

static unsigned post(struct hf_witness_state *state, const char *target, const struct hf_buf *body, struct hf_buf *out)
{
    const struct hf_audit_http_request request = {
        .method = hf_slice_str("POST"), .target = hf_slice_str(target), .body = hf_buf_slice(body)};
    struct hf_audit_http_reply reply = {.status = 0};
    hf_witness_serve_answer(state, &request, 1800000000, &reply);
    hf_buf_reset(out);
    hf_buf_append_slice(out, hf_buf_slice(&reply.body));
    hf_buf_append_u8(out, 0);
    hf_buf_clear(&reply.body);
    return reply.status;
}

static unsigned ask(struct hf_witness_state *state, uint64_t old_size, uint64_t size, uint8_t mark, struct hf_buf *out)
{
    struct hf_buf body = {0};
    make_request(old_size, size, mark, &body);
    unsigned status = post(state, "/add-checkpoint", &body, out);
    hf_buf_clear(&body);
    return status;
}

static void add_checkpoint__answers_as_the_specification_says(void **state)
{
    struct hf_witness_state witness;
    struct hf_buf out = {0}, body = {0};
    (void)state;
    assert_int_equal(hf_witness_state_open(reset_witness(), &witness, NULL), HF_OK);
    assert_int_equal(ask(&witness, 0, 7, 0, &out), 200);
    assert_memory_equal(out.data, "\xE2\x80\x94 audit.example/witness ", 26);

    assert_int_equal(ask(&witness, 0, 9, 0, &out), 409); /* it tells where to go on from */
    assert_string_equal((const char *)out.data, "7\n");
    assert_int_equal(ask(&witness, 3, 5, 0, &out), 409); /* a rollback */
    assert_string_equal((const char *)out.data, "7\n");
    assert_int_equal(ask(&witness, 7, 7, 1, &out), 409); /* another root for what was signed */
    assert_int_equal(ask(&witness, 7, 9, 1, &out), 422); /* a fork */
    assert_int_equal(ask(&witness, 9, 8, 0, &out), 400);
    assert_int_equal(witness.last.size, 7);

    hf_buf_append_str(&body, "old 7\n");
    assert_int_equal(post(&witness, "/add-checkpoint", &body, &out), 400);
    assert_int_equal(post(&witness, "/", &body, &out), 404);
    make_request(7, 9, 0, &body);
    hf_buf_clear(&body);
    make_request(7, 9, 0, &body);
    size_t origin = 0;
    while (memcmp(body.data + origin, ORIGIN, sizeof ORIGIN - 1) != 0)
        origin++;
    body.data[body.len - 20] ^= 1; /* in the signature */
    assert_int_equal(post(&witness, "/add-checkpoint", &body, &out), 403);
    body.data[origin] = 'm'; /* in the first line of the note: another log */
    assert_int_equal(post(&witness, "/add-checkpoint", &body, &out), 404);

    assert_int_equal(ask(&witness, 7, 9, 0, &out), 200);
    hf_witness_state_close(&witness);
    hf_buf_clear(&out);
    hf_buf_clear(&body);
}

/* What was persisted counts, whether or not anybody got the answer. */
static void witness_killed_between_persisting_and_answering__goes_on_from_what_it_persisted(void **state)
{
    struct hf_witness_state witness;
    struct hf_buf out = {0};
    int how = 0;
    (void)state;
    const char *place = reset_witness();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct hf_buf request = {0}, reply = {0};
        if (hf_witness_state_open(place, &witness, NULL) == HF_OK) {
            make_request(0, 8, 0, &request);
            if (hf_witness_state_answer(&witness, hf_buf_slice(&request), 1800000000, &reply, NULL) == HF_OK)
                (void)raise(SIGKILL);
        }
        _exit(1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);

    assert_int_equal(hf_witness_state_open(place, &witness, NULL), HF_OK); /* the lock went with the process */
    assert_int_equal(ask(&witness, 0, 8, 1, &out), 409); /* nobody saw a signature, and still no other history */
    assert_string_equal((const char *)out.data, "8\n");
    assert_int_equal(ask(&witness, 8, 8, 0, &out), 200); /* the lost answer, again */
    assert_int_equal(ask(&witness, 8, 12, 0, &out), 200);
    hf_witness_state_close(&witness);
    hf_buf_clear(&out);
}

static void second_process_on_the_folder__is_refused(void **state)
{
    struct hf_witness_state witness;
    int how = 0;
    (void)state;
    const char *place = reset_witness();
    assert_int_equal(hf_witness_state_open(place, &witness, NULL), HF_OK);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct hf_witness_state other;
        _exit(hf_witness_state_open(place, &other, NULL) == HF_ERR_BUSY ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    hf_witness_state_close(&witness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(witness__signs_growth_and_refuses_rollback_and_fork),
        cmocka_unit_test(new_key_of_the_log__is_followed_from_where_the_old_one_was),
        cmocka_unit_test(witness_that_cannot_remember__does_not_sign),
        cmocka_unit_test(add_checkpoint__answers_as_the_specification_says),
        cmocka_unit_test(witness_killed_between_persisting_and_answering__goes_on_from_what_it_persisted),
        cmocka_unit_test(second_process_on_the_folder__is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
