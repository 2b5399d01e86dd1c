#include "tools/loadgen/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void load_stop(const char *what, const char *why)
{
    (void)fprintf(stderr, "holdfast-load: %s: %s\n", what, why);
    exit(1);
}

void load_figure(struct load_figures *figures, uint64_t value)
{
    if (figures->count == figures->cap) {
        figures->cap = figures->cap ? figures->cap * 2 : 256;
        figures->values = realloc(figures->values, figures->cap * sizeof *figures->values);
        if (!figures->values)
            load_stop("figures", "out of memory");
    }
    figures->values[figures->count++] = value;
}

static int compare(const void *one, const void *other)
{
    const uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
    return a < b ? -1 : a > b;
}

uint64_t load_percentile(struct load_figures *figures, unsigned percent)
{
    if (figures->count == 0)
        return 0;
    qsort(figures->values, figures->count, sizeof *figures->values, compare);
    size_t rank = (figures->count * percent + 99) / 100;
    return figures->values[rank == 0 ? 0 : rank - 1];
}

static uint64_t number_after(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void read_file(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "r");
    const size_t len = file ? fread(out, 1, size - 1, file) : 0;
    out[len] = '\0';
    if (file)
        (void)fclose(file);
}

/* Fields 14 and 15 of stat, in ticks; the name before them may hold anything but ends with the last bracket. */
static uint64_t cpu_of(const char *stat)
{
    unsigned long user = 0, kernel = 0;
    const char *at = strrchr(stat, ')');
    if (!at || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        return 0;
    return (uint64_t)(user + kernel) * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

void load_process_read(int pid, struct load_process *out)
{
    char path[64], text[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    read_file(path, text, sizeof text);
    *out = (struct load_process){.rss_kib = number_after(text, "VmRSS:"),
                                 .rss_most_kib = number_after(text, "VmHWM:"),
                                 .threads = number_after(text, "Threads:")};
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    read_file(path, text, sizeof text);
    out->cpu_ms = cpu_of(text);
}
