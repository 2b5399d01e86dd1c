/* Rows: attachments. Included by core/model/table.c only. */
#ifndef HF_CORE_MODEL_TABLE_ATTACH_H
#define HF_CORE_MODEL_TABLE_ATTACH_H

#include "core/model/table_rows.h"

static const struct hf_field_spec attachment_fields[] = {
    ROW_PARENT,
    ROW_LINE(HF_FIELD_ATTACH_TITLE, "title", "What it is", "FSM-20 FSM-21 PSM-36"),
    ROW_LINE(HF_FIELD_ATTACH_NAME, "name", "Name of the file", ""),
    ROW_LINE(HF_FIELD_ATTACH_MEDIA, "media_type", "Kind of file", ""),
    ROW_WORDS(HF_FIELD_ATTACH_CONTENT, "content", "Size, root and key of its sealed content", ""),
};

#endif
