/* Whom entries of the log concern, so that the others' devices are not woken by news that hold nothing for them. A
 * device that is told too much only looks once too often; who is told too little would wait for the next news, so
 * whatever is not plainly a record of a case concerns everybody. */
#ifndef HF_SERVER_CONCERN_H
#define HF_SERVER_CONCERN_H

#include "server/office.h"

#define HF_CONCERN_ENTRIES_MAX 512 /* looked at; more at once concern everybody */
#define HF_CONCERN_CASES_MAX   64
#define HF_CONCERN_PERSONS_MAX 1024

struct hf_concern {
    bool everybody;
    size_t count;
    struct hf_id persons[HF_CONCERN_PERSONS_MAX]; /* ascending, each once */
};

/* Entries [from, to) of the log. What cannot be read concerns everybody. */
void hf_concern_find(struct hf_office *office, uint64_t from, uint64_t to, struct hf_concern *out);
/* Those who hold this case. */
void hf_concern_case(struct hf_office *office, const struct hf_id *case_id, struct hf_concern *out);
bool hf_concern_has(const struct hf_concern *concern, const struct hf_peer *peer);

#endif
