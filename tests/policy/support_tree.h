/* Files of the project, from wherever in the tree a test runs. */
#ifndef HF_TESTS_POLICY_SUPPORT_TREE_H
#define HF_TESTS_POLICY_SUPPORT_TREE_H

#include "core/base/bytes.h"

/* Path from the root of the tree to one that can be opened from here; static storage. Fails the test. */
const char *tree_path(const char *path);
/* What is in it; the caller clears it. Fails the test when it cannot be read. */
struct hf_buf read_tree_file(const char *path);

#endif
