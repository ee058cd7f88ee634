# Everything runs from .venv, which each target makes itself when it is missing or the lock changed.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed

.PHONY: help venv demo test crash-test lint fmt bench lock clean

help: ## Show what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

# Anew for each lock, so that nothing stays behind that the lock does not name.
$(STAMP): requirements.lock pyproject.toml
	@echo "==> setting up .venv (once for each requirements.lock)"
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "watcher needs Python 3.11 or later: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

venv: $(STAMP) ## Set up .venv from the hashed lock

demo: $(STAMP) ## See alerts arrive: a simulated FOAS, the real service, no account needed
	@$(BIN)/watcher demo

test: lint ## Lint, types, layers and all tests
	@echo "==> tests"
	$(BIN)/python -m pytest

crash-test: N ?= 60
crash-test: $(STAMP) ## Kill it at every step and N times at random (N=60), and compare what was told
	$(BIN)/python -m tests.acceptance.crash $(N)

lint: $(STAMP) ## Lint, format, types and layers, without the tests
	@echo "==> lint"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@echo "==> types"
	$(BIN)/mypy
	@echo "==> layers"
	$(BIN)/lint-imports

fmt: $(STAMP) ## Format, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## Measure the numbers that ARCHITECTURE.md promises, as ratios in one run
	$(BIN)/python -m tests.bench

lock: $(STAMP) ## Write requirements.lock from pyproject.toml; newest of all: make lock UPGRADE=--upgrade
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 $(UPGRADE) \
		--extra dev --no-config --no-emit-index-url --no-annotate --custom-compile-command 'make lock' \
		--output-file requirements.lock pyproject.toml

clean: ## Remove .venv and everything that tools leave behind
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
