/**
 * `/images/{id}`: one image.
 *
 * @module
 */
import type { VNode } from "preact";
import { ImageView, type ImageViewProps } from "../../islands/ImageView.tsx";
import { Icon } from "../../islands/ui/Icon.tsx";
import { isImageId } from "../../kv/ids.ts";
import { ApiError } from "../_http/api_error.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { deliveryOrigin } from "../_services/delivery_origin.ts";
import type { ImageAnswer } from "../api/v1/_schema/images.ts";
import { callApi } from "./_api.ts";
import { Island } from "./_components/island.tsx";
import { withSession } from "./_guard.ts";
import { Page, renderPage } from "./_render.tsx";
import type { SignedInView, SiteDeps } from "./_view.ts";

const missing = () => new ApiError("NOT_FOUND", "There is no image of yours with this id");

/** The id of the address. @throws {ApiError} NOT_FOUND */
function idOf(c: AppContext): string {
  const id = c.req.param("id") ?? "";
  if (!isImageId(id)) throw missing();
  return id;
}

/** A form that deletes, for browsers without scripts. */
function PlainDelete({ view, id }: { readonly view: SignedInView; readonly id: string }): VNode {
  return (
    <noscript>
      <form method="post" action={`/images/${id}/delete`}>
        <button class="button danger" type="submit">{view.text.image.deleteTitle}</button>
      </form>
    </noscript>
  );
}

function ImagePage({ view, props }: { readonly view: SignedInView; readonly props: ImageViewProps }): VNode {
  const path = props.image.paths[0]!;
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  const back = folder === "" ? "/images" : `/images?${new URLSearchParams({ folder })}`;
  return (
    <Page view={view} title={path.split("/").at(-1)!} styles={["image.css"]} islands={["ImageView"]}>
      <div class="page-head image-head">
        <div>
          <a class="back small" href={back}>
            <Icon name="arrow-left" /> {folder === "" ? view.text.image.back : folder}
          </a>
          <h1 class="break">{path.split("/").at(-1)}</h1>
        </div>
        <PlainDelete view={view} id={props.image.id} />
      </div>
      <Island name="ImageView" component={ImageView} props={props} />
    </Page>
  );
}

/** `GET /images/:id`. The query sets the playground. */
export function imagePage(site: SiteDeps): AppHandler {
  return withSession(site, async (c, view) => {
    const path = `/api/v1/images/${idOf(c)}`;
    const { answer: image, problem } = await callApi<ImageAnswer>(site, c, { method: "GET", path });
    if (problem !== null) throw new ApiError(problem.code, problem.message);
    const { origin, prefix } = deliveryOrigin(site);
    const { shell } = view.text;
    const props: ImageViewProps = {
      text: view.text.image,
      parameters: view.text.parameters,
      allowed: view.text.allowed,
      errors: view.text.errors,
      shell: { cancel: shell.cancel, copy: shell.copy, save: shell.save, undo: shell.undo },
      language: view.language,
      user: view.user.name,
      image,
      base: `${origin}${prefix}/${view.user.name}/`,
      query: new URL(c.req.url).search,
    };
    return renderPage(view, <ImagePage view={view} props={props} />);
  });
}

/** `POST /images/:id/delete`: the form without scripts. */
export function deleteFromPage(site: SiteDeps): AppHandler {
  return withSession(site, async (c) => {
    const path = `/api/v1/images/${idOf(c)}`;
    const { problem } = await callApi(site, c, { method: "DELETE", path });
    if (problem !== null) throw new ApiError(problem.code, problem.message);
    return c.redirect("/images", 303);
  });
}
