// What Swift can't import from libvips by itself: casts that are macros, GValue handling, signal connection.
// No policy here, and nothing to compile: every function is static inline.
#pragma once
#include <vips/vips.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Bounds the arenas of glibc's allocator; without effect elsewhere. Before there are other threads.
static inline void anysize_bound_arenas(int count) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, count);
#endif
}

/// Bytes that glibc's allocator keeps for later; 0 elsewhere.
static inline size_t anysize_free_memory(void) {
#ifdef __GLIBC__
    return mallinfo2().fordblks;
#else
    return 0;
#endif
}

/// Gives free memory back to the system; without effect where it isn't glibc that keeps it.
static inline void anysize_release_free_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/// Makes the operation of that nickname, or NULL with libvips' error set.
static inline VipsOperation *anysize_operation_new(const char *name) {
    return vips_operation_new(name);
}

/// Sets an int, enum, flags, bool, double or 64-bit property from a double, which holds all of ours exactly.
/// Returns 0, or -1 where there is no such property or its type takes no number.
static inline int anysize_set_number(VipsOperation *operation, const char *name, double number) {
    GParamSpec *spec = g_object_class_find_property(G_OBJECT_GET_CLASS(operation), name);
    if (spec == NULL) return -1;
    GValue value = G_VALUE_INIT;
    g_value_init(&value, G_PARAM_SPEC_VALUE_TYPE(spec));
    switch (G_TYPE_FUNDAMENTAL(G_PARAM_SPEC_VALUE_TYPE(spec))) {
        case G_TYPE_INT: g_value_set_int(&value, (int) number); break;
        case G_TYPE_ENUM: g_value_set_enum(&value, (int) number); break;
        case G_TYPE_FLAGS: g_value_set_flags(&value, (guint) number); break;
        case G_TYPE_BOOLEAN: g_value_set_boolean(&value, number != 0); break;
        case G_TYPE_DOUBLE: g_value_set_double(&value, number); break;
        case G_TYPE_UINT64: g_value_set_uint64(&value, (guint64) number); break;
        default: g_value_unset(&value); return -1;
    }
    g_object_set_property(G_OBJECT(operation), name, &value);
    g_value_unset(&value);
    return 0;
}

/// Sets a string property. Returns 0, or -1 where there is none of that name.
static inline int anysize_set_string(VipsOperation *operation, const char *name, const char *string) {
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(operation), name) == NULL) return -1;
    g_object_set(operation, name, string, NULL);
    return 0;
}

/// Sets an image property; the operation takes a reference of its own.
static inline int anysize_set_image(VipsOperation *operation, const char *name, VipsImage *image) {
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(operation), name) == NULL) return -1;
    g_object_set(operation, name, image, NULL);
    return 0;
}

/// Sets an array-of-images property; the operation takes references of its own.
static inline int anysize_set_images(VipsOperation *operation, const char *name, VipsImage **images, int count) {
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(operation), name) == NULL) return -1;
    VipsArrayImage *array = vips_array_image_new(images, count);
    g_object_set(operation, name, array, NULL);
    vips_area_unref(VIPS_AREA(array));
    return 0;
}

/// Sets an array-of-doubles property.
static inline int anysize_set_doubles(VipsOperation *operation, const char *name, const double *numbers, int count) {
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(operation), name) == NULL) return -1;
    VipsArrayDouble *array = vips_array_double_new(numbers, count);
    g_object_set(operation, name, array, NULL);
    vips_area_unref(VIPS_AREA(array));
    return 0;
}

/// Sets an array-of-integers property.
static inline int anysize_set_ints(VipsOperation *operation, const char *name, const int *numbers, int count) {
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(operation), name) == NULL) return -1;
    VipsArrayInt *array = vips_array_int_new(numbers, count);
    g_object_set(operation, name, array, NULL);
    vips_area_unref(VIPS_AREA(array));
    return 0;
}

/// Sets a property that is an interpolator, by the interpolator's nickname.
static inline int anysize_set_interpolator(VipsOperation *operation, const char *name, const char *nickname) {
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(operation), name) == NULL) return -1;
    VipsInterpolate *interpolate = vips_interpolate_new(nickname);
    if (interpolate == NULL) return -1;
    g_object_set(operation, name, interpolate, NULL);
    g_object_unref(interpolate);
    return 0;
}

/// Sets a blob property to borrowed bytes: they must outlive every pixel read of what is loaded from them.
static inline int anysize_set_bytes(VipsOperation *operation, const char *name, const void *bytes, size_t count) {
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(operation), name) == NULL) return -1;
    VipsBlob *blob = vips_blob_new(NULL, bytes, count);
    g_object_set(operation, name, blob, NULL);
    vips_area_unref(VIPS_AREA(blob));
    return 0;
}

/// Runs the operation, past libvips' operation cache (it is off, and its lock is not free).
static inline int anysize_operation_build(VipsOperation *operation) {
    return vips_object_build(VIPS_OBJECT(operation));
}

/// An output image with a reference for the caller, or NULL.
static inline VipsImage *anysize_get_image(VipsOperation *operation, const char *name) {
    VipsImage *image = NULL;
    g_object_get(operation, name, &image, NULL);
    return image;
}

/// An output blob with a reference for the caller, or NULL.
static inline VipsBlob *anysize_get_blob(VipsOperation *operation, const char *name) {
    VipsBlob *blob = NULL;
    g_object_get(operation, name, &blob, NULL);
    return blob;
}

static inline void anysize_blob_unref(VipsBlob *blob) {
    vips_area_unref(VIPS_AREA(blob));
}

/// Drops the operation with whatever outputs it still holds.
static inline void anysize_operation_unref(VipsOperation *operation) {
    vips_object_unref_outputs(VIPS_OBJECT(operation));
    g_object_unref(operation);
}

static inline void anysize_image_unref(VipsImage *image) {
    g_object_unref(image);
}

/// Reports progress of every pixel pass over `image` or what is made from it, on the thread that runs the pass.
static inline void anysize_image_watch(
    VipsImage *image, void (*report)(VipsImage *, VipsProgress *, void *), void *context) {
    vips_image_set_progress(image, TRUE);
    g_signal_connect_data(image, "eval", G_CALLBACK(report), context, NULL, (GConnectFlags) 0);
}

/// The image's metadata field names, NULL-terminated; free with g_strfreev.
static inline gchar **anysize_image_fields(const VipsImage *image) {
    return vips_image_get_fields((VipsImage *) image);
}

/// An image on borrowed pixels of one byte a channel, rows without gaps; it must not outlive them. NULL on failure.
static inline VipsImage *anysize_image_borrow(
    const void *pixels, size_t count, int width, int height, int bands, VipsInterpretation interpretation) {
    VipsImage *image = vips_image_new_from_memory(pixels, count, width, height, bands, VIPS_FORMAT_UCHAR);
    if (image != NULL) image->Type = interpretation;
    return image;
}

/// An image in memory of its own with one byte a channel, not yet painted, and the size and metadata of another. NULL on
/// failure.
static inline VipsImage *anysize_image_canvas(VipsImage *like, int bands, VipsInterpretation interpretation) {
    VipsImage *image = vips_image_new_memory();
    if (image == NULL) return NULL;
    if (vips_image_pipelinev(image, VIPS_DEMAND_STYLE_ANY, like, NULL) == 0) {
        vips_image_init_fields(
            image, like->Xsize, like->Ysize, bands, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE, interpretation, like->Xres,
            like->Yres);
        if (vips_image_write_prepare(image) == 0) return image;
    }
    g_object_unref(image);
    return NULL;
}

/// An image of the same size and channels as another, two bytes a channel, with its metadata and no pixels yet: rows of red,
/// green and blue, or of gray. NULL on failure.
static inline VipsImage *anysize_image_derived(VipsImage *from) {
    VipsImage *image = vips_image_new();
    if (vips_image_pipelinev(image, VIPS_DEMAND_STYLE_THINSTRIP, from, NULL) == 0) {
        image->BandFmt = VIPS_FORMAT_USHORT;
        image->Coding = VIPS_CODING_NONE;
        image->Type = from->Bands < 3 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16;
        return image;
    }
    g_object_unref(image);
    return NULL;
}

/// Has the image's pixels made by `generate`, which gets a region on `from` and `context`. The image keeps `from` alive, and
/// lets go of the context at its end. Returns 0, or -1.
static inline int anysize_image_generate(
    VipsImage *image, VipsImage *from, VipsGenerateFn generate, void *context, void (*release)(void *)) {
    g_object_ref(from);
    g_object_set_data_full(G_OBJECT(image), "anysize-from", from, g_object_unref);
    g_object_set_data_full(G_OBJECT(image), "anysize-context", context, release);
    return vips_image_generate(image, vips_start_one, generate, vips_stop_one, from, context);
}

/// The address of a pixel that the region holds, to be written to.
static inline void *anysize_region_target(VipsRegion *region, int left, int top) {
    return VIPS_REGION_ADDR(region, left, top);
}

/// The address of the first pixel of an image in memory.
static inline void *anysize_image_address(VipsImage *image) { return VIPS_IMAGE_ADDR(image, 0, 0); }

/// The address of a pixel that the region holds.
static inline const void *anysize_region_address(VipsRegion *region, int left, int top) {
    return VIPS_REGION_ADDR(region, left, top);
}

/// Bytes from one row of the region to the next.
static inline size_t anysize_region_stride(VipsRegion *region) { return VIPS_REGION_LSKIP(region); }

static inline void anysize_region_unref(VipsRegion *region) { g_object_unref(region); }
