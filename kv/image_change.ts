/**
 * One commit's changes of a user's images: the rows that go together, and what the log says of them.
 *
 * @module
 */
import { splitExtension } from "../codec/formats.ts";
import { nextSecond } from "./change_time.ts";
import type { ImageId, ImagePath, UserId } from "./ids.ts";
import { dropOp, type ImageOp, putOp } from "./image_log.ts";
import { baseKey, imageKey, pathKey, pathsDroppedKey, totalKey, usageDayKey } from "./keys.ts";
import type { ImageRecord, PathRow } from "./records.ts";
import { addTo } from "./store.ts";
import { dayOf } from "./usage.ts";

/** See the module's comment. */
export class ImageChange {
  readonly operation: Deno.AtomicOperation;
  /** For the log; empty = nothing is to be committed. */
  readonly ops: ImageOp[] = [];
  #user: UserId;
  #nowMs: number;
  #hasDropped = false;

  constructor(operation: Deno.AtomicOperation, user: UserId, nowMs: number) {
    this.operation = operation;
    this.#user = user;
    this.#nowMs = nowMs;
  }

  /** Writes the record of an image that is there already. */
  put(record: ImageRecord): void {
    this.operation.set(imageKey(this.#user, record.id), record);
    this.ops.push(putOp(record));
  }

  /** Writes the record of one that is not. */
  putNew(record: ImageRecord): void {
    this.put(record);
    this.#count(1, record.size);
  }

  /** Writes the record of one that comes from another set-up: the days' counters come with its account. */
  putMoved(record: ImageRecord): void {
    this.put(record);
    this.#total(1, record.size);
  }

  /** Takes a record away; its paths are for {@linkcode dropPath}. */
  drop(record: ImageRecord): void {
    this.operation.delete(imageKey(this.#user, record.id));
    this.ops.push(dropOp(record.id));
    this.#count(-1, -record.size);
  }

  #total(images: number, bytes: number): void {
    addTo(this.operation, totalKey(this.#user, "images"), images);
    addTo(this.operation, totalKey(this.#user, "bytes"), bytes);
  }

  #count(images: number, bytes: number): void {
    this.#total(images, bytes);
    addTo(this.operation, usageDayKey(this.#user, dayOf(this.#nowMs), "stored_bytes"), bytes);
  }

  /** Takes a record and all its paths away. */
  dropWithPaths(record: ImageRecord): void {
    this.drop(record);
    for (const path of record.paths) this.dropPath(path);
  }

  /** Points a path at an image. @param atMs by kv/change_time.ts, after the other paths of its base name */
  pointPath(path: ImagePath, image: ImageId, atMs: number): void {
    const row: PathRow = { image, atMs };
    this.operation.set(pathKey(this.#user, path), row).set(baseKey(this.#user, splitExtension(path).base, path), row);
  }

  /** Takes a path away. */
  dropPath(path: ImagePath): void {
    if (!this.#hasDropped) this.operation.set(pathsDroppedKey(this.#user), nextSecond(this.#nowMs));
    this.#hasDropped = true;
    this.operation.delete(pathKey(this.#user, path)).delete(baseKey(this.#user, splitExtension(path).base, path));
  }
}
