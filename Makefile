# Needs Python 3.11 or newer, make, and the package registries; nothing else.

PYTHON ?= python3
PROMPT ?= a cinematic sunset over the ocean
ARGS ?=
# Half of the tests wait for processes; the other half keeps two cores busy.
TESTS_AT_ONCE ?= 2

BIN := .venv/bin
READY := .venv/.ready

TORCH := 2.13.0
TORCH_INDEX ?=
DIFFUSION_BIN := .venv-diffusion/bin
DIFFUSION_READY := .venv-diffusion/.ready

# The prompt travels in the environment, not in the recipe: quotes and dollars in it stay what they are.
override export PROMPT := $(value PROMPT)

.DEFAULT_GOAL := help
.PHONY: help setup serve video test chromium test-diffusion bench-diffusion fuzz chaos check docs gallery screenshots bench clean

help:
	@echo 'make setup                 make .venv with everything in it'
	@echo 'make serve                 serve the API on http://127.0.0.1:8000 (ARGS="--port 8001")'
	@echo 'make video PROMPT="..."    make one video end to end and print its path (ARGS="--duration 10")'
	@echo 'make test                  run every test (ARGS=tests/domain for one folder)'
	@echo 'make test-diffusion        make .venv-diffusion with PyTorch, and run the tests of the diffusion engine'
	@echo 'make fuzz                  ask the HTTP surface tens of thousands of odd questions'
	@echo 'make chaos                 kill every process at random for ten minutes, and check every promise'
	@echo 'make check                 check format, lint, types and imports'
	@echo 'make docs                  write docs/reference from the code'
	@echo 'make gallery               draw every scene in every light and weather, and the README picture'
	@echo 'make screenshots           take the pictures of the console'
	@echo 'make bench                 measure'
	@echo 'make clean                 remove .venv, .venv-diffusion and what tools left behind; filmgate-data is kept'

setup: $(READY)

$(READY): requirements.lock pyproject.toml setup.py $(wildcard src/filmgate/engines/animatic/kernels/*.[ch])
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Filmgate needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | head -n 1)." >&2; \
		echo "Name a newer one: make setup PYTHON=python3.11" >&2; exit 1; }
	@echo "Making .venv with everything in it: some downloads and a compiler's work, a few minutes the first time." >&2
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

serve: setup
	@$(BIN)/filmgate serve --dev $(ARGS)

video: setup
	@$(BIN)/filmgate generate $(ARGS) -- "$$PROMPT"

test: setup chromium
	$(BIN)/python -m pytest --numprocesses $(TESTS_AT_ONCE) --dist loadfile $(ARGS)

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
		echo "Installing Chromium for the tests of the console; that takes a minute." >&2; \
		[ "$$(id -u)" = 0 ] && apt-get -qq update && \
		DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends chromium >/dev/null; \
	} || echo "Without Chromium the tests in browsers are left out; your system has a package of that name." >&2

test-diffusion: $(DIFFUSION_READY)
	PYTHONPATH=src OMP_NUM_THREADS=1 $(DIFFUSION_BIN)/python -m pytest $(or $(ARGS),tests/diffusion)

bench-diffusion: $(DIFFUSION_READY)
	PYTHONPATH=src $(DIFFUSION_BIN)/python -m bench.diffusion $(ARGS)

# PyTorch is no part of the lock, for its build follows the machine: TORCH_INDEX names the index of another
# one, such as PyTorch's own of the builds without CUDA.
# Filmgate itself is taken from its folder, because nothing here needs the kernels that an installation compiles.
$(DIFFUSION_READY): requirements.lock requirements-diffusion.lock
	$(PYTHON) -m venv .venv-diffusion
	$(DIFFUSION_BIN)/python -m pip install --quiet --disable-pip-version-check \
		$(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch==$(TORCH)
	$(DIFFUSION_BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(DIFFUSION_BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements-diffusion.lock
	@touch $@

fuzz: setup
	$(BIN)/python -m pytest --hypothesis-profile=fuzz --timeout=3600 $(wildcard tests/*/test_fuzz*.py) $(ARGS)

chaos: setup
	@$(BIN)/python -m tests.chaos $(ARGS)

check: setup
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: setup
	$(BIN)/python docs/write_reference.py

gallery: setup
	$(BIN)/python docs/write_gallery.py
	$(BIN)/python docs/write_pictures.py

screenshots: setup chromium
	$(BIN)/python -m pytest tests/browser/test_story.py --screenshots docs/pictures/console

bench: setup
	$(BIN)/python -m bench.creates
	$(BIN)/python -m bench.first_instruction
	$(BIN)/python -m bench.held
	$(BIN)/python -m bench.renders

clean:
	rm -rf .venv .venv-diffusion build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
