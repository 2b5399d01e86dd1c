/* The door to libcurl: one POST to a witness. Over http and https only, without following redirects, with a time limit
 * and a cap on the answer. Certificates are checked against those of the system. */
#ifndef HF_SERVER_WITNESS_HTTP_H
#define HF_SERVER_WITNESS_HTTP_H

#include "core/base/bytes.h"

#define HF_WITNESS_HTTP_CONNECT_S 10
#define HF_WITNESS_HTTP_TOTAL_S   30
#define HF_WITNESS_HTTP_BYTES_MAX 16384
#define HF_WITNESS_URL_BYTES_MAX  1024

struct hf_witness_answer {
    long status;        /* of HTTP */
    bool is_size;       /* Content-Type: text/x.tlog.size */
    struct hf_buf body; /* the caller clears */
};

/* url: the witness's submission prefix; "/add-checkpoint" is put behind it. HF_ERR_INVALID the address, HF_ERR_IO it
 * could not be reached or did not answer (err says why), HF_ERR_LIMIT it answered too much, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_witness_http_post(struct hf_slice url, struct hf_slice body, struct hf_witness_answer *out,
                                               struct hf_error *err);

#endif
