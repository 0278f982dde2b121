# What a newcomer, a developer and the automated check run. `make` alone lists it.
#
# `demo` and `test` share one build. It is asked for as `--workspace --bin jointly`: with `-p jointly` cargo would choose
# the dependencies' features for that package alone, and build DataFusion once more.

CARGO ?= cargo
ARGS ?=
TARGET := $(or $(CARGO_TARGET_DIR),target)

.DEFAULT_GOAL := help
.PHONY: help demo demo-align demo-credit demo-federated demo-lookup demo-pvc test lint format docs licences audit build judge-wasm bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run the demonstration; its flags go into ARGS, as in: make demo ARGS="--check"
	@scripts/check-tools
	@test -x $(TARGET)/debug/jointly || echo "The first build takes 5 to 10 minutes on two cores." >&2
	@$(CARGO) build --workspace --bin jointly
	@$(TARGET)/debug/jointly demo $(ARGS)

demo-align: ## Show how a bank and a credit bureau find their common people
	@scripts/check-tools
	@$(CARGO) build --workspace --bin jointly
	@examples/bank/align.sh $(TARGET)/debug/jointly

demo-credit: ## Show how a bank and a bureau train models of who repays, on columns that stay at home
	@scripts/check-tools
	@$(CARGO) build --workspace --bin jointly
	@examples/credit/credit.sh $(TARGET)/debug/jointly

demo-federated: ## Show how four hospitals train one model, each on its own patients, with and without noise
	@scripts/check-tools
	@$(CARGO) build --workspace --bin jointly
	@examples/federated/federated.sh $(TARGET)/debug/jointly

demo-lookup: ## Show how a bank asks a credit bureau about its customers, who stay unnamed
	@scripts/check-tools
	@$(CARGO) build --workspace --bin jointly
	@examples/bank/lookup.sh $(TARGET)/debug/jointly

# What can cheat gets a name of its own, and the program's own name is free for the one that cannot.
demo-pvc: ## Show how a node that garbles wrongly is caught, and convicted before anyone; flags in ARGS, as in: ARGS="--runs 50"
	@scripts/check-tools
	@$(CARGO) build --workspace --bin jointly --features jointly/faults
	@rm -f $(TARGET)/debug/jointly-that-cheats && mv $(TARGET)/debug/jointly $(TARGET)/debug/jointly-that-cheats
	@$(TARGET)/debug/jointly-that-cheats demo-pvc $(ARGS)

test: ## Install what the tests need, then run all of them, also those with nodes that cheat
	@scripts/install-test-packages
	@scripts/check-tools
	$(CARGO) test --workspace --features jointly/faults --no-fail-fast $(ARGS)

lint: ## Check the format and the lints; warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --features jointly/faults -- -D warnings
	$(CARGO) clippy --package jointly-judge -- -D warnings  # without what only others need of its dependencies

format: ## Format all code
	$(CARGO) fmt --all

docs: ## Build the documentation of the code; warnings are errors
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps

licences: ## Check the dependencies' licences and sources (deny.toml)
	@scripts/cargo-deny licenses bans sources

audit: ## Check the dependencies for known weaknesses; needs the network
	@scripts/cargo-deny advisories

build: ## Build target/release/jointly, optimised; takes 20 minutes on two cores
	@scripts/check-tools
	$(CARGO) build --release -p jointly

judge-wasm: ## Build the judge of certificates for WebAssembly; gets Rust's standard library for it by rustup
	@scripts/judge-wasm

# Homomorphic encryption is measured where OpenSSL's library can be linked.
bench: ## Measure the protocols; flags go into ARGS, as in: make bench ARGS="--only rep3 --network lan"
	@scripts/check-tools
	$(CARGO) run --release -p jointly-bench $(if $(shell pkg-config --exists openssl && echo yes),--features he) --example bench -- $(ARGS)

clean: ## Remove all that was built
	$(CARGO) clean
