/* A device that has stopped trusting the office's log. Inside client/. */
#ifndef HF_CLIENT_DISTRUST_H
#define HF_CLIENT_DISTRUST_H

#include "client/handle.h"

/* HF_ERR_AUTH with text when this device trusts the log no more: nothing is sent or asked. */
HF_CHECKED enum hf_status hf_distrust_check(struct holdfast *hf);

#endif
