# Everything runs in .venv, which these targets make. PYTHON=python3.12 make test uses another Python.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-qdrant lint notebook docs train up down clean

demo: .venv/core
	$(BIN)/relevance score almonds data/examples --model compact

test: .venv/dev
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

# The contract of all stores against a real Qdrant, in place of one that only speaks like it.
test-qdrant: .venv/dev
	docker compose --file tests/compose.yaml up --detach --wait qdrant
	QDRANT_URL=http://127.0.0.1:6333 $(BIN)/python -m pytest tests/index/test_stores.py -k qdrant
	docker compose --file tests/compose.yaml down

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The second step leaves of a progress bar what is seen of it in the end: nothing.
notebook: .venv/dev
	$(BIN)/python -m nbconvert --to notebook --execute --inplace notebooks/walkthrough.ipynb
	$(BIN)/python -m nbconvert --inplace --coalesce-streams notebooks/walkthrough.ipynb

# All pages with the API reference, for a browser: site/index.html.
docs: .venv/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

# Fits the encoder in the package anew, compares it with the files there, and prints its figures.
DATA ?= ../shared/alignment
train: .venv/train
	for step in features texts fit export evaluate; do \
		PYTHONPATH=. $(BIN)/python training/$$step.py --data $(DATA) || exit 1; \
	done

# A server over the pictures in PICTURES, with Qdrant, in containers; see deploy/compose.yaml.
PICTURES ?= data/google_images
COMPOSE := docker compose --file deploy/compose.yaml
up: deploy/api_key.txt
	PICTURES="$(abspath $(PICTURES))" $(COMPOSE) up --build --detach --wait server
	@echo "http://127.0.0.1:8000 asks for the key in deploy/api_key.txt."

down:
	$(COMPOSE) down

deploy/api_key.txt:
	$(PYTHON) -c "import secrets; print(secrets.token_urlsafe(32))" > $@

clean:
	rm -rf .venv

.venv/core: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

# open-clip-torch is wanted for the CLIP vocabulary in its wheel alone; what it depends on, torchvision
# among it, would change how transformers reads pictures.
.venv/dev: .venv/core
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	$(PIP) install --constraint constraints.txt --no-deps open-clip-torch
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; } \
		|| echo "No Chromium: the browser tests will be skipped. Install it with your package manager."
	touch $@

.venv/docs: .venv/core
	$(PIP) install --constraint constraints.txt --editable '.[docs]'
	touch $@

.venv/train: .venv/core
	$(PIP) install --constraint constraints.txt --editable '.[train]'
	test -e /usr/share/wordnet/data.noun || { apt-get update -qq && apt-get install -y -qq wordnet-base; } \
		|| { echo "WordNet 3.0 is wanted in /usr/share/wordnet (Debian: wordnet-base)."; exit 1; }
	touch $@
