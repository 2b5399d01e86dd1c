#include "tests/audit/support_folder.h"

#include "core/base/assert.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void support_folder_make(char out_path[SUPPORT_PATH_BYTES])
{
    const char *base = getenv("TMPDIR");
    int len = snprintf(out_path, SUPPORT_PATH_BYTES, "%s/hf-audit-XXXXXX", base ? base : "/tmp");
    HF_ASSERT(len > 0 && len < SUPPORT_PATH_BYTES);
    char *made = mkdtemp(out_path);
    HF_ASSERT(made);
}

const char *support_path(const char *path, const char *name)
{
    static char full[4096];
    int len = snprintf(full, sizeof full, "%s/%s", path, name);
    HF_ASSERT(len > 0 && (size_t)len < sizeof full);
    return full;
}

void support_folder_remove(const char *path)
{
    DIR *folder = opendir(path);
    HF_ASSERT(folder);
    const struct dirent *item;
    while ((item = readdir(folder)) != NULL) {
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
            continue;
        char full[4096];
        struct stat facts;
        (void)snprintf(full, sizeof full, "%s/%s", path, item->d_name);
        if (lstat(full, &facts) == 0 && S_ISDIR(facts.st_mode))
            support_folder_remove(full);
        else
            (void)unlink(full);
    }
    (void)closedir(folder);
    (void)rmdir(path);
}
