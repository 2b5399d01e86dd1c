/* How the rows of the table are written. Private to core/model/table.c, which includes this and the table_*.h files
 * that hold the rows, one per part of the work. Codes are signed into changes: a row may be added, its label, duty and
 * limits may change, but its code, name, kind and type never do, and no code is ever used a second time. */
#ifndef HF_CORE_MODEL_TABLE_ROWS_H
#define HF_CORE_MODEL_TABLE_ROWS_H

#include "core/model/table.h"

#define LINE_BYTES_MAX      200
#define NARRATIVE_BYTES_MAX 20000

#define ROW(code, name, kind, type, bytes_max, codes, label, duty)                                                     \
    {                                                                                                                  \
        code, name, HF_KIND_##kind, HF_TYPE_##type, bytes_max, codes, label, duty, NULL                                \
    }
#define ROW_PARENT                                 ROW(HF_FIELD_PARENT, "parent", VALUE, REF, 0, NULL, "Belongs to", "")
#define ROW_LINE(code, name, label, duty)          ROW(code, name, VALUE, TEXT, LINE_BYTES_MAX, NULL, label, duty)
#define ROW_TEXT(code, name, label, duty)          ROW(code, name, TEXT, TEXT, NARRATIVE_BYTES_MAX, NULL, label, duty)
#define ROW_WORDS(code, name, label, duty)         ROW(code, name, VERBATIM, TEXT, NARRATIVE_BYTES_MAX, NULL, label, duty)
#define ROW_INT(code, name, label, duty)           ROW(code, name, VALUE, INT, 0, NULL, label, duty)
#define ROW_BOOL(code, name, label, duty)          ROW(code, name, VALUE, BOOL, 0, NULL, label, duty)
#define ROW_DATE(code, name, label, duty)          ROW(code, name, VALUE, DATE, 0, NULL, label, duty)
#define ROW_TIME(code, name, label, duty)          ROW(code, name, VALUE, TIME, 0, NULL, label, duty)
#define ROW_REF(code, name, label, duty)           ROW(code, name, VALUE, REF, 0, NULL, label, duty)
#define ROW_CODE(code, name, codes, label, duty)   ROW(code, name, VALUE, CODE, 0, codes, label, duty)
#define ROW_STATUS(code, name, codes, label, duty) ROW(code, name, STATUS, CODE, 0, codes, label, duty)
/* A status with a state machine: WORD_codes, and beside them WORD_steps (core/model/steps.h). */
#define ROW_STEPS(code, name, word, label, duty)                                                                       \
    {                                                                                                                  \
        code, name, HF_KIND_STATUS, HF_TYPE_CODE, 0, word##_codes, label, duty, word##_steps                           \
    }
#define ROW_REFS(code, name, label, duty)         ROW(code, name, SET, REF, 0, NULL, label, duty)
#define ROW_LINES(code, name, label, duty)        ROW(code, name, SET, TEXT, LINE_BYTES_MAX, NULL, label, duty)
#define ROW_CODES(code, name, codes, label, duty) ROW(code, name, SET, CODE, 0, codes, label, duty)
#define ROW_LOG(code, name, label, duty)          ROW(code, name, APPEND, TEXT, NARRATIVE_BYTES_MAX, NULL, label, duty)

/* Code lists that several record types share. A list may grow at its end; no word is ever taken out or given another
 * meaning. */

/* Who somebody is in the procedures (the roles of domain section 1.3). */
static const char *const role_codes[] = {"child",
                                         "carer",
                                         "carer_previous",
                                         "carer_new",
                                         "parent",
                                         "child_sw",
                                         "ssw",
                                         "ssw_new",
                                         "team_manager",
                                         "fostering_manager",
                                         "fostering_manager_new",
                                         "cla_manager",
                                         "csw",
                                         "iro",
                                         "fostering_service_manager",
                                         "sm_family_safeguarding",
                                         "sm_cla",
                                         "fostering_service",
                                         "health",
                                         "education",
                                         "agency_carer",
                                         "panel_care_planning",
                                         "parp_east",
                                         "parp_west",
                                         "support_worker",
                                         "advocate",
                                         "other",
                                         NULL};
static const char *const yes_no_codes[] = {"yes", "no", NULL};
static const char *const done_codes[] = {"done", "not_done", NULL};
static const char *const effect_codes[] = {"helped", "helped_in_part", "no_change", "made_worse", "too_early", NULL};
static const char *const subject_codes[] = {"child", "carer", "fostering_family", NULL};
static const char *const recipient_codes[] = {"child", "carer", "both", "fostering_family", "other", NULL};
static const char *const channel_codes[] = {"in_person", "telephone", "video",   "email", "secure_link",
                                            "message",   "letter",    "by_hand", "other", NULL};

#endif
