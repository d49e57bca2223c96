/**
 * English: the page of the API reference. What the API itself says stands in its OpenAPI document.
 *
 * @module
 */
import { TYPE_WORDS } from "../../../_http/schema_text.ts";

/** See the module's comment. */
export const EN_REFERENCE = {
  title: "API reference",
  contents: "Contents",
  base: "Base address:",
  asFile: "The same as a file:",
  forModels: "for language models:",
  errors: "Errors",
  envelope: "Every error is one envelope:",
  required: "required",
  optional: "optional",
  default: "default",
  inPath: "In the path",
  inQuery: "In the query",
  inHeader: "In the headers",
  body: "Body",
  answers: "Answers",
  types: TYPE_WORDS,
  try: {
    title: "Try it",
    needsScript: "Sending from here needs scripts. The command below does the same.",
    key: "API key (or the session you are signed in with)",
    admin: "Admin token",
    required: "required",
    choose: "choose",
    body: "Body (JSON)",
    send: "Send {method}",
    sending: "Sending…",
    missing: "Fill in {names} first.",
    pictureAlt: "The picture that came back",
    saveFile: "Save the file",
    noAnswer: "No answer",
    bytes: "{count} bytes",
    left: "{count} requests left this minute",
  },
} as const;
