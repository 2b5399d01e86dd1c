/* What docs/policy-coverage.md says of a rule's own words: who, what it holds back, which alert to whom. The page and
 * the sweep write it the same way, so that the page shows when such a word goes. */
#ifndef HF_TESTS_POLICY_SUPPORT_COVERAGE_H
#define HF_TESTS_POLICY_SUPPORT_COVERAGE_H

#include "core/json/json.h"

/* "| PSM-35 | Brief the chair | before, required | child_sw | finalise | AL-BRIEF → child_sw, chair |" without an end
 * of line; appends. `rule` is an entry of "rules". */
void coverage_rule(const json_t *rule, struct hf_buf *out);

#endif
