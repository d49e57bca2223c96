import { assert, assertEquals } from "@std/assert";
import { API_ERRORS, ApiError, type ApiErrorCode, type ErrorRow } from "../../../routes/_http/api_error.ts";
import { errorResponse } from "../../../routes/_http/error_response.ts";

const ROWS = Object.entries(API_ERRORS) as [ApiErrorCode, ErrorRow][];

Deno.test("API_ERRORS has the statuses of the contract", () => {
  const contract: Record<string, number> = {
    VALIDATION_ERROR: 400,
    INVALID_FILE: 400,
    UNAUTHORIZED: 401,
    FORBIDDEN: 403,
    PLAN_LIMIT_EXCEEDED: 403,
    NOT_FOUND: 404,
    CONFLICT: 409,
    RATE_LIMIT_EXCEEDED: 429,
    INTERNAL_ERROR: 500,
    UPSTREAM_ERROR: 502,
    BUSY: 503,
    TIMEOUT: 504,
    STORAGE_FULL: 507,
    REQUEST_TIMEOUT: 408,
  };
  for (const [code, status] of Object.entries(contract)) assertEquals(API_ERRORS[code as ApiErrorCode].status, status);
});

Deno.test("API_ERRORS says what each code means, and when to try again where that helps", () => {
  for (const [code, row] of ROWS) {
    assert(row.status >= 400 && row.status < 600 && row.doc.length > 5 && !row.doc.endsWith("."), code);
    assertEquals(row.retryAfterSeconds !== undefined, row.status === 429 || row.status === 503, code);
  }
});

for (const [code, row] of ROWS) {
  Deno.test(`errorResponse() answers ${row.status} in the envelope when the code is ${code}`, async () => {
    const error = new ApiError(code, 'Something "quoted" – and more');
    assertEquals(error.status, row.status);
    const response = errorResponse(error, "/i/john/ä.webp");
    assertEquals(response.status, row.status);
    assertEquals(response.headers.get("content-type"), "application/json; charset=utf-8");
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertEquals(
      response.headers.get("retry-after"),
      row.retryAfterSeconds === undefined ? null : String(row.retryAfterSeconds),
    );
    assertEquals(await response.json(), {
      error: { code, message: 'Something "quoted" – and more', status: row.status, path: "/i/john/ä.webp" },
    });
  });
}

Deno.test("errorResponse() sends the headers that the error carries", async () => {
  const response = errorResponse(new ApiError("METHOD_NOT_ALLOWED", "No", { allow: "GET, HEAD" }), "/health");
  assertEquals(response.headers.get("allow"), "GET, HEAD");
  await response.body?.cancel();
});
