#include "server/witness_http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TARGET    "/add-checkpoint"
#define SIZE_TYPE "text/x.tlog.size"

static size_t take(char *bytes, size_t one, size_t count, void *ctx)
{
    struct hf_buf *body = ctx;
    hf_buf_append(body, bytes, one * count);
    return hf_buf_status(body) == HF_OK ? one * count : 0;
}

static enum hf_status refuse(CURLcode code, const struct hf_buf *body, struct hf_slice url, struct hf_error *err)
{
    if (hf_buf_status(body) != HF_OK)
        return hf_error_set(err, hf_buf_status(body), "%.*s answered more than a witness has to say.", (int)url.len,
                            (const char *)url.data);
    return hf_error_set(err, code == CURLE_OUT_OF_MEMORY ? HF_ERR_NOMEM : HF_ERR_IO, "%.*s could not be asked: %s.",
                        (int)url.len, (const char *)url.data, curl_easy_strerror(code));
}

static CURLcode set_up(CURL *curl, const char *target, struct hf_slice body, struct curl_slist *headers,
                       struct hf_witness_answer *answer)
{
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, target);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_POST, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)body.data);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)HF_WITNESS_HTTP_CONNECT_S);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)HF_WITNESS_HTTP_TOTAL_S);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* other threads have signals of their own */
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    if (code == CURLE_OK)
        code = curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer->body);
    return code;
}

static void read_facts(CURL *curl, struct hf_witness_answer *answer)
{
    char *type = NULL;
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    (void)curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    answer->is_size = type && strncasecmp(type, SIZE_TYPE, sizeof SIZE_TYPE - 1) == 0;
}

enum hf_status hf_witness_http_post(struct hf_slice url, struct hf_slice body, struct hf_witness_answer *out,
                                    struct hf_error *err)
{
    char target[HF_WITNESS_URL_BYTES_MAX + sizeof TARGET];
    if (url.len == 0 || url.len > HF_WITNESS_URL_BYTES_MAX)
        return hf_error_set(err, HF_ERR_INVALID, "The address of a witness is missing or too long.");
    const size_t len = url.data[url.len - 1] == '/' ? url.len - 1 : url.len;
    (void)snprintf(target, sizeof target, "%.*s%s", (int)len, (const char *)url.data, TARGET);
    struct hf_witness_answer answer = {0};
    hf_buf_init(&answer.body, HF_WITNESS_HTTP_BYTES_MAX);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: text/plain; charset=utf-8");
    CURL *curl = curl_easy_init();
    CURLcode code = curl && headers ? set_up(curl, target, body, headers, &answer) : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        code = curl_easy_perform(curl);
    enum hf_status status = HF_OK;
    if (code == CURLE_OK)
        read_facts(curl, &answer);
    else
        status = refuse(code, &answer.body, url, err);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    if (status == HF_OK)
        *out = answer;
    else
        hf_buf_clear(&answer.body);
    return status;
}
