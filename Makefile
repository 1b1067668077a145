# Each target first sets up what it needs, unless that has been done.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
# Without bytecode files, Python would compile every module at every start.
export PYTHONDONTWRITEBYTECODE :=
# Use the system's interpreter, and do not let uv look for others.
export UV_PYTHON_DOWNLOADS := never

UV_HOME := .uv
UV := $(shell command -v uv 2>/dev/null || echo $(UV_HOME)/bin/uv)
RUN := $(UV) run --frozen --no-sync
SOURCES := $(wildcard components dynamic_providers harness tests examples benchmarks tools __main__.py)
READY := .venv/.ready
# Environments with the oldest versions of the dependencies that pyproject.toml allows: one with everything that the tests
# need, and one for programs that do not use rehearsal.
LOWEST := .lowest
# The real Pulumi CLI, for the tests on the real engine.
PULUMI := .pulumi
REAL = PATH="$(CURDIR)/$(PULUMI)/bin:$$PATH" $(RUN)
define on-the-real-engine
if $(MAKE) --no-print-directory pulumi; then $(REAL) $(1); \
	elif [ "$$CI" = true ]; then exit 1; \
	else echo "skipped: there is no real engine here (in CI this is a failure)"; fi
endef
# The tests that also run on the real engine, unless their marker says otherwise.
OPTIONS := $(addprefix tests/ivs_channel/test_live_channel_options.py::, \
	test_options_of_one_child_reach_that_child_alone \
	test_timeouts_of_one_child_are_in_its_state_and_none_are_in_the_components \
	test_retain_on_delete_reaches_published_places_and_settings_too test_a_transform_sees_every_child) \
	tests/ivs_channel/test_live_channel_publishing.py::test_copies_in_two_regions_have_one_path_and_the_new_key
LIFECYCLES := tests/stream_key_lifecycles tests/fuzz tests/ivs_channel/test_live_channel_lifecycle.py \
	tests/ivs_channel/test_live_channel_protection.py tests/ivs_channel/test_live_channel_provider_connection.py \
	tests/stack tests/conformance \
	tests/documents/test_documents_examples.py tests/documents/test_documents_runbook.py $(OPTIONS) \
	tests/rehearsal/testing/test_documentation.py \
	tests/rehearsal/testing/test_orphaned_providers.py tests/rehearsal_aws/test_made_up_lifecycles.py tests/programs
# The tests that do not need rehearsal: their modules neither import it nor use its fixture.
CORE_TESTS = tests/ivs_stream_key tests/ivs_channel $(addprefix --ignore ,$(shell \
	grep -rlE --include='*.py' -e '^from rehears' -e '^import rehears' -e 'def .*\brehearse\b' tests/ivs_stream_key tests/ivs_channel))

.PHONY: help setup up preview refresh rotate destroy test test-slow test-deep test-programs test-kills test-lowest \
	lock-lowest pulumi check audit format lint types imports fmt conformance record test-real test-real-all fuzz examples bench bench-fleet clean \
	coverage release-check

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

$(UV_HOME)/bin/uv:
	@echo "Installing uv in $(UV_HOME)"
	@$(PYTHON) -m venv $(UV_HOME)
	@$(UV_HOME)/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8'

ifeq ($(UV),$(UV_HOME)/bin/uv)
$(READY): $(UV_HOME)/bin/uv
endif
$(READY): pyproject.toml uv.lock
	@echo "Setting up the environment in .venv"
	@$(UV) sync --frozen --quiet --python $(PYTHON)
	@touch $@

setup: $(READY) ## Create the environment

up: $(READY) ## Bring the stack up on the embedded cloud
	@$(RUN) rehearse up
	@echo; echo "Next: make rotate, make destroy; make help names the rest."

preview: $(READY) ## Say what `make up` would change
	@$(RUN) rehearse preview

refresh: $(READY) ## Update the state to match the resources
	@$(RUN) rehearse refresh

rotate: $(READY) ## Replace every stream key; the channels stay
	@$(RUN) rehearse up --replace '**pulumi-python:dynamic/ivs:StreamKey::**'

destroy: $(READY) ## Delete the stack from the embedded cloud
	@$(RUN) rehearse destroy

test: $(READY) ## Run the quick tests (a minute or two)
	$(RUN) pytest -q -n auto --dist worksteal -m "not slow"

test-slow: $(READY) ## Run the tests that `make test` leaves out (minutes)
	$(RUN) pytest -q -n auto -m slow

check: format lint types imports test ## What to run before a push; CI runs `make test-slow` too

# Checks all packages in the lock file, including extras and development tools. A package that can't be looked up is a failure.
audit: $(READY) ## Look up known vulnerabilities of the dependencies (needs the network)
	@$(UV) export --frozen --all-extras --no-emit-project --quiet --output-file .venv/locked.txt
	$(UV) tool run --from 'pip-audit>=2.10,<3' pip-audit --strict --require-hashes --disable-pip -r .venv/locked.txt

format: $(READY)
	$(RUN) ruff format --check $(SOURCES)

lint: $(READY)
	$(RUN) ruff check $(SOURCES)

types: $(READY)
	$(RUN) mypy
	$(RUN) mypy tests/typing

imports: $(READY)
	$(RUN) lint-imports
	$(RUN) python tools/structure.py

fmt: $(READY) ## Format and fix what can be fixed
	$(RUN) ruff format $(SOURCES)
	$(RUN) ruff check --fix $(SOURCES)

conformance: $(READY) ## Compare the command line with the recordings of the real engine (minutes)
	$(RUN) python tests/conformance/check.py --command "$(CURDIR)/.venv/bin/rehearse" $(dir $(wildcard tests/conformance/*/golden.json))

fuzz: $(PULUMI)/.ready ## Run N random programs on both engines and compare (N=300: half an hour)
	$(REAL) python tests/fuzz/fuzz.py $(or $(N),300)

record: $(PULUMI)/.ready ## Record the scenarios with the real engine, and show what differs from the recordings
	$(REAL) python tests/conformance/record.py

# If there is no Pulumi CLI and none can be built, these targets fail only in CI.
test-real: $(READY) ## Run the chosen tests on the real engine, as CI does at each change (minutes)
	@$(call on-the-real-engine,pytest -q -n auto --rehearse-engine=pulumi -m real $(LIFECYCLES))

test-real-all: export ALL_PROGRAMS := 1
test-real-all: $(READY) ## Run all tests of lifecycles, scenarios, examples and guides on the real engine (an hour)
	@$(call on-the-real-engine,pytest -q -n auto --rehearse-engine=pulumi $(LIFECYCLES))

test-deep: $(READY) ## Try some hundred long lifecycles of stream keys and of clouds at random (minutes)
	$(RUN) pytest -q tests/deep --hypothesis-profile deep

test-programs: $(READY) ## Take programs of many kinds through their lifecycles (minutes)
	ALL_PROGRAMS=1 $(RUN) pytest -q -n auto tests/programs

test-kills: $(READY) ## Kill operations on 20 channels a hundred times, and recover (an hour)
	$(RUN) python tests/kills/kills.py

# pytest is started by coverage, because pytest's plugins, including this project's, are loaded before pytest-cov starts.
# Under coverage on Python 3.11, event loops in the engine's threads did not end; on 3.13 they do.
coverage: $(READY) ## Measure which lines and branches the tests reach (40 minutes; Python 3.13 or later)
	@$(RUN) python -c 'import sys; sys.exit(sys.version_info < (3, 13))' || \
		{ echo "make coverage needs Python 3.13 or later: rm -rf .venv; make coverage PYTHON=python3.13" >&2; exit 1; }
	$(RUN) coverage erase
	$(RUN) coverage run -m pytest -q -n auto
	$(RUN) coverage combine --quiet
	$(RUN) coverage html --quiet
	$(RUN) coverage report --skip-covered

release-check: $(READY) ## Build wheel and sdist, and check their metadata and types
	$(UV) sync --frozen --quiet --group release
	$(RUN) python tools/release_check.py --uv $(UV)

examples: $(READY) ## Follow the examples' READMEs with the wheel, in fresh folders (minutes)
	$(RUN) python tests/documents/follow_examples.py

$(PULUMI)/.ready: tools/pulumi/build.py $(wildcard tools/pulumi/go.*) $(READY)
	@$(RUN) python tools/pulumi/build.py $(PULUMI)/bin $(CURDIR)/.venv/bin/python
	@touch $@

pulumi: $(PULUMI)/.ready ## Have the real Pulumi CLI in .pulumi/bin; builds it with Go where there is none (minutes)

$(LOWEST)/%/.ready: tests/lowest/%.txt pyproject.toml $(READY)
	@echo "Setting up the oldest dependencies in $(@D)"
	@$(UV) venv --quiet --clear --python $(PYTHON) $(@D)
	@$(UV) pip install --quiet --python $(@D) --no-deps -r $< -e .
	@touch $@

test-lowest: $(LOWEST)/testing/.ready $(LOWEST)/core/.ready ## Run the tests with the oldest dependencies allowed
	$(LOWEST)/testing/bin/python -m pytest -q -n auto
	$(LOWEST)/core/bin/python -m pytest -q -n auto -p no:rehearsal $(CORE_TESTS)

lock-lowest: $(READY) ## Lock the versions that test-lowest uses, after a change of the bounds
	@$(UV) venv --quiet --clear --python $(PYTHON) $(LOWEST)/locking
	@$(UV) pip install --quiet --python $(LOWEST)/locking --resolution lowest-direct -e '.[testing]' --group dev
	@$(UV) pip freeze --quiet --python $(LOWEST)/locking --exclude-editable > tests/lowest/testing.txt
	@$(UV) venv --quiet --clear --python $(PYTHON) $(LOWEST)/locking
	@grep -E '^(boto3|hypothesis|moto|pytest|pytest-randomly|pytest-xdist)==' tests/lowest/testing.txt \
		| sed 's/^moto=/moto[server]=/' > $(LOWEST)/tools.txt
	@$(UV) pip install --quiet --python $(LOWEST)/locking --resolution lowest-direct -e . -r $(LOWEST)/tools.txt
	@$(UV) pip freeze --quiet --python $(LOWEST)/locking --exclude-editable > tests/lowest/core.txt

bench: $(READY) ## Time operations (on the real engine too, if make pulumi has it), starts, and keys under a quota (minutes)
	$(REAL) python benchmarks/operations.py --sizes 1,10,100
	$(RUN) python benchmarks/lifecycle.py
	$(RUN) python benchmarks/startup.py
	$(RUN) python benchmarks/made_up.py
	$(RUN) python benchmarks/quota.py

bench-fleet: $(READY) ## Take a fleet of 500 through 30 nights under a simulated quota (minutes)
	$(RUN) python benchmarks/fleet.py

clean: ## Delete the embedded cloud and its states
	rm -rf .rehearsal
