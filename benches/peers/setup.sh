#!/bin/sh
# Installs what a user would pick instead of dossier, for `make bench` to measure: Redis and PostGIS from Debian's packages (only as
# root: a developer's machine is asked, not changed), and a Python environment under target/tmp/peers. What cannot be installed
# is said by the bench, and its lines are not measured.
set -u
cd "$(dirname "$0")/../.."
folder=$PWD/target/tmp/peers
mkdir -p "$folder"

missing=
command -v redis-server >/dev/null 2>&1 || missing="redis-server"
ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || missing="$missing postgresql-15 postgresql-15-postgis-3"
command -v python3 >/dev/null 2>&1 && python3 -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3 python3-venv"
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "peers: apt-get install $missing"
    # No cluster of its own is made, and nothing is started: the bench does that in a folder of its own.
    {
        apt-get update -qq
        # shellcheck disable=SC2086 # names of packages
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
    } >"$folder/apt.log" 2>&1 || echo "peers: apt-get failed: $(tail -n 1 "$folder/apt.log")"
fi

inputs=$(cat benches/peers/requirements.txt proto/dossier/v1/*.proto | cksum)
if [ "$(cat "$folder/stamp" 2>/dev/null)" != "$inputs" ]; then
    echo "peers: pip install -r benches/peers/requirements.txt"
    rm -rf "$folder/python" "$folder/messages" "$folder/stamp"
    mkdir -p "$folder/messages"
    {
        python3 -m venv "$folder/python" &&
            "$folder/python/bin/pip" install -q --disable-pip-version-check -r benches/peers/requirements.txt &&
            "$folder/python/bin/python" -m grpc_tools.protoc -I proto --python_out="$folder/messages" \
                --grpc_python_out="$folder/messages" proto/dossier/v1/*.proto proto/google/*/*.proto &&
            printf %s "$inputs" >"$folder/stamp"
    } >"$folder/python.log" 2>&1 || echo "peers: no Python service: $(tail -n 1 "$folder/python.log")"
fi
