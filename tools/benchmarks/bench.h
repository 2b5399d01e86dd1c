/* What holdfast-bench measures: each takes the arguments after its name and returns the exit code. */
#ifndef HF_TOOLS_BENCHMARKS_BENCH_H
#define HF_TOOLS_BENCHMARKS_BENCH_H

/* The vault against plain SQLite and SQLCipher with the same settings: bulk insert, point reads, scan. */
int bench_vault(int argc, char **argv);
/* Checking a bundle against its signature and hash operations alone; one core and all. */
int bench_verify(int argc, char **argv);
/* Duties of many cases, from packed rows; and of one case again. */
int bench_duties(int argc, char **argv);

/* A caseload written, pushed and pulled by processes on loopback, with what cannot be left out beside it. */
int bench_sync(int argc, char **argv);
/* Of that only the writing. */
int bench_save(int argc, char **argv);
/* Of that only live changes. */
int bench_live(int argc, char **argv);

#endif
