# The server in a small image. Build: docker build -t newsgraph .
# `--target runtime` is all of it but the program, for one that was built elsewhere.
FROM debian:bookworm-slim AS runtime
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --home-dir /var/lib/newsgraph newsgraph
USER newsgraph
WORKDIR /var/lib/newsgraph
ENV NEWSGRAPH_LISTEN=0.0.0.0:8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["newsgraph", "health"]
ENTRYPOINT ["newsgraph"]
CMD ["serve"]

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin newsgraph

FROM runtime
COPY --from=build /src/target/release/newsgraph /usr/local/bin/newsgraph
