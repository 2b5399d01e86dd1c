#include "server/admin_run.h"
#include "server/publish.h"

#include <string.h>

#define PATH_BYTES 4096

enum hf_status hf_admin_publish(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--out", .has_value = true}, {.name = "--json"}};
    struct hf_publish_result result;
    char folder[PATH_BYTES];
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    const struct hf_slice *given = &options[0].value;
    if (given->len == 0 || given->len >= sizeof folder || memchr(given->data, 0, given->len))
        return hf_admin_usage(run, "holdfastd publish --data DIR --out /WEB/FOLDER [--json]");
    memcpy(folder, given->data, given->len);
    folder[given->len] = '\0';
    status = hf_publish_tiles(run->office, folder, &result, &run->err);
    if (status != HF_OK)
        return status;
    if (options[1].seen)
        return hf_admin_write_json(run, json_pack("{s:s, s:I, s:I, s:I, s:I}", "folder", folder, "entries",
                                                  (json_int_t)result.size, "entries_before",
                                                  (json_int_t)result.old_size, "tiles_written",
                                                  (json_int_t)result.written, "tiles_kept", (json_int_t)result.kept));
    hf_buf_append_fmt(&run->result->output, "%s holds the log up to entry %llu; %llu tiles written, %llu kept.\n",
                      folder, (unsigned long long)result.size, (unsigned long long)result.written,
                      (unsigned long long)result.kept);
    return HF_OK;
}
