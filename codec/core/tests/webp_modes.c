/* libwebp's encoder for tests/webp_modes.sh: as the core has it, but with memory that is never given back and the
   host's mathematics. */
#include <stddef.h>
#include <stdint.h>

#include "src/webp/encode.h"

#define EXPORT(name) __attribute__((export_name(#name)))
#define PAGE_BYTES 65536

extern unsigned char __heap_base;
extern int imgsrc_webp_reference;
static size_t top;
static WebPMemoryWriter file;

void* malloc(size_t size) {
  if (top == 0) top = (size_t)&__heap_base;
  const size_t at = (top + 15) & ~(size_t)15;
  top = at + size;
  const size_t held = __builtin_wasm_memory_size(0) * PAGE_BYTES;
  if (top > held) __builtin_wasm_memory_grow(0, (top - held + PAGE_BYTES - 1) / PAGE_BYTES);
  return (void*)at;
}
void* memset(void* to, int value, size_t size) {
  for (size_t i = 0; i < size; ++i) ((char*)to)[i] = (char)value;
  return to;
}
void* memcpy(void* to, const void* from, size_t size) {
  for (size_t i = 0; i < size; ++i) ((char*)to)[i] = ((const char*)from)[i];
  return to;
}
void* memmove(void* to, const void* from, size_t size) {
  if (to < from) return memcpy(to, from, size);
  for (size_t i = size; i-- > 0;) ((char*)to)[i] = ((const char*)from)[i];
  return to;
}
int memcmp(const void* a, const void* b, size_t size) {
  const unsigned char *x = a, *y = b;
  for (size_t i = 0; i < size; ++i) {
    if (x[i] != y[i]) return x[i] - y[i];
  }
  return 0;
}
void* calloc(size_t count, size_t size) { return memset(malloc(count * size), 0, count * size); }
void free(void* pointer) { (void)pointer; }

EXPORT(allocate) void* allocate(size_t size) { return malloc(size); }
/* Starts over; nothing that was allocated stands. */
EXPORT(reset) void reset(void) { top = 0; }
/* RGB to a file; gives its length, or 0. */
EXPORT(encode) size_t encode(const uint8_t* rgb, int width, int height, float quality, int method, int by_reference) {
  WebPConfig config;
  WebPPicture picture;
  imgsrc_webp_reference = by_reference;
  if (!WebPConfigInit(&config) || !WebPPictureInit(&picture)) return 0;
  config.quality = quality;
  config.method = method;
  picture.width = width;
  picture.height = height;
  WebPMemoryWriterInit(&file);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &file;
  return WebPPictureImportRGB(&picture, rgb, width * 3) && WebPEncode(&config, &picture) ? file.size : 0;
}
EXPORT(bytes) const uint8_t* bytes(void) { return file.mem; }
