// The yardstick of the benchmark: what the bare libvips calls cost when nothing stands around them. Each thread reads
// the same picture from memory, makes one variant of it, throws it away and starts again.
//
//   cc -O2 loop.c -o loop $(pkg-config --cflags --libs vips)
//   loop FILE THREADS SECONDS WIDTH HEIGHT FORMAT QUALITY
//
// FORMAT is jpeg, png, webp, avif, or decode: then all pixels are read at full size, and none is written. One line of JSON goes to standard output.

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <vips/vips.h>

typedef struct {
    void *original;
    size_t original_size;
    double seconds;
    int width, height, quality;
    const char *format;
} Job;

static Job job;
static atomic_long renders, encoded_bytes;
static double started;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void fail(const char *what) {
    fprintf(stderr, "loop: %s: %s\n", what, vips_error_buffer());
    exit(1);
}

// The decoder may drop to a half, a quarter or an eighth for next to nothing. Half of the asked reduction is left to
// the resize, as libvips' own thumbnail does, because the decoder's averaging is coarse.
static int decoder_shrink(double reduction) {
    return reduction >= 16 ? 8 : reduction >= 8 ? 4 : reduction >= 4 ? 2 : 1;
}

static VipsImage *open_original(int shrink) {
    VipsImage *image;
    const unsigned char *first = job.original;
    if (first[0] != 0xff) {
        // Other decoders read all pixels.
        if (!(image = vips_image_new_from_buffer(job.original, job.original_size, "", "access", VIPS_ACCESS_SEQUENTIAL,
                "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL)))
            fail("load");
        return image;
    }
    if (vips_jpegload_buffer(job.original, job.original_size, &image, "shrink", shrink,
            "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL))
        fail("jpegload");
    return image;
}

// The settings of Anysize's own encoding, so that both do the same work: see RenderPlan.encoding.
static int encode(VipsImage *image, void **bytes, size_t *size) {
    if (!strcmp(job.format, "jpeg"))
        return vips_jpegsave_buffer(image, bytes, size, "Q", job.quality, "strip", TRUE, "optimize_coding", TRUE,
            "interlace", job.width * job.height >= 150000, NULL);
    if (!strcmp(job.format, "webp"))
        return vips_webpsave_buffer(image, bytes, size, "Q", job.quality, "effort", 4, "strip", TRUE, NULL);
    if (!strcmp(job.format, "png"))
        return vips_pngsave_buffer(image, bytes, size, "compression", 6, "filter", VIPS_FOREIGN_PNG_FILTER_ALL,
            "strip", TRUE, NULL);
    // Eight bits, by name: the default for AVIF is twelve.
    return vips_heifsave_buffer(image, bytes, size, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1,
        "Q", job.quality, "bitdepth", 8, "effort", 1, "strip", TRUE, NULL);
}

// What any service has to do that wants to know whether an upload is whole.
static void decode(void) {
    VipsImage *image = open_original(1);
    double mean;
    if (vips_avg(image, &mean, NULL))
        fail("avg");
    g_object_unref(image);
    atomic_fetch_add(&renders, 1);
}

static void render(int shrink) {
    if (!strcmp(job.format, "decode"))
        return decode();
    VipsImage *image = open_original(shrink), *next;
    if (vips_resize(image, &next, (double) job.width / image->Xsize,
            "vscale", (double) job.height / image->Ysize, NULL))
        fail("resize");
    g_object_unref(image);
    image = next;

    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME)) {
        if (vips_icc_transform(image, &next, "srgb", "embedded", TRUE, NULL))
            fail("icc_transform");
        g_object_unref(image);
        image = next;
    }
    if (image->Xsize != job.width || image->Ysize != job.height)
        fail("the result has another size than was asked for");

    void *bytes;
    size_t size;
    if (encode(image, &bytes, &size))
        fail("encode");
    g_object_unref(image);
    g_free(bytes);
    atomic_fetch_add(&renders, 1);
    atomic_store(&encoded_bytes, (long) size);
}

static void *run(void *shrink) {
    while (now() - started < job.seconds)
        render(GPOINTER_TO_INT(shrink));
    vips_thread_shutdown();
    return NULL;
}

int main(int count, char **words) {
    if (count != 8) {
        fprintf(stderr, "usage: loop FILE THREADS SECONDS WIDTH HEIGHT FORMAT QUALITY\n");
        return 2;
    }
    int threads = atoi(words[2]);
    job = (Job) {.seconds = atof(words[3]), .width = atoi(words[4]), .height = atoi(words[5]), .format = words[6],
        .quality = atoi(words[7])};
    const char *formats[] = {"jpeg", "png", "webp", "avif", "decode", NULL};
    if (threads < 1 || job.width < 1 || job.height < 1 || !g_strv_contains(formats, job.format)) {
        fprintf(stderr, "loop: sizes and threads are at least 1, FORMAT is jpeg, png, webp, avif or decode\n");
        return 2;
    }

    if (VIPS_INIT(words[0]))
        fail("start");
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    if (!g_file_get_contents(words[1], (char **) &job.original, &job.original_size, NULL))
        fail("cannot read the file");

    VipsImage *header = open_original(1);
    double across = (double) header->Xsize / job.width, down = (double) header->Ysize / job.height;
    int shrink = decoder_shrink(across < down ? across : down);
    g_object_unref(header);

    double cpu_before = cpu_seconds();
    started = now();
    GThread *workers[threads];
    for (int n = 0; n < threads; n++)
        workers[n] = g_thread_new("render", run, GINT_TO_POINTER(shrink));
    for (int n = 0; n < threads; n++)
        g_thread_join(workers[n]);
    double elapsed = now() - started, cpu = cpu_seconds() - cpu_before;

    long done = atomic_load(&renders);
    printf("{\"renders\": %ld, \"seconds\": %.3f, \"rendersPerSecond\": %.2f, \"cpuMillisecondsPerRender\": %.3f, "
           "\"decoderShrink\": %d, \"bytes\": %ld}\n",
        done, elapsed, done / elapsed, done ? cpu * 1000 / done : 0, shrink, atomic_load(&encoded_bytes));
    free(job.original);
    vips_shutdown();
    return 0;
}
