/* SQLite's memory: wiped when SQLite lets go of it, and pages of the cache taken from locked memory while there is
 * some. */
#ifndef HF_CORE_VAULT_MEMORY_H
#define HF_CORE_VAULT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Before SQLite is initialised, once. False when it was, by the program: then it uses ordinary memory as it is. */
bool hf_vault_memory_begin(size_t pages, size_t page_bytes);

#endif
