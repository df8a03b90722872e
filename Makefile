# Everything a person does here: `make` lists it. Each target installs what it needs first (scripts/setup.sh)
# and is quick when nothing has changed.

SHELL := /bin/bash
.DEFAULT_GOAL := help

export PATH := $(CURDIR)/node_modules/.bin:$(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)
# Trunk 0.21 takes NO_COLOR=1 for a wrong option and stops.
unexport NO_COLOR

TARGET := $(or $(CARGO_TARGET_DIR),target)
LISTEN := 127.0.0.1:8082
WASM := --target wasm32-unknown-unknown

# All host builds name the whole workspace, so that every crate is compiled once, with the same features.
STORIES := --workspace --test stories

.NOTPARALLEL:
.PHONY: help run dev cluster page check test test-host test-page e2e e2e-all bench bench-club bench-cluster bench-page bench-search siege storm storm-cluster restart clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: page ## build everything, then serve http://127.0.0.1:8082 (data in ./data)
	scripts/setup.sh server
	cargo build --release --locked -p backend
	$(TARGET)/release/duiliao --listen $(LISTEN) --data data --dist dist

dev: ## the server and `trunk serve` (http://127.0.0.1:8080), both ended by Ctrl-C
	scripts/setup.sh page server
	scripts/dev.sh

cluster: page ## three nodes and three NATS servers on this machine, to be tried; data in ./data/cluster
	scripts/setup.sh server nats
	cargo build --release --locked -p backend -p cluster
	$(TARGET)/release/cluster

page: ## build the page into ./dist, and weigh it
	scripts/setup.sh page
	cargo fetch --locked --quiet
	trunk build --release --offline --locked
	scripts/page-weight.mjs

check: ## format, lints on host and wasm32, rustdoc, licences, file lengths, the weight of ./dist if it is current
	scripts/setup.sh check server
	cargo fmt --all --check
	scripts/file-lengths.sh
	[ ! -f dist/index.html ] || scripts/page-weight.mjs --if-current
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked $(STORIES) -- -D warnings
	cargo clippy --locked $(WASM) -p frontend --all-targets -- -D warnings
	cargo clippy --locked $(WASM) -p shared -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --workspace
	cargo deny --locked check --hide-inclusion-graph bans licenses sources

test: check test-host test-page e2e ## what has to pass before anything is merged: all of the below

test-host: ## rules, wire, reducer, server conversations, a short storm
	scripts/setup.sh server proxies nats
	cargo test --locked --workspace
	cargo build --locked --workspace --bin duiliao --bin storm
	$(TARGET)/debug/storm real --kills 6 --deeds 400 --untraced
	$(TARGET)/debug/storm cluster --kills 4 --nats 2

test-page: ## the page's components in headless Chromium
	scripts/setup.sh page test
	cd frontend && CHROMEDRIVER="$$(command -v chromedriver)" WASM_BINDGEN_TEST_TIMEOUT=120 \
		CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
		cargo test --locked $(WASM)

e2e: page ## real browser windows against the real server; pictures in target/screenshots
	scripts/setup.sh server test proxies
	cargo build --locked --bin duiliao $(STORIES)
	cargo test --locked $(STORIES) -- --test-threads=2

# What every engine has to bear; the rest asks Chromium for what only its DevTools can do.
CORE := connection:: engines:: landing:: refusals:: reload:: seats:: talking::
e2e-all: e2e ## the core stories in Firefox and WebKitGTK as well, and the components in Firefox
	scripts/setup.sh engines
	ENGINE=webkit cargo test --locked $(STORIES) -- --test-threads=1 $(CORE)
	ENGINE=firefox cargo test --locked $(STORIES) -- --test-threads=1 $(CORE)
	cd frontend && GECKODRIVER="$$(command -v geckodriver)" WASM_BINDGEN_TEST_TIMEOUT=120 \
		CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
		cargo test --locked $(WASM)

bench: ## ours beside relays under Node: writes bench/RESULTS.md (15 min); and what an idle connection costs
	scripts/setup.sh server peers
	cargo build --release --locked -p backend -p bench
	$(TARGET)/release/bench compare
	$(TARGET)/release/bench pair
	$(TARGET)/release/bench idle

siege: ## 19,000 connections, a tenth of them hostile: what honest pairs feel, what it costs in memory (3 min)
	scripts/setup.sh server
	cargo build --release --locked -p backend -p bench
	$(TARGET)/release/bench siege

bench-club: ## a club of 200 in one room, ten messages a second: memory and processor of the server
	scripts/setup.sh server
	cargo build --release --locked -p backend -p bench
	$(TARGET)/release/bench club

bench-cluster: ## three nodes and three NATS servers beside one machine: messages a second, latency, cost (4 min)
	scripts/setup.sh server nats
	cargo build --release --locked -p backend -p bench
	$(TARGET)/release/bench cluster

bench-search: ## a million messages, a thousand pieces of them: recall, time, size of the index
	scripts/setup.sh server
	cargo build --release --locked -p bench
	taskset -c 1 $(TARGET)/release/bench search

bench-page: page ## how soon the page can be used, and how it bears 100,000 messages: rows, place, frames
	scripts/setup.sh server test
	cargo build --release --locked -p backend
	cargo run --release --locked -p e2e --example page

storm: ## 200 kills of the real server under 10,000 deeds, then thousands of simulated storms
	scripts/setup.sh server storm
	cargo build --release --locked -p backend
	cargo build --release --locked -p storm
	$(TARGET)/release/storm real
	$(TARGET)/release/storm simulate --seeds 3000

storm-cluster: ## three nodes: 50 of them killed, 20 NATS servers killed or cut off, those that lead among them (10 min)
	scripts/setup.sh server nats
	cargo build --release --locked -p backend -p storm
	$(TARGET)/release/storm cluster

restart: ## the server stopped and started again under load: nothing is lost, every page is back within 2 s
	scripts/setup.sh server
	cargo build --release --locked -p backend
	cargo build --release --locked -p storm
	$(TARGET)/release/storm restart

clean: ## remove what was built (not ./data)
	cargo clean
	rm -rf dist
