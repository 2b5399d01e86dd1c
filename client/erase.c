/* Erasing a case, as one of its two officers: the server writes the request, this device reads what it is about to
 * sign, signs with its own key, and sends the signature. The key never leaves the device. */
#include "client/handle.h"
#include "client/retention.h"
#include "core/base/text.h"
#include "core/model/body_erase.h"
#include "core/replica/policies.h"

#include <stdio.h>
#include <string.h>

#define RETENTION       "retention" /* the basis that a date decides */
#define REQUEST_HEX_MAX (2 * HF_ERASE_REQUEST_BYTES_MAX)

struct request {
    uint8_t bytes[HF_ERASE_REQUEST_BYTES_MAX];
    size_t len;
    struct hf_erase_request read;
};

/* The first line of what the office said. */
static enum hf_status read_request(const char *text, struct request *out)
{
    size_t digits = strcspn(text, "\n");
    if (digits == 0 || digits % 2 || digits > REQUEST_HEX_MAX ||
        hf_text_unhex(hf_slice_of((const uint8_t *)text, digits), out->bytes, digits / 2) != HF_OK)
        return HF_ERR_PROTOCOL;
    out->len = digits / 2;
    return hf_erase_request_decode(hf_slice_of(out->bytes, out->len), &out->read) == HF_OK ? HF_OK : HF_ERR_PROTOCOL;
}

static void hex_of(const uint8_t *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static enum holdfast_status refuse(struct holdfast *hf, enum hf_status status, const char *text)
{
    enum hf_status entered = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (entered != HF_OK)
        return hf_handle_refused(entered);
    return hf_handle_leave(hf, hf_handle_fail(hf, status, "%s", text));
}

/* What is asked of this device, in its own words, is what it signs: nothing else. */
static enum holdfast_status sign_request(struct holdfast *hf, const struct request *request,
                                         const struct hf_id *case_id, const char *basis,
                                         char out[2 * HF_SIGN_BYTES + 1])
{
    uint8_t signature[HF_SIGN_BYTES];
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_identity *own = hf_replica_identity(hf->replica);
    const struct hf_erase_request *read = &request->read;
    if (!hf_id_equal(&read->case_id, case_id) || !hf_slice_equal(read->basis, hf_slice_str(basis)) ||
        !hf_id_equal(&read->person, &own->person) ||
        memcmp(read->device, own->sign.public_key, sizeof read->device) != 0) {
        status =
            hf_handle_fail(hf, HF_ERR_AUTH,
                           "The office's server asks this device to sign something else than you asked for. Nothing "
                           "was signed; tell the administrator.");
    } else if (strcmp(basis, RETENTION) == 0 && (status = hf_retention_over(hf, case_id)) != HF_OK) {
        (void)0; /* said why */
    } else {
        hf_erase_sign_request(&own->sign, own->log_id, hf_slice_of(request->bytes, request->len), signature);
        hex_of(signature, sizeof signature, out);
    }
    return hf_handle_leave(hf, status);
}

static enum holdfast_status sign_confirm(struct holdfast *hf, const struct request *request,
                                         const struct hf_id *erasure, const struct hf_id *case_id,
                                         char out[2 * HF_SIGN_BYTES + 1])
{
    uint8_t signature[HF_SIGN_BYTES];
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_identity *own = hf_replica_identity(hf->replica);
    if (!hf_id_equal(&request->read.erasure, erasure) || !hf_id_equal(&request->read.case_id, case_id)) {
        status = hf_handle_fail(hf, HF_ERR_AUTH,
                                "This erasure is about another case than the one you gave. Nothing was signed.");
    } else if (hf_slice_equal(request->read.basis, hf_slice_str(RETENTION)) &&
               (status = hf_retention_over(hf, case_id)) != HF_OK) {
        (void)0; /* said why */
    } else {
        hf_erase_sign_confirm(&own->sign, own->log_id, &own->person, hf_slice_of(request->bytes, request->len),
                              signature);
        hex_of(signature, sizeof signature, out);
    }
    return hf_handle_leave(hf, status);
}

static struct hf_id id_from(const struct holdfast_id *id)
{
    return hf_id_from_bytes(id->bytes);
}

enum holdfast_status holdfast_erase_request(struct holdfast *hf, const struct holdfast_id *case_id, const char *basis,
                                            const struct holdfast_options *options, char **out_text)
{
    struct hf_id id = id_from(case_id);
    struct request request;
    char text[HF_ID_TEXT_BYTES], signature[2 * HF_SIGN_BYTES + 1], hex[REQUEST_HEX_MAX + 1];
    char *said = NULL;
    hf_id_format(&id, text);
    const char *const draft[] = {"erase", "draft", "--case", text, "--basis", basis};
    enum holdfast_status status = holdfast_office(hf, 6, draft, options, &said);
    if (status != HOLDFAST_OK)
        return status;
    enum hf_status read = read_request(said, &request);
    holdfast_text_free(said);
    if (read != HF_OK)
        return refuse(hf, read, "The office's server answered with something that is no request.");
    status = sign_request(hf, &request, &id, basis, signature);
    if (status != HOLDFAST_OK)
        return status;
    hex_of(request.bytes, request.len, hex);
    const char *const ask[] = {"erase", "ask", hex, signature};
    return holdfast_office(hf, 4, ask, options, out_text);
}

enum holdfast_status holdfast_erase_confirm(struct holdfast *hf, const struct holdfast_id *erasure,
                                            const struct holdfast_id *case_id, const struct holdfast_options *options,
                                            char **out_text)
{
    struct hf_id id = id_from(erasure), of_case = id_from(case_id);
    struct request request;
    char text[HF_ID_TEXT_BYTES], signature[2 * HF_SIGN_BYTES + 1];
    char *said = NULL;
    hf_id_format(&id, text);
    const char *const statement[] = {"erase", "statement", text};
    enum holdfast_status status = holdfast_office(hf, 3, statement, options, &said);
    if (status != HOLDFAST_OK)
        return status;
    enum hf_status read = read_request(said, &request);
    holdfast_text_free(said);
    if (read != HF_OK)
        return refuse(hf, read, "The office's server answered with something that is no request.");
    status = sign_confirm(hf, &request, &id, &of_case, signature);
    if (status != HOLDFAST_OK)
        return status;
    const char *const confirm[] = {"erase", "confirm", text, signature};
    return holdfast_office(hf, 4, confirm, options, out_text);
}

/* The case as it is named in the log: it is on no device any more. */
enum holdfast_status holdfast_erase_close(struct holdfast *hf, const struct holdfast_id *case_id, const char *device,
                                          const char *what, const char *reason)
{
    char text[HF_ID_TEXT_BYTES], own[HF_ID_TEXT_BYTES], now[HF_TIME_TEXT_BYTES];
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    const struct hf_id id = id_from(case_id);
    const uint64_t now_ms = hf_wall_ms();
    struct hf_id ignored;
    bool officer = false;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_identity *identity = hf_replica_identity(hf->replica);
    hf_id_format(&id, text);
    hf_id_format(&identity->person, own);
    hf_text_time(now_ms, now);
    now[10] = '\0';
    status = hf_replica_is_officer(hf->replica, &identity->person, &officer, &hf->err);
    if (status == HF_OK && !officer)
        status = hf_handle_fail(hf, HF_ERR_DENIED, "Only a records officer may do this. Nothing was saved.");
    if (status == HF_OK && (strlen(device) != 2 * sizeof key ||
                            hf_text_unhex(hf_slice_str(device), key, sizeof key) != HF_OK || !reason || !reason[0]))
        status =
            hf_handle_fail(hf, HF_ERR_INVALID,
                           "Give the whole key of the device, as `holdfast office device list --json` shows it, and "
                           "say how you know what became of it.");
    const struct hf_put_value values[] = {{"erased_case", text}, {"device", device}, {"what", what},
                                          {"reason", reason},    {"on", now},        {"by", own}};
    const struct hf_put put = {.case_id = hf_office_case_id(identity->log_id),
                               .record_id = hf_replica_new_id(now_ms),
                               .type = HF_RECORD_COPY_CLOSED,
                               .values = values,
                               .count = sizeof values / sizeof values[0]};
    if (status == HF_OK)
        status = hf_replica_put(hf->replica, &put, now_ms, &ignored, &hf->err);
    return hf_handle_leave(hf, status);
}
