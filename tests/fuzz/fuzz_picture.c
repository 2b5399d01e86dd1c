/* A picture as a person attaches it, from anywhere. */
#include "client/photo/picture.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *out = NULL;
    size_t out_len = 0;
    if (picture_clean(data, size, &out, &out_len) == PICTURE_OK)
        free(out);
    (void)picture_orientation(data, size);
    return 0;
}
