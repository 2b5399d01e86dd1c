/* Records with their fields, as JSON, for routes that look at many: the dashboard, the registers, what is printed.
 * Inside client/app. */
#ifndef HF_CLIENT_APP_READING_H
#define HF_CLIENT_APP_READING_H

#include "client/app/call.h"

#define HF_APP_ROWS_MAX 400 /* of one list in an answer */

/* One record as hf_app_json_row gives it, with "fields": name to text, or to an array for sets, entries and values that
 * clash. *out is new. As holdfast_read; HOLDFAST_NOMEM. */
enum holdfast_status hf_app_read_record(struct holdfast *hf, const struct holdfast_id *id, json_t **out);
/* Adds to the object what is shown wherever the record is: "statements" about it, an array, and "restriction" of its
 * use, null when none is in force. HOLDFAST_DENIED: this person may not use it meanwhile; HOLDFAST_NOT_FOUND. */
enum holdfast_status hf_app_read_disputes(struct holdfast *hf, const struct holdfast_id *id, json_t *record);
/* All that the filter lets through, each as above, in their order. Noted in the read log as records that are shown.
 * *out is new. */
enum holdfast_status hf_app_read_records(struct holdfast *hf, const struct holdfast_filter *filter, json_t **out);
/* The same, of what is looked at and not shown but by its kind, its time and its status: not noted, as lists over all
 * cases are not. */
enum holdfast_status hf_app_look_at_records(struct holdfast *hf, const struct holdfast_filter *filter, json_t **out);
/* The same of the case of the office itself (staff, settings, who has read what), which no list of all cases shows. */
enum holdfast_status hf_app_read_office(struct holdfast *hf, const char *type, json_t **out);
/* Id of every member of staff, person around a child, child and case to a name, or to the reference. *out is new. */
enum holdfast_status hf_app_read_names(struct holdfast *hf, json_t **out);

/* The text of a field of such a record; "" when it holds none, or several. Borrowed. */
const char *hf_app_field(const json_t *record, const char *name);
bool hf_app_field_is(const json_t *record, const char *name, const char *value);
/* How many values it holds. */
size_t hf_app_field_count(const json_t *record, const char *name);
/* A text of an object; "" when it is none. Borrowed. */
const char *hf_app_text_of(const json_t *object, const char *name);
/* The name of an id in an object of hf_app_read_names; "" when it is not known. Borrowed. */
const char *hf_app_name_of(const json_t *names, const char *id);

/* Appends a value that is then released with the array. False, and the array is left as it was: no memory, or NULL. */
bool hf_app_append(json_t *array, json_t *value);

#endif
