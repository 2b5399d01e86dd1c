/* A memory under libsodium's check of signatures, as random.h puts a source of randomness there: every device of the
 * world asks for the same check, and its answer depends on nothing but key, message and signature. Never installed. */
#ifndef HF_TOOLS_SIMULATOR_MEMO_H
#define HF_TOOLS_SIMULATOR_MEMO_H

/* From the first call on, for the whole process. One thread. */
void sim_memo_install(void);

#endif
