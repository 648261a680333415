# dossier in one static binary, with the seeds, and nothing else.
#
#     docker build --build-arg DOSSIER_COMMIT="$(git rev-parse --short=12 HEAD)" -t dossier .
#     docker run --rm -p 127.0.0.1:50051:50051 --read-only --cap-drop ALL dossier

FROM docker.io/library/rust:1.95-slim-bookworm AS build
# More arguments for cargo: tests of the image trade speed of the program for speed of the build.
ARG CARGO_FLAGS=""
# What `dossier --version` says: there is no repository in here.
ARG DOSSIER_COMMIT=""
# Function names stay for backtraces, line tables would triple the size.
ENV DOSSIER_COMMIT=$DOSSIER_COMMIT \
    CARGO_HOME=/var/cache/cargo \
    CARGO_TARGET_DIR=/var/cache/target \
    CARGO_PROFILE_RELEASE_DEBUG=false \
    RUSTFLAGS="-C target-feature=+crt-static"
WORKDIR /source
COPY . .
# With a target named, the flags are the program's alone: procedural macros cannot be static.
# hadolint ignore=SC2086
RUN --mount=type=cache,target=/var/cache/cargo --mount=type=cache,target=/var/cache/target \
    host="$(rustc --print host-tuple)" \
    && cargo build --locked --release --features otlp --bin dossier --target "$host" $CARGO_FLAGS \
    && mkdir -p /image/licenses \
    && cp "$CARGO_TARGET_DIR/$host/release/dossier" /image/dossier \
    && cp -r seeds /image/seeds \
    && cp LICENSE NOTICE /image/licenses/ \
    && mkdir -p /image/etc/ssl/certs \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
    && chmod -R a+rX,go-w /image

FROM scratch
ARG DOSSIER_COMMIT=""
# What whoever builds knows, and no file in here tells. The time is the commit's, so that equal sources make equal images.
ARG DOSSIER_VERSION=""
ARG DOSSIER_CREATED=""
ARG DOSSIER_SOURCE=""
LABEL org.opencontainers.image.title="dossier" \
      org.opencontainers.image.description="Sourced facts about a conflict, over gRPC" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version=$DOSSIER_VERSION \
      org.opencontainers.image.revision=$DOSSIER_COMMIT \
      org.opencontainers.image.created=$DOSSIER_CREATED \
      org.opencontainers.image.source=$DOSSIER_SOURCE
COPY --from=build /image/ /
# A container is reached from outside, so the server listens on all addresses, and anyone who reaches it may read. To allow
# only some, publish its port on loopback or keep it in a network of its own.
ENV DOSSIER_LISTEN=0.0.0.0:50051 \
    DOSSIER_ANONYMOUS=read
# Nobody: a number, so that an orchestrator can see that it is not root.
USER 65532:65532
EXPOSE 50051
STOPSIGNAL SIGTERM
ENTRYPOINT ["/dossier"]
CMD ["serve", "/seeds"]
