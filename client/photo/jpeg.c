#include "client/photo/picture.h"

#include <stdio.h> /* before jpeglib.h, which needs it */

#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define SCANS_MAX 100 /* of a progressive one: each costs a pass over all pixels */

struct failing {
    struct jpeg_error_mgr base;
    jmp_buf back;
    bool nomem;
};

static void fail(j_common_ptr info)
{
    struct failing *failing = (struct failing *)info->err;
    failing->nomem = info->err->msg_code == 56; /* JERR_OUT_OF_MEMORY */
    longjmp(failing->back, 1);
}

static void be_quiet(j_common_ptr info)
{
    (void)info;
}

/* A damaged picture is shown by other programs as far as it goes; here a warning ends it only when nothing fits. */
static void count_warning(j_common_ptr info, int level)
{
    if (level < 0 && ++info->err->num_warnings > 1000)
        fail(info);
}

static void watch_scans(j_common_ptr info)
{
    if (info->is_decompressor && ((j_decompress_ptr)info)->input_scan_number > SCANS_MAX)
        fail(info);
}

static void be_watched(struct failing *failing, struct jpeg_progress_mgr *progress)
{
    (void)jpeg_std_error(&failing->base);
    failing->base.error_exit = fail;
    failing->base.output_message = be_quiet;
    failing->base.emit_message = count_warning;
    failing->nomem = false;
    *progress = (struct jpeg_progress_mgr){.progress_monitor = watch_scans};
}

static unsigned orientation_of(const struct jpeg_decompress_struct *info)
{
    for (jpeg_saved_marker_ptr marker = info->marker_list; marker; marker = marker->next)
        if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 && memcmp(marker->data, "Exif\0\0", 6) == 0)
            return picture_orientation(marker->data + 6, marker->data_length - 6);
    return 1;
}

/* The decoder can leave out detail: to a half, a quarter or an eighth, as long as enough is left. */
static unsigned reduce(uint32_t width, uint32_t height)
{
    const uint32_t side = width > height ? width : height;
    unsigned by = 1;
    while (by < 8 && side / (by * 2) >= PICTURE_SIDE_MAX)
        by *= 2;
    return by;
}

static enum picture_result begin(struct jpeg_decompress_struct *info, const uint8_t *bytes, size_t len,
                                 struct picture *out)
{
    jpeg_mem_src(info, bytes, (unsigned long)len);
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xffff);
    if (jpeg_read_header(info, TRUE) != JPEG_HEADER_OK)
        return PICTURE_DAMAGED;
    if (info->image_width == 0 || info->image_height == 0)
        return PICTURE_DAMAGED;
    if (info->image_width > PICTURE_EDGE_MAX || info->image_height > PICTURE_EDGE_MAX ||
        (uint64_t)info->image_width * info->image_height > PICTURE_PIXELS_MAX)
        return PICTURE_TOO_LARGE;
    info->out_color_space = JCS_RGB;
    info->scale_num = 1;
    info->scale_denom = reduce(info->image_width, info->image_height);
    (void)jpeg_start_decompress(info);
    if (info->output_components != 3)
        return PICTURE_DAMAGED;
    *out = (struct picture){.width = info->output_width, .height = info->output_height, .channels = 3};
    out->pixels = malloc((size_t)out->width * out->height * 3);
    return out->pixels ? PICTURE_OK : PICTURE_NOMEM;
}

enum picture_result picture_read_jpeg(const uint8_t *bytes, size_t len, struct picture *out, unsigned *out_orientation)
{
    struct jpeg_decompress_struct info = {0};
    struct jpeg_progress_mgr progress;
    struct failing failing;
    struct picture *volatile filled = out; /* survives the jump */
    *out = (struct picture){0};
    be_watched(&failing, &progress);
    info.err = &failing.base;
    if (setjmp(failing.back)) {
        jpeg_destroy_decompress(&info);
        picture_free(filled);
        return failing.nomem ? PICTURE_NOMEM : PICTURE_DAMAGED;
    }
    jpeg_create_decompress(&info);
    info.progress = &progress;
    enum picture_result result = begin(&info, bytes, len, out);
    while (result == PICTURE_OK && info.output_scanline < info.output_height) {
        JSAMPROW row = out->pixels + (size_t)info.output_scanline * out->width * 3;
        (void)jpeg_read_scanlines(&info, &row, 1);
    }
    if (result == PICTURE_OK)
        *out_orientation = orientation_of(&info);
    else
        picture_free(out);
    jpeg_destroy_decompress(&info);
    return result;
}

enum picture_result picture_write_jpeg(const struct picture *picture, uint8_t **out, size_t *out_len)
{
    struct jpeg_compress_struct info = {0};
    struct jpeg_progress_mgr progress;
    struct failing failing;
    unsigned char *made = NULL;
    unsigned long made_len = 0;
    be_watched(&failing, &progress);
    info.err = &failing.base;
    if (setjmp(failing.back)) {
        jpeg_destroy_compress(&info);
        return PICTURE_NOMEM;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &made, &made_len);
    info.image_width = picture->width;
    info.image_height = picture->height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, PICTURE_QUALITY, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = picture->pixels + (size_t)info.next_scanline * picture->width * 3;
        (void)jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    *out = made;
    *out_len = made_len;
    return PICTURE_OK;
}
