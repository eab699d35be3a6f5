# Works with Python 3.11 or newer and make; everything else goes into $(VENV).
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
DEMO := out/demo
CORE := $(VENV)/.core
DEV := $(VENV)/.dev
HF := $(VENV)/.hf
ENCODER := $(VENV)/.encoder
# A build for processors: without it the extras hf and encoder would bring one for graphics cards, which is some gigabytes.
TORCH ?= torch==2.13.0
BENCH := $(VENV)/.bench

.DEFAULT_GOAL := help
.PHONY: help venv encoder demo test test-hf lint types docs check generate model evaluate bench wheel clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' Makefile

# A marker a set of packages: made again when pyproject.toml changes.
$(CORE): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --editable .
	@$(BIN)/python -m compileall -q src/callqa  # pip does it for packages, and where byte code is not written every start would compile
	@touch $@

$(DEV): $(CORE)
	$(PIP) --editable '.[dev]'
	@touch $@

$(HF): $(DEV)
	$(PIP) '$(TORCH)'
	$(PIP) --editable '.[dev,hf,encoder]'
	@touch $@

$(BENCH): $(DEV)
	$(PIP) --editable '.[dev,bench]'
	@touch $@

$(ENCODER): $(DEV)
	$(PIP) '$(TORCH)'
	$(PIP) --editable '.[dev,encoder]'
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

test-hf: $(HF) ## Run the tests of Hugging Face encoders and of fine-tuning (installs their extras)
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

model: $(DEV) ## Train the shipped model again from data/train, data/written and models/encoder
	$(BIN)/callqa train data/train --also data/written -o models/default --check data/heldout

encoder: $(ENCODER) ## Fine-tune the turn encoder again (some hours); make model builds on its result
	OMP_NUM_THREADS=1 $(BIN)/python -m callqa.finetune.build data/train --also data/written -o models/encoder

evaluate: $(DEV) ## Print the model card's figures again: the held-out writer, then cross-validation
	$(BIN)/callqa evaluate data/heldout
	$(BIN)/callqa evaluate data/heldout --fast
	for kind in punctuation homophones digits; do $(BIN)/callqa evaluate data/heldout --perturb $$kind; done
	$(BIN)/callqa train data/train --also data/written

bench: $(BENCH) ## Measure speed and memory beside the tutorial, fastText and orjson; the scaling table
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.run --scaling --out bench-out/scaling.json

wheel: $(DEV) ## Build wheel and sdist into dist/
	$(BIN)/python -m build

clean: ## Remove the virtual environment and all that was built
	rm -rf $(VENV) dist build out bench-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
