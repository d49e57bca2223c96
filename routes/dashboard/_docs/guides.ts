/**
 * THE guides: each snippet of the documentation, in one place. The page shows them; tests fetch their addresses and run
 * what HTML and curl say; `deno task guides` builds the rest with the frameworks themselves.
 *
 * @module
 */

/** Where the snippets' picture is. */
export interface GuidePlace {
  /** Origin of the API. */
  readonly origin: string;
  /** Address in front of the picture's path, without a slash at its end, e.g. `https://img.example.com/i/john`. */
  readonly base: string;
  /** The picture's path without its ending, e.g. `blog/photo`. */
  readonly picture: string;
}

/** A file of a guide. */
export interface GuideFile {
  /** Path in the reader's project; of a command what it is. */
  readonly name: string;
  readonly code: string;
}

/** Ids of the guides, in their order on the page. */
export const GUIDE_IDS = ["curl", "html", "react", "next", "nuxt", "astro", "python", "rust"] as const;
/** One of them. */
export type GuideId = (typeof GUIDE_IDS)[number];

/** A guide. */
export interface Guide {
  readonly id: GuideId;
  /** A name of its own, the same in every language. */
  readonly title: string;
  readonly files: readonly GuideFile[];
}

/** Widths that the snippets ask for, in px. */
export const GUIDE_WIDTHS = [400, 800, 1200] as const;

const srcset = (address: string) => GUIDE_WIDTHS.map((width) => `${address}?w=${width} ${width}w`).join(",\n      ");

function curl({ origin, base, picture }: GuidePlace): Guide {
  return {
    id: "curl",
    title: "curl",
    files: [
      {
        name: "upload",
        code: `curl -F file=@photo.jpg -F path=guide/photo.jpg \\
  -H "Authorization: Bearer $IMGSRC_KEY" \\
  ${origin}/api/v1/images`,
      },
      { name: "fetch", code: `curl -o photo.webp "${base}/${picture}.webp?w=800&q=85"` },
      { name: "list", code: `curl -H "Authorization: Bearer $IMGSRC_KEY" "${origin}/api/v1/images?limit=20"` },
    ],
  };
}

function html({ base, picture }: GuidePlace): Guide {
  const address = `${base}/${picture}`;
  return {
    id: "html",
    title: "HTML",
    files: [{
      name: "index.html",
      code: `<picture>
  <source
    type="image/avif"
    srcset="
      ${srcset(`${address}.avif`)}"
    sizes="(min-width: 60rem) 50vw, 100vw">
  <img
    src="${address}.webp?w=800"
    srcset="
      ${srcset(`${address}.webp`)}"
    sizes="(min-width: 60rem) 50vw, 100vw"
    width="1200" height="800" loading="lazy" alt="Mountains at dusk">
</picture>`,
    }],
  };
}

function react({ base, picture }: GuidePlace): Guide {
  return {
    id: "react",
    title: "React",
    files: [
      {
        name: "src/Picture.jsx",
        code: `const BASE = "${base}";
const WIDTHS = [${GUIDE_WIDTHS.join(", ")}];

export function Picture({ path, alt, sizes = "100vw" }) {
  const at = (width) => \`\${BASE}/\${path}.webp?w=\${width}\`;
  return (
    <img
      src={at(WIDTHS[1])}
      srcSet={WIDTHS.map((width) => \`\${at(width)} \${width}w\`).join(", ")}
      sizes={sizes}
      alt={alt}
      loading="lazy"
    />
  );
}`,
      },
      {
        name: "src/App.jsx",
        code: `import { Picture } from "./Picture.jsx";

export default function App() {
  return <Picture path="${picture}" alt="Mountains at dusk" />;
}`,
      },
    ],
  };
}

function next({ base, picture }: GuidePlace): Guide {
  return {
    id: "next",
    title: "Next.js",
    files: [
      {
        name: "next.config.js",
        code: `module.exports = {
  images: { loader: "custom", loaderFile: "./imgsrc-loader.js" },
};`,
      },
      {
        name: "imgsrc-loader.js",
        code: `"use client";

export default function imgsrcLoader({ src, width, quality }) {
  return \`${base}/\${src}?w=\${width}&q=\${quality ?? 80}\`;
}`,
      },
      {
        name: "app/page.js",
        code: `import Image from "next/image";

export default function Page() {
  return <Image src="${picture}.webp" alt="Mountains at dusk" width={600} height={400} />;
}`,
      },
    ],
  };
}

function nuxt({ base, picture }: GuidePlace): Guide {
  return {
    id: "nuxt",
    title: "Nuxt",
    files: [
      {
        name: "app/components/Picture.vue",
        code: `<script setup>
const props = defineProps({ path: String, alt: String });
const widths = [${GUIDE_WIDTHS.join(", ")}];
const at = (width) => \`${base}/\${props.path}.webp?w=\${width}\`;
const srcset = widths.map((width) => \`\${at(width)} \${width}w\`).join(", ");
</script>

<template>
  <img :src="at(800)" :srcset="srcset" sizes="100vw" :alt="alt" loading="lazy">
</template>`,
      },
      { name: "app/app.vue", code: `<template>\n  <Picture path="${picture}" alt="Mountains at dusk" />\n</template>` },
    ],
  };
}

function astro({ base, picture }: GuidePlace): Guide {
  return {
    id: "astro",
    title: "Astro",
    files: [
      {
        name: "src/components/Picture.astro",
        code: `---
const { path, alt } = Astro.props;
const at = (width) => \`${base}/\${path}.webp?w=\${width}\`;
const srcset = [${GUIDE_WIDTHS.join(", ")}].map((width) => \`\${at(width)} \${width}w\`).join(", ");
---
<img src={at(800)} srcset={srcset} sizes="100vw" alt={alt} loading="lazy" />`,
      },
      {
        name: "src/pages/index.astro",
        code: `---
import Picture from "../components/Picture.astro";
---
<Picture path="${picture}" alt="Mountains at dusk" />`,
      },
    ],
  };
}

function python({ origin }: GuidePlace): Guide {
  return {
    id: "python",
    title: "Python",
    files: [
      { name: "install", code: "pip install img-src" },
      {
        name: "upload.py",
        code: `import os
from img_src import Imgsrc

client = Imgsrc(bearer_auth=os.environ["IMGSRC_KEY"], server_url="${origin}")
with open("photo.jpg", "rb") as file:
    answer = client.images.upload_image(
        request={"file": {"file_name": "photo.jpg", "content": file}, "target_path": "guide"}
    )
print(answer.upload_response.available_formats.webp)`,
      },
    ],
  };
}

function rust({ origin }: GuidePlace): Guide {
  return {
    id: "rust",
    title: "Rust",
    files: [
      { name: "install", code: "cargo add img_src && cargo add tokio --features macros,rt" },
      {
        name: "src/main.rs",
        code: `use img_src::apis::{configuration::Configuration, images_api};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut client = Configuration::new();
    client.base_path = "${origin}".into();
    client.bearer_access_token = std::env::var("IMGSRC_KEY").ok();
    let answer = images_api::upload_image(&client, Some("photo.jpg".into()), Some("guide"), None).await.unwrap();
    println!("{}", answer.available_formats.webp);
}`,
      },
    ],
  };
}

const MAKERS = { curl, html, react, next, nuxt, astro, python, rust } satisfies Record<
  GuideId,
  (place: GuidePlace) => Guide
>;

/** Every guide, in the order of {@linkcode GUIDE_IDS}. */
export function guidesAt(place: GuidePlace): Guide[] {
  return GUIDE_IDS.map((id) => MAKERS[id](place));
}

/** Every address of a picture in a text. */
export function addressesIn(text: string): string[] {
  return [...new Set(text.match(/https?:\/\/[^\s"'`<>,]+\.(?:webp|avif|jpg|png)(?:\?[^\s"'`<>,]*)?/g) ?? [])]
    .map((address) => address.replaceAll("&amp;", "&")).filter((address) => !address.includes("${"));
}
