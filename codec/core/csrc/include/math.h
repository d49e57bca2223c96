/* Provided by Rust's compiler-builtins. Other targets get the system's header. */
#if !defined(__wasm__)
#include_next <math.h>
#elif !defined(IMGSRC_MATH_H)
#define IMGSRC_MATH_H
double fabs(double x);
double floor(double x);
double ceil(double x);
double sqrt(double x);
double log(double x);
double log10(double x);
double pow(double x, double y);
double exp(double x);
float fabsf(float x);
float logf(float x);
float expf(float x);
float powf(float x, float y);
float sqrtf(float x);
float log2f(float x);
#endif
