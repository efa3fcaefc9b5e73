# PostgreSQL with both extensions. pg_textsearch is in no repository of Debian, so it is compiled.
FROM pgvector/pgvector:pg17 AS build

ARG PG_TEXTSEARCH=v1.3.0
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        build-essential ca-certificates git postgresql-server-dev-17 \
    && git clone --depth 1 --branch "$PG_TEXTSEARCH" \
        https://github.com/timescale/pg_textsearch /source \
    && make -C /source \
    && make -C /source install DESTDIR=/made

FROM pgvector/pgvector:pg17

COPY --from=build /made/ /
COPY packaging/extensions.sql /docker-entrypoint-initdb.d/
CMD ["postgres", "-c", "shared_preload_libraries=pg_textsearch"]
