/* The command of a worker who cannot wait: urgent open. */
#include "core/base/text.h"
#include "server/admin_run.h"
#include "server/urgent.h"

enum hf_status hf_admin_urgent_open(struct hf_admin_run *run)
{
    struct hf_option options[] = {
        {.name = "--case", .has_value = true}, {.name = "--reason", .has_value = true}, {.name = "--json"}};
    struct hf_id case_id;
    uint64_t until_ms = 0;
    char until[HF_TIME_TEXT_BYTES], text[HF_ID_TEXT_BYTES];
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 3, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if (!options[0].seen || !options[1].seen)
        return hf_admin_usage(run, "holdfastd urgent open --case REFERENCE|ID --reason TEXT [--json]");
    if (!run->office->acting)
        return hf_error_set(&run->err, HF_ERR_STATE,
                            "Only a person can open a case, from their own device: `holdfast urgent open`. Here, "
                            "`holdfastd case assign` gives a case to somebody.");
    status = hf_urgent_open(run->office, &run->office->acting->person, options[0].value, options[1].value, &case_id,
                            &until_ms, &run->err);
    if (status != HF_OK)
        return status;
    hf_text_time(until_ms, until);
    hf_id_format(&case_id, text);
    if (options[2].seen)
        return hf_admin_write_json(run, json_pack("{s:s, s:s}", "case", text, "until", until));
    hf_buf_append_fmt(&run->result->output,
                      "Open to you until %.10s %.5s UTC. Everybody who holds the case, and the managers, can read your "
                      "reason. The case comes with the next sync.\n",
                      until, until + 11);
    return HF_OK;
}
