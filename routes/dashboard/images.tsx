/**
 * `/images`: the library; `/images/download`: what is selected there as a ZIP.
 *
 * @module
 */
import type { VNode } from "preact";
import { formatView, listRequest, parseView, type View as LibraryView } from "../../islands/library/address.ts";
import { type LibraryPage, toPage } from "../../islands/library/item.ts";
import { PAGE_ITEMS } from "../../islands/library/pages.ts";
import { MAX_SELECTED } from "../../islands/library/selection.ts";
import { Library, type LibraryProps } from "../../islands/Library.tsx";
import { fill } from "../../islands/ui/fill.ts";
import { Icon } from "../../islands/ui/Icon.tsx";
import { type ImageId, isImageId } from "../../kv/ids.ts";
import { ApiError } from "../_http/api_error.ts";
import { PRIVATE_CACHE } from "../_http/cache_policy.ts";
import { readForm } from "../_http/form_body.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { selectionArchive } from "../_services/archive.ts";
import { sanitizeFilename } from "../_services/image_names.ts";
import type { ImageListAnswer, SearchAnswer } from "../api/v1/_schema/images.ts";
import { callApi, problemText } from "./_api.ts";
import { Island } from "./_components/island.tsx";
import { PageHead, Problem } from "./_components/notice.tsx";
import { withSession } from "./_guard.ts";
import { Page, renderPage } from "./_render.tsx";
import type { SignedInView, SiteDeps } from "./_view.ts";

const MAX_PAGE = 1_000_000;
const EMPTY: LibraryPage = { items: [], total: 0, folders: [] };

interface Shown {
  readonly wanted: LibraryView;
  readonly page: LibraryPage;
  /** From 0. */
  readonly pageNumber: number;
  readonly problem: string | null;
  readonly status: number;
}

async function look(site: SiteDeps, c: AppContext, view: SignedInView): Promise<Shown> {
  const query = new URL(c.req.url).searchParams;
  const wanted = parseView(query);
  const number = Number(query.get("page") ?? "1");
  const pageNumber = Number.isInteger(number) && number >= 1 && number <= MAX_PAGE ? number - 1 : 0;
  const path = listRequest(wanted, pageNumber * PAGE_ITEMS, PAGE_ITEMS);
  const { answer, problem } = await callApi<ImageListAnswer | SearchAnswer>(site, c, { method: "GET", path });
  const at = { wanted, pageNumber };
  if (problem !== null) return { ...at, page: EMPTY, problem: problemText(view, problem), status: problem.status };
  return { ...at, page: toPage(wanted.folder, answer), problem: null, status: 200 };
}

/** Links to the pages before and after, for browsers without scripts; the island scrolls instead. */
function Pager({ view, shown: { wanted, page, pageNumber } }: { view: SignedInView; shown: Shown }): VNode | null {
  const { library } = view.text;
  const hasMore = (pageNumber + 1) * PAGE_ITEMS < page.total;
  if (pageNumber === 0 && !hasMore) return null;
  const to = (number: number) => {
    const query = new URLSearchParams(formatView(wanted));
    if (number > 0) query.set("page", String(number + 1));
    return query.size === 0 ? "/images" : `/images?${query}`;
  };
  return (
    <noscript>
      <nav class="row pager" aria-label={library.list}>
        {pageNumber > 0 ? <a class="button quiet" href={to(pageNumber - 1)}>{library.newer}</a> : null}
        {hasMore ? <a class="button quiet" href={to(pageNumber + 1)}>{library.older}</a> : null}
      </nav>
    </noscript>
  );
}

function archiveHref(folder: string): string {
  return folder === "" ? "/api/v1/images/archive" : `/api/v1/images/archive?${new URLSearchParams({ path: folder })}`;
}

function LibraryOf({ view, shown }: { readonly view: SignedInView; readonly shown: Shown }): VNode {
  const { library, errors, shell } = view.text;
  const { wanted, page, pageNumber } = shown;
  const props: LibraryProps = {
    text: library,
    errors,
    shell: { cancel: shell.cancel, delete: shell.delete, undo: shell.undo },
    language: view.language,
    user: view.user.name,
    view: wanted,
    page: { ...page, pageNumber },
  };
  const title = wanted.folder === "" ? library.title : `${wanted.folder.split("/").at(-1)} · ${library.title}`;
  return (
    <Page view={view} title={title} styles={["library.css"]} islands={["Library"]}>
      <PageHead title={library.title}>
        <div class="row">
          {page.total === 0 ? null : (
            <a class="button quiet" href={archiveHref(wanted.folder)} download data-archive>
              <Icon name="download" /> {library.downloadFolder}
            </a>
          )}
          <a class="button accent only-wide" href="/publish">
            <Icon name="upload" /> {library.publish}
          </a>
        </div>
      </PageHead>
      <Problem text={shown.problem === null ? null : fill(library.loadFailed, { reason: shown.problem })} />
      <Island name="Library" component={Library} props={props} />
      <Pager view={view} shown={shown} />
    </Page>
  );
}

/** `GET /images`. */
export function imagesPage(site: SiteDeps): AppHandler {
  return withSession(site, async (c, view) => {
    const shown = await look(site, c, view);
    return renderPage(view, <LibraryOf view={view} shown={shown} />, shown.status);
  });
}

function idsOf(field: string | null): ImageId[] {
  const ids = (field ?? "").split(",");
  if (ids.length <= MAX_SELECTED && ids.every(isImageId)) return ids;
  throw new ApiError("VALIDATION_ERROR", `Field "ids" must be 1 to ${MAX_SELECTED} image ids with commas between`);
}

/** `POST /images/download`: the originals of some images under their first paths. */
export function downloadImages(site: SiteDeps): AppHandler {
  return withSession(site, async (c, view) => {
    const ids = idsOf((await readForm(c.req.raw)).get("ids"));
    return new Response(selectionArchive(site, view.user, ids), {
      headers: {
        "content-type": "application/zip",
        "content-disposition": `attachment; filename="${sanitizeFilename(view.user.name)}.zip"`,
        "cache-control": PRIVATE_CACHE,
      },
    });
  });
}
