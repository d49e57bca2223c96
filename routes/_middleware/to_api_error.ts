/**
 * The one mapper from failures of core, state and services to the error table.
 *
 * @module
 */
import { CodecError } from "../../codec/errors.ts";
import { ParamError } from "../../codec/params.ts";
import { BlobError } from "../../kv/blobs/blobs.ts";
import { NameError } from "../../kv/ids.ts";
import type { QuotaMetric } from "../../kv/plans.ts";
import { QuotaError } from "../../kv/quota_error.ts";
import { StoreError } from "../../kv/store.ts";
import { ApiError, type ApiErrorCode, tooManyError } from "../_http/api_error.ts";
import { ServiceError, type ServiceErrorCode } from "../_services/service_error.ts";

const SERVICE_CODES: Record<ServiceErrorCode, ApiErrorCode> = {
  validation: "VALIDATION_ERROR",
  invalid_file: "INVALID_FILE",
  not_found: "NOT_FOUND",
  conflict: "CONFLICT",
  unprocessable_image: "UNPROCESSABLE_IMAGE",
  forbidden: "FORBIDDEN",
  too_many: "RATE_LIMIT_EXCEEDED",
  not_configured: "NOT_CONFIGURED",
  upstream: "UPSTREAM_ERROR",
};

const QUOTA_NAMES: Record<QuotaMetric, string> = {
  uploads: "Uploads",
  storage_bytes: "Bytes of storage",
  transformations: "Transformations",
  api_requests: "API requests",
  bandwidth_bytes: "Bytes of bandwidth",
  previews: "Previews of the dashboard",
};

/** What is used up, and until when. */
function quotaMessage({ metric, used, limit, resetsAtMs }: QuotaError): string {
  const remedy = resetsAtMs === null
    ? "delete pictures, or see /pricing for more"
    : `more from ${new Date(resetsAtMs).toISOString()}, or see /pricing`;
  return `${QUOTA_NAMES[metric]} of your plan are used up: ${Math.min(used, limit)} of ${limit}; ${remedy}`;
}

/**
 * Turns anything thrown into an answer. What is not recognised is an INTERNAL_ERROR whose message tells nothing; the
 * caller logs the error itself.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ServiceError) return new ApiError(SERVICE_CODES[error.code], error.message);
  if (error instanceof ParamError || error instanceof NameError) return new ApiError("VALIDATION_ERROR", error.message);
  if (error instanceof QuotaError) return new ApiError("PLAN_LIMIT_EXCEEDED", quotaMessage(error));
  if (error instanceof StoreError && error.code === "full") {
    return new ApiError("STORAGE_FULL", "No space left on the server");
  }
  if (error instanceof StoreError) return new ApiError("BUSY", "Metadata store gave no answer in time; try again");
  if (error instanceof BlobError && error.code === "full") {
    return new ApiError("STORAGE_FULL", "No space left on the server");
  }
  if (error instanceof BlobError && error.code === "damaged") {
    return new ApiError("UPSTREAM_ERROR", "Stored bytes are damaged");
  }
  if (error instanceof BlobError) return new ApiError("BUSY", "Blob store gave no answer; try again");
  if (error instanceof CodecError && error.code === "deadline") return new ApiError("TIMEOUT", error.message);
  if (error instanceof CodecError && (error.code === "busy" || error.code === "cancelled")) {
    return tooManyError();
  }
  return new ApiError("INTERNAL_ERROR", "Something went wrong on the server; the log has it under this request's id");
}
