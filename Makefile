# The daily commands. Each makes the environment it needs; a second run installs nothing again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PLUGIN := docs/plugins/punch_card

.PHONY: help install demo test soak chromium check format bench docs pictures screenshots clean

help:  ## show these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(INSTALLED): pyproject.toml constraints.txt $(PLUGIN)/pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'cm-engine needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]' --editable $(PLUGIN)
	@$(BIN)/python -m compileall -q cm_engine web  # start-up stays quick where Python is told to write no byte code
	@touch $@

install: $(INSTALLED)  ## make .venv with everything in it

# At another port, or in another folder: make demo ARGS="--port 8080"
demo: $(INSTALLED)  ## a working clinic with made-up people on http://127.0.0.1:8000
	@$(BIN)/cm-engine demo $(ARGS)

test: $(INSTALLED) chromium  ## run the whole test suite
	$(BIN)/python -m pytest --numprocesses auto

soak: $(INSTALLED) chromium  ## the long trials: races, kills, processes replaced under load, a failure of every statement, the machine of the books, each many times; every page in every size, theme and language; load
	CM_SOAK=1 $(BIN)/python -m pytest --numprocesses auto tests/races tests/faults tests/several tests/test_books_machine.py tests/contracts tests/demo tests/journeys
	$(BIN)/python -m benchmarks load

# The browser of the journeys. Where it is missing and this user may not install it, they are skipped, and the tests say so.
chromium:  ## have Chromium, from the system's own packages
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as='sudo -n'; else as=false; fi; \
	$$as apt-get install --yes --no-install-recommends chromium >/dev/null 2>&1 || \
	{ $$as apt-get update >/dev/null 2>&1 && $$as apt-get install --yes --no-install-recommends chromium >/dev/null 2>&1; } || \
	echo 'Chromium is missing and cannot be installed here, so what needs a browser is skipped: apt-get install chromium' >&2

check: $(INSTALLED)  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)  ## format the code, and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Some of them: make bench PARTS=books
bench: $(INSTALLED)  ## the benchmarks, each with its floor in the same run
	@$(BIN)/python -m compileall -q cm_engine benchmarks  # as installed: no start-up compiles what changed since
	$(BIN)/python -m benchmarks $(PARTS)

docs: $(INSTALLED)  ## write the tables of the policy pages anew
	$(BIN)/python -m docs.build

pictures: $(INSTALLED)  ## draw the pictures of the README anew
	$(BIN)/python -m docs.pictures.draw

screenshots: $(INSTALLED) chromium  ## take the pictures of the README and of the guide anew, from the demo (in Noto Sans: fonts-noto-core)
	$(BIN)/python -m docs.pictures.screens

clean:  ## remove what the commands above have made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
