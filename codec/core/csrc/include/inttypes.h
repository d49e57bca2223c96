/* The types are all that is used of it. Other targets get the system's header. */
#if !defined(__wasm__)
#include_next <inttypes.h>
#else
#include <stdint.h>
#endif
