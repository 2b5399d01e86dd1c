/* Folders on disk for the tests, below the folder for temporary files, removed afterwards. */
#ifndef HF_TESTS_AUDIT_SUPPORT_FOLDER_H
#define HF_TESTS_AUDIT_SUPPORT_FOLDER_H

#define SUPPORT_PATH_BYTES 256

void support_folder_make(char out_path[SUPPORT_PATH_BYTES]);
/* With everything in it; links are removed, never followed. */
void support_folder_remove(const char *path);
/* path/name; static storage, good until the next call. */
const char *support_path(const char *path, const char *name);

#endif
