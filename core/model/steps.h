/* The state machines of status fields: which value may follow which (docs/merge.md, Status). Each stands beside its
 * codes in the table, one line per code: "open: started done; closed" reads "from open on to started or done, and back
 * to closed": steps after the semicolon are corrections, and say nothing about which of two values is further along.
 * Values are encoded msgpack. Pure; read-only static data: thread-safe. */
#ifndef HF_CORE_MODEL_STEPS_H
#define HF_CORE_MODEL_STEPS_H

#include "core/model/table.h"

/* True when `to` may follow `from`: by a step, or being the same, or from nothing (nil). A field without a machine
 * takes every step; nil follows nothing but itself where there is a machine. */
bool hf_steps_allowed(const struct hf_field_spec *field, struct hf_slice from, struct hf_slice to);
/* True when `to` can be reached from `from` by steps that are no corrections, and not the other way round. */
bool hf_steps_further(const struct hf_field_spec *field, struct hf_slice from, struct hf_slice to);
/* The value is the code "final", which only finalising gives. */
bool hf_steps_is_final(const struct hf_field_spec *field, struct hf_slice value);
/* Appends "started, done or cancelled": what may follow; nothing when nothing may. */
void hf_steps_list(const struct hf_field_spec *field, struct hf_slice from, struct hf_buf *out);

#endif
