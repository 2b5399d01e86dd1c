/* Asking a running server, from the same machine, to run one of the administrator's commands. */
#ifndef HF_SERVER_LISTENER_ASK_H
#define HF_SERVER_LISTENER_ASK_H

#include "server/admin.h"

/* Connects to the server that serves `folder` with the key in admin.key, sends the arguments, fills result. Waits at
 * most a minute. HF_ERR_NOT_FOUND: no server runs there; HF_ERR_NETWORK, HF_ERR_AUTH, HF_ERR_TIMEOUT, with text. */
HF_CHECKED enum hf_status hf_listener_ask(const char *folder, const struct hf_slice *args, size_t count,
                                          struct hf_admin_result *result, struct hf_error *err);

#endif
