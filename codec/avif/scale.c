// libavif scales by libyuv, which is not linked in: nothing here asks for it.
#include "avif/internal.h"

avifResult avifImageScaleWithLimit(avifImage *image, uint32_t width, uint32_t height, uint32_t pixels, uint32_t side,
                                   avifDiagnostics *diagnostics) {
  (void)image, (void)width, (void)height, (void)pixels, (void)side, (void)diagnostics;
  return AVIF_RESULT_NOT_IMPLEMENTED;
}
