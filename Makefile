# Two commands do all the set-up: `make serve` and `make test`. Everything else is for those who work on Penstock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOWEST := .venv-lowest
BUILT := cluster/.cache/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=

.PHONY: serve test test-all test-cluster test-lowest check cluster cluster-down soak bench bench-peers lock clean
.DEFAULT_GOAL := serve

serve: $(VENV)/runtime.stamp
	$(BIN)/penstock serve $(ARGS)

# What a newcomer waits for; where CI is set, everything.
test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest $(ARGS)

# The long tests, too.
test-all: $(VENV)/dev.stamp
	$(BIN)/python -m pytest --all $(ARGS)

# Everything that a cluster concerns: the newer PostgreSQL, a second S3 store, charts; and what speaks to a server, on what
# nodes share. Some programs are built from source here, once.
test-cluster: $(VENV)/cluster.stamp $(BUILT)/versitygw deploy/.cache/bin/helm deploy/.cache/bin/compose-spec
	$(BIN)/python -m pytest --all --cluster $(ARGS)
	$(BIN)/python -m pytest --all --cluster --profile cluster tests/contracts tests/dialects tests/journeys $(ARGS)

# The same with the lowest version of each dependency that pyproject.toml allows.
test-lowest: $(LOWEST)/dev.stamp
	$(LOWEST)/bin/python -m pytest $(ARGS)

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Penstock beside the peers that are here; installs none. ARGS="uploads --quick" for a part, in small.
bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench $(ARGS)

# Installs the peers that are missing, into folders that git ignores.
bench-peers:
	bench/peers/install.sh

# Three nodes, PostgreSQL, an S3 store, Redis and nginx on this machine, to try; again after a kill.
cluster: $(VENV)/cluster.stamp
	$(BIN)/python -m cluster up

cluster-down:
	$(BIN)/python -m cluster down

# Clients of every dialect on a cluster whose programs are killed all the time; half an hour, or ARGS="--minutes 3".
soak: $(VENV)/cluster.stamp
	$(BIN)/python -m cluster.soak $(ARGS)

# Writes the lock files anew from pyproject.toml (needs `uv`).
lock:
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header --resolution lowest-direct --group dev pyproject.toml -o requirements-lowest.lock
	uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-header -c requirements-dev.lock --group cluster -o requirements-cluster.lock

clean:
	rm -rf $(VENV) $(LOWEST)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Penstock needs Python 3.11 or newer; say which with: make PYTHON=python3.x" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements.lock pyproject.toml hatch_build.py src/penstock/multibuffer/md5.c | $(VENV)/bin/python
	@echo "Installing Penstock and what it needs into $(VENV): a minute or two, this once."
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/cluster.stamp: requirements-cluster.lock $(VENV)/dev.stamp
	$(PIP) install --require-hashes -r requirements-cluster.lock
	@touch $@

$(BUILT)/versitygw:
	GOBIN=$(CURDIR)/$(BUILT) go install github.com/versity/versitygw/cmd/versitygw@v1.8.0

deploy/.cache/bin/helm:
	GOBIN=$(CURDIR)/deploy/.cache/bin go install helm.sh/helm/v3/cmd/helm@v3.22.0

deploy/.cache/bin/compose-spec:
	GOBIN=$(CURDIR)/deploy/.cache/bin go install github.com/compose-spec/compose-go/v2/cmd@v2.16.2
	mv deploy/.cache/bin/cmd $@

$(LOWEST)/dev.stamp: requirements-lowest.lock pyproject.toml hatch_build.py src/penstock/multibuffer/md5.c
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-lowest.lock
	$(LOWEST)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --editable .
	@touch $@
