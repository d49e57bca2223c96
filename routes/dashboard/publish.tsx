/**
 * `/publish`: new pictures; with scripts many at once, without them one by a plain form.
 *
 * @module
 */
import type { VNode } from "preact";
import { FORMATS } from "../../codec/formats.ts";
import { Publish, type PublishProps } from "../../islands/Publish.tsx";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import type { ImageListAnswer, UploadAnswer } from "../api/v1/_schema/images.ts";
import { callApi, forwardForm, problemText } from "./_api.ts";
import { Island } from "./_components/island.tsx";
import { PageHead, Problem } from "./_components/notice.tsx";
import { withSession } from "./_guard.ts";
import { Page, renderPage } from "./_render.tsx";
import type { SignedInView, SiteDeps } from "./_view.ts";

/** What choosers offer: every kind that is taken, by type and, since browsers don't know all, by ending. */
const ACCEPT = ["image/*", ...Object.values(FORMATS).flatMap(({ extensions }) => extensions.map((e) => `.${e}`))]
  .join(",");

function PublishPage({ view, props, problem }: {
  readonly view: SignedInView;
  readonly props: PublishProps;
  readonly problem: string | null;
}): VNode {
  return (
    <Page view={view} title={props.text.title} styles={["publish.css"]} islands={["Publish"]}>
      <PageHead title={props.text.title} lead={props.text.lead} />
      <Problem text={problem} />
      <Island name="Publish" component={Publish} props={props} />
    </Page>
  );
}

async function topFolders(site: SiteDeps, c: AppContext): Promise<string[]> {
  const { answer } = await callApi<ImageListAnswer>(site, c, { method: "GET", path: "/api/v1/images?limit=1" });
  return answer?.folders.map(({ name }) => name) ?? [];
}

async function show(site: SiteDeps, c: AppContext, view: SignedInView, problem: string | null, status = 200) {
  const props: PublishProps = {
    text: view.text.publish,
    errors: view.text.errors,
    language: view.language,
    user: view.user.name,
    maxBytes: site.config.MAX_UPLOAD_BYTES,
    folders: await topFolders(site, c),
    folder: new URL(c.req.url).searchParams.get("folder") ?? "",
    accept: ACCEPT,
  };
  return renderPage(view, <PublishPage view={view} props={props} problem={problem} />, status);
}

/** `GET /publish`. */
export function publishPage(site: SiteDeps): AppHandler {
  return withSession(site, (c, view) => show(site, c, view, null));
}

/** `POST /publish`: the form without scripts. */
export function publish(site: SiteDeps): AppHandler {
  return withSession(site, async (c, view) => {
    const { answer, problem } = await forwardForm<UploadAnswer>(site, c, "/api/v1/images");
    if (problem === null) return c.redirect(`/images/${answer.id}`, 303);
    return await show(site, c, view, problemText(view, problem), problem.status);
  });
}
