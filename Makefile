# Inkstand's everyday commands. Each sets up what it needs: Python >= 3.11, make and the network's
# package index are enough.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell command -v python3 || command -v python)
UV := $(shell command -v uv 2>/dev/null)
DEMO ?= demo-project
# What is checked and formatted.
CODE := tui engine store bench tests default_scripts

.DEFAULT_GOAL := help
.PHONY: help run test check format snapshots docs manifest bench lock clean api

help: ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

ifdef UV
INSTALL = $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r
INSTALL_SELF = $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r
INSTALL_SELF = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Inkstand needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making the environment in $(VENV) ..."
	@if [ -n "$(UV)" ]; then $(UV) venv --quiet --clear --python "$(PYTHON)" $(VENV); else "$(PYTHON)" -m venv $(VENV); fi

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Inkstand needs ..."
	@$(INSTALL) requirements/run.txt
	@$(INSTALL_SELF)
	@# Kernels run with -B and cannot write bytecode themselves: without it each takes twice as long.
	@$(BIN)/python -m compileall -q tui engine store bench default_scripts/__init__.py
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/numpy.txt $(VENV)/.run
	@echo "Installing the development tools ..."
	@$(INSTALL) requirements/dev.txt
	@# Beside the environment, not in it: kernels preload what is installed, and only some tests
	@# want them to start that slowly.
	@$(INSTALL) requirements/numpy.txt --upgrade --target $(VENV)/numpy
	@touch $@

run: $(VENV)/.run ## open the demo project (made if it is not there)
	@$(BIN)/inkstand demo $(DEMO)

test: $(VENV)/.dev ## run every test
	@$(BIN)/python -m pytest -n auto

check: $(VENV)/.dev ## format, lint, types, imports, tests: what CI runs
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(MAKE) --no-print-directory test

format: $(VENV)/.dev ## put the code into its form
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

snapshots: $(VENV)/.dev ## accept the pictures of the screens as they are now; look at them first
	@$(BIN)/python -m pytest tests/ui --snapshot-update

manifest: $(VENV)/.run ## take changed default scripts into their history of versions
	@$(BIN)/python -m store.default_manifest

docs: $(VENV)/.run ## write docs/settings.md anew from the registry of settings
	@$(BIN)/python -m engine.settings.reference > docs/settings.md

api: $(VENV)/.run ## write what is made from the API's registry: names, stub, docs/api.md
	@$(BIN)/python -m engine.api.write

bench: $(VENV)/.run ## measure everything, beside its peers; ten minutes
	@for name in start run kernel soak store api; do $(BIN)/inkstand bench $$name || exit; done

lock: ## write requirements/*.txt anew from pyproject.toml (needs uv)
	@test -n "$(UV)" || { echo "make lock needs uv on the PATH" >&2; exit 1; }
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group build pyproject.toml -o requirements/run.txt
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --group build --group dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	@sed -nE 's/.*"(numpy==[^"]+)".*/\1/p' pyproject.toml | $(UV) pip compile --quiet --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-annotate - -o requirements/numpy.txt

clean: ## remove the environment and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
