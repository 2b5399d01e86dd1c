/* HF_ASSERT: for our own mistakes, on in release builds too; never for bytes from disk, network or people. */
#ifndef HF_CORE_BASE_ASSERT_H
#define HF_CORE_BASE_ASSERT_H

/* Prints expression, file and line to stderr and aborts. */
_Noreturn void hf_assert_failed(const char *expression, const char *file, int line);

#define HF_ASSERT(expression) ((expression) ? (void)0 : hf_assert_failed(#expression, __FILE__, __LINE__))

#endif
