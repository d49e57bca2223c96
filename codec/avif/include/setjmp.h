// There is no longjmp in WASM without exceptions: an internal error of libaom is a trap, which costs its instance.
#pragma once
typedef int jmp_buf[1];
static inline int setjmp(jmp_buf buffer) { (void)buffer; return 0; }
static inline _Noreturn void longjmp(jmp_buf buffer, int value) { (void)buffer, (void)value; __builtin_trap(); }
