/** Paths of images over HTTP: added, moved, removed; two users throughout. */
import { assertEquals } from "@std/assert";
import { PathRemovedAnswer, PathsAnswer } from "../../routes/api/v1/_schema/image_changes.ts";
import { assertGuarded, assertRefuses, assertRefusesNoObjects, call, withUsers } from "../doubles/api.ts";
import { fixture, ORIGIN, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";

async function uploaded(app: TestApp, by: TestUser, name: string, path: string): Promise<string> {
  return (await (await app.upload(by, await fixture(name), name, { path })).json()).id;
}

const byPath = (rest: string) => `/api/v1/images/path/${rest}`;

Deno.test("deleteByPath() takes the path as each official client spells it", () =>
  withUsers(startTestApp(), async (app, john) => {
    const wireForms: [string, string][] = [
      ["TypeScript", "blog%201%2F%C3%BCn%C3%AF%2Fph%2Boto.png"],
      ["Python and Go", "blog%201/%C3%BCn%C3%AF/ph+oto.png"],
      ["Rust", "blog+1%2F%C3%BCn%C3%AF%2Fph%2Boto.png"],
    ];
    for (const [client, form] of wireForms) {
      await uploaded(app, john, "quarters.png", "keep.png");
      await uploaded(app, john, "quarters.png", "blog 1/ünï/ph+oto.png");
      const { status, body } = await call(app, john, "DELETE", byPath(`john/${form}`));
      assertEquals(status, 200, client);
      const { deleted_at: _, purged, ...answer } = PathRemovedAnswer.parse(body);
      assertEquals([purged.derivatives, purged.tags.length, purged.instances, purged.edge], [0, 1, 1, "none"]);
      assertEquals(answer, {
        success: true,
        message: "Path removed",
        remaining_paths: ["keep.png"],
        image_deleted: false,
      });
    }
  }));

Deno.test("deleteByPath() looks for a plus before it looks for a space", () =>
  withUsers(startTestApp(), async (app, john) => {
    await uploaded(app, john, "quarters.png", "a b.png");
    await uploaded(app, john, "quarters.png", "a+b.png");
    const first = await call(app, john, "DELETE", byPath("john/a+b.png"));
    assertEquals(first.body.remaining_paths, ["a b.png"]);
    const second = await call(app, john, "DELETE", byPath("john/a+b.png"));
    assertEquals([second.body.remaining_paths, second.body.image_deleted], [[], true]);
    assertEquals((await call(app, john, "DELETE", byPath("john/a+b.png"))).status, 404);
    await uploaded(app, john, "quarters.png", "100%25.png");
    assertEquals((await call(app, john, "DELETE", byPath("john/100%25.png"))).status, 404, "decoded once");
    assertEquals((await call(app, john, "DELETE", byPath("john/100%2525.png"))).status, 200);
  }));

Deno.test("deleteByPath() deletes the image with its last path, bytes and all", () =>
  withUsers(startTestApp(), async (app, john) => {
    const id = await uploaded(app, john, "quarters.png", "a/p.png");
    await (await app.request("/i/john/a/p.webp")).body?.cancel();
    await app.settled();
    const { body } = await call(app, john, "DELETE", byPath("john/a/p.png"));
    assertEquals([body.image_deleted, body.remaining_paths], [true, []]);
    assertEquals((await call(app, john, "GET", `/api/v1/images/${id}`)).status, 404);
    assertEquals((await app.request("/i/john/a/p.webp")).status, 404);
    assertEquals((await Array.fromAsync(app.blobs.list(""))).length, 0);
  }));

Deno.test("deleteByPath() is 403 for any other name, whether or not somebody has it", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    await uploaded(app, mary, "quarters.png", "p.png");
    for (
      const rest of ["mary/p.png", "mary/none.png", "nobody/p.png", "x/p.png", "%F0/p.png", "%00/p.png", "", "mary"]
    ) {
      const { status, body } = await call(app, john, "DELETE", byPath(rest));
      assertEquals([status, body.error.code], [403, "FORBIDDEN"], rest);
    }
    assertEquals((await call(app, john, "DELETE", byPath("john/p.png"))).status, 404);
    for (const rest of ["john/", "john", "john/%F0", "john/a/../p.png", "john/%2e%2e/p.png", "john/%00"]) {
      const { status, body } = await call(app, john, "DELETE", byPath(rest));
      assertEquals([status, body.error.code], [400, "VALIDATION_ERROR"], rest);
    }
    assertEquals((await call(app, mary, "DELETE", byPath("MARY/p.png"))).status, 200);
    await assertGuarded(app, "DELETE", byPath("john/p.png"), "write");
    assertEquals((await call(app, john, "GET", byPath("john/p.png"))).status, 405);
  }));

Deno.test("addPath() gives the same bytes another path, for nothing", () =>
  withUsers(startTestApp(), async (app, john) => {
    const id = await uploaded(app, john, "quarters.png", "a/p.png");
    const paths = `/api/v1/images/${id}/paths`;
    const { status, body } = await call(app, john, "POST", paths, { path: "/b/c.webp/" });
    assertEquals(status, 201);
    const { message: _, purged: __, ...answer } = PathsAnswer.parse(body);
    assertEquals(answer, {
      id,
      path: "b/c.webp",
      paths: ["a/p.png", "b/c.webp"],
      cdn_url: `${ORIGIN}/i/john/b/c.webp`,
    });
    assertEquals((await call(app, john, "POST", paths, { path: "folder" })).body.path, "folder/quarters.png");
    assertEquals((await call(app, john, "POST", paths, { path: "a/p.png" })).body.paths.length, 3, "once is enough");
    const served = await app.request("/i/john/b/c.jpg?w=9");
    assertEquals(served.status, 200);
    await served.body?.cancel();
    assertEquals((await app.deps.images.totals(john.user.id)).images, 1);
  }));

Deno.test("changePath() moves a path, and a path in use stays with whom it is", () =>
  withUsers(startTestApp(), async (app, john) => {
    const id = await uploaded(app, john, "quarters.png", "a/p.png");
    await uploaded(app, john, "quarters.jpg", "taken.jpg");
    const paths = `/api/v1/images/${id}/paths`;
    const moved = await call(app, john, "PATCH", paths, { from: "a/p.png", to: "b/q.png" });
    assertEquals([moved.status, moved.body.paths, moved.body.path], [200, ["b/q.png"], "b/q.png"]);
    assertEquals((await app.request("/i/john/a/p.png")).status, 404);
    assertEquals((await call(app, john, "PATCH", paths, { from: "b/q.png", to: "c" })).body.path, "c/q.png");
    const taken = await call(app, john, "PATCH", paths, { from: "c/q.png", to: "taken.jpg" });
    assertEquals([taken.status, taken.body.error.code], [409, "CONFLICT"]);
    assertEquals((await call(app, john, "POST", paths, { path: "taken.jpg" })).status, 409);
    assertEquals((await call(app, john, "PATCH", paths, { from: "a/p.png", to: "z.png" })).status, 404);
    assertEquals((await call(app, john, "PATCH", paths, { from: "c/q.png", to: "c/q.png" })).status, 200);
    const list = (await call(app, john, "GET", "/api/v1/images?path=c")).body;
    assertEquals([list.total, list.images[0].paths], [1, ["c/q.png"]]);
    assertEquals((await call(app, john, "GET", "/api/v1/images?path=a")).body.total, 0);
    assertEquals((await call(app, john, "GET", "/api/v1/images/search?q=c/q")).body.total, 1);
  }));

Deno.test("deletePathOfImage() removes one path, and the image with its last", () =>
  withUsers(startTestApp(), async (app, john) => {
    const id = await uploaded(app, john, "quarters.png", "a.png");
    await uploaded(app, john, "quarters.png", "ü b.png");
    const paths = `/api/v1/images/${id}/paths`;
    const removed = await call(app, john, "DELETE", `${paths}?path=${encodeURIComponent("ü b.png")}`);
    assertEquals([removed.status, PathRemovedAnswer.parse(removed.body).remaining_paths], [200, ["a.png"]]);
    assertEquals((await call(app, john, "DELETE", `${paths}?path=other.png`)).status, 404);
    assertEquals((await call(app, john, "DELETE", `${paths}?path=a.png`)).body.image_deleted, true);
    assertEquals((await call(app, john, "DELETE", `${paths}?path=a.png`)).status, 404);
  }));

Deno.test("paths are for one's own images, with bodies of the schema", () =>
  withUsers(startTestApp(), async (app, john, mary) => {
    const id = await uploaded(app, john, "quarters.png", "a.png");
    await uploaded(app, mary, "quarters.jpg", "m.jpg");
    const paths = `/api/v1/images/${id}/paths`;
    const absent = "/api/v1/images/0123456789abcdef/paths";
    for (const [method, body] of [["POST", { path: "x.png" }], ["PATCH", { from: "a.png", to: "x.png" }]] as const) {
      const hers = await call(app, mary, method, paths, body);
      const none = await call(app, mary, method, absent, body);
      assertEquals([hers.status, hers.body.error.message], [404, none.body.error.message]);
      await assertRefusesNoObjects(app, john, method, paths);
      await assertGuarded(app, method, paths, "write");
    }
    assertEquals((await call(app, mary, "DELETE", `${paths}?path=a.png`)).status, 404);
    await assertGuarded(app, "DELETE", paths, "write");
    await assertRefuses(app, john, "POST", paths, [
      ["path", {}],
      ["path", { path: 5 }],
      ["path", { path: null }],
      ["path", { path: "a/../b.png" }],
      ["path", { path: `${"x".repeat(256)}.png` }],
      ["path", { path: "a\u0000.png" }],
    ]);
    await assertRefuses(app, john, "PATCH", paths, [
      ["from", {}],
      ["to", { from: "a.png" }],
      ["to", { from: "a.png", to: [] }],
      ["from", { from: "", to: "b.png" }],
    ]);
    assertEquals((await call(app, john, "DELETE", paths)).status, 400);
  }));
