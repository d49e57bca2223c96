/* Checks are left out, as with NDEBUG. Other targets get the system's header. */
#if !defined(__wasm__)
#include_next <assert.h>
#elif !defined(IMGSRC_ASSERT_H)
#define IMGSRC_ASSERT_H
#define assert(condition) ((void)0)
#endif
