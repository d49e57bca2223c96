/// <reference lib="dom" />
/**
 * What is done with what is selected, a hundred at a time as the API takes them.
 *
 * @module
 */
import type {
  BatchDeleteAnswer,
  BatchFailure,
  BatchMoveAnswer,
  BatchRestoreAnswer,
  BatchVisibilityAnswer,
} from "../../routes/api/v1/_schema/image_changes.ts";
import { askApi, type AskProblem } from "../ui/ask_api.ts";

/** Most of one request. */
const BATCH = 100;

/** How something went. */
export interface Outcome {
  readonly done: readonly string[];
  readonly failed: number;
  /** Of the first that failed. */
  readonly problem: Pick<AskProblem, "code" | "message"> | null;
}

/** Of a delete: also until when it can be undone. */
export interface DeleteOutcome extends Outcome {
  readonly untilMs: number | null;
}

interface Batch<T> {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly done: (answer: T) => readonly string[];
}

async function inBatches<T extends { readonly failed: readonly BatchFailure[] }>(
  ids: readonly string[],
  { path, body, done }: Batch<T>,
): Promise<Outcome & { readonly answers: readonly T[] }> {
  const [all, answers]: [string[], T[]] = [[], []];
  let failed = 0;
  let problem: Outcome["problem"] = null;
  for (let at = 0; at < ids.length; at += BATCH) {
    const some = ids.slice(at, at + BATCH);
    const result = await askApi<T>("POST", `/api/v1/images/batch/${path}`, { ids: some, ...body });
    if (result.answer === null) {
      failed += some.length;
      problem ??= result.problem;
      continue;
    }
    answers.push(result.answer);
    all.push(...done(result.answer));
    failed += result.answer.failed.length;
    problem ??= result.answer.failed[0] ?? null;
  }
  return { done: all, failed, problem, answers };
}

/** Deletes, so that it can be undone for some seconds. */
export async function deleteImages(ids: readonly string[]): Promise<DeleteOutcome> {
  const { answers, ...outcome } = await inBatches<BatchDeleteAnswer>(ids, {
    path: "delete",
    body: { undoable: true },
    done: ({ deleted }) => deleted,
  });
  const first = answers.find(({ delete_at }) => delete_at !== null)?.delete_at;
  return { ...outcome, untilMs: first == null ? null : Date.parse(first) };
}

/** Undoes it. */
export function restoreImages(ids: readonly string[]): Promise<Outcome> {
  return inBatches<BatchRestoreAnswer>(ids, { path: "restore", body: {}, done: ({ restored }) => restored });
}

/** Moves to a folder. @param from only paths right in this folder; null = every path */
export function moveImages(ids: readonly string[], from: string | null, to: string): Promise<Outcome> {
  const done = ({ moved }: BatchMoveAnswer) => [...new Set(moved.map(({ id }) => id))];
  return inBatches<BatchMoveAnswer>(ids, { path: "move", body: { from, to }, done });
}

/** Makes public or private. */
export function setVisibilities(ids: readonly string[], visibility: "public" | "private"): Promise<Outcome> {
  const done = ({ updated }: BatchVisibilityAnswer) => updated;
  return inBatches<BatchVisibilityAnswer>(ids, { path: "visibility", body: { visibility }, done });
}

/** Gives each image a path in a folder beside those that it has. @param to empty = the root */
export async function aliasImages(items: readonly { id: string; path: string }[], to: string): Promise<Outcome> {
  const done: string[] = [];
  let problem: Outcome["problem"] = null;
  for (const { id, path } of items) {
    const name = path.split("/").at(-1)!;
    const body = { path: to === "" ? name : `${to}/${name}` };
    const result = await askApi("POST", `/api/v1/images/${id}/paths`, body);
    if (result.problem === null) done.push(id);
    else problem ??= result.problem;
  }
  return { done, failed: items.length - done.length, problem };
}

/** Downloads the originals as one ZIP: a form, so that the browser writes it to disk as it comes. */
export function downloadImages(ids: readonly string[]): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/images/download";
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "ids";
  field.value = ids.join(",");
  form.append(field);
  document.body.append(form);
  form.submit();
  form.remove();
}
