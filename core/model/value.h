/* Checking and converting one field value. Values travel as canonical msgpack of one element (strict cursor form), so
 * two values are equal exactly when their bytes are. nil stands for "cleared". Pure. */
#ifndef HF_CORE_MODEL_VALUE_H
#define HF_CORE_MODEL_VALUE_H

#include "core/model/table.h"

/* Checks that `encoded` is one msgpack element that `field` may hold: its value, or one entry of append, or one element
 * of a set. nil may stand where a value can be cleared: not for verbatim, append and elements of a set. Text is never
 * empty (nil says that), a reference never zero, a time at most 9999-12-31T23:59:59.999Z.
 * HF_ERR_INVALID or HF_ERR_LIMIT with text that names the field and says what is allowed. */
HF_CHECKED enum hf_status hf_value_check(const struct hf_record_spec *type, const struct hf_field_spec *field,
                                         struct hf_slice encoded, struct hf_error *err);

/* Text as a person types it on a command line ("true", "2026-11-21", an id, a code, an RFC 3339 time) to msgpack,
 * appended to out; empty text gives nil. For a set this is one element (see core/model/set_edit.h). Same errors as
 * hf_value_check; out is then as it was. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_value_from_text(const struct hf_record_spec *type, const struct hf_field_spec *field,
                                             struct hf_slice text, struct hf_buf *out, struct hf_error *err);

/* msgpack to text for people; nil gives "". Encoded must have passed hf_value_check. */
void hf_value_to_text(const struct hf_field_spec *field, struct hf_slice encoded, struct hf_buf *out);

#endif
