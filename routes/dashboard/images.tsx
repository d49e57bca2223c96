/**
 * `/images`: what a user has; `/publish`: one more.
 *
 * @module
 */
import type { VNode } from "preact";
import { isImageId } from "../../kv/ids.ts";
import type { ImageRecord, UserRecord } from "../../kv/records.ts";
import { ApiError } from "../_http/api_error.ts";
import { deliveryUrl } from "../_http/delivery_url.ts";
import { readUploadForm } from "../_http/multipart.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { toApiError } from "../_middleware/to_api_error.ts";
import { deliveryOrigin } from "../_services/delivery_origin.ts";
import { uploadPath } from "../_services/image_names.ts";
import { displayedSize } from "../_services/image_source.ts";
import { ingest } from "../_services/ingest.ts";
import { listImages } from "../_services/list_images.ts";
import { removeImage } from "../_services/remove.ts";
import { splitExtension } from "../../codec/formats.ts";
import { Page, renderPage } from "./_render.tsx";
import { withSession } from "./_guard.ts";
import type { SignedInView, SiteDeps } from "./_view.ts";

const PAGE_SIZE = 48;
const THUMBNAIL_PX = 320;

function ImageCard({ deps, user, record }: { deps: SiteDeps; user: UserRecord; record: ImageRecord }): VNode {
  const path = record.paths[0]!;
  const at = deliveryOrigin(deps);
  // From this host, whatever others are for: with the session's cookie it spends no transformation.
  const own = { origin: deps.publicOrigin, prefix: "/i" };
  const webp = deliveryUrl(own, user.name, `${splitExtension(path).base}.webp`);
  const { width, height } = displayedSize(record);
  const isPublic = record.visibility === "public";
  return (
    <li class="card">
      {isPublic
        ? (
          <a href={deliveryUrl(at, user.name, path)}>
            <img
              src={`${webp}?w=${THUMBNAIL_PX}&h=${THUMBNAIL_PX}&fit=cover`}
              alt={path}
              loading="lazy"
              width="320"
              height="320"
            />
          </a>
        )
        : <div class="private">private</div>}
      <p class="name">{path}</p>
      <p class="hint">{width} × {height} · {record.format} · {Math.ceil(record.size / 1024)} KB</p>
      <form method="post" action={`/images/${record.id}/delete`}>
        <button class="link" type="submit" aria-label={`Delete ${path}`}>Delete</button>
      </form>
    </li>
  );
}

/** `GET /images`. */
export function imagesPage(deps: SiteDeps): AppHandler {
  return withSession(deps, async (c, view) => {
    const { user } = view;
    const page = Math.max(1, Math.min(1_000_000, Number(c.req.query("page")) || 1));
    const offset = (Math.trunc(page) - 1) * PAGE_SIZE;
    const wanted = { sort: "newest", path: null, recursive: true, cursor: null, offset, limit: PAGE_SIZE } as const;
    const { images, total } = await listImages(deps, user.id, wanted);
    const hasMore = offset + images.length < total;
    const content = (
      <Page view={view} title="Images">
        <h1>
          Images <span class="hint">{total}</span>
        </h1>
        {total === 0
          ? (
            <p>
              Nothing here yet. <a href="/publish">Publish a picture</a>
            </p>
          )
          : null}
        <ul class="grid">
          {images.map((record) => <ImageCard key={record.id} deps={deps} user={user} record={record} />)}
        </ul>
        <p class="pages">
          {page > 1 ? <a href={`/images?page=${page - 1}`}>Newer</a> : null}
          {hasMore ? <a href={`/images?page=${page + 1}`}>Older</a> : null}
        </p>
      </Page>
    );
    return renderPage(view, content);
  });
}

function PublishForm({ deps, view, problem }: { deps: SiteDeps; view: SignedInView; problem: string | null }): VNode {
  return (
    <Page view={view} title="Publish">
      <h1>Publish a picture</h1>
      {problem === null ? null : <p class="problem" role="alert">{problem}</p>}
      <form method="post" action="/publish" enctype="multipart/form-data" class="stack narrow">
        <label>
          Picture, up to {Math.floor(deps.config.MAX_UPLOAD_BYTES / 1024 / 1024)} MB
          <input name="file" type="file" accept="image/*,.heic,.heif,.jxl,.exr,.hdr,.qoi,.tga" required />
        </label>
        <label>
          Folder or path (optional)
          <input name="path" placeholder="blog/2026" />
        </label>
        <button type="submit">Publish</button>
      </form>
    </Page>
  );
}

/** `GET /publish`. */
export function publishPage(deps: SiteDeps): AppHandler {
  return withSession(
    deps,
    (_c, view) => renderPage(view, <PublishForm deps={deps} view={view} problem={null} />),
  );
}

/** `POST /publish`: the form without scripts. */
export function publish(deps: SiteDeps): AppHandler {
  return withSession(deps, async (c, view) => {
    const { user } = view;
    try {
      await deps.uploadTurns.run(user.id, async () => {
        const form = await readUploadForm(c.req.raw, deps.config.MAX_UPLOAD_BYTES);
        const path = uploadPath(form.path, form.filename);
        const upload = { bytes: form.bytes, filename: form.filename, path, visibility: null };
        await ingest(deps, user, upload, c.req.raw.signal);
      });
      return c.redirect("/images", 303);
    } catch (error) {
      const problem = toApiError(error);
      if (problem.status === 500) throw error;
      const page = <PublishForm deps={deps} view={view} problem={problem.message} />;
      return renderPage(view, page, problem.status);
    }
  });
}

/** `POST /images/:id/delete`. */
export function deleteFromPage(deps: SiteDeps): AppHandler {
  return withSession(deps, async (c, view) => {
    const { user } = view;
    const id = c.req.param("id") ?? "";
    if (!isImageId(id) || await removeImage(deps, user.id, id) === null) {
      throw new ApiError("NOT_FOUND", "There is no image of yours with this id");
    }
    return c.redirect("/images", 303);
  });
}
