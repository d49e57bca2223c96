/**
 * Wire shapes of what changes images beside upload and delete: visibility, links, paths, many at once.
 *
 * @module
 */
import { z } from "zod";
import { Purged } from "./purged.ts";

const MIN_EXPIRY_SECONDS = 60;
const MAX_EXPIRY_SECONDS = 7 * 24 * 3_600;
/** Most images of one batch request. */
export const MAX_BATCH = 100;

const visibilityRule = 'must be "public" or "private"';
const Visibility = z.enum(["public", "private"], visibilityRule);
const ImageIdField = z.string().regex(/^[0-9a-f]{16}$/);
const Timestamp = z.iso.datetime({ offset: true });

/** Body of `PUT` and `PATCH /api/v1/images/:id/visibility`. */
export const VisibilityBody = z.object({ visibility: Visibility });

/** Answer of `PUT` and `PATCH /api/v1/images/:id/visibility`. */
export const VisibilityAnswer = z.object({
  id: ImageIdField,
  visibility: Visibility,
  message: z.string(),
  purged: Purged,
});
/** See {@linkcode VisibilityAnswer}. */
export type VisibilityAnswer = z.infer<typeof VisibilityAnswer>;

const expiryRule = `must be a whole number of seconds from ${MIN_EXPIRY_SECONDS} to ${MAX_EXPIRY_SECONDS}`;
const expiry = z.int(expiryRule).min(MIN_EXPIRY_SECONDS, expiryRule).max(MAX_EXPIRY_SECONDS, expiryRule);
const pathRule = "must be a path such as blog/2024/photo.png";
const path = z.string(pathRule);

/** Parameters as in the URL, and their long names; see the parameter table for what each allows. */
const LinkTransform = z.record(z.string(), z.unknown(), "must be an object of transformation parameters");
const TRANSFORM_KEYS = "`w` or `width`, `h` or `height`, `q` or `quality`, `fit`, `format` (webp, avif, jpeg, png, " +
  "jxl), and the rest of the URL's parameters";

/** Body of `POST /api/v1/images/:id/signed-url`. */
export const SignedUrlBody = z.object({
  expires_in_seconds: expiry.nullish().describe("Default 3600"),
  expires_in: expiry.nullish().describe("The same by another name"),
  transform: LinkTransform.nullish().describe(
    `Binds the link to this transform (${TRANSFORM_KEYS}); without it the viewer may choose format and parameters`,
  ),
  transformation: LinkTransform.nullish().describe("The same by another name"),
  path: path.nullish().describe("Which of the image's paths; default its first"),
});

/** Answer of `POST /api/v1/images/:id/signed-url`. */
export const SignedUrlAnswer = z.object({
  signed_url: z.url(),
  expires_at: z.int().describe("Unix seconds"),
  expires_in_seconds: z.int(),
});
/** See {@linkcode SignedUrlAnswer}. */
export type SignedUrlAnswer = z.infer<typeof SignedUrlAnswer>;

/** Body of `POST /api/v1/images/:id/paths`. */
export const NewPathBody = z.object({
  path: path.describe("A full path, or a folder that the file's name is put into"),
});

/** Body of `PATCH /api/v1/images/:id/paths`. */
export const MovePathBody = z.object({
  from: path.describe("One of the image's paths"),
  to: path.describe("A full path, or a folder that the name of `from` is put into"),
});

/** Answer of adding and moving a path. */
export const PathsAnswer = z.object({
  id: ImageIdField,
  path: z.string().describe("The path that was made"),
  paths: z.array(z.string()),
  cdn_url: z.url(),
  message: z.string(),
  purged: Purged,
});
/** See {@linkcode PathsAnswer}. */
export type PathsAnswer = z.infer<typeof PathsAnswer>;

/** Query of `DELETE /api/v1/images/:id/paths`. */
export const RemovePathQuery = z.object({ path: path.describe("One of the image's paths") });

/** Answer of removing a path; the image goes with its last one. */
export const PathRemovedAnswer = z.object({
  success: z.literal(true),
  message: z.string(),
  remaining_paths: z.array(z.string()),
  image_deleted: z.boolean(),
  deleted_at: Timestamp,
  purged: Purged,
});
/** See {@linkcode PathRemovedAnswer}. */
export type PathRemovedAnswer = z.infer<typeof PathRemovedAnswer>;

const idsRule = `must be a list of 1 to ${MAX_BATCH} image ids`;
const ids = z.array(z.string("must be an image id"), idsRule).min(1, idsRule).max(MAX_BATCH, idsRule);
const undoable = z.boolean("must be true or false").default(false);

/** Query of `DELETE /api/v1/images/:id`. */
export const DeleteQuery = z.object({
  undoable: z.enum(["true", "false"], "must be true or false").default("false").describe(
    "`true` hides the image at once and removes it after ten seconds, unless it is restored",
  ),
});

/** Answer of `POST /api/v1/images/:id/restore`. */
export const RestoreAnswer = z.object({
  success: z.literal(true),
  message: z.string(),
  id: ImageIdField,
  paths: z.array(z.string()),
});
/** See {@linkcode RestoreAnswer}. */
export type RestoreAnswer = z.infer<typeof RestoreAnswer>;

const Failure = z.object({ id: z.string(), code: z.string(), message: z.string() });
/** What could not be done of a batch, and why. */
export type BatchFailure = z.infer<typeof Failure>;

/** Body of `POST /api/v1/images/batch/delete`. */
export const BatchDeleteBody = z.object({ ids, undoable });

/** Answer of `POST /api/v1/images/batch/delete`. */
export const BatchDeleteAnswer = z.object({
  deleted: z.array(ImageIdField),
  failed: z.array(Failure),
  deleted_at: Timestamp,
  delete_at: Timestamp.nullable().describe("When they are removed for good; null = they are"),
  purged: Purged.describe("Of all of them together"),
});
/** See {@linkcode BatchDeleteAnswer}. */
export type BatchDeleteAnswer = z.infer<typeof BatchDeleteAnswer>;

/** Body of `POST /api/v1/images/batch/restore`. */
export const BatchRestoreBody = z.object({ ids });

/** Answer of `POST /api/v1/images/batch/restore`. */
export const BatchRestoreAnswer = z.object({ restored: z.array(ImageIdField), failed: z.array(Failure) });
/** See {@linkcode BatchRestoreAnswer}. */
export type BatchRestoreAnswer = z.infer<typeof BatchRestoreAnswer>;

/** Body of `POST /api/v1/images/batch/move`. */
export const BatchMoveBody = z.object({
  ids,
  from: z.string("must be a folder").nullish().describe(
    "Only paths that lie right in this folder move; empty = the root, absent = every path of the images",
  ),
  to: z.string("must be a folder").describe("Where they move to, each under its own name; empty = the root"),
});

/** Answer of `POST /api/v1/images/batch/move`. */
export const BatchMoveAnswer = z.object({
  moved: z.array(z.object({ id: ImageIdField, from: z.string(), to: z.string() })),
  failed: z.array(Failure),
  purged: Purged.describe("Of all of them together"),
});
/** See {@linkcode BatchMoveAnswer}. */
export type BatchMoveAnswer = z.infer<typeof BatchMoveAnswer>;

/** Body of `POST /api/v1/images/batch/visibility`. */
export const BatchVisibilityBody = z.object({ ids, visibility: Visibility });

/** Answer of `POST /api/v1/images/batch/visibility`. */
export const BatchVisibilityAnswer = z.object({
  updated: z.array(ImageIdField),
  failed: z.array(Failure),
  visibility: Visibility,
  purged: Purged.describe("Of all of them together"),
});
/** See {@linkcode BatchVisibilityAnswer}. */
export type BatchVisibilityAnswer = z.infer<typeof BatchVisibilityAnswer>;

/** Query of `GET /api/v1/images/archive`. */
export const ArchiveQuery = z.object({
  path: z.string().optional().describe("Folder; absent or empty = everything"),
});
