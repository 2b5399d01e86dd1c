/* Erasing a case, as one of its two officers: the server writes the request, this device reads what it is about to
 * sign, signs with its own key, and sends the signature. The key never leaves the device. */
#include "client/handle.h"
#include "client/retention.h"
#include "core/base/text.h"
#include "core/model/body_erase.h"

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
