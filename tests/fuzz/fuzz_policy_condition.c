/* Any condition over any record: length u16 ‖ condition as JSON ‖ packed record state. The same answer twice, within
 * the limits. */
#include "core/base/assert.h"
#include "core/policy/policy.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char calendar_json[] = "{\"calendar\":\"c\",\"version\":\"1\",\"covers_from\":\"2026-01-01\","
                                    "\"covers_until\":\"2026-12-31\",\"weekend\":[6,7],\"holidays\":[]}";
static const char head[] =
    "{\"format\":1,\"policy\":\"p\",\"version\":\"1\",\"authority\":\"a\",\"effective_from\":\"2026-01-01\","
    "\"calendar\":\"c\",\"names\":[\"N\"],\"settings\":{\"s\":{\"about\":\"a\",\"choices\":[\"yes\",\"no\"],"
    "\"default\":\"no\"}},\"roles\":{\"who\":[{\"when\":[\"eq\",\"case.status\",\"open\"],\"role\":\"ssw\"},"
    "{\"role\":\"iro\"}]},\"rules\":[{\"id\":\"R\",\"strength\":\"expected\",\"title\":\"t\",\"kind\":\"check\","
    "\"for\":\"meeting\",\"holds\":";
static const char tail[] = "},{\"id\":\"C\",\"strength\":\"expected\",\"title\":\"t\",\"kind\":\"check\",\"holds\":"
                           "[\"exists\",\"invite\"]}]}";

static void ask(const struct hf_policy_pack *pack, const struct hf_record_state *state)
{
    static struct hf_calendar *calendar;
    struct hf_policy_result first = {0};
    struct hf_policy_result second = {0};
    struct hf_error err = {0};
    if (!calendar)
        HF_ASSERT(hf_calendar_load(hf_slice_str(calendar_json), &calendar, &err) == HF_OK);
    const struct hf_policy_input input = {.pack = pack,
                                          .calendar = calendar,
                                          .records = state,
                                          .record_count = state->field_count > 0,
                                          .now_ms = UINT64_C(1795600000000)};
    const enum hf_status status = hf_policy_evaluate(&input, &first, &err);
    HF_ASSERT(hf_policy_evaluate(&input, &second, &err) == status);
    HF_ASSERT(first.duty_count == second.duty_count && first.next_ms == second.next_ms);
    for (size_t i = 0; i < first.duty_count; i++)
        HF_ASSERT(first.duties[i].status == second.duties[i].status);
    hf_policy_result_clear(&first);
    hf_policy_result_clear(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_policy_pack *pack = NULL;
    struct hf_record_state state = {0};
    struct hf_error err = {0};
    struct hf_buf json = {0};
    const size_t len = size >= 2 ? hf_get_u16(data) : 0;
    if (size < 2 || len > size - 2)
        return 0;
    hf_buf_append_str(&json, head);
    hf_buf_append(&json, data + 2, len);
    hf_buf_append_str(&json, tail);
    if (hf_record_state_decode(hf_slice_of(data + 2 + len, size - 2 - len), &state) != HF_OK)
        HF_ASSERT(state.field_count == 0);
    if (hf_policy_pack_load(hf_buf_slice(&json), &pack, &err) == HF_OK)
        ask(pack, &state);
    hf_policy_pack_free(pack);
    hf_record_state_clear(&state);
    hf_buf_clear(&json);
    return 0;
}
