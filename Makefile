# The two commands that matter are `make train` and `make test`; both set up what they need.

ifeq ($(filter oneshell,$(.FEATURES)),)
$(error This Makefile needs GNU make 4.0 or newer, not $(MAKE_VERSION). On macOS: `brew install make`, then `gmake`)
endif

SHELL := /bin/sh
.SHELLFLAGS := -ec
.ONESHELL:
.NOTPARALLEL:
.DEFAULT_GOAL := help

# Variables to set on the command line, as in `make train ARGS='experiment=real seed=1'`.
PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder

# Where the real archives lie: what the environment says, else beside the project, else data/.
ifeq ($(BLINK_DATA),)
BLINK_DATA := $(CURDIR)/$(if $(wildcard ../shared/data/.),../shared/data,data)
endif
export BLINK_DATA

# What is imported is compiled then, and kept; most of what is installed never is.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check
# Which Python and which folder .venv was made for, and which pins are installed in it.
MADE_FOR := .venv/blink-made-for
PINS := .venv/blink-pins

# Both are compared by content: a touched or freshly checked-out file changes nothing.
define KEYS
import hashlib, json, os, platform, sys, tomllib
with open("pyproject.toml", "rb") as file:
    content = tomllib.load(file)
project = content["project"]
kept = ("version", "requires-python", "dependencies", "optional-dependencies", "scripts")
pins = [content["build-system"], {key: project.get(key) for key in kept}]
python = sys.implementation.name, platform.python_version(), sys.platform, platform.machine()
print(*python, os.getcwd())
print(hashlib.sha256(json.dumps(pins, sort_keys=True).encode()).hexdigest())
endef
export KEYS

.PHONY: help
help: ## List the targets (this is the default)
	@echo "Usage: make TARGET [ARGS='experiment=real'] [PYTEST_ARGS='-k name'] [PYTHON=python3.12]"
	awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: train
train: setup ## Run the default experiment: data, training, export, evaluation, report
	@echo "Training: train.py $(ARGS)"
	$(BIN)/python train.py $(ARGS)

.PHONY: test
test: setup check-format check-lint check-types check-tests ## Check format, lint and types, then run the tests

.PHONY: test-long
test-long: setup ## Run the tests that take minutes: fuzzing at full length, processes that are killed, data at scale
	@if ! cmp -s $(PINS) $(PINS)-ray; then
	    echo "Set-up: installing Ray into .venv, silently, for the tests of launcher=ray; nothing else here needs it."
	    $(PIP) --editable '.[ray]' ||
	        { echo "Blink: the installation failed; pip says why above. Without Ray its tests are skipped: $(BIN)/python -m pytest -m long" >&2; exit 1; }
	    cp $(PINS) $(PINS)-ray
	fi
	echo "Running the long tests"
	$(BIN)/python -m pytest -m long $(PYTEST_ARGS)

.PHONY: setup
setup: ## Make .venv and install the project in it, where that is not done yet
	@fail() { echo "Blink: $$1" >&2; exit 1; }
	command -v $(firstword $(PYTHON)) >/dev/null 2>&1 ||
	    fail "'$(PYTHON)' is not there. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3"
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
	    fail "needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12"
	keys=$$($(PYTHON) -c "$$KEYS")
	made_for=$$(echo "$$keys" | sed -n 1p)
	pins=$$(echo "$$keys" | sed -n 2p)
	if [ ! -x $(BIN)/python ] || [ "$$(cat $(MADE_FOR) 2>/dev/null)" != "$$made_for" ]; then
	    $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null ||
	        fail "'$(PYTHON)' has no venv. On Debian and Ubuntu: apt install python3-venv"
	    echo "Set-up: making .venv for $$($(PYTHON) --version)."
	    rm -f $(MADE_FOR) $(PINS)
	    $(PYTHON) -m venv --clear .venv
	    echo "$$made_for" > $(MADE_FOR)
	fi
	if [ "$$(cat $(PINS) 2>/dev/null)" = "$$pins" ]; then
	    echo "Set-up: .venv is up to date."
	else
	    rm -f $(PINS)
	    echo "Set-up: installing what pyproject.toml pins into .venv, silently: about 2 minutes and 2 GB; several GB more where pip picks a CUDA build of torch."
	    # The pip that a Python brings may be years old, and takes half as long again.
	    { $(PIP) --upgrade pip && $(PIP) --no-compile --editable '.[dev]'; } ||
	        fail "the installation failed; pip says why above. Mend that and run the same command again."
	    $(BIN)/python -c 'import runpy; runpy.run_path("train.py")' # which compiles what every command imports
	    echo "$$pins" > $(PINS).new
	    mv $(PINS).new $(PINS)
	    echo "Set-up: done."
	fi

.PHONY: format
format: setup ## Format the code and mend what ruff can mend
	@echo "Formatting"
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: clean
clean: ## Remove caches (cache/, tools', compiled Python); .venv, runs/ and data/ stay
	@echo "Removing cache/, build/, the tools' caches and compiled Python; .venv, runs/ and data/ stay."
	rm -rf cache build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . \( -name .git -o -name .venv -o -path ./runs -o -path ./data \) -prune -o -type d -name __pycache__ -exec rm -rf {} +

# The four parts of `make test`; pre-commit calls them one by one.
.PHONY: check-format check-lint check-types check-tests
check-format: setup
	@echo "Checking the format"
	$(BIN)/ruff format --check .

check-lint: setup
	@echo "Checking the style"
	$(BIN)/ruff check .

check-types: setup
	@echo "Checking the types"
	$(BIN)/mypy

check-tests: setup
	@echo "Running the tests"
	$(BIN)/python -m pytest $(PYTEST_ARGS)
