/**
 * English: the home page.
 *
 * @module
 */

/** See the module's comment. */
export const EN_HOME = {
  title: "Images by URL",
  description:
    "Upload a picture once. Its address is its API: any size, any format, made on the first request and kept.",
  heading: "Upload once. Ask for any size.",
  lead:
    "Every picture gets an address. Change its ending and it comes in another format; add a parameter and it comes " +
    "in another size. No build step, no pipeline, nothing to configure.",
  begin: "Begin for free",
  publish: "Publish a picture",
  readDocs: "Read the docs",
  playTitle: "Try it on this picture",
  format: "Format",
  width: "Width",
  shape: "Shape",
  shapeOriginal: "Original",
  quality: "Quality",
  blur: "Blur",
  grayscale: "Grayscale",
  show: "Show",
  address: "Address of this picture",
  result: "Result",
  original: "Original",
  smaller: "{percent}% smaller",
  sameSize: "{percent}% of the original",
  inTime: "in {ms} ms",
  failed: "This one could not be made: {problem}",
  photoAlt: "The sample picture as the address above gives it",
  urlTitle: "The URL is the API",
  urlText:
    "One table of parameters, the same for every picture and format. What you see is what you write into your page.",
  allParameters: "All {count} parameters",
  formatTitle: "Every format, from any file",
  formatText:
    "Upload JPEG, PNG, HEIC, SVG, EXR and {more} more. Serve {formats}: by the ending, or by what the browser likes best.",
  fastTitle: "Made once, then only served",
  fastText:
    "The first request makes the picture: 6 megapixels to a WebP 800 wide take about a tenth of a second. Every later " +
    "one is a file with a strong etag and immutable headers, and counts nothing.",
  safeTitle: "Yours, and private if you say so",
  safeText:
    "Private pictures are not there for anybody else. Signed links open them for a minute up to a week, and can be ended.",
  codeTitle: "From a file to an address in one command",
  codeText: "Make a key in the settings, then upload by whatever speaks HTTP.",
  endTitle: "Publish your first picture in a minute",
} as const;
