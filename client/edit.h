/* What editing and settling share. Inside client/. */
#ifndef HF_CLIENT_EDIT_H
#define HF_CLIENT_EDIT_H

#include "client/handle.h"

/* HF_ERR_INVALID or HF_ERR_LIMIT, with the handle's text. */
HF_CHECKED enum hf_status hf_edit_check_reason(struct holdfast *hf, struct hf_slice reason);

#endif
