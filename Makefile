# `make` alone lists what there is. Everything runs in .venv, made from the pinned requirements on first need.
PYTHON ?= python3
BIN := .venv/bin

export PATH := $(CURDIR)/$(BIN):$(PATH)

# ansible refuses to start in a locale that is not UTF-8.
ifneq (,$(filter C POSIX,$(LC_ALL)))
export LC_ALL := C.UTF-8
endif

.DEFAULT_GOAL := help
.PHONY: help demo sandbox lab test lint unit sanity browser bench build clean python venv venv-demo

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: venv-demo ## A drill day of the sandbox fleet against the embedded exchange
	@$(BIN)/python -m tests.lab.demo

sandbox: venv-demo ## Its fleet and its exchange, to try things by hand; until Ctrl-C
	@$(BIN)/python -m tests.lab.demo --stay

lab: venv-demo ## Real hosts in namespaces of their own, to explore; as root, until Ctrl-C
	@$(BIN)/python -m tests.lab.hosts stay

test: venv ## Every check and every test there is
	@$(BIN)/python -m tests.checks.run

lint: venv ## Style, types, licences, texts (no tests)
	@$(BIN)/python -m tests.checks.run lint

unit: venv ## The fast tests, on one Python
	@$(BIN)/python -m pytest tests/unit

sanity: venv ## ansible-test sanity on a copy of the tree
	@$(BIN)/python -m tests.checks.run sanity

browser: venv ## The board in Chromium, with axe-core
	@$(BIN)/python -m tests.checks.run browser

bench: venv ## A write visit beside a bare module, fleets, a large FileZilla, 100,000 reports, the rules over 300 workstations, a board of 1,000; minutes
	@$(BIN)/python -m tests.bench.to_secondary
	@$(BIN)/python -m tests.bench.windows
	@$(BIN)/python -m tests.bench.sftp_client
	@$(BIN)/python -m tests.bench.rehearsal_files
	@$(BIN)/python -m tests.bench.readiness
	@$(BIN)/python -m tests.bench.board

build: venv-demo ## The collection's artefact, hkex-drill-VERSION.tar.gz
	@$(BIN)/ansible-galaxy collection build --force

clean: ## Remove everything made here but the evidence
	@test ! -d .lab || $(BIN)/python -m tests.lab.hosts down
	rm -rf .venv .venv-* .demo .lab .ansible .hypothesis .mypy_cache .pytest_cache .ruff_cache hkex-drill-*.tar.gz
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv-demo: python
	@"$(PYTHON)" tests/checks/venv.py .venv requirements-demo.txt

venv: python ## .venv with all that the tests need, Molecule too; the others make it when they need it
	@"$(PYTHON)" tests/checks/venv.py .venv requirements-test.txt

python:
	@command -v "$(PYTHON)" >/dev/null || { echo "No $(PYTHON) here: install Python 3.11 or later, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
