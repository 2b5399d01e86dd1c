/* How large an attachment may be: a setting of the packs that a case follows. */
#include "core/policy/book_internal.h"

#include "core/model/attachment.h"

#include <string.h>

#define MIB INT64_C(1048576)

static bool in_force(const struct hf_book *book, const struct hf_record_state *case_record,
                     const struct hf_book_file *file, uint64_t now_ms)
{
    return file->is_pack && hf_book_pack(book, file->name, now_ms) == file && hf_book_follows(book, case_record, file);
}

/* The value of the setting in this pack, when it has one that can be used. */
static enum hf_status ask_pack(const struct hf_book *book, const struct hf_policy_pack *pack, uint64_t now_ms,
                               uint64_t *limit)
{
    struct hf_policy_settings *settings = NULL;
    size_t place = 0;
    while (place < pack->setting_count && strcmp(pack->settings[place].name, HF_BOOK_ATTACH_SETTING) != 0)
        place++;
    if (place == pack->setting_count)
        return HF_OK;
    enum hf_status status = hf_book_settings(book, pack, now_ms, &settings);
    if (status != HF_OK)
        return status;
    const struct hf_policy_value value = settings ? settings->values[place] : pack->settings[place].initial;
    const int64_t max = (int64_t)HF_ATTACH_BYTES_MAX / MIB;
    if (value.kind == HF_VALUE_INT && value.number >= 1 && value.number <= max &&
        (uint64_t)(value.number * MIB) < *limit)
        *limit = (uint64_t)(value.number * MIB);
    hf_policy_settings_free(settings);
    return HF_OK;
}

enum hf_status hf_book_attach_limit(const struct hf_book *book, const struct hf_record_state *case_record,
                                    uint64_t now_ms, uint64_t *out)
{
    uint64_t limit = UINT64_MAX;
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < hf_book_count(book); i++) {
        const struct hf_book_file *file = hf_book_file(book, i);
        if (in_force(book, case_record, file, now_ms))
            status = ask_pack(book, file->pack, now_ms, &limit);
    }
    if (status == HF_OK)
        *out = limit == UINT64_MAX ? HF_ATTACH_DEFAULT_MAX : limit;
    return status;
}
