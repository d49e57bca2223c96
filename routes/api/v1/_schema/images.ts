/**
 * Wire shapes of the image endpoints. Every key is always present: a client refuses an answer with an absent one.
 *
 * @module
 */
import { z } from "zod";
import { Purged } from "./purged.ts";

/** What an upload's look at the picture found; nulls where it was too slow. */
const LookFields = {
  dominant_color: z.string().regex(/^[0-9a-f]{6}$/).nullable().describe("Hex without `#`"),
  thumbhash: z.string().nullable().describe("Base64 of the ThumbHash"),
  blurhash: z.string().nullable(),
  has_alpha: z.boolean(),
  is_animated: z.boolean(),
  taken_at: z.string().nullable().describe("As EXIF writes it"),
};

const Links = z.object({ self: z.string(), delete: z.string() });
const VisibilityField = z.enum(["public", "private"]);
const ImageIdField = z.string().regex(/^[0-9a-f]{16}$/);
const HashField = z.string().regex(/^[0-9a-f]{64}$/);
const Timestamp = z.iso.datetime({ offset: true });

/** URLs that name the picture as it is now. */
export const VersionedUrls = z.object({
  original: z.url(),
  webp: z.url(),
  avif: z.url(),
  jpeg: z.url(),
  png: z.url(),
  jxl: z.url(),
}).describe("With `v`, so that caches may keep the answer for a year; out of date once the path has another picture");
/** See {@linkcode VersionedUrls}. */
export type VersionedUrls = z.infer<typeof VersionedUrls>;

/** Answer of `POST /api/v1/images`. */
export const UploadAnswer = z.object({
  id: ImageIdField,
  hash: HashField.describe("SHA-256 of the file"),
  url: z.string().describe("`/{user}/{path}`"),
  cdn_url: z.url(),
  paths: z.array(z.string()).describe("All of the picture's paths"),
  is_new: z.boolean().describe("false = the file was there already"),
  size: z.int().positive(),
  format: z.string(),
  dimensions: z.object({ width: z.int().positive(), height: z.int().positive() }).describe("As displayed"),
  available_formats: z.object({
    webp: z.url(),
    avif: z.url(),
    jpeg: z.url(),
    png: z.url(),
    jxl: z.url(),
    gif: z.url().optional().describe("Of a picture that moves"),
  }),
  versioned_urls: VersionedUrls,
  original_filename: z.string(),
  sanitized_filename: z.string(),
  uploaded_at: Timestamp,
  visibility: VisibilityField,
  purged: Purged.nullable().describe("What went of what was there before; null where nothing was"),
  _links: Links,
});
/** See {@linkcode UploadAnswer}. */
export type UploadAnswer = z.infer<typeof UploadAnswer>;

/** One image of a list. */
export const ImageListItem = z.object({
  id: ImageIdField,
  original_filename: z.string(),
  sanitized_filename: z.string(),
  size: z.int().positive(),
  uploaded_at: Timestamp,
  url: z.string(),
  cdn_url: z.url(),
  versioned_urls: VersionedUrls,
  paths: z.array(z.string()),
  visibility: VisibilityField,
  ...LookFields,
  active_signed_url: z.object({ signed_url: z.url(), expires_at: z.int() }).nullable().describe(
    "Of a private picture: its link that lives longest",
  ),
});
/** See {@linkcode ImageListItem}. */
export type ImageListItem = z.infer<typeof ImageListItem>;

/** Answer of `GET /api/v1/images`. */
export const ImageListAnswer = z.object({
  images: z.array(ImageListItem),
  folders: z.array(z.object({ name: z.string(), image_count: z.int() })).describe(
    "Right in the folder; counts include what lies further below",
  ),
  total: z.int().describe("Of all pages"),
  limit: z.int(),
  offset: z.int(),
  has_more: z.boolean(),
  path_filter: z.string().nullable().describe("The folder that was asked for"),
  next_cursor: z.string().nullable().describe("For `cursor` of the next page; null at the end"),
});
/** See {@linkcode ImageListAnswer}. */
export type ImageListAnswer = z.infer<typeof ImageListAnswer>;

/** Answer of `GET /api/v1/images/:id`. */
export const ImageAnswer = z.object({
  id: ImageIdField,
  metadata: z.object({
    hash: HashField,
    original_filename: z.string(),
    sanitized_filename: z.string(),
    size: z.int().positive(),
    uploaded_at: Timestamp,
    mime_type: z.string(),
    width: z.int().positive().nullable(),
    height: z.int().positive().nullable(),
    ...LookFields,
  }),
  paths: z.array(z.string()),
  urls: z.object({ original: z.url(), webp: z.url(), avif: z.url(), jpeg: z.url(), png: z.url(), jxl: z.url() }),
  versioned_urls: VersionedUrls,
  visibility: VisibilityField,
  derivatives: z.object({ count: z.int(), max: z.int() }).describe(
    "How many derivatives it has, those that are being made included, and how many it may have",
  ),
  _links: Links,
});
/** See {@linkcode ImageAnswer}. */
export type ImageAnswer = z.infer<typeof ImageAnswer>;

/** Answer of `DELETE /api/v1/images/:id`. */
export const DeleteAnswer = z.object({
  success: z.literal(true),
  message: z.string(),
  deleted_paths: z.array(z.string()),
  deleted_at: Timestamp,
  delete_at: Timestamp.nullable().describe("When an undoable delete is carried out; null = it is"),
  purged: Purged.describe("What went with it; of an undoable delete the derivatives go when it is carried out"),
});
/** See {@linkcode DeleteAnswer}. */
export type DeleteAnswer = z.infer<typeof DeleteAnswer>;

const DEFAULT_PAGE = 50;
const MAX_PAGE = 100;
const integer = (min: number, max: number) =>
  z.string().regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`).transform(Number).pipe(
    z.int().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`),
  );

const MAX_CURSOR_CHARS = 4_000;

/** Query of the list. `folder` is an alias of `path`; unknown keys are ignored. */
export const ListQuery = z.object({
  limit: integer(1, MAX_PAGE).default(DEFAULT_PAGE).describe("Most pictures of a page"),
  offset: integer(0, Number.MAX_SAFE_INTEGER).default(0).describe("How many to skip; `cursor` goes on without drift"),
  sort: z.enum(["newest", "oldest", "name", "size"], "must be one of newest, oldest, name, size").default("newest")
    .describe("Order of the pictures"),
  path: z.string().optional().describe("A folder, for what is in it and below; or the path of a picture"),
  folder: z.string().optional().describe("The same by another name; `path` wins"),
  recursive: z.enum(["true", "false"], "must be true or false").default("true").describe(
    "`false` leaves out what lies in folders of the folder",
  ),
  cursor: z.string().max(MAX_CURSOR_CHARS, `must have at most ${MAX_CURSOR_CHARS} characters`).optional().describe(
    "`next_cursor` of the last page; `offset` is not looked at then",
  ),
});
/** See {@linkcode ListQuery}. */
export type ListQuery = z.infer<typeof ListQuery>;

const MAX_QUERY_CHARS = 100;
const DEFAULT_SEARCH_PAGE = 20;

/** Query of the search. */
export const SearchQuery = z.object({
  q: z.string("is missing").min(1, `must have 1 to ${MAX_QUERY_CHARS} characters`).max(
    MAX_QUERY_CHARS,
    `must have 1 to ${MAX_QUERY_CHARS} characters`,
  ).describe("What to look for"),
  limit: integer(1, MAX_PAGE).default(DEFAULT_SEARCH_PAGE).describe("Most pictures of a page"),
  offset: integer(0, Number.MAX_SAFE_INTEGER).default(0).describe("How many to skip"),
});
/** See {@linkcode SearchQuery}. */
export type SearchQuery = z.infer<typeof SearchQuery>;

/** Answer of `GET /api/v1/images/search`. */
export const SearchAnswer = z.object({
  results: z.array(ImageListItem.omit({ active_signed_url: true })),
  total: z.int(),
  query: z.string(),
  limit: z.int(),
  offset: z.int(),
  has_more: z.boolean(),
});
/** See {@linkcode SearchAnswer}. */
export type SearchAnswer = z.infer<typeof SearchAnswer>;

/** The field `visibility` of an upload. */
export const VisibilityInput = z.enum(["public", "private"], 'must be "public" or "private"');

/** Form of `POST /api/v1/images`. */
export const UploadBody = z.object({
  file: z.file().describe("One picture of at most 5 MB (MAX_UPLOAD_BYTES)"),
  path: z.string().describe("A full path such as `blog/2024/photo.png`, or a folder that the file's name is put into")
    .optional(),
  target_path: z.string().describe("The same by another name; `path` wins").optional(),
  visibility: VisibilityInput.describe("Default `public`; `private` needs Pro").optional(),
});
