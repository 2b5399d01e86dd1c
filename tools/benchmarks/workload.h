/* The workload of the sync measurements: invented meetings (two of five) and actions of about 650 bytes of JSON in 13
 * fields each, the same for the same seed. Text comes from a short list of words: compressed sizes flatter. */
#ifndef HF_TOOLS_BENCHMARKS_WORKLOAD_H
#define HF_TOOLS_BENCHMARKS_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#define WORKLOAD_CASES      400
#define WORKLOAD_FIELDS_MAX 12

struct workload {
    uint64_t state; /* the seed, not 0 */
};
struct workload_record {
    const char *type;
    size_t case_number;
    size_t count;
    struct {
        const char *name;
        char value[400];
    } fields[WORKLOAD_FIELDS_MAX];
    size_t json_bytes; /* of the record as one JSON object with its id, case and type */
};

void workload_next(struct workload *workload, unsigned long number, struct workload_record *out);

#endif
