# Three stages: the assets, the Python environment, and the slim image that runs both parts of Rowmill.

FROM node:24.15.0-trixie-slim AS assets

WORKDIR /app/assets

ARG APP_UID=1000
ARG APP_GID=1000

RUN groupmod --gid "${APP_GID}" node \
  && usermod --uid "${APP_UID}" --gid "${APP_GID}" node \
  && chown --recursive node:node /app

USER "${APP_UID}"

COPY --chown=node:node assets/package.json assets/package-lock.json assets/.npmrc ./

RUN npm ci

ARG ENVIRONMENT="production"
ENV ENVIRONMENT="${ENVIRONMENT}" \
  ROWMILL_CONTAINER="assets" \
  USER="node"

COPY --chown=node:node . ..

RUN if [ "${ENVIRONMENT}" = "development" ]; then mkdir --parents ../public; \
  else ../run build:js && ../run build:css; fi

CMD ["bash"]

###############################################################################

FROM python:3.13.9-slim-trixie AS build

WORKDIR /app

ENV UV_COMPILE_BYTECODE=1 \
  UV_LINK_MODE=copy \
  VIRTUAL_ENV="/opt/venv"

ARG ENVIRONMENT="production"

COPY requirements-lock.txt requirements-dev-lock.txt ./

RUN python -m venv "${VIRTUAL_ENV}" \
  && pip install --no-cache-dir "uv>=0.9,<1" \
  && if [ "${ENVIRONMENT}" = "development" ]; then lock="requirements-dev-lock.txt"; \
  else lock="requirements-lock.txt"; fi \
  && uv pip install --no-cache --requirement "${lock}"

###############################################################################

FROM python:3.13.9-slim-trixie AS app

WORKDIR /app

ARG APP_UID=1000
ARG APP_GID=1000

RUN apt-get update \
  && apt-get install --yes --no-install-recommends curl \
  && rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/man \
  && groupadd --gid "${APP_GID}" python \
  && useradd --create-home --no-log-init --uid "${APP_UID}" --gid "${APP_GID}" python \
  && mkdir --parents /app/data /app/.state /app/public \
  && chown --recursive python:python /app

USER "${APP_UID}"

ARG ENVIRONMENT="production"
ENV ENVIRONMENT="${ENVIRONMENT}" \
  FLASK_APP="project.app" \
  FLASK_SKIP_DOTENV="true" \
  HOST="0.0.0.0" \
  PATH="/opt/venv/bin:${PATH}" \
  PYTHONPATH="/app" \
  PYTHONUNBUFFERED="true" \
  ROWMILL_CONTAINER="app" \
  USER="python" \
  VIRTUAL_ENV="/opt/venv"

COPY --from=build /opt/venv /opt/venv
COPY --chown=python:python . .
COPY --chown=python:python --from=assets /app/public /app/public

# Every job starts an engine: compiled once here, it starts in a fifth of a second. The digests let browsers keep every
# asset for a year; in development the watchers write the assets.
RUN python -m compileall -q config project \
  && if [ "${ENVIRONMENT}" != "development" ]; then \
  SECRET_KEY="of this build step alone" flask digest compile; fi

EXPOSE 8000

ENTRYPOINT ["/app/bin/docker-entrypoint"]

CMD ["gunicorn", "--config", "python:config.gunicorn", "project.app:create_app()"]
