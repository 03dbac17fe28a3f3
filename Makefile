# `make help` lists what there is. Only Python 3.11+ (with venv), git and make are needed.
VENV := .venv
PY := $(VENV)/bin/python
LOCKED := pyproject.toml sdk/python/pyproject.toml scripts/bootstrap
RUN := $(VENV)/.run-ready
DEV := $(VENV)/.dev-ready
TEMPLATES = $(shell git ls-files 'src/torhaus/*.html')

.DEFAULT_GOAL := help
.PHONY: help run test test-all unit check prove bench-pages bench-validate bench-import lock docs wheel format clean

help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

run: $(RUN)  ## Serve the demo vendor on http://localhost:8000 (PORT=... for another)
	@$(if $(PORT),TORHAUS_PORT=$(PORT)) exec $(VENV)/bin/torhaus demo

test: $(DEV)  ## All tests that this machine can run; says what was left out
	@$(PY) -m scripts.run_tests

test-all: $(DEV)  ## The whole suite on SQLite, then on PostgreSQL what a database can change; fails where Chromium, PostgreSQL or a language is missing
	@$(PY) -m scripts.run_tests --all

unit: $(DEV)  ## What asks no database, under a minute
	@$(PY) -m scripts.run_tests --unit

check: $(DEV)  ## Everything that is checked without running the portal: lint, types, floors, locks, documents
	@$(PY) -m scripts.check

prove: $(DEV)  ## The measurements at their stated sizes, resumable, into docs/measured/ (ARGS=--reduced: small; ARGS="validate contention": these)
	@$(PY) -m scripts.prove $(ARGS)

bench-pages: $(DEV)  ## Time the portal's pages beside an empty page (ARGS='--customers 1000 ...')
	@$(PY) -m benchmarks.bench_pages $(ARGS)

bench-validate: $(DEV)  ## Time the check of a licence beside other frameworks, in an environment of their own (ARGS='--part ways ...')
	@$(PY) -m benchmarks.bench_validate $(ARGS)

bench-import: $(DEV)  ## Time an import and its memory (ARGS=100000 for so many customers)
	@$(PY) -m benchmarks.import_customers $(ARGS)

lock:  ## Write requirements/*.txt anew from pyproject.toml (needs uv)
	@scripts/lock

docs: $(DEV)  ## Write the generated documents anew
	@$(PY) -m scripts.document_settings
	@$(PY) -m scripts.document_roles
	@$(PY) -m scripts.document_import
	@$(PY) -m scripts.document_personal_data
	@$(PY) -m scripts.document_sdk
	@$(PY) -m scripts.make_vectors

wheel: $(DEV)  ## Build the packages of Torhaus and its SDK into dist/
	@$(PY) scripts/compile_messages.py
	@$(PY) -m pip --disable-pip-version-check --quiet wheel --no-deps --no-build-isolation --no-index -w dist sdk/python .
	@ls -1 dist

format: $(DEV)  ## Format the Python code and the templates
	$(VENV)/bin/ruff format .
	$(if $(TEMPLATES),$(VENV)/bin/djade --target-version 5.2 $(TEMPLATES))

clean:  ## Remove the environment and all caches; the data in var/ stays
	rm -rf $(VENV) .venv-bench dist build .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN): requirements/run.txt $(LOCKED)
	@PYTHON="$(PYTHON)" scripts/bootstrap run
	@touch $@

$(DEV): requirements/dev.txt $(LOCKED)
	@PYTHON="$(PYTHON)" scripts/bootstrap dev
	@touch $(RUN) $@
