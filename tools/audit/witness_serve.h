/* A witness over HTTP, as C2SP tlog-witness has it: POST /add-checkpoint. */
#ifndef HF_TOOLS_AUDIT_WITNESS_SERVE_H
#define HF_TOOLS_AUDIT_WITNESS_SERVE_H

#include "tools/audit/command.h"
#include "tools/audit/http.h"
#include "tools/audit/witness_state.h"

/* Answers one request: 200 and the cosignature line, remembered on the disk before; 400 not a request, or old size
 * above the checkpoint's; 403 not signed by the log, 404 another log; 405 and 404 other methods and targets; 409 the
 * old size is not what was signed last (its size is the body, text/x.tlog.size), or another root for the same size; 422
 * the proof does not hold; 500 it could not be remembered. Only 200 changes the state. */
void hf_witness_serve_answer(struct hf_witness_state *state, const struct hf_audit_http_request *request,
                             uint64_t unix_s, struct hf_audit_http_reply *reply);

/* Serves until SIGTERM or SIGINT. Says where it listens on streams->out, and each refusal on streams->errors. */
HF_CHECKED enum hf_status hf_witness_serve(const char *folder, const char *address,
                                           const struct hf_audit_streams *streams, struct hf_error *err);

#endif
