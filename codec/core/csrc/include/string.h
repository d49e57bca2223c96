/* Provided by Rust's compiler-builtins. Other targets get the system's header. */
#if !defined(__wasm__)
#include_next <string.h>
#elif !defined(IMGSRC_STRING_H)
#define IMGSRC_STRING_H
#include <stddef.h>
void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
int memcmp(const void* a, const void* b, size_t size);
size_t strlen(const char* text);
#endif
