# The commands of this project; `make` alone lists them.
#
# A fresh machine needs Python 3.11 or newer with venv, and make. Everything else is fetched into .venv from
# the package index that pip uses, in the versions and with the hashes of uv.lock.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help install demo serve test check lint types imports lock-is-true coverage audit sbom wheel dockerfile format bench chaos what-happens profiles tools lock clean

BIN := .venv/bin
READY := .venv/.ready
REQUIREMENTS := .venv/requirements.txt
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
UV_VERSION := $(shell sed -n '/^name = "uv"$$/{n;s/^version = "\(.*\)"$$/\1/p;}' uv.lock)

# Another project's environment must not leak into this one; without bytecode every start takes twice as long.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

# uv reads neither pip's settings nor, unless told, the system's certificates: it is handed both.
pip_setting = $$($(BIN)/python -m pip config list 2>/dev/null | sed -n "s/^[^=]*\.$(1)='\(.*\)'$$/\1/p" | head -n 1)
as_pip_does = index=$(call pip_setting,index-url); certificates=$(call pip_setting,cert); \
	if [ -n "$$certificates" ]; then export SSL_CERT_FILE="$${SSL_CERT_FILE:-$$certificates}"; fi; \
	export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${index:-https://pypi.org/simple}}"; \
	export UV_SYSTEM_CERTS="$${UV_SYSTEM_CERTS:-true}" UV_PYTHON_DOWNLOADS=never

help:
	@echo "make demo          see notes travel from a phone into an EHR (ONCE=1 ends by itself)"
	@echo "make test          the tests, on a PostgreSQL they bring themselves (ARGS='-k receipt' picks some)"
	@echo "make check         the tests with coverage, then every other check: what has to pass before a change goes in"
	@echo "make bench         measure, beside the limit of this machine, and write bench/latest.json (ARGS='--only accept')"
	@echo "make chaos         four workers, a tenth of all calls to the EHR fails: what was lost, doubled, out of order?"
	@echo "make tools         fetch what the fuller tests want: the independent validators and HL7's examples"
	@echo "make sbom          write dist/joinedup.cdx.json: what the program consists of (CycloneDX)"
	@echo "make profiles      build fhir_profiles/*.json from the FSH in fhir_profiles/input/fsh"
	@echo "make format        put the code into its format"
	@echo "make lock          bring uv.lock up to pyproject.toml (UPGRADE=1: and everything to its newest)"
	@echo "make clean         remove .venv, caches and everything built"

install: $(READY)

# `uv sync` would take the lock's own addresses whatever index is set, so the lock is exported (with its hashes)
# and fetched from pip's index. Where uv cannot (a proxy or a login that only pip knows), pip does it, slower.
$(READY): pyproject.toml uv.lock
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed, and none is on the PATH. (make PYTHON=/path/to/python3)" >&2; exit 1; fi
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv (ensurepip is missing). On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Fetching what uv.lock names into .venv."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(as_pip_does); \
		$(BIN)/uv export --quiet --frozen --no-emit-project --output-file $(REQUIREMENTS) \
		&& $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes $(REQUIREMENTS) \
		|| { echo "uv could not fetch the packages: pip tries, which takes a minute."; \
			$(BIN)/python -m pip install --quiet --require-hashes --requirement $(REQUIREMENTS); }
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --offline --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	@$(BIN)/joinedup demo $(if $(ONCE),--once)

serve: $(READY)
	@$(BIN)/joinedup serve

# Two processes share one PostgreSQL; tests of one folder may run in either.
test: $(READY)
	@$(BIN)/python -m pytest --numprocesses auto $(if $(COVERAGE),--cov --cov-report=) $(ARGS)

check:
	@rm -f .coverage .coverage.*
	@$(MAKE) --no-print-directory test COVERAGE=1
	@$(MAKE) --no-print-directory lint types imports lock-is-true coverage dockerfile wheel sbom audit
	@echo "Every check passed."

lint: $(READY)
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet

types: $(READY)
	$(BIN)/mypy --no-error-summary

imports: $(READY)
	$(BIN)/lint-imports --no-logo

lock-is-true: $(READY)
	@$(as_pip_does); export UV_DEFAULT_INDEX=https://pypi.org/simple; \
		echo "uv lock --check"; $(BIN)/uv lock --check --quiet --offline \
		|| { echo "uv.lock does not say what pyproject.toml asks for: run make lock" >&2; exit 1; }

coverage: $(READY)
	$(BIN)/coverage report --fail-under=100

dockerfile: $(READY)
	$(BIN)/hadolint --failure-threshold style Dockerfile

# The wheel has to run from anywhere, with what it declares and what it carries.
wheel: $(READY)
	@$(as_pip_does); set -e; \
		echo "build the wheel and run it away from the checkout"; \
		place=$$(mktemp -d); trap 'rm -rf "$$place"' EXIT; \
		$(BIN)/uv build --quiet --offline --no-build-isolation --wheel --out-dir "$$place/dist" --python $(BIN)/python .; \
		$(BIN)/uv export --quiet --frozen --no-dev --no-emit-project --output-file "$$place/requirements.txt"; \
		$(BIN)/python -m venv --without-pip "$$place/venv"; \
		$(BIN)/uv pip install --quiet --python "$$place/venv/bin/python" --require-hashes --requirement "$$place/requirements.txt"; \
		$(BIN)/uv pip install --quiet --python "$$place/venv/bin/python" --offline --no-deps "$$place"/dist/*.whl; \
		"$$place/venv/bin/python" -W error -I tests/checks/wheel.py "$$place"

# What a trust asks for before it installs: dist/joinedup.cdx.json, held against uv.lock.
sbom: $(READY)
	@mkdir -p dist; $(BIN)/uv export --quiet --frozen --offline --no-dev --no-emit-project --output-file dist/requirements.txt; \
		$(BIN)/python -m tests.checks.sbom dist/requirements.txt dist/joinedup.cdx.json

audit: $(READY)
	@$(BIN)/python -m tests.checks.audit $(REQUIREMENTS)

format: $(READY)
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet

bench: $(READY)
	@$(BIN)/python -m bench $(ARGS)

chaos: $(READY)
	@$(BIN)/python -m bench.chaos $(ARGS)

# The page of docs/ that the tests hold against what really happens.
what-happens: $(READY)
	@JOINEDUP_TEST_WRITE_PAGE=1 $(BIN)/python -m pytest tests/test_what_happens.py

# From JSON that was written by hand to FSH: $(BIN)/python -m tests.sushi.adopt
profiles: $(READY)
	@$(BIN)/python -m tests.sushi.build

tools: $(READY)
	@sh tests/validator/fetch

lock: $(READY)
	@$(as_pip_does); export UV_DEFAULT_INDEX=https://pypi.org/simple; $(BIN)/uv lock $(if $(UPGRADE),--upgrade)

clean:
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .demo dist node_modules
	rm -f .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
