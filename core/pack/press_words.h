/* What small texts of this field have in common, for core/pack/press.c only. Frozen: rows on people's devices are read
 * by it. Another one would get another number of its own. */
#ifndef HF_CORE_PACK_PRESS_WORDS_H
#define HF_CORE_PACK_PRESS_WORDS_H

#include <stdint.h>

#define HF_PRESS_TABLES_BYTES 130
#define HF_PRESS_WORDS_BYTES  7303

extern const uint8_t hf_press_tables[HF_PRESS_TABLES_BYTES];
extern const char hf_press_words[HF_PRESS_WORDS_BYTES + 1]; /* NUL behind it */

#endif
