/**
 * `/`: what this is.
 *
 * @module
 */
import { OUTPUT_FORMATS } from "../../codec/formats.ts";
import { describeAllowed, PARAM_ENTRIES } from "../../codec/params.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { deliveryOrigin } from "../_services/delivery_origin.ts";
import { Page, renderPage } from "./_render.tsx";
import { type SiteDeps, viewOf } from "./_view.ts";

/** `GET /`. */
export function homePage(site: SiteDeps): AppHandler {
  return async function homePage(c) {
    const view = await viewOf(site, c);
    const { user } = view;
    const { origin, prefix } = deliveryOrigin(site);
    const address = `${origin}${prefix}/${user?.name ?? "you"}/photo.webp?w=800`;
    const page = (
      <Page title="Upload once, ask for any size and format" view={view}>
        <h1>Upload once. Ask for any size and format.</h1>
        <p class="lead">
          A picture uploaded here has a URL. Change its ending and it comes as{" "}
          {OUTPUT_FORMATS.join(", ")}; add parameters and it comes in another size.
        </p>
        <p>
          <code class="address">{address}</code>
        </p>
        <p>
          {user === null
            ? <a class="button" href="/sign-in">Sign in</a>
            : <a class="button" href="/publish">Publish a picture</a>}
        </p>
        <h2>Parameters</h2>
        <table>
          <thead>
            <tr>
              <th>Key</th>
              <th>Meaning</th>
              <th>Allowed</th>
            </tr>
          </thead>
          <tbody>
            {PARAM_ENTRIES.map(([, row]) => (
              <tr>
                <td>
                  <code>{row.key}</code>
                </td>
                <td>{row.doc.replaceAll("`", "")}</td>
                <td>{describeAllowed(row)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Page>
    );
    return renderPage(view, page);
  };
}
