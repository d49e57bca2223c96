/* Memory comes from the module's one allocator, in Rust; sorting is a heap sort: the same on every machine. Other targets get the system's header. */
#if !defined(__wasm__)
#include_next <stdlib.h>
#elif !defined(IMGSRC_STDLIB_H)
#define IMGSRC_STDLIB_H
#include <stddef.h>
void* malloc(size_t size);
void* calloc(size_t count, size_t size);
void free(void* pointer);
static inline int abs(int v) { return v < 0 ? -v : v; }
static inline char* getenv(const char* name) {
  (void)name;
  return 0;
}

__attribute__((unused)) static void qsort_swap(char* a, char* b, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    const char t = a[i];
    a[i] = b[i];
    b[i] = t;
  }
}
__attribute__((unused)) static void qsort_sink(char* base, size_t at, size_t count, size_t size, int (*compare)(const void*, const void*)) {
  for (size_t child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0) ++child;
    if (compare(base + at * size, base + child * size) >= 0) return;
    qsort_swap(base + at * size, base + child * size, size);
  }
}
__attribute__((unused)) static void qsort(void* data, size_t count, size_t size,
                                          int (*compare)(const void*, const void*)) {
  char* base = (char*)data;
  for (size_t i = count / 2; i-- > 0;) qsort_sink(base, i, count, size, compare);
  for (size_t n = count; n-- > 1;) {
    qsort_swap(base, base + n * size, size);
    qsort_sink(base, 0, n, size, compare);
  }
}
#endif
