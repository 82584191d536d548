# Two commands matter: `make demo` and `make test`. Both do the set-up first; it needs a Debian machine and nothing else.
SHELL := /bin/bash
PY := .venv/bin/python
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

PLAYER_PACKAGES := python3-venv vlc-bin vlc-plugin-base vlc-plugin-video-output libvlc5 xvfb xserver-xorg-core \
	fonts-noto-cjk fonts-dejavu-core
PACKAGES := $(filter-out xserver-xorg-core,$(PLAYER_PACKAGES)) ffmpeg postgresql redis-server nginx-light chromium \
	libzbar0 procps iproute2 mount systemd pulseaudio

.PHONY: setup setup-player apt venv web compiled demo check test test-long pictures clean

setup: apt venv web compiled

# What a box needs: no front-end, no database.
setup-player:
	$(call install,$(PLAYER_PACKAGES))
	python3 -m venv .venv
	.venv/bin/pip install -q --disable-pip-version-check -c constraints.txt -e '.[player]'

define install
	@missing="$$(for p in $(1); do dpkg-query -Wf '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done)"; \
	if [ -n "$$missing" ]; then \
	  echo "installing:" $$missing; \
	  $(SUDO) apt-get -qq update && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; \
	fi
endef

apt:
	$(call install,$(PACKAGES) $(shell command -v npm >/dev/null || echo nodejs npm))

venv: .venv/.made
.venv/.made: pyproject.toml constraints.txt
	python3 -m venv .venv
	.venv/bin/pip install -q --disable-pip-version-check -c constraints.txt -e '.[server,player,dev]'
	@touch $@

web: media/phone/node_modules/.made server/web/assets/node_modules/.made
	@cd media/phone && npm run --silent build
	@cd server/web/assets && npm run --silent build

%/node_modules/.made: %/package-lock.json
	cd $* && npm ci --silent --no-audit --no-fund
	@touch $@

# The planner's loops as machine code, beside their source.
compiled: .venv/.compiled
.venv/.compiled: .venv/.made $(wildcard server/planner/*.py)
	$(PY) -m server.planner.warm
	@touch $@

demo: setup
	@$(PY) -m tests.demo

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	cd media/phone && npm run --silent check
	cd server/web/assets && npm run --silent check
	.venv/bin/pytest -q -n 2 --dist loadfile -m "not journey and not vlc and not long"

# Three at a time: they wait more than they work. Only where they live, or each of the three would collect all others.
# The order of their files is that of tests/journeys/conftest.py: the long ones first.
test: check
	.venv/bin/pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m "journey or vlc" tests/journeys tests/player

# What takes too long for every change.
test-long: setup
	.venv/bin/pytest -q -m long tests/long

# The screenshots that the README shows.
pictures: setup
	mkdir -p tests/journeys/pictures
	PICTURES=tests/journeys/pictures .venv/bin/pytest -q tests/journeys/test_demo.py

clean:
	rm -rf .venv demo-data media/phone/dist media/phone/node_modules server/web/static/dist server/web/assets/node_modules
