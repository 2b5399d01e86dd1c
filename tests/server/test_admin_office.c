/* Commands that a device asks for: who may run which, and that the log says who asked. */
#include "server/admin.h"

#include "tests/server/support_office.h"

#include "core/base/text.h"
#include "core/model/body_caseload.h"
#include "server/people_office.h"

#include <stdio.h>
#include <string.h>

struct world {
    struct office *office;
    struct device worker, other, asker; /* the asker's role changes from test to test */
    struct hf_class_key key;
    char out[20000], err[2000];
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.other = device_enrolled(world.office, "Olga Other", HF_ROLE_WORKER);
    world.asker = device_enrolled(world.office, "Asa Asker", HF_ROLE_OFFICE);
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

/* Words separated by blanks; ~ stands for a blank inside a word, @ for the case. */
static unsigned run_as(struct world *world, enum hf_role role, const char *line)
{
    static char words[4000];
    char case_text[HF_ID_TEXT_BYTES];
    struct hf_slice args[32];
    size_t count = 0;
    struct hf_admin_result result = {0};
    struct hf_peer peer = world->asker.peer;
    peer.role = role;
    hf_id_format(&world->key.case_id, case_text);
    (void)snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        args[count++] = hf_slice_str(strcmp(word, "@") == 0 ? case_text : word);
        for (; *word; word++)
            if (*word == '~')
                *word = ' ';
    }
    assert_int_equal(hf_admin_run_for(&world->office->office, &peer, args, count, &result), HF_OK);
    assert_null(world->office->office.acting);
    copy(&result.output, world->out, sizeof world->out);
    copy(&result.errors, world->err, sizeof world->err);
    unsigned code = result.exit_code;
    hf_admin_result_clear(&result);
    return code;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("“%s” is missing in\n%s", part, text);
}

/* The whole table: every command against every role. What is allowed may still be wrong usage (2) or fail (1). */
static void rights__are_as_the_table_says(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *line;
        bool office;
    } rows[] = {{"invite", false},        {"enrol list", true},   {"enrol confirm", false}, {"device list", true},
                {"device revoke", false}, {"case list", true},    {"case holders", true},   {"case assign", true},
                {"person list", true},    {"person add", false},  {"person role", false},   {"status", true},
                {"held list", true},      {"held release", true}, {"held refuse", true},    {"publish", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (enum hf_role role = HF_ROLE_WORKER; role <= HF_ROLE_SERVER; role++) {
            bool may = (role == HF_ROLE_ADMIN && strcmp(rows[i].line, "publish") != 0) ||
                       (role == HF_ROLE_OFFICE && rows[i].office);
            unsigned code = run_as(world, role, rows[i].line);
            if ((code != 3) != may)
                fail_msg("%s as %s: exit code %u", rows[i].line, hf_role_name(role), code);
            if (!may)
                has(world->err, "may not do this");
        }
    }
    assert_int_equal(run_as(world, HF_ROLE_ADMIN, "serve"), 2); /* nothing beside the table */
}

/* A refusal says in words what was asked for and who may: never the command's own words. */
static void a_refusal__names_the_act_and_who_may(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *line, *says;
    } rows[] = {{"invite", "The role auditor may not do this: invite a device. Ask an administrator.\n"},
                {"enrol list", ": see which devices wait to join. Ask an administrator.\n"},
                {"enrol confirm", ": confirm a device. Ask an administrator.\n"},
                {"device list", ": see the devices. Ask an administrator.\n"},
                {"device revoke", ": revoke a device. Ask an administrator.\n"},
                {"case list", ": see who holds which case. Ask an administrator.\n"},
                {"case holders", ": see who held a case. Ask an administrator.\n"},
                {"case assign", ": give or take a case. Ask an administrator.\n"},
                {"urgent open", ": open a case because a child cannot wait. A worker can.\n"},
                {"person list", ": see the people. Ask an administrator.\n"},
                {"person add", ": add a person. Ask an administrator.\n"},
                {"person role", ": change a person's role. Ask an administrator.\n"},
                {"person officer", ": name a records officer. Ask an administrator.\n"},
                {"held list", ": see what is held. Ask an administrator.\n"},
                {"held release", ": let a held change count. Ask an administrator.\n"},
                {"held refuse", ": refuse a held change. Ask an administrator.\n"},
                {"erase ask", ": ask for an erasure. Ask a records officer.\n"},
                {"erase confirm", ": confirm an erasure. Ask a records officer.\n"},
                {"hold lift", ": lift a legal hold. Ask a records officer.\n"},
                {"status", ": see how the office stands. Ask an administrator.\n"},
                {"publish", ": publish the log. It is done on the office's own machine.\n"},
                {"bundle import", ": take in a bundle. It is done on the office's own machine.\n"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(run_as(world, HF_ROLE_AUDITOR, rows[i].line), 3);
        has(world->err, rows[i].says);
    }
}

static void no_right__changes_nothing(void **state)
{
    struct world *world = *state;
    uint64_t size = office_size(world->office);
    assert_int_equal(run_as(world, HF_ROLE_WORKER, "case assign --case @ --person Olga~Other"), 3);
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "invite --person Olga~Other --role admin"), 3);
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "person role Asa~Asker --role admin"), 3);
    assert_int_equal(office_size(world->office), size);
}

static void device_that_is_revoked_or_pending__may_run_nothing(void **state)
{
    struct world *world = *state;
    struct hf_peer peer = world->asker.peer;
    struct hf_slice args[] = {hf_slice_str("status")};
    peer.role = HF_ROLE_ADMIN;
    for (enum hf_mode mode = HF_MODE_HAND_IN; mode <= HF_MODE_PENDING; mode++) {
        struct hf_admin_result result = {0};
        peer.mode = mode;
        assert_int_equal(hf_admin_run_for(&world->office->office, &peer, args, 1, &result), HF_OK);
        assert_int_equal(result.exit_code, 3);
        hf_admin_result_clear(&result);
    }
}

struct last_note {
    struct office *office;
    bool found;
    struct hf_caseload_note note;
    char command[HF_OFFICE_COMMAND_BYTES_MAX + 1];
};

static bool read_note(void *ctx, const struct hf_entry_row *row)
{
    struct last_note *last = ctx;
    struct hf_class_key key;
    struct hf_leaf leaf;
    struct hf_buf bytes = {0};
    assert_int_equal(hf_leaf_decode(row->leaf, &leaf), HF_OK);
    assert_int_equal(hf_keystore_get(last->office->keystore, &row->key_id, &key), HF_OK);
    assert_int_equal(hf_payload_open(&key, row->payload, &leaf, &bytes), HF_OK);
    last->found = row->kind == HF_LEAF_NOTE && hf_caseload_note_decode(hf_buf_slice(&bytes), &last->note) == HF_OK &&
                  last->note.what == HF_CASELOAD_OFFICE;
    if (last->found) {
        memcpy(last->command, last->note.command.data, last->note.command.len);
        last->command[last->note.command.len] = '\0';
    }
    hf_buf_clear(&bytes);
    return false;
}

/* The newest entry says that this person asked for the `count` entries before it. */
static void assert_asked_for(struct world *world, const char *command, uint64_t count)
{
    struct last_note last = {.office = world->office};
    uint64_t newest = office_size(world->office) - 1;
    struct hf_store *store = world->office->store;
    assert_int_equal(store->ops->entries(store, newest, 1, read_note, &last), HF_OK);
    assert_true(last.found);
    assert_string_equal(last.command, command);
    assert_true(hf_id_equal(&last.note.person, &world->asker.person));
    assert_memory_equal(last.note.device, world->asker.sign.public_key, HF_SIGN_PUBLIC_BYTES);
    assert_int_equal(last.note.count, count);
    assert_int_equal(last.note.first, newest - count);
}

static void what_changes_something__is_in_the_log_with_who_asked(void **state)
{
    struct world *world = *state;
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "case assign --case @ --person Olga~Other --reason cover"), 0);
    assert_asked_for(world, "case assign", 1);
    assert_int_equal(run_as(world, HF_ROLE_ADMIN, "invite --person Nora~New --role worker"), 0);
    assert_asked_for(world, "invite", 1);
    assert_int_equal(run_as(world, HF_ROLE_ADMIN, "invite --person Nora~New --role worker"), 0);
    assert_asked_for(world, "invite", 0); /* nothing but the invitation */
    assert_int_equal(run_as(world, HF_ROLE_ADMIN, "person add --person Paula~Planned --role manager"), 0);
    assert_asked_for(world, "person add", 1);
    assert_int_equal(run_as(world, HF_ROLE_ADMIN, "person role Olga~Other --role manager"), 0);
    assert_asked_for(world, "person role", 2);
    uint64_t size = office_size(world->office);
    assert_int_equal(run_as(world, HF_ROLE_ADMIN, "person role Olga~Other --role manager"), 0);
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "person list"), 0);
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "status"), 0);
    assert_int_equal(office_size(world->office), size); /* looking, and what is so already, writes nothing */
}

static void case_holders__says_who_when_why_and_who_asked(void **state)
{
    struct world *world = *state;
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "case assign --case @ --person Olga~Other --reason cover"), 0);
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "case assign --case @ --person Wanda~Worker --remove --reason left"),
                     0);
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "case holders @"), 0);
    has(world->out, "Wanda Worker  opened");
    has(world->out, "Olga Other    cover");
    has(world->out, "Wanda Worker  left");
    has(world->out, "the server"); /* the case's opening */
    has(world->out, "Asa Asker");
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "case holders @ --json"), 0);
    has(world->out, "\"reason\": \"cover\"");
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "case holders 12"), 1);
    assert_int_equal(run_as(world, HF_ROLE_OFFICE, "case holders"), 2);
    has(world->err, "Usage: holdfast office case holders CASE");
}

static void person_role__counts_for_all_devices_at_once(void **state)
{
    struct world *world = *state;
    uint64_t standing = world->office->office.standing;
    assert_int_equal(run_as(world, HF_ROLE_ADMIN, "person role Olga~Other --role manager"), 0);
    assert_true(world->office->office.standing > standing); /* open connections are looked at again */
    device_refresh(&world->other);
    assert_int_equal(world->other.peer.role, HF_ROLE_MANAGER);
    device_refresh(&world->worker);
    assert_int_equal(world->worker.peer.role, HF_ROLE_WORKER);
    assert_string_equal(office_text(world->office, &world->other.person, HF_FIELD_PERSON_ROLE), "manager");
    assert_int_equal(office_conflicts(world->office, &world->other.person), 0);
    assert_int_equal(run_as(world, HF_ROLE_ADMIN, "person role Olga~Other --role king"), 1);
    assert_int_equal(run_as(world, HF_ROLE_ADMIN, "person role Nobody --role worker"), 1);
    has(world->err, "`holdfast office person list`");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(rights__are_as_the_table_says),
        TEST(a_refusal__names_the_act_and_who_may),
        TEST(no_right__changes_nothing),
        TEST(device_that_is_revoked_or_pending__may_run_nothing),
        TEST(what_changes_something__is_in_the_log_with_who_asked),
        TEST(case_holders__says_who_when_why_and_who_asked),
        TEST(person_role__counts_for_all_devices_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
