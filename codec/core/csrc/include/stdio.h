/* There is nowhere to print to: messages are dropped. Other targets get the system's header. */
#if !defined(__wasm__)
#include_next <stdio.h>
#elif !defined(IMGSRC_STDIO_H)
#define IMGSRC_STDIO_H
#include <stddef.h>
typedef struct FILE FILE;
#define stderr ((FILE*)0)
static inline int fprintf(FILE* to, const char* format, ...) {
  (void)to;
  (void)format;
  return 0;
}
static inline int snprintf(char* to, size_t size, const char* format, ...) {
  (void)format;
  if (size > 0) to[0] = '\0';
  return 0;
}
static inline size_t fwrite(const void* from, size_t size, size_t count, FILE* to) {
  (void)from;
  (void)size;
  (void)count;
  (void)to;
  return 0;
}
#endif
