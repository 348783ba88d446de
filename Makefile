# Everything runs in .venv, which the first target that needs it sets up. Only Python (3.11 or newer) and make are
# expected on the machine. Modules are compiled here, since Python may have been told to keep no compiled ones: every
# command would then begin with half a second of compiling.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOWEST := .venv-lowest
OUT ?= tmsmeta-results
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help setup reproduce data test test-slow test-lowest mutants release-check lint format notebooks gallery docs bench build clean

help:
	@echo "make reproduce   pool, rank, check the quoted figures; results in $(OUT)/"
	@echo "make data        check data/ completely and record its version, after a change of data or protocol keys"
	@echo "make setup       everything for work on the package, in $(VENV)/"
	@echo "make lint        check format, lint and types; make format mends the format"
	@echo "make test        format, lint, types and all tests"
	@echo "make test-slow   the tests that take long"
	@echo "make test-lowest the tests on the lowest versions that pyproject.toml allows"
	@echo "make mutants     faults put into the code, to see whether tests notice (an hour and more)"
	@echo "make release-check builds, installs, tests and lists what a release would ship, into release/"
	@echo "make notebooks   run all notebooks again and keep their outputs"
	@echo "make gallery     draw every figure into gallery/"
	@echo "make docs        build the documentation into docs/_build/html"
	@echo "make bench       time against peers"
	@echo "make build       source and wheel in dist/"

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	$(BIN)/python -m compileall -q tmsmeta
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.core

setup: $(VENV)/.dev

reproduce: $(VENV)/.core
	$(BIN)/tmsmeta reproduce --out $(OUT)

data: $(VENV)/.core
	$(BIN)/python -m tmsmeta.review.record

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict tmsmeta

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/.browser: tests/browser/package-lock.json tests/browser/install.sh | $(VENV)/bin/python
	tests/browser/install.sh
	@touch $@

test: lint $(VENV)/.browser
	$(BIN)/python -m compileall -q tmsmeta
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --quiet

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest --quiet -m slow

# A sample is drawn afresh every day: what was missed before has tests by then.
SEED ?= $(shell date +%Y%m%d)
mutants: $(VENV)/.dev
	$(BIN)/python tests/mutants/run.py --by-hand
	$(BIN)/python tests/mutants/run.py --seed $(SEED) --each 12 --out tests/mutants/found.csv

$(LOWEST)/.ready: pyproject.toml tests/lowest.py
	$(PYTHON) -m venv $(LOWEST)
	$(PYTHON) tests/lowest.py > $(LOWEST)/requirements.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(LOWEST)/requirements.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

test-lowest: $(LOWEST)/.ready
	$(LOWEST)/bin/python -m pytest --numprocesses 2 --dist loadfile --quiet --ignore tests/browser --ignore tests/notebooks

release-check: $(VENV)/.dev
	$(BIN)/python tests/release --out release

notebooks: $(VENV)/.dev
	$(BIN)/python notebooks/images.py
	$(BIN)/python notebooks/run.py

gallery: $(VENV)/.core
	PYTHONPATH=docs $(BIN)/python -m gallery gallery

docs: $(VENV)/.dev
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --builder html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py

build: $(VENV)/.dev
	$(BIN)/python -m build

clean:
	rm -rf build dist release .mypy_cache .pytest_cache .ruff_cache gallery docs/_build docs/made $(OUT)
