# Everything runs from .venv, which each target makes itself when it is missing or the lock changed.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed

.PHONY: help venv install uninstall demo test slow-test stories signal lint fmt bench crash-test fault-test fuzz pictures pages reference corpus corpus-report lock clean

help: ## Show what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

# Anew for each lock, so that nothing stays behind that the lock does not name.
$(STAMP): requirements.lock pyproject.toml
	@test ! -L .venv || { echo ".venv is a link to another tree's environment; remove the link"; exit 1; }
	@echo "==> setting up .venv (once for each requirements.lock)"
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "watcher needs Python 3.11 or later: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

venv: $(STAMP) ## Set up .venv from the hashed lock

PREFIX ?= /opt/watcher
BINDIR ?= /usr/local/bin
UNITDIR ?= /usr/local/lib/systemd/system
PLACES = PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' BINDIR='$(BINDIR)' UNITDIR='$(UNITDIR)' PYTHON='$(PYTHON)'

install: $(STAMP) ## Put watcher and its systemd unit on this machine: make install PREFIX=/opt/watcher [DESTDIR=]
	@$(PLACES) systemd/install.sh install

uninstall: ## Take them away again; rules and data stay
	@$(PLACES) systemd/install.sh uninstall

demo: $(STAMP) ## See alerts arrive: a simulated FOAS, the real service, no account needed
	@$(BIN)/watcher demo

test: lint ## Lint, types, layers, and all tests but the slow ones, side by side (WORKERS=3)
	@echo "==> tests"
	$(BIN)/python -m pytest -m "not slow" -n $(or $(WORKERS),3) --dist loadfile

slow-test: $(STAMP) ## The tests that wait for real faults and outages (as root, with strace)
	$(BIN)/python -m pytest -m slow

stories: $(STAMP) ## Play every story of tests/stories through the real process, and compare
	$(BIN)/python -m pytest -m slow tests/stories

signal: $(STAMP) ## Write docs/signal.md: what three watchers tell of each story, right and wrong
	$(BIN)/python -m tests.stories.signal

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

fault-test: $(STAMP) ## Play the fault matrix with the real process and print its table (needs strace, faketime)
	$(BIN)/python -m tests.acceptance.faults

fuzz: $(STAMP) ## Search for inputs that break a parser, a signature or a message: make fuzz SECONDS=600 ONLY=config
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
	$(BIN)/python -m tests.fuzz $(ONLY) --seconds $(or $(SECONDS),60)

# JARS is the folder pyflink/lib of an installed apache-flink-libraries, or several.
corpus: $(STAMP) ## Make the corpus of errors anew on real Flinks: make corpus JARS="LIB [LIB]" (needs Java 17 with javac)
	@test -n "$(JARS)" || { echo "name Flink's jars: pip install --no-deps --target DIR apache-flink-libraries; make corpus JARS=DIR/pyflink/lib"; exit 2; }
	$(BIN)/python -m tests.flink $(JARS)

corpus-report: $(STAMP) ## Print how well fingerprints group the corpus, and what they get wrong
	$(BIN)/python -m tests.flink.report

pictures: $(STAMP) ## Draw messages as chats show them: HTML, and PNG where there is a chromium, in build/pictures
	$(BIN)/python -m tests.messages.picture build/pictures

reference: $(STAMP) ## Write the documents that are made of the code: commands, configuration, API, schemas
	$(BIN)/python -m tests.reference
	$(BIN)/python -m tests.web.api.page
	$(BIN)/watcher schema config > docs/schema/config.schema.json
	$(BIN)/watcher schema webhook > docs/schema/webhook.schema.json

pages: $(STAMP) ## Take pictures of every page of the service, in build/pictures (needs chromium)
	$(BIN)/python -m tests.browser.pictures build/pictures

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 $(UPGRADE) \
	--no-config --no-emit-index-url --no-annotate --custom-compile-command 'make lock'
EXTRAS := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["fuzz"], sep="\n")

lock: $(STAMP) ## Write the locks from pyproject.toml; newest of all: make lock UPGRADE=--upgrade
	$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --output-file requirements-run.lock pyproject.toml
	$(BIN)/python -c '$(EXTRAS)' | $(COMPILE) --output-file requirements-fuzz.lock -

clean: ## Remove .venv and everything that tools leave behind
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
