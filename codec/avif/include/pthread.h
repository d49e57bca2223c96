// One thread: what libavif and libaom call where they could have several.
#pragma once
typedef int pthread_t;
typedef int pthread_once_t;
#define PTHREAD_ONCE_INIT 0
static inline int pthread_once(pthread_once_t *once, void (*run)(void)) {
  if (!*once) run();
  *once = 1;
  return 0;
}
static inline int pthread_create(pthread_t *thread, void *attributes, void *(*run)(void *), void *data) {
  (void)thread, (void)attributes, (void)run, (void)data;
  return 1;
}
static inline int pthread_join(pthread_t thread, void **result) { (void)thread, (void)result; return 1; }
