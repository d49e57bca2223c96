/**
 * Keys that clients refuse to do without: the TypeScript client takes no answer in which one is absent, optional ones
 * too (null is fine). The document must promise each.
 */
import { assertEquals } from "@std/assert";
import { resolved } from "../../routes/_http/schema_text.ts";
import type { JsonSchema, OpenApiDocument } from "../../routes/_http/openapi.ts";
import { startTestApp } from "../doubles/app.ts";

/** By schema, or a field of one. */
const KEYS: Readonly<Record<string, string>> = {
  "UploadAnswer": "id hash url paths is_new size format dimensions available_formats uploaded_at visibility _links",
  "UploadAnswer.available_formats": "webp avif jpeg png jxl",
  "UploadAnswer.dimensions": "width height",
  "UploadAnswer._links": "self delete",
  "ImageListAnswer": "images folders total limit offset has_more path_filter",
  "ImageListAnswer.folders": "name image_count",
  "ImageListItem":
    "id original_filename sanitized_filename size uploaded_at url cdn_url paths visibility active_signed_url",
  "SearchAnswer": "results total query",
  "SearchAnswer.results": "id original_filename sanitized_filename size uploaded_at url cdn_url paths visibility",
  "ImageAnswer": "id metadata urls visibility _links",
  "ImageAnswer.metadata": "hash original_filename size uploaded_at mime_type width height dominant_color",
  "ImageAnswer.urls": "original webp avif jpeg png jxl",
  "DeleteAnswer": "success message deleted_paths deleted_at",
  "SignedUrlAnswer": "signed_url expires_at expires_in_seconds",
  "VisibilityAnswer": "id visibility message",
  "PathRemovedAnswer": "success message remaining_paths image_deleted deleted_at",
  "SettingsAnswer.settings": "id username email plan delivery_formats default_quality default_fit_mode " +
    "default_max_width default_max_height theme language created_at updated_at total_uploads storage_used_bytes",
  "SettingsUpdateAnswer": "settings message",
  "ApiKeysAnswer.api_keys": "id name key_prefix scopes created_at last_used_at expires_at total_requests",
  "NewApiKeyAnswer": "id key key_prefix name scopes created_at expires_at",
  "PresetAnswer": "id name description params created_at updated_at usage_count",
  "PresetsAnswer": "presets total",
  "UsageAnswer": "plan plan_name plan_status subscription_ends_at plan_limits total_images storage_used_bytes " +
    "storage_used_mb storage_used_gb current_period credits",
  "UsageAnswer.plan_limits": "max_uploads_per_month max_storage_bytes max_bandwidth_per_month " +
    "max_api_requests_per_month max_transformations_per_month",
  "UsageAnswer.current_period": "period period_start period_end uploads bandwidth_bytes api_requests transformations",
  "UsageAnswer.credits": "storage_bytes api_requests transformations",
  "SubscriptionAnswer": "plan plan_name status renews_at ends_at card_brand card_last_four update_payment_url invoices",
  "ErrorAnswer.error": "code message status path",
};

function schemaAt(document: OpenApiDocument, place: string): JsonSchema {
  const { schemas } = document.components;
  const [name = "", field] = place.split(".");
  const whole = schemas[name]!;
  if (field === undefined) return whole;
  const schema = resolved(whole.properties![field]!, schemas);
  return resolved(schema.items ?? schema, schemas);
}

Deno.test("the document promises every key that clients need", async () => {
  const app = await startTestApp();
  const document: OpenApiDocument = await (await app.request("/openapi.json")).json();
  await app.close();
  for (const [place, keys] of Object.entries(KEYS)) {
    const required = schemaAt(document, place).required ?? [];
    assertEquals(keys.split(" ").filter((key) => !required.includes(key)), [], place);
  }
});
