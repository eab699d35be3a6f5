# Works with Python 3.11 or newer and make; everything else goes into $(VENV).
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
DEMO := out/demo
CORE := $(VENV)/.core
DEV := $(VENV)/.dev
HF := $(VENV)/.hf
BENCH := $(VENV)/.bench

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-hf lint types docs check generate model evaluate bench wheel clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' Makefile

# A marker a set of packages: made again when pyproject.toml changes.
$(CORE): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@touch $@

$(DEV): $(CORE)
	$(PIP) --editable '.[dev]'
	@touch $@

$(HF): $(DEV)
	$(PIP) --editable '.[dev,hf]'
	@touch $@

$(BENCH): $(DEV)
	$(PIP) --editable '.[dev,bench]'
	@touch $@

venv: $(DEV) ## Make .venv with all that developing needs

demo: $(CORE) ## Tag the sample day with the shipped model and show the flags
	@rm -rf $(DEMO)
	@$(BIN)/callqa tag data/sample -o $(DEMO)
	@$(BIN)/callqa export $(DEMO) -o $(DEMO)/review.xlsx --severity caution
	@echo
	@echo "Flags by call:                 $(DEMO)/calls.csv"
	@echo "Flagged turns, for reviewers:  $(DEMO)/review.xlsx"
	@echo "Tagged calls, for programs:    $(DEMO)/tagged/"

test: $(DEV) ## Run all tests
	$(BIN)/python -m pytest

test-hf: $(HF) ## Run the tests of the Hugging Face encoder (installs the extra)
	$(BIN)/python -m pytest -m hf

lint: $(DEV) ## Check style
	$(BIN)/ruff check

types: $(DEV) ## Check types
	$(BIN)/mypy

docs: $(DEV) ## Check that generated documents are up to date
	$(BIN)/python -m tools.generate --check

check: test lint types docs ## Everything a change must pass

generate: $(DEV) ## Write the generated documents and the sample
	$(BIN)/python -m tools.generate

model: $(DEV) ## Train the shipped model again
	$(BIN)/callqa train data/train -o models/default --check data/heldout

evaluate: $(DEV) ## Measure the shipped model on the held-out writer
	$(BIN)/callqa evaluate data/heldout

bench: $(BENCH) ## Measure speed and memory beside the tutorial, fastText and orjson; the scaling table
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.run --scaling --out bench-out/scaling.json

wheel: $(DEV) ## Build wheel and sdist into dist/
	$(BIN)/python -m build

clean: ## Remove the virtual environment and all that was built
	rm -rf $(VENV) dist build out bench-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
