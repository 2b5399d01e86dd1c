#include "core/base/text.h"
#include "core/log/policy_file.h"
#include "tests/log/support_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LOG_A "example.com/log+5d2653e3+AW56HN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFvx"
#define FOO   "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define DASH  "\xE2\x80\x94 "

#define WITNESSES 5

/* A log and five witnesses W0..W4; a policy text may name them by %0..%4 and the log by %L. */
struct sample {
    struct hf_note_key key;
    struct hf_sign_key secret;
    struct hf_cosigner cosigner[WITNESSES];
    struct hf_sign_key witness[WITNESSES];
};
static struct sample sample;
static struct hf_policy_file policy;

static int set_up(void **state)
{
    (void)state;
    support_key("example.com/log", 5, &sample.key, &sample.secret);
    for (unsigned i = 0; i < WITNESSES; i++) {
        struct hf_note_key unused;
        char name[32];
        (void)snprintf(name, sizeof name, "witness.example/%u", i);
        support_key(name, (uint8_t)(20 + i), &unused, &sample.witness[i]);
        assert_int_equal(hf_cosigner_init(hf_slice_str(name), sample.witness[i].public_key, &sample.cosigner[i]),
                         HF_OK);
    }
    return 0;
}

static void expand(const char *template, struct hf_buf *out)
{
    for (; *template; template ++) {
        if (*template != '%')
            hf_buf_append_u8(out, (uint8_t) * template);
        else if (*++template == 'L')
            hf_note_key_format(&sample.key, out);
        else
            hf_cosigner_format(&sample.cosigner[*template - '0'], out);
    }
}

static enum hf_status parse(const char *template, struct hf_buf *text, struct hf_error *err)
{
    hf_buf_reset(text);
    expand(template, text);
    return hf_policy_file_parse(hf_buf_slice(text), &policy, err);
}

static void a_log_without_witnesses__is_read_and_written_back(void **state)
{
    (void)state;
    struct hf_buf text = {.len = 0};
    struct hf_buf again = {.len = 0};
    hf_policy_file_format_log(&sample.key, &text);
    assert_true(hf_slice_equal(hf_buf_slice(&text), hf_slice_str("log " LOG_A "\nquorum none\n")));
    assert_int_equal(hf_policy_file_parse(hf_buf_slice(&text), &policy, NULL), HF_OK);
    assert_int_equal(policy.log_count, 1);
    assert_string_equal(policy.log[0].key.name, "example.com/log");
    assert_int_equal(policy.quorum, HF_POLICY_NONE);
    hf_policy_file_format(&policy, &again);
    assert_true(hf_slice_equal(hf_buf_slice(&again), hf_buf_slice(&text)));
    hf_buf_clear(&text);
    hf_buf_clear(&again);
}

/* The shape of the worked example in the specification, with blanks, comments and addresses in between. */
static void groups_comments_and_addresses__are_read(void **state)
{
    (void)state;
    struct hf_buf text = {.len = 0};
    struct hf_buf again = {.len = 0};
    assert_int_equal(parse("# a comment \xC3\xA8\n"
                           "\n"
                           " \t \n"
                           "  # another\n"
                           "\tlog\t %L  https://log.example/ \n"
                           "witness X1 %0\n"
                           "witness X2 %1 https://witness.example/\n"
                           "witness X3 %2\n"
                           "group X-witnesses 2 X1 X2 X3\n"
                           "witness \xC3\xA8 %3\n"
                           "group Y-witnesses any \xC3\xA8\n"
                           "group X-and-Y all X-witnesses Y-witnesses\n"
                           "quorum X-and-Y\n"
                           "log " FOO "\n",
                           &text, NULL),
                     HF_OK);
    assert_int_equal(policy.log_count, 2);
    assert_true(hf_slice_equal(policy.log[0].url, hf_slice_str("https://log.example/")));
    assert_int_equal(policy.log[1].url.len, 0);
    assert_int_equal(policy.node_count, 7);
    assert_true(hf_slice_equal(policy.node[1].url, hf_slice_str("https://witness.example/")));
    assert_true(policy.node[3].is_group);
    assert_int_equal(policy.node[3].threshold, 2);
    assert_int_equal(policy.node[3].members, 3);
    assert_int_equal(policy.node[0].parent, 3);
    assert_int_equal(policy.node[5].threshold, 1);
    assert_int_equal(policy.node[6].threshold, 2);
    assert_int_equal(policy.node[5].parent, 6);
    assert_int_equal(policy.node[6].parent, HF_POLICY_NONE);
    assert_int_equal(policy.quorum, 6);

    static struct hf_policy_file first;
    first = policy;
    hf_policy_file_format(&first, &again);
    assert_int_equal(hf_policy_file_parse(hf_buf_slice(&again), &policy, NULL), HF_OK);
    assert_int_equal(policy.node_count, first.node_count);
    assert_int_equal(policy.quorum, first.quorum);
    for (size_t i = 0; i < policy.node_count; i++) {
        assert_true(hf_slice_equal(policy.node[i].name, first.node[i].name));
        assert_int_equal(policy.node[i].parent, first.node[i].parent);
        assert_int_equal(policy.node[i].threshold, first.node[i].threshold);
        assert_int_equal(policy.node[i].cosigner.id, first.node[i].cosigner.id);
    }
    hf_buf_clear(&text);
    hf_buf_clear(&again);
}

static void malformed_policies__are_refused_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *line; /* what the error begins with */
        enum hf_status status;
    } cases[] = {
        {"", "The policy has no quorum", HF_ERR_INVALID},
        {"log %L\n", "The policy has no quorum", HF_ERR_INVALID},
        {"log %L\nquorum none", "Line 2 ", HF_ERR_INVALID},
        {"log %L\nquorum none\nquorum none\n", "Line 3 ", HF_ERR_INVALID},
        {"quorum\n", "Line 1 ", HF_ERR_INVALID},
        {"quorum none none\n", "Line 1 ", HF_ERR_INVALID},
        {"quorum w\nwitness w %0\n", "Line 1 ", HF_ERR_INVALID},
        {"quorum example.com/log\n", "Line 1 ", HF_ERR_INVALID},
        {"logs %L\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"Log %L\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"log\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"log %L a b\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"log %L\nlog %L\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"log rubbish\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"log %0\nquorum none\n", "Line 1 ", HF_ERR_UNSUPPORTED},
        {"witness w %L\nquorum none\n", "Line 1 ", HF_ERR_UNSUPPORTED},
        {"witness w\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"witness\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"witness %0\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"witness none %0\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"witness w %0\nwitness w %1\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"witness w %0\nwitness v %0\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"witness w %0 a b\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"group g any\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"group g\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"group\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"group none any w\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"group g any g\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"group g any w\nwitness w %0\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"witness w %0\ngroup g any w none\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"witness w %0\ngroup g any w w\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"witness w %0\ngroup g any w\ngroup h any w\nquorum none\n", "Line 3 ", HF_ERR_INVALID},
        {"witness w %0\ngroup w any w\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"witness w %0\ngroup g 0 w\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"witness w %0\ngroup g 2 w\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"witness w %0\ngroup g 01 w\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"witness w %0\ngroup g some w\nquorum none\n", "Line 2 ", HF_ERR_INVALID},
        {"# fine\nquorum none\r\n", "Line 2 ", HF_ERR_INVALID},
        {"# bell \x07\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"# del \x7F\nquorum none\n", "Line 1 ", HF_ERR_INVALID},
        {"quorum none # comment\n", "Line 1 ", HF_ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hf_buf text = {.len = 0};
        struct hf_error err = {.status = HF_OK};
        policy.log_count = 999;
        assert_int_equal(parse(cases[i].text, &text, &err), cases[i].status);
        assert_int_equal(err.status, cases[i].status);
        assert_int_equal(strncmp(err.text, cases[i].line, strlen(cases[i].line)), 0);
        assert_int_equal(policy.log_count, 999);
        hf_buf_clear(&text);
    }
}

static void limits__are_kept(void **state)
{
    (void)state;
    struct hf_buf text = {.len = 0};
    hf_buf_append_str(&text, "quorum none\n");
    for (unsigned i = 0; i <= HF_POLICY_LOGS_MAX; i++) {
        struct hf_note_key key;
        struct hf_sign_key secret;
        if (i == HF_POLICY_LOGS_MAX)
            assert_int_equal(hf_policy_file_parse(hf_buf_slice(&text), &policy, NULL), HF_OK);
        support_key("example.com/log", (uint8_t)(100 + i), &key, &secret);
        hf_buf_append_str(&text, "log ");
        hf_note_key_format(&key, &text);
        hf_buf_append_str(&text, "\n");
    }
    assert_int_equal(policy.log_count, HF_POLICY_LOGS_MAX);
    assert_int_equal(hf_policy_file_parse(hf_buf_slice(&text), &policy, NULL), HF_ERR_LIMIT);

    hf_buf_reset(&text);
    hf_buf_append_str(&text, "quorum none\n");
    for (unsigned i = 0; i <= HF_POLICY_NODES_MAX; i++) {
        uint8_t public_key[HF_SIGN_PUBLIC_BYTES] = {(uint8_t)i, 1};
        struct hf_cosigner cosigner;
        if (i == HF_POLICY_NODES_MAX)
            assert_int_equal(hf_policy_file_parse(hf_buf_slice(&text), &policy, NULL), HF_OK);
        assert_int_equal(hf_cosigner_init(hf_slice_str("w"), public_key, &cosigner), HF_OK);
        hf_buf_append_fmt(&text, "witness w%u ", i);
        hf_cosigner_format(&cosigner, &text);
        hf_buf_append_str(&text, "\n");
    }
    assert_int_equal(policy.node_count, HF_POLICY_NODES_MAX);
    assert_int_equal(hf_policy_file_parse(hf_buf_slice(&text), &policy, NULL), HF_ERR_LIMIT);

    hf_buf_reset(&text);
    hf_buf_append_str(&text, "quorum none\n");
    while (text.len <= HF_LOG_POLICY_BYTES_MAX)
        hf_buf_append_str(&text, "# a long comment\n");
    assert_int_equal(hf_policy_file_parse(hf_buf_slice(&text), &policy, NULL), HF_ERR_LIMIT);
    hf_buf_clear(&text);
}

static void append_cosignature(unsigned who, bool forged, struct hf_slice text, struct hf_buf *note)
{
    static const char statement[] = "cosignature/v1\ntime 77\n";
    uint8_t bytes[4 + 8 + HF_SIGN_BYTES];
    hf_put_u32(bytes, sample.cosigner[who].id);
    hf_put_u64(bytes + 4, forged ? 78 : 77);
    hf_sign(&sample.witness[who], hf_slice_str(statement), text, bytes + 12);
    hf_buf_append_fmt(note, DASH "%s ", sample.cosigner[who].name);
    hf_text_base64(note, hf_slice_of(bytes, sizeof bytes));
    hf_buf_append_str(note, "\n");
}

/* A checkpoint cosigned by the witnesses whose digits stand in `who`; a '!' forges the one after it. */
static void make_note(const char *origin, const char *who, struct hf_buf *note)
{
    struct hf_buf text = {.len = 0};
    hf_buf_append_fmt(&text, "%s\n4\nZ1ITGNKsIBtsb/ynvfF/2RfXgAasM93eLJ2J5p4Di5E=\n", origin);
    hf_buf_reset(note);
    assert_int_equal(hf_note_sign(hf_buf_slice(&text), &sample.key, &sample.secret, note), HF_OK);
    for (; *who; who++) {
        bool forged = *who == '!';
        who += forged;
        append_cosignature((unsigned)(*who - '0'), forged, hf_buf_slice(&text), note);
    }
    hf_buf_clear(&text);
}

static void quorum__counts_cosignatures(void **state)
{
    (void)state;
    static const char nested[] = "log %L\n"
                                 "witness X1 %0\nwitness X2 %1\nwitness X3 %2\ngroup X 2 X1 X2 X3\n"
                                 "witness Y1 %3\nwitness Y2 %4\ngroup Y any Y1 Y2\n"
                                 "group XY all X Y\nquorum XY\n";
    static const struct {
        const char *policy;
        const char *who;
        enum hf_status status;
    } cases[] = {
        {"log %L\nquorum none\n", "", HF_OK},
        {"log %L\nwitness w %0\nquorum none\n", "", HF_OK},
        {"log %L\nwitness w %0\nquorum none\n", "0", HF_OK},
        {"log %L\nwitness w %0\nquorum none\n", "!0", HF_ERR_AUTH},
        {"log %L\nquorum none\n", "!0", HF_OK}, /* a stranger's line is nobody's business */
        {"log %L\nwitness w %0\nquorum w\n", "0", HF_OK},
        {"log %L\nwitness w %0\nquorum w\n", "", HF_ERR_DENIED},
        {"log %L\nwitness w %0\nquorum w\n", "1", HF_ERR_DENIED},
        {nested, "013", HF_OK},
        {nested, "124", HF_OK},
        {nested, "0124", HF_OK},
        {nested, "012", HF_ERR_DENIED},
        {nested, "034", HF_ERR_DENIED},
        {nested, "34", HF_ERR_DENIED},
        {nested, "", HF_ERR_DENIED},
        {nested, "00003", HF_ERR_DENIED}, /* the same witness twice is one */
        {nested, "013!4", HF_ERR_AUTH},
        {"witness w %0\nquorum none\n", "0", HF_ERR_AUTH}, /* no log listed */
        {"log " FOO "\nquorum none\n", "", HF_ERR_AUTH},   /* another log */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hf_buf text = {.len = 0};
        struct hf_buf note = {.len = 0};
        struct hf_checkpoint checkpoint = {.size = 0};
        size_t log = 99;
        assert_int_equal(parse(cases[i].policy, &text, NULL), HF_OK);
        make_note("example.com/log", cases[i].who, &note);
        assert_int_equal(hf_policy_file_open(&policy, hf_buf_slice(&note), &checkpoint, &log, NULL), cases[i].status);
        assert_int_equal(checkpoint.size, cases[i].status == HF_OK ? 4 : 0);
        assert_int_equal(log, cases[i].status == HF_OK ? 0 : 99);
        hf_buf_clear(&text);
        hf_buf_clear(&note);
    }
}

static void a_log_signing_for_another_origin__is_refused(void **state)
{
    (void)state;
    struct hf_buf text = {.len = 0};
    struct hf_buf note = {.len = 0};
    struct hf_checkpoint checkpoint;
    assert_int_equal(parse("log %L\nquorum none\n", &text, NULL), HF_OK);
    make_note("example.com/other", "", &note);
    assert_int_equal(hf_policy_file_open(&policy, hf_buf_slice(&note), &checkpoint, NULL, NULL), HF_ERR_AUTH);
    assert_int_equal(hf_policy_file_open(&policy, hf_slice_str("no note\n"), &checkpoint, NULL, NULL), HF_ERR_INVALID);
    hf_buf_clear(&text);
    hf_buf_clear(&note);
}

static void the_second_of_two_logs__is_told(void **state)
{
    (void)state;
    struct hf_buf text = {.len = 0};
    struct hf_buf note = {.len = 0};
    struct hf_checkpoint checkpoint;
    size_t log = 99;
    assert_int_equal(parse("log " FOO "\nlog %L\nquorum none\n", &text, NULL), HF_OK);
    make_note("example.com/log", "", &note);
    assert_int_equal(hf_policy_file_open(&policy, hf_buf_slice(&note), &checkpoint, &log, NULL), HF_OK);
    assert_int_equal(log, 1);
    hf_buf_clear(&text);
    hf_buf_clear(&note);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_without_witnesses__is_read_and_written_back),
        cmocka_unit_test(groups_comments_and_addresses__are_read),
        cmocka_unit_test(malformed_policies__are_refused_by_line),
        cmocka_unit_test(limits__are_kept),
        cmocka_unit_test(quorum__counts_cosignatures),
        cmocka_unit_test(a_log_signing_for_another_origin__is_refused),
        cmocka_unit_test(the_second_of_two_logs__is_told),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
