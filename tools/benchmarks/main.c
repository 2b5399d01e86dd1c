/* holdfast-bench WHAT [arguments]: measures. Figures are ratios within one run, so that machines compare. */
#include "tools/benchmarks/bench.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "vault") == 0)
        return bench_vault(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "verify") == 0)
        return bench_verify(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "duties") == 0)
        return bench_duties(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "sync") == 0)
        return bench_sync(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "save") == 0)
        return bench_save(argc - 2, argv + 2);
    if (argc >= 2 && strcmp(argv[1], "live") == 0)
        return bench_live(argc - 2, argv + 2);
    (void)fprintf(stderr, "usage: holdfast-bench vault [--rows N] [--rounds N] [--folder PATH]\n"
                          "       holdfast-bench verify [--entries N] [--payload BYTES] [--rounds N] [--folder PATH]\n"
                          "       holdfast-bench duties [--cases N] [--root PATH]\n"
                          "       holdfast-bench sync [--records N]\n"
                          "       holdfast-bench save [--records N]\n"
                          "       holdfast-bench live [--records N]\n");
    return 2;
}
