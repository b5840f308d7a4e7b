# `make help` lists what there is. Needs Python 3.11 to 3.13 and a package index; brings everything else itself.
# PYTHON=/path/to/python3.12 chooses the interpreter, WORKERS=4 the number of test processes.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
WORKERS ?= auto
PYTEST := $(BIN)/python -m pytest
STAMP := .venv/.installed
BROWSER := .cache/chromium-path
FERRETDB := .cache/bin/ferretdb

export PYTHON

# Lines "target: ## text" are the help.
.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(STAMP) ## everything with an invented agency: database, sandbox, Dagster, review app; Ctrl-C stops it
	@$(BIN)/leadmetrics demo

.PHONY: up
up: $(STAMP) ## the real thing: Dagster and the review app, settings from LEADMETRICS_* or .env
	@$(BIN)/leadmetrics up

.PHONY: install
install: $(STAMP) ## everything Python into .venv, exactly as locked

$(STAMP): requirements.lock pyproject.toml scripts/install.sh scripts/find_uv.sh
	@echo "== install"
	@scripts/install.sh
	@touch $@

.PHONY: browser
browser: $(BROWSER) ## find a Chromium, or get one

$(BROWSER): scripts/find_browser.sh | $(STAMP)
	@echo "== browser"
	@scripts/find_browser.sh

.PHONY: ferretdb
ferretdb: $(FERRETDB) ## a MongoDB-compatible server for the tests (needs Go)

$(FERRETDB): scripts/ferretdb/main.go scripts/ferretdb/go.mod scripts/ferretdb/go.sum
	@echo "== ferretdb (a few minutes when nothing is cached)"
	@mkdir -p $(@D)
	@cd scripts/ferretdb && go build -mod=readonly -trimpath -tags ferretdb_no_postgresql -o "$(CURDIR)/$@" .

.PHONY: lock
lock: $(STAMP) ## choose versions anew, from pyproject.toml
	@$(BIN)/python scripts/lock.py make

.PHONY: test
test: lint types contracts docs $(BROWSER) ## lint, types, contracts, documents, then every test
	@echo "== tests"
	@$(PYTEST) -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: lint
lint: $(STAMP) ## ruff, formatting, and that the lock fits pyproject.toml
	@echo "== lint"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "These files are not formatted (make format):"; $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/python scripts/lock.py check

.PHONY: format
format: $(STAMP) ## rewrite as ruff would have it
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

.PHONY: types
types: $(STAMP) ## mypy, strict
	@echo "== types"
	@$(BIN)/mypy

.PHONY: contracts
contracts: $(STAMP) ## which room may import which
	@echo "== contracts"
	@mkdir -p .cache
	@$(BIN)/lint-imports --no-cache >.cache/contracts.log 2>&1 && tail -n 2 .cache/contracts.log || { cat .cache/contracts.log; exit 1; }

.PHONY: unit
unit: $(STAMP) ## the tests without I/O: seconds
	@$(PYTEST) -q tests/unit

.PHONY: docs
docs: $(STAMP) ## that links of all documents lead somewhere and the reference says what the code says
	@echo "== docs"
	@$(BIN)/python scripts/check_links.py
	@$(BIN)/python -W ignore -m scripts.make_reference --check

.PHONY: reference
reference: $(STAMP) ## write docs/reference from the code
	@$(BIN)/python -W ignore -m scripts.make_reference

.PHONY: db-check
db-check: $(STAMP) ## that migrations and models agree
	@$(BIN)/python scripts/check_migrations.py

.PHONY: screenshots
screenshots: $(BROWSER) ## pictures of the main pages, into docs/screenshots
	@LEADMETRICS_TEST_SCREENSHOTS="$(CURDIR)/docs/screenshots" $(PYTEST) -q -m browser

.PHONY: bench
bench: $(STAMP) ## one JSON line per benchmark
	@$(BIN)/python -m benchmarks

.PHONY: soak
soak: $(STAMP) ## the slow tests: a storm over all platforms, many kills, many workers, for as long as SOAK_MINUTES says
	@$(PYTEST) -q -s -m soak
	@LEADMETRICS_TEST_SOAK_MINUTES=$${SOAK_MINUTES:-10} $(PYTEST) -q -m journeys --timeout 7200

.PHONY: clean
clean: ## remove what make made, the environment too; data in .leadmetrics stays
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
