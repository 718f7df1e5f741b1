PYTHON ?= python3.11
BIN := .venv/bin
PIN := --quiet --upgrade --generate-hashes --no-header --no-emit-index-url --universal --python-version 3.11
# In the order of the folders: the few long tests would else come last, and the others would wait.
# Three at once on two cores: a test often waits for a process that it has started.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE  # else every process of a story or a test compiles everything again

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: setup ## play the whole story on real engines, then exit 0
	@$(BIN)/hub demo

run: setup ## keep a whole hub running on this machine, for trying out
	@$(BIN)/hub run

test: setup ## pass the tests (or ARGS="tests/records/test_gate.py", any words of pytest)
	@$(PYTEST) $(ARGS)

test-fast: setup ## pass the tests that need no engine and start no process
	@$(PYTEST) -p tests.harness.without_engines $(ARGS)

zones: setup ## pass the tests (or ARGS="tests/records") with the machine's clock in four zones
	@for zone in UTC Asia/Ho_Chi_Minh America/New_York Pacific/Kiritimati; do \
	    echo "== TZ=$$zone"; TZ=$$zone $(PYTEST) -q $(ARGS) || exit 1; done

check: setup ## format, lint, types, import contracts, tests
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

fix: setup ## format, and repair what a machine can repair
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

hooks: setup ## have git run .githooks/ before each commit
	@git config core.hooksPath .githooks

setup: .venv/ready ## install what is pinned into .venv

.venv/ready: requirements/setup.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/setup.txt
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

conformance: setup ## run the outside material of ../shared/data, where that folder is there
	@$(BIN)/python -m conformance

oidc: setup ## sign in at a real OpenID provider (npm), and try what a thief would
	@$(BIN)/python -m conformance.oidc

crash: setup ## kill workers and APIs at every barrier, 500 deliveries; count each text
	@$(BIN)/python -m tests.crash.campaign --deliveries 500

crash-intake: setup ## kill the API at six points around its commit, 500 Bundles; look for each
	@$(BIN)/python -m tests.crash.intake_campaign --bundles 500

timing: setup ## try to tell by answer or time who is a patient, and where: 30,000 calls
	@$(BIN)/python -m tests.timing.enumeration

alike: setup ## run 300 random scripts of a facility in two worlds: it must get the same in both
	@$(BIN)/pytest tests/alike -q -n 2 --scripts 300

mutants: setup ## break each safety (or ARGS="lock guard") once; its test must turn red
	@$(BIN)/python -m mutants $(ARGS)

schema: setup ## write docs/schema.sql from a new database
	@$(BIN)/python -m tests.schema.dump

contracts: setup ## write mobile_contracts/openapi.json from the code
	@$(BIN)/hub contracts

pins: setup ## pin every requirement anew, with hashes
	@echo 'uv==0.13.9' | $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url -o requirements/setup.txt -
	@echo 'setuptools==84.2.1' | $(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url -o requirements/build.txt -
	@$(BIN)/uv pip compile $(PIN) -o requirements/hub.txt pyproject.toml
	@$(BIN)/uv pip compile $(PIN) --extra dev -o requirements/dev.txt pyproject.toml

.PHONY: help demo run test test-fast zones check fix conformance oidc crash crash-intake timing alike mutants schema contracts hooks setup pins
