#!/bin/sh
# Installs what the tests need beside Rust, all of it under target/test-tools (Debian packages excepted):
#
#   bin/      grpcurl, buf, hadolint, cargo-deny, cargo-nextest, kubectl, kubernetes-validate, promtool, python, chromium where
#             found
#   python/   a virtual environment with tests/peers/requirements.txt
#   node/     the npm packages of tests/peers/node
#   faketime/ libfaketime, by which tests/operation sets a server's clock
#   missing   what could not be installed, one line a tool with the reason; empty is best
#
# Runs again only when one of its inputs changed or something was missing. With DOSSIER_TEST_REQUIRE=1 a missing tool is
# an error; without, the tests that need it say so and are skipped.
set -u
cd "$(dirname "$0")/.."
tools=$PWD/target/test-tools
stamp=$tools/stamp
mkdir -p "$tools/bin"
# make puts bin/ on the path: what is looked for here is what the machine itself has.
PATH=$(printf %s "$PATH" | sed "s#$tools/bin:##g")

inputs=$(cat tests/setup.sh tests/peers/requirements.txt tests/peers/node/package-lock.json | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$inputs" ] && [ ! -s "$tools/missing" ]; then
    echo "setup: up to date in target/test-tools"
    exit 0
fi
rm -f "$stamp"
: >"$tools/missing"

say() { echo "setup: $*"; }
missing() { echo "$1: $2" >>"$tools/missing"; }
have() { command -v "$1" >/dev/null 2>&1; }
link() { ln -sfn "$2" "$tools/bin/$1"; }

# Debian packages, only as root: a developer's machine is asked, not changed.
apt_updated=
apt() {
    if ! have apt-get || [ "$(id -u)" != 0 ]; then return 1; fi
    if [ -z "$apt_updated" ]; then
        say "apt-get update"
        apt-get update -qq >"$tools/apt.log" 2>&1 || true
        apt_updated=1
    fi
    say "apt-get install $*"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >>"$tools/apt.log" 2>&1
}

# A machine that was never asked for packages has no list of them yet; only root can fetch it.
apt_lists() {
    if [ "$(id -u)" = 0 ] && [ -z "$apt_updated" ]; then
        apt-get update -qq >"$tools/apt.log" 2>&1 || true
        apt_updated=1
    fi
}

python_tools() {
    have python3 || apt python3 python3-venv || { missing python "no python3 on the path, and apt-get cannot install it"; return 1; }
    if ! "$tools/python/bin/python" -c 'import pip' 2>/dev/null; then
        say "python3 -m venv target/test-tools/python"
        rm -rf "$tools/python"
        python3 -m venv "$tools/python" >"$tools/python.log" 2>&1 ||
            { apt python3-venv && rm -rf "$tools/python" && python3 -m venv "$tools/python" >"$tools/python.log" 2>&1; } ||
            { missing python "python3 -m venv failed: $(tail -n 1 "$tools/python.log")"; return 1; }
    fi
    say "pip install -r tests/peers/requirements.txt"
    "$tools/python/bin/pip" install -q --disable-pip-version-check -r tests/peers/requirements.txt >"$tools/python.log" 2>&1 ||
        { missing python "pip install failed: $(tail -n 1 "$tools/python.log")"; return 1; }
    # Not a link: Python finds its packages beside the path that it is called by.
    rm -f "$tools/bin/python"
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$tools/python/bin/python" >"$tools/bin/python"
    chmod +x "$tools/bin/python"
    link buf "$tools/python/bin/buf"
    link hadolint "$tools/python/bin/hadolint"
    link cargo-deny "$tools/python/bin/cargo-deny"
    link cargo-nextest "$tools/python/bin/cargo-nextest"
    link kubectl "$tools/python/bin/kubectl"
    link kubernetes-validate "$tools/python/bin/kubernetes-validate"
    # The package's own command is a Python wrapper; the binary answers ten times sooner.
    link grpcurl "$(find "$tools/python/lib/" -name grpcurl -type f -perm -u+x | head -n 1)"
}

node_tools() {
    { have node && have npm; } || apt nodejs npm || { missing node "no node and npm on the path, and apt-get cannot install them"; return 1; }
    say "npm ci for tests/peers/node"
    mkdir -p "$tools/node"
    cp tests/peers/node/package.json tests/peers/node/package-lock.json "$tools/node/"
    (cd "$tools/node" && npm ci --no-audit --no-fund --ignore-scripts) >"$tools/node.log" 2>&1 ||
        { missing node "npm ci failed: $(tail -n 1 "$tools/node.log")"; return 1; }
}

browser() {
    for name in chromium chromium-browser google-chrome; do
        if have $name; then link chromium "$(command -v $name)"; return 0; fi
    done
    apt chromium && link chromium "$(command -v chromium)" && return 0
    missing chromium "no chromium on the path, and apt-get cannot install it"
}

# unpack FOLDER PACKAGE [MEMBER...]: what is in a Debian package, or these members of it, in a folder of $tools. Nothing is
# installed, so this needs no root. FOLDER.log says what went wrong; whoever calls looks for what it wanted.
unpack() {
    folder=$tools/$1 package=$2 log=$tools/$1.log
    shift 2
    say "apt-get download $package"
    rm -rf "$folder"
    mkdir -p "$folder"
    apt_lists
    { (cd "$folder" && apt-get download -qq "$package") &&
        dpkg-deb --fsys-tarfile "$folder/$package"_*.deb | tar -x -C "$folder" "$@"; } >"$log" 2>&1 || true
    rm -f "$folder"/*.deb
}

# Taken out of Debian's package of Prometheus, which is not installed: that would start a Prometheus.
prometheus_tools() {
    if have promtool; then link promtool "$(command -v promtool)"; return 0; fi
    { have apt-get && have dpkg-deb; } || { missing promtool "no promtool on the path, and no apt-get to download it"; return 1; }
    unpack prometheus prometheus ./usr/bin/promtool
    link promtool "$tools/prometheus/usr/bin/promtool"
    "$tools/bin/promtool" --version >/dev/null 2>&1 ||
        { missing promtool "apt-get cannot download prometheus: $(tail -n 1 "$tools/prometheus.log")"; return 1; }
}

# A library that is preloaded needs no place of its own in the system either.
clock_tools() {
    if [ -n "$(find /usr/lib "$tools/faketime" -name libfaketime.so.1 2>/dev/null | head -n 1)" ]; then return 0; fi
    { have apt-get && have dpkg-deb; } || { missing faketime "no libfaketime, and no apt-get to download it"; return 1; }
    unpack faketime libfaketime
    [ -n "$(find "$tools/faketime" -name libfaketime.so.1)" ] ||
        { missing faketime "apt-get cannot download libfaketime: $(tail -n 1 "$tools/faketime.log")"; return 1; }
}

python_tools
node_tools
browser
prometheus_tools
clock_tools

for tool in grpcurl buf hadolint cargo-deny cargo-nextest kubernetes-validate; do
    "$tools/bin/$tool" --version >/dev/null 2>&1 || missing $tool "it does not run: see target/test-tools/python.log"
done
"$tools/bin/kubectl" version --client >/dev/null 2>&1 || missing kubectl "it does not run: see target/test-tools/python.log"

if [ -s "$tools/missing" ]; then
    say "missing:"
    sed 's/^/setup:   /' "$tools/missing"
    if [ "${DOSSIER_TEST_REQUIRE:-}" = 1 ]; then
        say "DOSSIER_TEST_REQUIRE=1 makes this a failure"
        exit 1
    fi
fi
echo "$inputs" >"$stamp"
