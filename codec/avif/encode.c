// RGBA pixels → an AVIF file, by libavif over libaom. Called by codec/avif_encoder.ts; imports nothing.
#include <stdint.h>
#include <stdlib.h>

#include "avif/avif.h"

#define EXPORT(name) __attribute__((export_name(#name)))

static avifRWData output = AVIF_DATA_EMPTY;

EXPORT(allocate) void *allocate(size_t bytes) { return malloc(bytes); }
EXPORT(release) void release(void *pointer) { free(pointer); }
EXPORT(output_pointer) const uint8_t *output_pointer(void) { return output.data; }
EXPORT(output_length) size_t output_length(void) { return output.size; }

static int is_opaque(const uint8_t *rgba, size_t pixels) {
  for (size_t i = 0; i < pixels; i++) {
    if (rgba[i * 4 + 3] != 255) return 0;
  }
  return 1;
}

// sRGB, full range; BT.601 is what every decoder reads, and the identity matrix keeps RGB as it is.
static avifImage *create_image(int width, int height, int depth, int subsampled, int lossless) {
  avifPixelFormat format = subsampled ? AVIF_PIXEL_FORMAT_YUV420 : AVIF_PIXEL_FORMAT_YUV444;
  avifImage *image = avifImageCreate(width, height, depth, format);
  if (image == NULL) return NULL;
  image->yuvRange = AVIF_RANGE_FULL;
  image->colorPrimaries = AVIF_COLOR_PRIMARIES_BT709;
  image->transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_SRGB;
  image->matrixCoefficients = lossless ? AVIF_MATRIX_COEFFICIENTS_IDENTITY : AVIF_MATRIX_COEFFICIENTS_BT601;
  return image;
}

// Below this what is opaque beside a soft edge comes out at 254 of 255.
#define LEAST_ALPHA_QUALITY 90

// For a still of more than one quality step libavif sets libaom's tune=iq by itself.
static avifResult write_image(const avifImage *image, int quality, int speed) {
  avifEncoder *encoder = avifEncoderCreate();
  if (encoder == NULL) return AVIF_RESULT_OUT_OF_MEMORY;
  encoder->quality = quality;
  encoder->qualityAlpha = quality < LEAST_ALPHA_QUALITY ? LEAST_ALPHA_QUALITY : quality;
  encoder->speed = speed;
  encoder->maxThreads = 1;
  avifResult result = avifEncoderWrite(encoder, image, &output);
  avifEncoderDestroy(encoder);
  return result;
}

// Quality 0-100 on libavif's scale, 100 is lossless; speed 0-10; depth 8 or 10 bits. Gives an avifResult, 0 for a file
// in `output`. What libaom calls an internal error ends in a trap: there is no longjmp.
EXPORT(encode) int encode(uint8_t *rgba, int width, int height, int quality, int speed, int depth, int subsampled) {
  const int lossless = quality == AVIF_QUALITY_LOSSLESS;
  avifRWDataFree(&output);
  avifImage *image = create_image(width, height, depth, subsampled, lossless);
  if (image == NULL) return AVIF_RESULT_OUT_OF_MEMORY;
  avifRGBImage rgb;
  avifRGBImageSetDefaults(&rgb, image);
  rgb.depth = 8;
  rgb.format = AVIF_RGB_FORMAT_RGBA;
  rgb.pixels = rgba;
  rgb.rowBytes = (uint32_t)width * 4;
  rgb.ignoreAlpha = is_opaque(rgba, (size_t)width * (size_t)height);
  avifResult result = avifImageRGBToYUV(image, &rgb);
  // The pixels are not needed any more, and the encoder is about to want their room.
  free(rgba);
  if (result == AVIF_RESULT_OK) result = write_image(image, quality, speed);
  avifImageDestroy(image);
  return result;
}
