# Everything one does here. CI runs `make test`, so what passes here passes there.

.DEFAULT_GOAL := help
SHELL := /bin/sh
TOOLS := $(CURDIR)/target/test-tools
# The tools that tests/setup.sh installed come first.
export PATH := $(TOOLS)/bin:$(PATH)
# Two data sets: the one that is served by default, and the one that shows what later sources add.
FACTS := seeds examples/minusma-2023
# An engine that builds images: the first of these that is there.
ENGINE ?= $(firstword $(foreach engine,docker podman buildah,$(if $(shell command -v $(engine)),$(engine))))
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
NEXTEST := $(shell PATH='$(PATH)' command -v cargo-nextest)

.PHONY: help run test check fmt docs image bench bench-peers bench-quick setup build rust features peers hostile operation soak deploy sbom test-image

help: ## say what can be done
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ## serve the shipped facts on 127.0.0.1:50051
	cargo run --locked -- serve

test: setup check rust features fuzz-quick bench-quick peers hostile operation deploy test-image ## set up what tests need, then check and test everything
	@echo "make test: everything passed"

check: setup build ## formatting, lints, documentation, licences, contract and facts
	cargo fmt --check
	cargo fmt --check --manifest-path tests/fuzz/Cargo.toml
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items
	cargo test --locked -q --test spec -- docs:: house::
	tests/tool cargo-deny deny --locked check --hide-inclusion-graph bans licenses sources
	tests/tool buf lint proto
	tests/tool hadolint Dockerfile
	tests/tool buf format -d --exit-code proto
	target/debug/dossier check $(FACTS)
	target/debug/dossier check examples/minimal
	target/debug/dossier fmt --check $(FACTS) examples/minimal

fmt: build ## write code, contract and facts in canonical form
	cargo fmt
	cargo fmt --manifest-path tests/fuzz/Cargo.toml
	tests/tool buf format -w proto
	target/debug/dossier fmt $(FACTS)

docs: build ## write docs/api.md, the table of settings and the outputs in README.md anew
	DOSSIER_UPDATE=1 cargo test --locked --test spec -- docs:: readme:: configuration::

image: ## build the container image dossier:latest
	$(if $(ENGINE),,$(error no docker, podman or buildah on the path))
	$(ENGINE) build --build-arg DOSSIER_COMMIT="$$(git rev-parse --short=12 HEAD)" \
		--build-arg DOSSIER_VERSION=$(VERSION) --build-arg DOSSIER_CREATED="$$(git log -1 --format=%cI)" \
		-t dossier:latest -t dossier:$(VERSION) .

bench: ## measure what answers cost beside what they cannot cost less than (some minutes; best on an idle machine)
	benches/peers/setup.sh
	cargo bench --locked --bench table

bench-peers: ## only what Redis, PostGIS and a Python service over it cost beside ours
	benches/peers/setup.sh
	cargo bench --locked --bench table -- peers

bench-quick: ## the same of fewer events, to find wrong answers; times are printed and never an error
	cargo bench --locked --profile dev --bench table -- quick

fuzz: ## fuzz all that reads bytes of others, SECONDS=600 each (TARGETS='snapshot seed': these alone)
	tests/fuzz/run $(or $(SECONDS),600) $(TARGETS)

# After `rust`: libraries that are built by then are not built once more.
fuzz-quick:
	tests/fuzz/run 15
	tests/fuzz/run 45 requests

setup:
	tests/setup.sh

# Tests bring features of libraries that the program does without: it is built once more as `make run` runs it.
build:
	cargo build --locked --all-targets
	cargo build --locked

# cargo-nextest runs tests in parallel and says which were slow; cargo's own runner does as well without it.
rust: build
	$(if $(NEXTEST),DOSSIER_FLIPS=10000 cargo nextest run --locked,DOSSIER_FLIPS=10000 cargo test --locked --no-fail-fast --all-targets)
	cargo test --locked --doc

# Features: the program is built once more with them; Parquet is read back by pyarrow, traces by a collector of OpenTelemetry's types.
features: setup
	cargo test --locked --features otlp,parquet --test parquet
	tests/traces/run

peers: build
	tests/peers/run

# Attacks servers of their own, while another client makes steady calls.
hostile: build
	tests/hostile/run

# Runs the server as operators do: loads, rotations, restarts, what it needs taken away.
operation: build
	tests/operation/run

soak: build ## everything at once for SECONDS=600: loads, rotations, rough clients; answers, memory and descriptors are checked
	tests/operation/soak $(or $(SECONDS),600)

deploy: build
	tests/deploy/run

sbom: ## list what a build is made of (CycloneDX)
	deploy/sbom.py >target/dossier.cdx.json

# Builds the image and runs it as compose.yaml does, without an engine's daemon; needs root.
test-image: setup
	tests/image/run.sh
