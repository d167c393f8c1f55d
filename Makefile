# The daily commands. Each makes the environment it needs; a second run installs nothing again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PLUGIN := docs/plugins/punch_card

.PHONY: help install demo test soak check format bench docs pictures clean

help:  ## show these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

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

test: $(INSTALLED)  ## run the whole test suite
	$(BIN)/python -m pytest --numprocesses auto

soak: $(INSTALLED)  ## the long trials: races, kills, a failure of every statement, the machine of the books, each many times
	CM_SOAK=1 $(BIN)/python -m pytest --numprocesses auto tests/races tests/faults tests/test_books_machine.py

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

clean:  ## remove what the commands above have made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
