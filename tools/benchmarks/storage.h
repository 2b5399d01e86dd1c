/* Where the bytes of a replica go: pages of every table and index, and the mean bytes of every column, as shares of the
 * raw JSON that went in. */
#ifndef HF_TOOLS_BENCHMARKS_STORAGE_H
#define HF_TOOLS_BENCHMARKS_STORAGE_H

/* Prints. Opens the vault in this folder for reading; ends the program with a message when it cannot. */
void storage_report(const char *folder, const char *passphrase, double raw_bytes);

#endif
