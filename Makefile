# Every target makes what it needs first; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run test check format bench gallery catalogue clean setup

# The interpreter that makes .venv: what you name, else the first one that is new enough.
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$name && exit; done; echo python3)
# A package index with other wheels of torch, for instance without CUDA. Empty: pip's own.
TORCH_INDEX ?=
# The port of the app. Empty: 8501, or the next one that is free.
PORT ?=
# More arguments for the command of `run`, `test` or `bench`.
ARGS ?=

export TORCH_INDEX
SETUP = $(PYTHON) .ci/setup.py

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10
	@echo 'variables: PYTHON=python3.12  TORCH_INDEX=URL (another build of torch)  PORT=8600  ARGS="..."'

setup: ## make .venv with all that running needs
	@$(SETUP) run

run: setup ## open the app in the browser
	@.venv/bin/python -m streamlit run dashboard $(if $(PORT),--server.port $(PORT)) $(ARGS)

test: ## run every test
	@$(SETUP) dev
	@.venv/bin/python -m pytest $(ARGS)

check: ## style, types, import rules and the table of names
	@$(SETUP) dev
	.venv/bin/python -m ruff check
	.venv/bin/python -m ruff format --check
	.venv/bin/python -m mypy
	.venv/bin/python -m pytest tests/test_imports.py tests/test_index.py

format: ## put the code in the project's style
	@$(SETUP) dev
	.venv/bin/python -m ruff check --fix
	.venv/bin/python -m ruff format

bench: ## measure against peers
	@$(SETUP) dev
	@for script in benchmarks/*.py; do echo "$$script"; .venv/bin/python "$$script" $(ARGS) || exit 1; done

gallery: setup ## compute the stored results that pages open on
	@.venv/bin/python models/gallery/make.py
	@.venv/bin/python models/gallery/make_inside.py
	@.venv/bin/python models/gallery/make_evaluation.py
	@.venv/bin/python models/gallery/make_landscape.py

catalogue: ## write the template of everything the app says, and compile translations
	@$(SETUP) dev
	@.venv/bin/python -m dashboard.locale.make

clean: ## remove caches and build leftovers; .venv stays
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
