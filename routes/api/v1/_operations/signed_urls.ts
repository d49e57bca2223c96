/**
 * Operations of signed URLs and the keys that sign them.
 *
 * @module
 */
import { SignedUrlAnswer, SignedUrlBody } from "../_schema/image_changes.ts";
import { SigningKeyRotation, SigningKeyRotationAnswer, SigningKeysAnswer } from "../_schema/settings.ts";
import { IMAGE_ID, type Operation } from "./operation.ts";

const tag = "Signed URLs";

/** See the module's comment. */
export const SIGNED_URL_OPERATIONS = {
  "POST /api/v1/images/:id/signed-url": {
    id: "createSignedUrl",
    tag,
    summary: "Make a link to a picture that ends by itself",
    description: "From a minute to seven days. Made with a transform, the link shows that alone; without one, any " +
      "format and parameters. Making the picture private, deleting it or rotating the key ends every link at once.",
    parameters: { id: IMAGE_ID },
    body: SignedUrlBody,
    example: { expires_in_seconds: 3_600 },
    answers: { 200: SignedUrlAnswer },
    errors: ["NOT_FOUND"],
    isPro: true,
  },
  "GET /api/v1/settings/signing-keys": {
    id: "listSigningKeys",
    tag,
    summary: "List the keys that sign links",
    answers: { 200: SigningKeysAnswer },
  },
  "POST /api/v1/settings/signing-keys/rotate": {
    id: "rotateSigningKey",
    tag,
    summary: "Sign links with a new key",
    description: "Every link ends at once, unless `keep_previous` lets those of the last key go on.",
    body: SigningKeyRotation,
    example: { keep_previous: true },
    answers: { 200: SigningKeyRotationAnswer },
  },
} as const satisfies Record<string, Operation>;
