# What a newcomer, a developer and CI type. Every target prints what it does.
SHELL := /bin/bash
CARGO ?= cargo
ARGS ?=
SEED ?= 1
RUNS ?= 20
MS ?= 10000

.PHONY: up test verify lint fix bench dist calm chaos crash-points fuzz sim upstream install build help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

up: install build ## install what is missing, build, start the whole cluster in the foreground
	@exec ./target/release/kontiki up $(ARGS)

install: ## install Docker Engine and the packet tools where they are missing; start the daemon
	@./scripts/install

build: ## the release binary
	$(CARGO) build --release --bin kontiki

lint: ## formatting, clippy, that fuzz targets compile, one crypto provider; changes nothing
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --quiet -- -D warnings
	$(CARGO) check --manifest-path fuzz/Cargo.toml --no-default-features --target-dir target/fuzz --quiet
	@./scripts/one-crypto-provider

test: ## everything that CI runs, Docker tests included
	@./scripts/install tests
	@$(MAKE) --no-print-directory lint
	@./scripts/test

verify: test ## the same: what CI runs

fix: ## rewrite what can be rewritten
	$(CARGO) fmt --all
	$(CARGO) clippy --workspace --all-targets --fix --allow-dirty --allow-staged --quiet

dist: ## the binary to hand out, target/dist/kontiki: built by what it does under load, twice, so it takes a while
	@./scripts/dist

bench: ## the figures of API, log and masters, with the targets beside them (ARGS='--only kills --kills 50', '--join-bytes 1Gi'), of `make dist`
	@./scripts/dist --or-plain
	@./target/dist/kontiki bench $(ARGS)

calm: build ## three masters on a machine whose cores are all busy, for MINUTES: nobody else may be elected
	@./target/release/kontiki bench --only calm --minutes $(or $(MINUTES),60)

chaos: build ## three masters under kills, pauses, partitions, slow disks and clock jumps, for MINUTES from SEED: nobody may notice (root)
	$(CARGO) build --release -p kontiki-chaos
	@./target/release/kontiki-chaos --minutes $(or $(MINUTES),10) --seed $(SEED)

crash-points: ## end a long scripted run of the store before each of its calls to the disk; takes minutes
	$(CARGO) nextest run -p kontiki-store --run-ignored only --no-capture a_long_script_ended_at_any_call_loses_nothing

fuzz: ## every fuzz target for SECONDS each (60); FUZZ="cel yaml" for some alone
	@./scripts/fuzz $(or $(SECONDS),60) $(FUZZ)

upstream: ## ours beside upstream's own server: the requests of every recording again, and how the answers differ (root; minutes the first time)
	$(CARGO) build --bin kontiki
	@for recording in apiserver/tests/upstream/*.jsonl; do echo "== $$recording"; ./scripts/upstream tests/upstream/again.py $$recording /dev/null || exit 1; done

sim: ## the store in simulated time, under faults: SEED=1 RUNS=20 MS=10000
	@KONTIKI_SIM_SEED=$(SEED) KONTIKI_SIM_RUNS=$(RUNS) KONTIKI_SIM_MS=$(MS) \
	  $(CARGO) test --package kontiki-store --lib --quiet -- --nocapture --exact sim::campaign::clients_and_watchers_see_one_store
