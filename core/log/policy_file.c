/* Reading a policy. */
#include "core/log/policy_file.h"

#include "core/log/lines.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    struct hf_policy_file *policy;
    bool has_quorum;
    size_t line_number;
    struct hf_error *err;
};

static enum hf_status refuse(const struct parser *parser, enum hf_status status, const char *what)
{
    return hf_error_set(parser->err, status, "Line %zu of the policy: %s.", parser->line_number, what);
}

static bool is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t';
}

/* Takes the next item of a line; false at its end. */
static bool take_item(struct hf_slice *rest, struct hf_slice *out_item)
{
    size_t begin = 0;
    while (begin < rest->len && is_blank(rest->data[begin]))
        begin++;
    size_t end = begin;
    while (end < rest->len && !is_blank(rest->data[end]))
        end++;
    if (begin == end)
        return false;
    *out_item = hf_slice_of(rest->data + begin, end - begin);
    *rest = hf_slice_of(rest->data + end, rest->len - end);
    return true;
}

static bool is_word(struct hf_slice item, const char *word)
{
    return hf_slice_equal(item, hf_slice_str(word));
}

static bool octets_fit(struct hf_slice line)
{
    for (size_t i = 0; i < line.len; i++) {
        if ((line.data[i] < 0x20 && line.data[i] != '\t') || line.data[i] == 0x7F)
            return false;
    }
    return true;
}

static bool find_node(const struct hf_policy_file *policy, struct hf_slice name, uint16_t *out_node)
{
    for (size_t i = 0; i < policy->node_count; i++) {
        if (hf_slice_equal(policy->node[i].name, name)) {
            *out_node = (uint16_t)i;
            return true;
        }
    }
    return false;
}

/* The optional URL and the end of the line. */
static enum hf_status parse_url(const struct parser *parser, struct hf_slice rest, struct hf_slice *out_url)
{
    struct hf_slice url = hf_slice_of(NULL, 0);
    struct hf_slice more;
    (void)take_item(&rest, &url);
    if (take_item(&rest, &more))
        return refuse(parser, HF_ERR_INVALID, "there is more on it than a key and an address");
    *out_url = url;
    return HF_OK;
}

static enum hf_status refuse_key(const struct parser *parser, enum hf_status status)
{
    return refuse(parser, status,
                  status == HF_ERR_UNSUPPORTED ? "this type of key is not known here" : "the key is damaged");
}

static enum hf_status parse_log(struct parser *parser, struct hf_slice rest)
{
    struct hf_policy_file *policy = parser->policy;
    struct hf_slice vkey;
    if (policy->log_count == HF_POLICY_LOGS_MAX)
        return refuse(parser, HF_ERR_LIMIT, "there are too many logs");
    if (!take_item(&rest, &vkey))
        return refuse(parser, HF_ERR_INVALID, "the key is missing");

    struct hf_policy_log *log = &policy->log[policy->log_count];
    enum hf_status status = hf_note_key_parse(vkey, &log->key);
    if (status != HF_OK)
        return refuse_key(parser, status);
    for (size_t i = 0; i < policy->log_count; i++) {
        if (memcmp(policy->log[i].key.public_key, log->key.public_key, sizeof log->key.public_key) == 0)
            return refuse(parser, HF_ERR_INVALID, "this log's key stands on an earlier line as well");
    }
    status = parse_url(parser, rest, &log->url);
    if (status == HF_OK)
        policy->log_count++;
    return status;
}

/* A fresh node under its name, not yet counted. */
static enum hf_status begin_node(struct parser *parser, struct hf_slice *rest, struct hf_policy_node **out_node)
{
    struct hf_policy_file *policy = parser->policy;
    struct hf_slice name;
    uint16_t earlier;
    if (policy->node_count == HF_POLICY_NODES_MAX)
        return refuse(parser, HF_ERR_LIMIT, "there are too many witnesses and groups");
    if (!take_item(rest, &name))
        return refuse(parser, HF_ERR_INVALID, "the name is missing");
    if (is_word(name, "none") || find_node(policy, name, &earlier))
        return refuse(parser, HF_ERR_INVALID, "this name is taken");
    *out_node = &policy->node[policy->node_count];
    **out_node = (struct hf_policy_node){.name = name, .parent = HF_POLICY_NONE};
    return HF_OK;
}

static enum hf_status parse_witness(struct parser *parser, struct hf_slice rest)
{
    struct hf_policy_file *policy = parser->policy;
    struct hf_policy_node *node;
    struct hf_slice vkey;
    enum hf_status status = begin_node(parser, &rest, &node);
    if (status != HF_OK)
        return status;
    if (!take_item(&rest, &vkey))
        return refuse(parser, HF_ERR_INVALID, "the key is missing");
    status = hf_cosigner_parse(vkey, &node->cosigner);
    if (status != HF_OK)
        return refuse_key(parser, status);
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct hf_policy_node *other = &policy->node[i];
        if (!other->is_group &&
            memcmp(other->cosigner.public_key, node->cosigner.public_key, sizeof node->cosigner.public_key) == 0)
            return refuse(parser, HF_ERR_INVALID, "this witness's key stands on an earlier line as well");
    }
    status = parse_url(parser, rest, &node->url);
    if (status == HF_OK)
        policy->node_count++;
    return status;
}

static enum hf_status parse_members(struct parser *parser, struct hf_slice rest, struct hf_policy_node *group)
{
    struct hf_slice name;
    uint16_t member;
    while (take_item(&rest, &name)) {
        if (!find_node(parser->policy, name, &member))
            return refuse(parser, HF_ERR_INVALID, "a member of the group is not defined on an earlier line");
        if (parser->policy->node[member].parent != HF_POLICY_NONE)
            return refuse(parser, HF_ERR_INVALID, "a member of the group is a member already");
        parser->policy->node[member].parent = (uint16_t)parser->policy->node_count;
        group->members++;
    }
    return group->members > 0 ? HF_OK : refuse(parser, HF_ERR_INVALID, "the group has no members");
}

static enum hf_status parse_group(struct parser *parser, struct hf_slice rest)
{
    struct hf_policy_node *group;
    struct hf_slice how_many;
    uint64_t threshold;
    enum hf_status status = begin_node(parser, &rest, &group);
    if (status != HF_OK)
        return status;
    group->is_group = true;
    if (!take_item(&rest, &how_many))
        return refuse(parser, HF_ERR_INVALID, "it does not say how many members of the group count");
    status = parse_members(parser, rest, group);
    if (status != HF_OK)
        return status;

    if (is_word(how_many, "all"))
        threshold = group->members;
    else if (is_word(how_many, "any"))
        threshold = 1;
    else if (hf_lines_decimal(how_many, &threshold) != HF_OK || threshold < 1 || threshold > group->members)
        return refuse(parser, HF_ERR_INVALID, "the group needs all, any or a number from 1 to its members");
    group->threshold = (uint16_t)threshold;
    parser->policy->node_count++;
    return HF_OK;
}

static enum hf_status parse_quorum(struct parser *parser, struct hf_slice rest)
{
    struct hf_slice name;
    struct hf_slice more;
    if (parser->has_quorum)
        return refuse(parser, HF_ERR_INVALID, "there is a quorum already");
    if (!take_item(&rest, &name) || take_item(&rest, &more))
        return refuse(parser, HF_ERR_INVALID, "a quorum is one name");
    if (!is_word(name, "none") && !find_node(parser->policy, name, &parser->policy->quorum))
        return refuse(parser, HF_ERR_INVALID, "the quorum is not defined on an earlier line");
    parser->has_quorum = true;
    return HF_OK;
}

static enum hf_status parse_line(struct parser *parser, struct hf_slice line)
{
    struct hf_slice rest = line;
    struct hf_slice word;
    if (!octets_fit(line))
        return refuse(parser, HF_ERR_INVALID, "it holds a control character");
    if (!take_item(&rest, &word) || word.data[0] == '#')
        return HF_OK;
    if (is_word(word, "log"))
        return parse_log(parser, rest);
    if (is_word(word, "witness"))
        return parse_witness(parser, rest);
    if (is_word(word, "group"))
        return parse_group(parser, rest);
    if (is_word(word, "quorum"))
        return parse_quorum(parser, rest);
    return refuse(parser, HF_ERR_INVALID, "it is none of log, witness, group and quorum");
}

static enum hf_status parse_all(struct parser *parser, struct hf_slice rest)
{
    while (rest.len > 0) {
        struct hf_slice line;
        parser->line_number++;
        if (!hf_lines_take(&rest, &line))
            return refuse(parser, HF_ERR_INVALID, "it does not end in a newline");
        enum hf_status status = parse_line(parser, line);
        if (status != HF_OK)
            return status;
    }
    if (!parser->has_quorum)
        return hf_error_set(parser->err, HF_ERR_INVALID,
                            "The policy has no quorum line. Write “quorum none” when no witness is needed.");
    return HF_OK;
}

enum hf_status hf_policy_file_parse(struct hf_slice text, struct hf_policy_file *out, struct hf_error *err)
{
    if (text.len > HF_LOG_POLICY_BYTES_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "The policy is longer than %d bytes.", HF_LOG_POLICY_BYTES_MAX);
    struct hf_policy_file *policy = calloc(1, sizeof *policy);
    if (!policy)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));

    policy->quorum = HF_POLICY_NONE;
    struct parser parser = {.policy = policy, .err = err};
    enum hf_status status = parse_all(&parser, text);
    if (status == HF_OK)
        *out = *policy;
    free(policy);
    return status;
}
