# Every target only calls a command that can also be typed. `make demo PORT=8000` and `VENV=elsewhere make test` work.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
INSTALLED = $(VENV)/.installed
RUN = $(BIN)/python

.PHONY: demo test test-stores test-rest coverage check spec properties asyncapi smoke bench requirements clean

demo: $(INSTALLED)  ## the whole stack with demonstration data; Ctrl-C stops it
	$(BIN)/clockstop up

test: $(INSTALLED)
	$(BIN)/python -m deploy.local.prerequisites java maven chromium promtool
	$(MAKE) --jobs 2 --no-print-directory test-stores test-rest

test-stores: $(INSTALLED)  ## half of the tests; they run side by side, each with a Kafka and a PostgreSQL of its own
	$(RUN) -m pytest tests/component --ignore-glob '*/test_measures*'

test-rest: $(INSTALLED)  ## the other half
	$(RUN) -m pytest $(filter-out tests/component/ tests/__pycache__/,$(wildcard tests/*/)) tests/component/test_measures*.py

coverage: $(INSTALLED)  ## the tests again, counting lines and branches, which takes them half as long again
	$(BIN)/coverage erase
	$(MAKE) --no-print-directory RUN='$(BIN)/coverage run' test
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --skip-empty

check: $(INSTALLED)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

spec: $(INSTALLED)  ## the rules' worked examples; prints docs/clock-rules.md and docs/outreach-rules.md
	$(BIN)/python -m tests.spec
	$(BIN)/python -m tests.spec_outreach
	$(BIN)/python -m tests.spec_measures

properties: $(INSTALLED)  ## the laws of the rules on more made-up lives: make properties EXAMPLES=20000
	EXAMPLES=$(or $(EXAMPLES),20000) $(BIN)/python -m pytest tests/properties --timeout 0

asyncapi: $(INSTALLED)  ## docs/asyncapi.json from the models, and what the public parser (fetched by npm) says of it
	$(BIN)/python -m shared.events.asyncapi > docs/asyncapi.json
	$(BIN)/python -m tests.contract.public_parser docs/asyncapi.json

smoke: $(INSTALLED)  ## the stack from nothing, fed, recounted and stopped
	$(BIN)/python -m tests.smoke

bench: $(INSTALLED)
	$(BIN)/python -m tests.bench

requirements: $(INSTALLED)  ## pin what requirements/*.in ask for, with hashes
	for name in run dev mesh; do \
	  $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host \
	    --no-emit-options --output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done

clean:  ## stop a running stack and forget everything it kept
	if [ -x $(BIN)/clockstop ] && [ -e .clockstop ]; then $(BIN)/clockstop down; fi
	rm -rf .clockstop

$(INSTALLED): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Clockstop needs Python 3.11 or later: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m deploy.local.prerequisites venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(INSTALLED)
