# syntax=docker/dockerfile:1
# The program on Debian slim: no shell login, no root, nothing written outside /data.
#   docker build -t imgsrc .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --memory 768m \
#     -p 127.0.0.1:8000:8000 -v imgsrc-data:/data imgsrc
ARG DENO_VERSION=2.9.6

# Deno comes from its npm package, as everywhere else in this project.
FROM node:22-bookworm-slim AS deno
ARG DENO_VERSION
RUN npm install --global --no-fund --no-audit "deno@${DENO_VERSION}" \
  && cp "$(find /usr/local/lib/node_modules/deno -type f -name deno -path '*@deno*' | head -n 1)" /deno && /deno --version

FROM debian:bookworm-slim AS build
COPY --from=deno /deno /usr/local/bin/deno
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1
WORKDIR /app
COPY . .
# Every module and the islands are there before the first start: a read-only root takes no more of them.
RUN deno install --frozen --entrypoint main.ts permissions.ts codec/process.ts && deno task islands

FROM debian:bookworm-slim
RUN groupadd --gid 10001 imgsrc && useradd --uid 10001 --gid imgsrc --no-create-home --home-dir /nonexistent imgsrc \
  && mkdir /data && chown imgsrc:imgsrc /data
COPY --from=deno /deno /usr/local/bin/deno
COPY --from=build /deno-dir /deno-dir
COPY --from=build /app /app
# V8's own code cache would be written beside the modules; the memory settings keep 768 MB (docs/deploy.md).
ENV DENO_DIR=/deno-dir DENO_NO_UPDATE_CHECK=1 \
  HOST=0.0.0.0 PORT=8000 DATA_DIR=/data LOG_FORMAT=json
WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["deno", "eval", "--no-lock", "Deno.exit((await fetch(`http://127.0.0.1:${Deno.env.get('PORT')}/health`)).ok ? 0 : 1)"]
ENTRYPOINT ["/app/deploy/start"]
