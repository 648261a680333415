#!/bin/sh
# Builds the image from the Dockerfile and runs it as compose.yaml does: without an engine's daemon and without a registry.
#
# The base image of the build is a stand-in: an empty image under the name that FROM asks for, into which this machine's
# /usr and Rust toolchain are mounted while it builds, and the crates that Cargo.lock names. The final image is from scratch,
# so the stand-in leaves nothing in it.
#
# Needs root, and Debian's buildah, podman and runc, which it installs. Where that cannot be it says so and stops;
# DOSSIER_TEST_REQUIRE=1 makes this a failure. DOSSIER_IMAGE_FLAGS are the flags of the build: by default it is fast and
# the program slow; empty builds what is shipped.
set -eu
cd "$(dirname "$0")/../.."
work=$PWD/target/image
flags=${DOSSIER_IMAGE_FLAGS-"--config profile.release.lto=false --config profile.release.codegen-units=16 --config profile.release.opt-level=1"}
image=localhost/dossier:test
name=dossier-image-test-$$
began=$(date +%s)

say() { echo "image: $* ($(($(date +%s) - began)) s)"; }
skip() {
    echo "skipped: the image: $*"
    if [ "${DOSSIER_TEST_REQUIRE:-}" = 1 ]; then
        echo "DOSSIER_TEST_REQUIRE=1 makes this a failure"
        exit 1
    fi
    exit 0
}
fail() {
    echo "FAILED: $*"
    exit 1
}

[ "$(id -u)" = 0 ] || skip "building without a daemon needs root here"
mkdir -p "$work"
if ! { command -v buildah && command -v podman && command -v runc; } >/dev/null 2>&1; then
    command -v apt-get >/dev/null 2>&1 || skip "buildah, podman and runc are not installed, and there is no apt-get"
    say "apt-get install buildah podman runc"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends buildah podman runc; } \
        >"$work/apt.log" 2>&1 || skip "apt-get cannot install buildah, podman and runc: $(tail -n 1 "$work/apt.log")"
fi

# An engine without systemd, and within the limits of a container that may surround us.
cat >"$work/containers.conf" <<'END'
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
END
export CONTAINERS_CONF="$work/containers.conf"
# Images and containers of this test lie apart from any others of this machine.
storage="--root $work/storage --runroot $work/run --storage-driver vfs"

cleanup() {
    # shellcheck disable=SC2086
    podman $storage rm -f -t 0 "$name" >/dev/null 2>&1 || true
}
trap cleanup EXIT

# The stand-in for the base image.
base=$(sed -n 's/^FROM \(.*\) AS build$/\1/p' Dockerfile)
[ -n "$base" ] || fail "no 'FROM ... AS build' in the Dockerfile"
sysroot=$(rustc --print sysroot)
root=$work/base
rm -rf "$root"
mkdir -p "$root/usr" "$root/etc" "$root/tmp" "$root/var/cache" "$root/opt/rust" "$root/vendor" "$root/.cargo"
chmod 1777 "$root/tmp"
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
cp -L /etc/passwd /etc/group "$root/etc/"
# Debian's cc is a link through here.
[ ! -d /etc/alternatives ] || cp -a /etc/alternatives "$root/etc/"
[ ! -e /etc/ld.so.cache ] || cp /etc/ld.so.cache "$root/etc/"
# Debian's authorities, as the base image has them.
authorities=/etc/ssl/certs/ca-certificates.crt
[ -e $authorities ] || apt-get install -y -qq ca-certificates >>"$work/apt.log" 2>&1 || skip "no $authorities, and no apt-get to install it"
mkdir -p "$root/etc/ssl/certs"
cp -L $authorities "$root$authorities"
cat >"$root/.cargo/config.toml" <<'END'
[source.crates-io]
replace-with = "vendor"
[source.vendor]
directory = "/vendor"
END
rm -rf "$work/vendor"
cargo vendor --locked --quiet --versioned-dirs "$work/vendor" >"$work/vendor.log" 2>&1 || fail "cargo vendor: $(tail -n 1 "$work/vendor.log")"
say "crates copied"
# shellcheck disable=SC2086
{
    container=$(buildah $storage from scratch)
    buildah $storage copy -q "$container" "$root/" / >/dev/null
    buildah $storage config --env PATH=/opt/rust/bin:/usr/sbin:/usr/bin "$container"
    buildah $storage commit -q "$container" "$base" >/dev/null
    buildah $storage rm "$container" >/dev/null
}
say "stand-in for $base"

# shellcheck disable=SC2086
buildah $storage build --quiet --network host --isolation chroot --pull-never \
    --volume /usr:/usr:ro --volume "$sysroot:/opt/rust:ro" --volume "$work/vendor:/vendor:ro" \
    --build-arg CARGO_FLAGS="$flags" --build-arg DOSSIER_COMMIT=0123456789ab \
    --tag "$image" . >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; fail "the build"; }
say "built"

# What is in it.
inspect() {
    # shellcheck disable=SC2086
    podman $storage image inspect --format "$1" "$image"
}
size=$(inspect '{{.Size}}')
say "size $((size / 1000)) kB"
[ "$size" -lt 40000000 ] || fail "the image has $size bytes; below 40 MB is the rule"
[ "$(inspect '{{.Config.User}}')" = 65532:65532 ] || fail "the image's user is not 65532:65532"
for variable in DOSSIER_LISTEN=0.0.0.0:50051 DOSSIER_ANONYMOUS=read; do
    inspect '{{.Config.Env}}' | grep -q "$variable" || fail "the image does not set $variable"
done
inspect '{{.Config.Labels}}' | grep -q 'org.opencontainers.image.licenses:Apache-2.0' || fail "the image has no label for its licence"

# Whom it trusts when it fetches the keys of tokens comes with it.
# shellcheck disable=SC2086
podman $storage run --rm --network host "$image" serve /seeds --jwks https://127.0.0.1:1/keys --jwt-audience x >"$work/jwks.log" 2>&1 &&
    fail "it starts without the keys of tokens"
grep -q 'cannot be fetched' "$work/jwks.log" || { cat "$work/jwks.log"; fail "the image has no authorities"; }

# As compose.yaml runs it, but on a free port of this machine's loopback.
# shellcheck disable=SC2086
podman $storage run --detach --name "$name" --network host --read-only --read-only-tmpfs=false --cap-drop ALL \
    --security-opt no-new-privileges --memory 128m --pids-limit 256 --log-driver k8s-file \
    --env DOSSIER_LISTEN=127.0.0.1:0 "$image" >"$work/run.log" 2>&1 || { cat "$work/run.log"; fail "podman run"; }
logs() {
    # shellcheck disable=SC2086
    podman $storage logs "$name" 2>&1
}
state() {
    # shellcheck disable=SC2086
    podman $storage inspect --format "$1" "$name"
}
tries=0
until address=$(logs | sed -n 's/^listening on //p') && [ -n "$address" ]; do
    tries=$((tries + 1))
    [ $tries -lt 50 ] && [ "$(state '{{.State.Running}}')" = true ] || { logs; fail "the container does not listen"; }
    sleep 0.2
done
say "listening on $address"
# shellcheck disable=SC2086
podman $storage exec "$name" /dossier health "$address" >/dev/null || fail "dossier health in the container"
# shellcheck disable=SC2086
podman $storage exec "$name" /dossier --version | grep -q '^commit 0123456789ab$' || fail "the commit is not in --version"

process=$(state '{{.State.Pid}}')
for line in 'Uid:	65532	65532	65532	65532' 'CapEff:	0000000000000000' 'NoNewPrivs:	1'; do
    grep -q "^$line" "/proc/$process/status" || fail "the process does not have '$line'"
done
say "$(sed -n 's/^VmHWM:[[:space:]]*/at most /p' "/proc/$process/status") of memory, of 128 MiB allowed"

# It answers.
if grpcurl=$(PATH=$PWD/target/test-tools/bin:$PATH command -v grpcurl); then
    "$grpcurl" -plaintext "$address" list | grep -q '^dossier.v1.FactService$' || fail "reflection"
    events=$("$grpcurl" -plaintext "$address" dossier.v1.FactService/GetDataset | sed -n 's/^  "eventCount": \([0-9]*\).*/\1/p')
    [ "${events:-0}" -gt 0 ] || fail "the image serves no events"
    "$grpcurl" -plaintext -d '{"page_size": 1}' "$address" dossier.v1.FactService/ListEvents | grep -q '"name": "events/' ||
        fail "ListEvents"
    say "answers grpcurl with $events events"
elif [ "${DOSSIER_TEST_REQUIRE:-}" = 1 ]; then
    fail "grpcurl is not installed; make setup installs it"
fi

# It stops, with a client connected.
stopping=$(date +%s%N)
# shellcheck disable=SC2086
podman $storage kill --signal TERM "$name" >/dev/null
# shellcheck disable=SC2086
code=$(podman $storage wait "$name")
took=$((($(date +%s%N) - stopping) / 1000000))
[ "$code" = 0 ] || { logs | tail -n 5; fail "stopped with $code"; }
[ "$took" -lt 2000 ] || fail "took $took ms to stop"
say "stopped within $took ms of SIGTERM"
say "passed"
