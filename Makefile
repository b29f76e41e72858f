# Needs make, git and Python 3.11 or newer; everything else is installed into .venv from the
# lock files, but for what SERVERS names. `make help` lists the targets.

PYTHON ?= python3
VENV   ?= .venv
OUT    ?= demo-out
JOBS   ?= auto
WAITING ?= $(if $(filter auto,$(JOBS)),$(shell expr $$(nproc) + 1),$(JOBS))
KILLS  ?= 500
STORE  ?= sqlite
RUNS   ?= 1

PY      := $(VENV)/bin/python
PIP     := $(PY) -m pip --disable-pip-version-check --no-input
INSTALL := $(PIP) install --quiet --require-hashes
TEST    := $(PY) -m pytest --dist loadscope --no-loadscope-reorder
COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
           --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header --group build

# Real servers for tests, and the library that opens archives (RAR) in replies.
SERVERS := dovecot-core dovecot-imapd dovecot-lmtpd postfix postgresql libarchive13

# One environment serves every target: the runtime set, with the development set on top. The
# second lock is compiled against the first, so going from one to the other changes no version.
MADE    := $(VENV)/.made
RUNTIME := $(VENV)/.runtime
DEV     := $(VENV)/.dev

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test torture faults servers lint bench bench-email bench-scale lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s  %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME) ## Run the whole job with simulated offices; results in demo-out/
	$(VENV)/bin/dondoc demo --out $(OUT)

# Unit tests first: they alone must reach every branch of domain and mappings, and counting that
# would slow the others down. The others wait for servers and for one another, so there is one more
# at a time; the long ones come first, so that the short ones fill the gaps.
test: $(DEV) servers ## Run every test, and hold domain and mappings to full branch coverage
	@failed=0; \
	$(TEST) -n $(JOBS) --cov --cov-report= --cov-fail-under=0 tests/unit || failed=1; \
	$(PY) -m coverage report || failed=1; \
	$(TEST) -n $(WAITING) tests/system tests/integration tests/contract || failed=1; \
	exit $$failed

torture: $(DEV) servers ## Kill the daemon KILLS times, STORE=sqlite or postgresql; PAIRS=1 for two workers
	@$(PY) -m tests.system.crash.torture --kills $(KILLS) --store $(STORE) $(if $(PAIRS),--pairs)

faults: $(DEV) servers ## Do every fault to a daemon RUNS times, and write the table of reliability.md
	@$(PY) -m tests.system.faults.table --runs $(RUNS)

servers: ## Install the mail servers of the tests, as root on Debian or Ubuntu
	@sh .ci/packages $(SERVERS)

lint: $(DEV) ## Check style, format, types and the direction of imports
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

bench: $(DEV) ## Run the benchmarks; one JSON file each in bench/out/
	$(PY) -m bench

bench-email: $(DEV) servers ## Run those of mail beside real servers and other programs; minutes
	@sh .ci/packages isync fdm getmail6
	$(PY) -m bench email

bench-scale: $(DEV) ## Run a campaign to 10,000 recipients beside one to 100; minutes
	$(PY) -m bench scale

lock: $(DEV) ## Choose dependency versions again and rewrite both lock files
	$(COMPILE) --upgrade pyproject.toml --output-file requirements.lock
	$(COMPILE) --upgrade --extra dev --constraint requirements.lock pyproject.toml \
	    --output-file requirements-dev.lock

clean: ## Remove the environment and everything that was made here
	rm -rf $(VENV) $(OUT) build dist bench/out htmlcov .coverage .coverage.* *.egg-info \
	    .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE): .ci/venv
	@sh .ci/venv "$(PYTHON)" "$(VENV)"
	@touch $@

$(RUNTIME): $(MADE) pyproject.toml requirements.lock
	@echo "Installing what Dondoc needs into $(VENV)"
	@$(INSTALL) -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock
	@echo "Installing what its tests need into $(VENV)"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@
