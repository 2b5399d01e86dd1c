#include "server/witness_ask.h"

#include "core/log/policy_file.h"
#include "server/witness_http.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_BYTES 24
#define TRIES        2 /* the second goes on from the size that the witness told */

struct asking {
    hf_witness_run_fn *run;
    void *ctx;
    struct hf_slice name, url;
    struct hf_witness_round *round;
};

static enum hf_status failed(struct asking *asking, const char *what, size_t len)
{
    while (len > 0 && what[len - 1] == '\n')
        len--;
    asking->round->failed++;
    hf_buf_append_fmt(&asking->round->text, "%.*s: %.*s\n", (int)asking->name.len, (const char *)asking->name.data,
                      (int)len, what);
    return hf_buf_status(&asking->round->text);
}

static enum hf_status failed_with(struct asking *asking, const struct hf_buf *text)
{
    return failed(asking, (const char *)text->data, text->len);
}

/* Empty `out`: there is nothing to ask. *out_refused: the office says why in the round. */
static enum hf_status get_request(struct asking *asking, const char *from, struct hf_buf *out, bool *out_refused,
                                  struct hf_error *err)
{
    struct hf_admin_result result = {0};
    struct hf_slice args[6] = {hf_slice_str("witness"), hf_slice_str("request"), hf_slice_str("--name"), asking->name};
    size_t count = 4;
    if (from[0]) {
        args[count++] = hf_slice_str("--from");
        args[count++] = hf_slice_str(from);
    }
    enum hf_status status = asking->run(asking->ctx, args, count, &result, err);
    if (status == HF_OK && result.exit_code == 0)
        hf_buf_append_slice(out, hf_buf_slice(&result.output));
    else if (status == HF_OK) {
        *out_refused = true;
        status = failed_with(asking, &result.errors);
    }
    hf_admin_result_clear(&result);
    return status == HF_OK ? hf_buf_status(out) : status;
}

static enum hf_status give_reply(struct asking *asking, const struct hf_buf *reply, struct hf_error *err)
{
    struct hf_admin_result result = {0};
    const struct hf_slice args[] = {hf_slice_str("witness"), hf_slice_str("take"), hf_slice_str("--reply"),
                                    hf_buf_slice(reply)};
    enum hf_status status = asking->run(asking->ctx, args, 4, &result, err);
    if (status == HF_OK && result.exit_code == 0)
        asking->round->signed_now++;
    else if (status == HF_OK)
        status = failed_with(asking, &result.errors);
    hf_admin_result_clear(&result);
    return status;
}

/* The size that a 409 tells, as text; false when it tells none. */
static bool read_size(const struct hf_witness_answer *answer, char out[NUMBER_BYTES])
{
    size_t len = answer->body.len;
    if (answer->status != 409 || !answer->is_size || len < 2 || len > NUMBER_BYTES ||
        answer->body.data[len - 1] != '\n')
        return false;
    for (size_t i = 0; i + 1 < len; i++)
        if (answer->body.data[i] < '0' || answer->body.data[i] > '9')
            return false;
    memcpy(out, answer->body.data, len - 1);
    out[len - 1] = '\0';
    return true;
}

static enum hf_status take_answer(struct asking *asking, const struct hf_witness_answer *answer,
                                  char from[NUMBER_BYTES], bool *out_again, struct hf_error *err)
{
    char text[200];
    *out_again = false;
    if (answer->status == 200)
        return give_reply(asking, &answer->body, err);
    if (from[0] == '\0' && read_size(answer, from)) {
        *out_again = true;
        return HF_OK;
    }
    if (answer->status == 409 || answer->status == 422) {
        static const char other[] =
            "it signed another history of this log: the log was set back or rewritten. Find out "
            "why before anything else is written.";
        return failed(asking, other, sizeof other - 1);
    }
    const int shown = answer->body.len < 120 ? (int)answer->body.len : 120;
    int len = snprintf(text, sizeof text, "it refused (HTTP %ld): %.*s", answer->status, shown,
                       answer->body.data ? (const char *)answer->body.data : "");
    for (int i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] == 0x7F)
            text[i] = ' ';
    return failed(asking, text, (size_t)len);
}

static enum hf_status ask_one(struct asking *asking, struct hf_error *err)
{
    char from[NUMBER_BYTES] = "";
    enum hf_status status = HF_OK;
    bool again = true;
    for (int i = 0; status == HF_OK && again && i < TRIES; i++) {
        struct hf_buf request = {0};
        struct hf_witness_answer answer = {0};
        struct hf_error http = {0};
        bool refused = false;
        again = false;
        status = get_request(asking, from, &request, &refused, err);
        if (status == HF_OK && !refused && request.len > 0) {
            status = hf_witness_http_post(asking->url, hf_buf_slice(&request), &answer, &http);
            if (status == HF_OK)
                status = take_answer(asking, &answer, from, &again, err);
            else if (status != HF_ERR_NOMEM)
                status = failed(asking, http.text, strlen(http.text));
        }
        hf_buf_clear(&request);
        hf_buf_clear(&answer.body);
    }
    return status;
}

/* Lines “name address”. */
static enum hf_status ask_each(struct asking *asking, struct hf_slice rest, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    while (status == HF_OK && rest.len > 0) {
        const uint8_t *end = memchr(rest.data, '\n', rest.len);
        const size_t len = end ? (size_t)(end - rest.data) : rest.len;
        const uint8_t *space = memchr(rest.data, ' ', len);
        if (space) {
            asking->name = hf_slice_of(rest.data, (size_t)(space - rest.data));
            asking->url = hf_slice_of(space + 1, len - asking->name.len - 1);
            asking->round->asked++;
            status = ask_one(asking, err);
        }
        const size_t taken = len + (end ? 1 : 0);
        rest = hf_slice_of(rest.data + taken, rest.len - taken);
    }
    return status;
}

enum hf_status hf_witness_ask(hf_witness_run_fn *run, void *ctx, struct hf_witness_round *out, struct hf_error *err)
{
    const struct hf_slice args[] = {hf_slice_str("witness"), hf_slice_str("addresses")};
    struct hf_admin_result result = {0};
    struct asking asking = {.run = run, .ctx = ctx, .round = out};
    *out = (struct hf_witness_round){0};
    enum hf_status status = run(ctx, args, 2, &result, err);
    if (status == HF_OK && result.exit_code != 0)
        status = hf_error_set(err, HF_ERR_STATE, "%.*s", (int)result.errors.len, (const char *)result.errors.data);
    if (status == HF_OK)
        status = ask_each(&asking, hf_buf_slice(&result.output), err);
    hf_admin_result_clear(&result);
    return status;
}
