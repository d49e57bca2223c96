/**
 * Small translations between the image record and what the other layers call it.
 *
 * @module
 */
import type { Source } from "../../codec/plan.ts";
import { orientedSize, type Size } from "../../codec/geometry.ts";
import type { OriginalRef } from "../../kv/keys.ts";
import type { ImageRecord } from "../../kv/records.ts";

/** Where a record's bytes are. */
export function originalOf(record: ImageRecord): OriginalRef {
  return { user: record.user, hash: record.hash, nonce: record.nonce };
}

/** What the planner needs of a record. */
export function sourceOf(record: ImageRecord): Source {
  return {
    width: record.width,
    height: record.height,
    orientation: record.orientation,
    hasAlpha: record.hasAlpha,
    frames: record.frames,
  };
}

/** Size as displayed: EXIF orientation applied. */
export function displayedSize(record: ImageRecord): Size {
  return orientedSize(record, record.orientation);
}
