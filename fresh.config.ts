/**
 * Where the parts of the dashboard lie, in the words of Fresh. Hono renders it: see routes/dashboard/_render.tsx.
 *
 * @module
 */
export default {
  /** Files served as they are at `/static/`. */
  staticDir: "static",
  /** Components that run in the browser too. */
  islandsDir: "islands",
} as const;
