PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install run test bench emulators manifest lint lock clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  \1\t/'

install: .venv/run  ## make the environment that Laurel runs in

run: .venv/run  ## start Laurel with the demo data and print where it is
	$(BIN)/python app.py serve --demo

test: .venv/dev lint  ## every check and every test
	$(BIN)/pytest -n 2 --dist worksteal

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev  ## measure beside a floor; writes var/bench/*.json
	$(BIN)/python -m tests.bench

emulators: .venv/dev  ## drive Laurel with other people's clients (needs npm, Chromium, Python 3.12)
	$(BIN)/python -m tests.emulators.slack
	$(BIN)/python -m tests.emulators.teams
	$(BIN)/python -m tests.emulators.teams_schema
	$(BIN)/python -m tests.emulators.telegram

manifest: .venv/run  ## make what Slack, Teams and Telegram install; writes dist/
	$(BIN)/python app.py manifest

lock:  ## bring the locked dependencies up to date (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:  ## remove the environment and all that was made at run time
	rm -rf .venv var

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run: requirements.txt | .venv/bin/python
	@echo "Installing the dependencies (once, about a minute)…"
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt | .venv/bin/python
	@echo "Installing the dependencies and the tools for the tests (once, about two minutes)…"
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/run
