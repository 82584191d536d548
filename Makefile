# Two commands matter: `make demo` and `make test`. Both call `make setup`, which needs a Debian machine and nothing else.
SHELL := /bin/bash
PY := .venv/bin/python
APT := ffmpeg vlc-bin vlc-plugin-base vlc-plugin-video-output libvlc5 xvfb x11-utils xauth chromium \
	postgresql redis-server nginx-light fonts-noto-cjk fonts-dejavu-core libzbar0 procps python3-venv nodejs
SUDO := $(shell [ $$(id -u) = 0 ] || echo sudo)

.PHONY: setup apt venv web demo test check bench clean

setup: apt venv web

apt:
	@missing=$$(for p in $(APT); do dpkg -s $$p >/dev/null 2>&1 || command -v $$( [ $$p = nodejs ] && echo node || echo /nonexistent ) >/dev/null || echo $$p; done); \
	if [ -n "$$missing" ]; then echo "installing: $$missing"; $(SUDO) apt-get -qq update && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; fi

venv: .venv/.made
.venv/.made: pyproject.toml constraints.txt
	python3 -m venv .venv
	.venv/bin/pip install -q --disable-pip-version-check -c constraints.txt -e '.[server,player,dev]'
	@touch $@

web: media/phone/dist/.made server/web/static/dist/.made
media/phone/dist/.made: media/phone/package-lock.json $(wildcard media/phone/src/*)
	cd media/phone && npm ci --silent --no-audit --no-fund && npm run --silent build
	@touch $@
server/web/static/dist/.made: server/web/assets/package-lock.json $(wildcard server/web/assets/src/*)
	cd server/web/assets && npm ci --silent --no-audit --no-fund && npm run --silent build
	@touch $@

demo: setup
	$(PY) -m tests.demo

check: setup
	.venv/bin/ruff check . && .venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	cd media/phone && npm run --silent check
	.venv/bin/pytest -q -m "not journey and not vlc" tests/media tests/server tests/player

test: check
	.venv/bin/pytest -q -m "journey or vlc"

clean:
	rm -rf .venv media/phone/dist media/phone/node_modules server/web/static/dist server/web/assets/node_modules
