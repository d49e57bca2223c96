/**
 * What a user's settings add to the URLs that are handed out. A bare URL never depends on them.
 *
 * @module
 */
import { DEFAULT_PARAMS, formatParams } from "../../codec/transform.ts";
import type { ImageRecord, UserSettings } from "../../kv/records.ts";
import { displayedSize } from "./image_source.ts";

const VERSION_HEX_CHARS = 8;

/** The value of `v` that stands for a picture as it is now. */
export function versionOf(record: Pick<ImageRecord, "hash">): string {
  return record.hash.slice(0, VERSION_HEX_CHARS);
}

/**
 * The query of a handed-out URL, without its question mark; often empty. A maximum counts for the sides that are past
 * it, so nothing is ever enlarged; `fit` counts where both are.
 */
export function handedOutQuery(settings: UserSettings, record: ImageRecord): string {
  const size = displayedSize(record);
  const { defaultMaxWidth, defaultMaxHeight } = settings;
  const width = defaultMaxWidth !== null && size.width > defaultMaxWidth ? defaultMaxWidth : null;
  const height = defaultMaxHeight !== null && size.height > defaultMaxHeight ? defaultMaxHeight : null;
  const fit = width !== null && height !== null ? settings.defaultFit : DEFAULT_PARAMS.fit;
  return formatParams({ ...DEFAULT_PARAMS, width, height, fit, quality: settings.defaultQuality });
}
