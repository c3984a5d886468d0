# The service: Node runs src/main.ts as it is, so nothing is compiled. It writes no file but recordings, to
# /recordings, so its root may be read-only: docker run --read-only --tmpfs /tmp --volume …:/recordings. Settings come from the environment (config/service.env.example).
#
#   docker build --build-arg GIT_COMMIT=$(git rev-parse HEAD) -t realtime-service .

# The version of the npm package `node` in package-lock.json, which the tests run on.
FROM node:24.21.0-bookworm-slim AS base

FROM base AS deps
WORKDIR /app
COPY package.json package-lock.json ./
# No package of the service needs its install script.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM base
LABEL org.opencontainers.image.title="realtime-service" \
      org.opencontainers.image.description="A Keycloak token becomes a LiveKit token, and the rooms around it."
# In production the settings of development are refused; docker-compose.dev.yml says development.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3001 RECORDINGS_DIR=/recordings
# What recordings are made with, and where they go; a volume that is mounted there takes over whose it is.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/* \
 && install --directory --owner=node --group=node /recordings
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src
# Last, so that a new commit changes no other layer.
ARG GIT_COMMIT=unknown
ENV GIT_COMMIT=${GIT_COMMIT}
LABEL org.opencontainers.image.revision="${GIT_COMMIT}"
# Root owns the files: the process can read them and change none.
USER node
EXPOSE 3001
# It drains and exits 0 (src/main.ts).
STOPSIGNAL SIGTERM
# Alive, not ready: a restart mends no dependency that is down.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
