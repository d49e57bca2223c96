/**
 * Operations on images.
 *
 * @module
 */
import { MAX_IDEMPOTENCY_KEY_CHARS } from "../../../../kv/ids.ts";
import { SIGNED_URL_OPERATIONS } from "./signed_urls.ts";
import {
  ArchiveQuery,
  BatchDeleteAnswer,
  BatchDeleteBody,
  BatchMoveAnswer,
  BatchMoveBody,
  BatchRestoreAnswer,
  BatchRestoreBody,
  BatchVisibilityAnswer,
  BatchVisibilityBody,
  DeleteQuery,
  MovePathBody,
  NewPathBody,
  PathRemovedAnswer,
  PathsAnswer,
  RemovePathQuery,
  RestoreAnswer,
  VisibilityAnswer,
  VisibilityBody,
} from "../_schema/image_changes.ts";
import {
  DeleteAnswer,
  ImageAnswer,
  ImageListAnswer,
  ListQuery,
  SearchAnswer,
  SearchQuery,
  UploadAnswer,
  UploadBody,
} from "../_schema/images.ts";
import { FILE_PATH, IMAGE_ID, NOT_MODIFIED, type Operation, type Parameter, USER_NAME, ZIP } from "./operation.ts";

const IDEMPOTENCY_KEY: Parameter = {
  doc:
    "Any text of yours, unlike that of any other upload, such as a UUID. The same upload sent again with it within " +
    "24 hours is answered as the first one was (`is_new` included) and changes nothing; another upload with it is " +
    "409. The latest 10,000 keys of an account are kept",
  schema: { type: "string", minLength: 1, maxLength: MAX_IDEMPOTENCY_KEY_CHARS },
  example: "5f0c1f4e-6c1d-4b6e-9a57-0a8f3b1f2c3d",
};

const tag = "Images";
const id = { id: IMAGE_ID };
const ids = ["0123456789abcdef"];

/** See the module's comment. */
export const IMAGE_OPERATIONS = {
  "POST /api/v1/images": {
    id: "uploadImage",
    tag,
    summary: "Upload a picture",
    description:
      "Answers 201 for a file that is there already, too (`is_new: false`): it gets another path and costs " +
      "no storage. A path that exists passes on to the new file. A path without an image's extension is a folder.",
    headers: { "Idempotency-Key": IDEMPOTENCY_KEY },
    form: UploadBody,
    answers: { 201: UploadAnswer },
    errors: ["INVALID_FILE", "CONFLICT", "STORAGE_FULL"],
  },
  "GET /api/v1/images": {
    id: "listImages",
    tag,
    summary: "List pictures",
    description: "All pictures, or those below a folder, and the folders right in it. Go on by `cursor` (nothing is " +
      "shown twice or left out while pictures come and go) or by `offset`. A 304 costs no request of the quota.",
    query: ListQuery,
    answers: { 200: ImageListAnswer, 304: NOT_MODIFIED },
  },
  "GET /api/v1/images/search": {
    id: "searchImages",
    tag,
    summary: "Search pictures by name and path",
    description: "Finds a text anywhere in the file's name or in one of its paths, whatever case and accents; newest " +
      "first. A 304 costs no request of the quota.",
    query: SearchQuery,
    answers: { 200: SearchAnswer, 304: NOT_MODIFIED },
  },
  "GET /api/v1/images/archive": {
    id: "downloadFolder",
    tag,
    summary: "Download a folder as ZIP",
    description: "The originals of a folder and of everything below it, as a stream.",
    query: ArchiveQuery,
    answers: { 200: ZIP },
    errors: ["NOT_FOUND"],
  },
  "GET /api/v1/images/:id": {
    id: "getImage",
    tag,
    summary: "Get a picture's metadata and URLs",
    parameters: id,
    answers: { 200: ImageAnswer },
    errors: ["NOT_FOUND"],
  },
  "DELETE /api/v1/images/:id": {
    id: "deleteImage",
    tag,
    summary: "Delete a picture with all its paths",
    description: "With `undoable=true` it is hidden at once and removed after ten seconds, unless it is restored.",
    parameters: id,
    query: DeleteQuery,
    answers: { 200: DeleteAnswer },
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/images/:id/restore": {
    id: "restoreImage",
    tag,
    summary: "Undo a delete",
    parameters: id,
    answers: { 200: RestoreAnswer },
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "PUT /api/v1/images/:id/visibility": {
    id: "setVisibility",
    tag,
    summary: "Make a picture public or private",
    description: "Private pictures need Pro. They are served through signed URLs only.",
    parameters: id,
    body: VisibilityBody,
    example: { visibility: "private" },
    answers: { 200: VisibilityAnswer },
    errors: ["NOT_FOUND"],
  },
  "PATCH /api/v1/images/:id/visibility": {
    id: "updateVisibility",
    tag,
    summary: "Make a picture public or private (the same by PATCH)",
    parameters: id,
    body: VisibilityBody,
    example: { visibility: "public" },
    answers: { 200: VisibilityAnswer },
    errors: ["NOT_FOUND"],
  },
  "POST /api/v1/images/:id/paths": {
    id: "addPath",
    tag,
    summary: "Add a path to a picture",
    parameters: id,
    body: NewPathBody,
    example: { path: "blog/2024/cover.png" },
    answers: { 201: PathsAnswer },
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "PATCH /api/v1/images/:id/paths": {
    id: "movePath",
    tag,
    summary: "Move or rename a path",
    parameters: id,
    body: MovePathBody,
    example: { from: "blog/2024/photo.png", to: "blog/2025" },
    answers: { 200: PathsAnswer },
    errors: ["NOT_FOUND", "CONFLICT"],
  },
  "DELETE /api/v1/images/:id/paths": {
    id: "removePath",
    tag,
    summary: "Remove one path of a picture",
    description: "The picture goes with its last path.",
    parameters: id,
    query: RemovePathQuery,
    answers: { 200: PathRemovedAnswer },
    errors: ["NOT_FOUND"],
  },
  "DELETE /api/v1/images/path/*": {
    id: "deleteByPath",
    tag,
    summary: "Remove a path by its name",
    description: "The picture goes with its last path. A user name that is not yours is answered 403.",
    parameters: { username: USER_NAME, filepath: FILE_PATH },
    answers: { 200: PathRemovedAnswer },
    errors: ["VALIDATION_ERROR", "NOT_FOUND"],
  },
  ...SIGNED_URL_OPERATIONS,
  "POST /api/v1/images/batch/delete": {
    id: "deleteImages",
    tag,
    summary: "Delete many pictures",
    body: BatchDeleteBody,
    example: { ids, undoable: true },
    answers: { 200: BatchDeleteAnswer },
  },
  "POST /api/v1/images/batch/restore": {
    id: "restoreImages",
    tag,
    summary: "Undo many deletes",
    body: BatchRestoreBody,
    example: { ids },
    answers: { 200: BatchRestoreAnswer },
  },
  "POST /api/v1/images/batch/move": {
    id: "moveImages",
    tag,
    summary: "Move many pictures to a folder",
    body: BatchMoveBody,
    example: { ids, from: "blog/2024", to: "blog/2025" },
    answers: { 200: BatchMoveAnswer },
  },
  "POST /api/v1/images/batch/visibility": {
    id: "setVisibilities",
    tag,
    summary: "Make many pictures public or private",
    body: BatchVisibilityBody,
    example: { ids, visibility: "public" },
    answers: { 200: BatchVisibilityAnswer },
  },
} as const satisfies Record<string, Operation>;
