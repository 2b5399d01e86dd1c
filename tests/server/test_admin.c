/* The administrator's commands, as they run inside the server. */
#include "server/admin.h"

#include "tests/server/support_office.h"

#include "core/base/text.h"
#include "core/json/json.h"
#include <stdio.h>
#include <string.h>

struct world {
    struct office *office;
    struct device worker;
    struct hf_class_key key;
    struct hf_admin_result result;
    char out[60000], err[2000]; /* of the last command, as text */
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.key = device_opens_case(&world.worker);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static void copy(const struct hf_buf *from, char *out, size_t cap)
{
    assert_true(from->len < cap);
    if (from->len)
        memcpy(out, from->data, from->len);
    out[from->len] = '\0';
}

/* Words separated by blanks; ~ stands for a blank inside a word. */
static unsigned run(struct world *world, const char *line)
{
    static char words[4000];
    struct hf_slice args[32];
    size_t count = 0;
    struct hf_admin_result result = {0};
    (void)snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        args[count++] = hf_slice_str(word);
        for (; *word; word++)
            if (*word == '~')
                *word = ' ';
    }
    assert_int_equal(hf_admin_run(&world->office->office, args, count, &result), HF_OK);
    copy(&result.output, world->out, sizeof world->out);
    copy(&result.errors, world->err, sizeof world->err);
    unsigned code = result.exit_code;
    hf_admin_result_clear(&result);
    assert_int_equal(code == 0, world->err[0] == '\0'); /* what fails says why */
    return code;
}

static unsigned run_with_id(struct world *world, const char *before, const struct hf_id *id, const char *after)
{
    char line[4000], text[HF_ID_TEXT_BYTES];
    hf_id_format(id, text);
    (void)snprintf(line, sizeof line, "%s %s %s", before, text, after);
    return run(world, line);
}

static unsigned run_with_device(struct world *world, const char *before, const struct device *device, const char *after)
{
    struct hf_buf hex = {0};
    char line[400];
    hf_text_hex(&hex, hf_slice_of(device->sign.public_key, 8));
    (void)snprintf(line, sizeof line, "%s %.16s %s", before, (const char *)hex.data, after);
    hf_buf_clear(&hex);
    return run(world, line);
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("“%s” is missing in\n%s", part, text);
}

static json_t *parsed(struct world *world)
{
    json_error_t where;
    json_t *json = json_loads(world->out, 0, &where);
    if (!json)
        fail_msg("%s in\n%s", where.text, world->out);
    return json;
}

static void invite__prints_one_line_that_a_device_can_read(void **state)
{
    struct world *world = *state;
    struct hf_invitation invitation;
    struct hf_error err;
    assert_int_equal(run(world, "invite --person Olga~Other --role manager"), 0);
    assert_int_equal(strcspn(world->out, "\n") + 1, strlen(world->out));
    assert_int_equal(hf_invitation_parse(hf_slice_str(world->out), &invitation, &err), HF_OK);
    assert_string_equal(invitation.address, OFFICE_ADDRESS);
    assert_string_equal(invitation.origin, OFFICE_ORIGIN);
    assert_int_equal(run(world, "invite --person Olga~Other --role manager --address tcp://x.example:1"), 0);
    assert_int_equal(hf_invitation_parse(hf_slice_str(world->out), &invitation, &err), HF_OK);
    assert_string_equal(invitation.address, "tcp://x.example:1");
    assert_int_equal(
        run_with_id(world, "invite --person Olga~Other --role worker --case", &world->key.case_id, "--json"), 0);
    json_t *json = parsed(world);
    assert_non_null(json_string_value(json_object_get(json, "invitation")));
    assert_non_null(json_string_value(json_object_get(json, "expires")));
    json_decref(json);
}

static void invite__says_what_is_wrong(void **state)
{
    struct world *world = *state;
    assert_int_equal(run(world, "invite"), 2);
    has(world->err, "Usage: holdfastd invite");
    assert_int_equal(run(world, "invite --person X --role king"), 1);
    has(world->err, "--role must be one of");
    assert_int_equal(run(world, "invite --person X --role worker --address office"), 1);
    has(world->err, "tcp://office.example:7450");
    assert_int_equal(run(world, "invite --person X --role worker --case 12"), 1);
    has(world->err, "--case needs the id");
    assert_int_equal(run(world, "invite --person X --role worker --colour red"), 2);
    has(world->err, "--colour");
    assert_int_equal(run(world, "invite --person X --person Y --role worker"), 2);
}

static void device_list__is_a_table_with_aligned_columns(void **state)
{
    struct world *world = *state;
    (void)device_enrolled(world->office, "Zoë \xe2\x80\x9cZ\xe2\x80\x9d Ångström", HF_ROLE_MANAGER);
    (void)device_enrolled(world->office, "Bad \x1b[31m\xc2\x9b name", HF_ROLE_OFFICE);
    assert_int_equal(run(world, "device list"), 0);
    has(world->out, "DEVICE ");
    has(world->out, "  active  worker   Wanda Worker    ");
    has(world->out, " UTC  1\n");
    has(world->out, "Bad ?[31m? name");
    assert_null(strchr(world->out, '\x1b'));
    /* The column behind the names begins in the same place in every row. */
    size_t place = 0;
    for (char *line = strtok(world->out, "\n"); line; line = strtok(NULL, "\n")) {
        char *found = strstr(line, "LAST SEEN");
        if (!found)
            found = strstr(line, "2026-");
        assert_non_null(found);
        size_t here = hf_text_length(hf_slice_of(line, (size_t)(found - line)));
        assert_true(place == 0 || place == here);
        place = here;
    }
}

static void device_list__has_no_end_that_is_not_told(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 300; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "Worker %d", i % 7);
        (void)device_enrolled(world->office, name, HF_ROLE_WORKER);
    }
    static char all[400000];
    struct hf_slice args[3] = {hf_slice_str("device"), hf_slice_str("list"), hf_slice_str("--json")};
    struct hf_admin_result result = {0};
    assert_int_equal(hf_admin_run(&world->office->office, args, 3, &result), HF_OK);
    copy(&result.output, all, sizeof all);
    json_error_t where;
    json_t *json = json_loads(all, 0, &where);
    assert_int_equal(json_array_size(json), 301);
    json_decref(json);
    hf_admin_result_clear(&result);
}

static void answer__that_is_too_long_is_refused_plainly(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 500; i++) { /* JSON writes a control character with six */
        char name[201];
        memset(name, 1, sizeof name);
        (void)snprintf(name + 185, 16, "%d", i);
        (void)office_invite(world->office, name, HF_ROLE_WORKER, NULL, 0);
    }
    struct hf_slice args[3] = {hf_slice_str("person"), hf_slice_str("list"), hf_slice_str("--json")};
    struct hf_admin_result result = {0};
    struct hf_message request = {.type = HF_MSG_ADMIN, .request = 1};
    struct hf_peer admin = {.kind = HF_PEER_ADMIN};
    struct hf_reply reply;
    assert_int_equal(hf_admin_run(&world->office->office, args, 3, &result), HF_OK);
    assert_true(result.output.len > HF_LIMIT_ADMIN_OUTPUT_BYTES);
    hf_admin_result_clear(&result);
    request.as.admin.args = args;
    request.as.admin.count = 3;
    assert_int_equal(hf_office_answer(&world->office->office, &admin, &request, &reply), HF_OK);
    assert_int_equal(reply.message.type, HF_MSG_ERROR);
    assert_int_equal(reply.message.as.error.status, HF_ERR_LIMIT);
    has((const char *)scratch_copy(world->office, reply.message.as.error.text).data, "Stop the server");
    hf_reply_clear(&reply);
}

/* A cut in the middle of a character would make the text no text, and lose all of it. */
static void error__is_cut_between_characters(void **state)
{
    struct world *world = *state;
    struct hf_reply reply = {0};
    char text[400];
    for (size_t before = 0; before < 3; before++) {
        memset(text, 'x', before);
        for (size_t at = before; at + 3 < sizeof text; at += 3)
            (void)snprintf(text + at, 4, "\xe2\x80\x9c");
        assert_int_equal(hf_reply_error(&reply, HF_ERR_STATE, text), HF_OK);
        assert_true(reply.message.as.error.text.len <= HF_LIMIT_ERROR_TEXT_BYTES);
        assert_true(reply.message.as.error.text.len > HF_LIMIT_ERROR_TEXT_BYTES - 3);
        assert_true(hf_text_is_utf8(reply.message.as.error.text));
        hf_reply_clear(&reply);
    }
    (void)world;
}

static void enrol_list__shows_the_code_to_compare(void **state)
{
    struct world *world = *state;
    assert_int_equal(run(world, "enrol list"), 0);
    assert_string_equal(world->out, "No device waits for confirmation.\n");
    struct device admin = device_enrolled(world->office, "Ada Admin", HF_ROLE_ADMIN);
    assert_int_equal(run(world, "enrol list"), 0);
    has(world->out, "Ada Admin");
    has(world->out, "\n  compare with the device: ");
    assert_null(strstr(world->out, "Wanda"));
    assert_int_equal(run_with_device(world, "enrol confirm", &admin, ""), 0);
    has(world->out, "Confirmed.");
    assert_int_equal(run(world, "enrol list --json"), 0);
    json_t *json = parsed(world);
    assert_int_equal(json_array_size(json), 0);
    json_decref(json);
    assert_int_equal(run_with_device(world, "enrol confirm", &admin, ""), 1);
    assert_int_equal(run(world, "enrol confirm"), 2);
}

static void device_revoke__wants_enough_digits_and_a_reason(void **state)
{
    struct world *world = *state;
    assert_int_equal(run(world, "device revoke 1234567 --reason lost"), 1);
    has(world->err, "at least the first 8 digits");
    assert_int_equal(run(world, "device revoke 12345678 --reason lost"), 1);
    has(world->err, "no such device");
    assert_int_equal(run_with_device(world, "device revoke", &world->worker, ""), 2);
    assert_int_equal(run_with_device(world, "device revoke", &world->worker, "--reason bored"), 1);
    has(world->err, "lost, left, replaced, other");
    assert_int_equal(run_with_device(world, "device revoke", &world->worker, "--reason lost"), 0);
    has(world->out, "Revoked.");
    assert_int_equal(run(world, "device list"), 0);
    has(world->out, "  revoked  ");
}

static void case_assign__by_name_and_back(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct hf_id nowhere = new_id();
    assert_int_equal(run_with_id(world, "case assign --case", &world->key.case_id, "--person Olga~Other"), 0);
    assert_true(office_holds(world->office, &other.person, &world->key.case_id));
    assert_int_equal(run(world, "case list"), 0);
    has(world->out, "CASE ");
    has(world->out, "  yes   Olga Other    ");
    assert_int_equal(run_with_id(world, "case assign --case", &world->key.case_id, "--person Olga~Other --remove"), 0);
    assert_false(office_holds(world->office, &other.person, &world->key.case_id));
    assert_int_equal(run(world, "case list"), 0);
    has(world->out, "  no longer  Olga Other ");
    assert_int_equal(run_with_id(world, "case assign --case", &nowhere, "--person Olga~Other"), 1);
    has(world->err, "has no case");
    assert_int_equal(run_with_id(world, "case assign --case", &world->key.case_id, "--person Nobody"), 1);
    has(world->err, "nobody called");
    assert_int_equal(run(world, "case assign"), 2);
    assert_int_equal(run(world, "case list --json"), 0);
    json_t *json = parsed(world);
    assert_int_equal(json_array_size(json), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json, 0), "name")), "Wanda Worker");
    json_decref(json);
}

static void lists__of_nothing_say_so(void **state)
{
    struct world *world = *state;
    struct office *full = world->office;
    world->office = office_new();
    assert_int_equal(run(world, "person list"), 0);
    assert_string_equal(world->out, "Nobody has been invited yet.\n");
    assert_int_equal(run(world, "case list"), 0);
    assert_string_equal(world->out, "Nobody holds a case yet.\n");
    assert_int_equal(run(world, "device list"), 0);
    assert_string_equal(world->out, "No devices yet.\n");
    static const char *const lists[] = {"person list --json", "case list --json", "device list --json"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(run(world, lists[i]), 0);
        assert_string_equal(world->out, "[]\n");
    }
    office_free(world->office);
    world->office = full;
}

static void status__counts_what_is_held_and_waits(void **state)
{
    struct world *world = *state;
    struct device other = device_enrolled(world->office, "Olga Other", HF_ROLE_WORKER);
    struct hf_id record = new_id(), nowhere = new_id();
    (void)device_push_one(&other, device_edit(&other, &world->key, &record, CHILD_NAME, "Casey", NULL, 0));
    (void)device_push_one(&world->worker,
                          device_edit(&world->worker, &world->key, &record, CHILD_NAME, "Casey", &nowhere, 1));
    assert_int_equal(run(world, "status"), 0);
    has(world->out, OFFICE_AUTHORITY " (" OFFICE_ORIGIN ")\n");
    has(world->out, "held for a person 1\n");
    has(world->out, "waiting           1\n");
    assert_int_equal(run(world, "status --json"), 0);
    json_t *json = parsed(world);
    assert_int_equal(json_integer_value(json_object_get(json, "entries")), office_size(world->office));
    assert_int_equal(json_integer_value(json_object_get(json, "held")), 1);
    json_decref(json);
    assert_int_equal(run(world, "status now"), 2);
}

static void unknown__commands_are_wrong_usage(void **state)
{
    struct world *world = *state;
    static const char *const lines[] = {"", "frobnicate", "device", "device frobnicate", "case", "enrol"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(run(world, lines[i]), 2);
        has(world->err, "--help");
    }
}

static void seen__is_noted_at_a_greeting_now_and_then(void **state)
{
    struct world *world = *state;
    struct office *office = world->office;
    struct hf_message hello = {.type = HF_MSG_HELLO, .request = 1};
    struct hf_reply reply;
    uint64_t size = office_size(office);
    for (int i = 0; i < 2; i++) {
        office->now_ms += 3600 * 1000 + (uint64_t)i;
        assert_int_equal(hf_office_answer(&office->office, &world->worker.peer, &hello, &reply), HF_OK);
        assert_int_equal(reply.message.type, HF_MSG_WELCOME);
        hf_reply_clear(&reply);
        struct hf_device_row row;
        assert_int_equal(office->store->ops->device(office->store, world->worker.sign.public_key, NULL, &row), HF_OK);
        assert_int_equal(row.last_seen_ms, office->now_ms);
        assert_int_equal(row.next_seq, world->worker.seq);
    }
    assert_int_equal(office_size(office), size);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(invite__prints_one_line_that_a_device_can_read),
        TEST(invite__says_what_is_wrong),
        TEST(device_list__is_a_table_with_aligned_columns),
        TEST(device_list__has_no_end_that_is_not_told),
        TEST(answer__that_is_too_long_is_refused_plainly),
        TEST(error__is_cut_between_characters),
        TEST(enrol_list__shows_the_code_to_compare),
        TEST(device_revoke__wants_enough_digits_and_a_reason),
        TEST(case_assign__by_name_and_back),
        TEST(lists__of_nothing_say_so),
        TEST(status__counts_what_is_held_and_waits),
        TEST(unknown__commands_are_wrong_usage),
        TEST(seen__is_noted_at_a_greeting_now_and_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
