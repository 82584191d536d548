# Two commands matter: `make demo` and `make test`. Both do the set-up first; it needs a Debian machine and nothing else.
SHELL := /bin/bash
PY := .venv/bin/python
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# About so many loops, each for each type of its arguments.
COMPILED := 47
comma := ,

PLAYER_PACKAGES := python3-venv vlc-bin vlc-plugin-base vlc-plugin-video-output libvlc5 xvfb xserver-xorg-core \
	libpangocairo-1.0-0 fonts-noto-cjk fonts-noto-core fonts-noto-color-emoji fonts-dejavu-core
# NetworkManager opens the set-up WiFi with dnsmasq-base, and knows the country by iw.
SETUP_PACKAGES := network-manager dnsmasq-base iw
HOTSPOT_PACKAGES := hostapd dnsmasq-base nftables conntrack iproute2 nodejs npm
PACKAGES := $(filter-out xserver-xorg-core,$(PLAYER_PACKAGES)) ffmpeg postgresql redis-server nginx-light chromium \
	libzbar0 poppler-utils poppler-data procps iproute2 mount systemd pulseaudio \
	dnsmasq-base nftables conntrack busybox curl pebble

# An environment that forbids Python to store byte code would have each process of a journey compile the server anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup setup-player setup-box setup-hotspot apt venv web compiled demo check lint types pages unit test test-long memory-game pictures clean

setup: apt venv web compiled

# What a box needs: no front-end, no database.
setup-player:
	$(call install,1/2,$(PLAYER_PACKAGES))
	$(call python,2/2,player)

# What a box needs besides where it is set up on site, by an installer's phone.
setup-box: setup-player
	$(call install,1/1,$(SETUP_PACKAGES))

# What a box needs besides where it is a hotspot: the programs of one, and the page that phones open.
setup-hotspot: setup-player
	$(call install,1/3,$(HOTSPOT_PACKAGES))
	$(MAKE) media/phone/app/node_modules/.made
	@.ci/step 3/3 "The phone page" -- npm --prefix media/phone/app run build

# Its arguments: the step's number, the packages. Nothing is asked of apt where all are there.
APT := env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y --no-install-recommends
define install
	@missing="$$(for p in $(2); do dpkg-query -Wf '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done)"; \
	if [ -n "$$missing" ]; then \
	  $(if $(SUDO),$(SUDO) -v &&) .ci/step $(1) "Debian's lists of packages" -- $(SUDO) $(APT) update && \
	  .ci/step $(1) "Debian packages" --count '^Setting up ' --of "$$($(APT) -s install $$missing 2>/dev/null | grep -c '^Inst ')" \
	    -- $(SUDO) $(APT) install $$missing; \
	fi
endef

# Its arguments: the step's number, the extras of pyproject.toml.
define python
	@.ci/step $(1) "Python packages" --count '^ *(Collecting|Requirement already)' --of "$$(grep -c == constraints.txt)" -- \
	  sh -c "python3 -m venv .venv && .venv/bin/pip install --disable-pip-version-check -c constraints.txt -e '.[$(2)]'"
endef

# How many packages a folder's lock names, but those of other kinds of machines.
npm_count = Object.values(require('./$(1)/package-lock.json').packages).filter((p) => p.integrity && !p.optional).length

# Its arguments: the step's number, what is made, the folder of its package.json.
define npm_packages
	@.ci/step $(1) "Packages of $(2)" --count '\.tgz ' --of "$$(node -p "$(call npm_count,$(3))")" -- \
	  npm --prefix $(3) ci --loglevel http --no-audit --no-fund
endef

apt:
	$(call install,1/5,$(PACKAGES) $(shell command -v npm >/dev/null || echo nodejs npm))

venv: .venv/.made
.venv/.made: pyproject.toml constraints.txt
	$(call python,2/5,server$(comma)player$(comma)dev)
	@touch $@

web: media/phone/app/node_modules/.made server/web/assets/node_modules/.made
	@.ci/step 4/5 "Pages" -- sh -c "npm --prefix media/phone/app run build && npm --prefix server/web/assets run build"

media/phone/app/node_modules/.made: media/phone/app/package-lock.json
	$(call npm_packages,3/5,the phone page,media/phone/app)
	@touch $@

server/web/assets/node_modules/.made: server/web/assets/package-lock.json
	$(call npm_packages,3/5,the console,server/web/assets)
	@touch $@

# The planner's loops as machine code, beside their source. All anew after any change: numba looks at a loop's own file
# alone, and would go on with old code where a function or number of another file changed that the loop contains.
compiled: .venv/.compiled
.venv/.compiled: .venv/.made $(wildcard server/planner/*.py server/planner/*/*.py)
	@find server/planner -name '*.nb[ic]' -delete
	@.ci/step 5/5 "Compiling the planner" --count 'data saved' --of $(COMPILED) -- env NUMBA_DEBUG_CACHE=1 $(PY) -m server.planner.compile_ahead
	@touch $@

demo: setup
	@$(PY) -m tests.demo

# The types take one core for half a minute: beside the unit tests, they take what these leave of both.
check: setup lint pages
	@$(MAKE) --no-print-directory -j 2 types unit

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types:
	nice -n 19 .venv/bin/mypy

pages:
	cd media/phone/app && npm run --silent check
	cd server/web/assets && npm run --silent check

# Each worker collects everything it is given: it is not given the folders whose tests it would only deselect.
unit:
	.venv/bin/pytest -q -n 2 --dist loadfile -m "not journey and not vlc and not long" \
	  --ignore tests/journeys --ignore tests/long

# Three at a time: they wait more than they work. Only where they live, or each of the three would collect all others.
# The order of their files is that of tests/journeys/conftest.py: the long ones first.
test: check
	.venv/bin/pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m "journey or vlc" tests/journeys tests/player

# The example of a custom game, for upload.
memory-game:
	@mkdir -p build
	@rm -f build/memory-game.zip
	cd media/games/examples/memory && python3 -m zipfile -c ../../../../build/memory-game.zip *

# What takes too long for every change.
test-long: setup
	.venv/bin/pytest -q -m long tests/long

# The screenshots that the README shows.
pictures: setup
	mkdir -p tests/journeys/pictures
	PICTURES=tests/journeys/pictures .venv/bin/pytest -q tests/journeys/test_demo.py

clean:
	rm -rf .venv demo-data media/phone/app/dist media/phone/app/node_modules server/web/static/dist server/web/assets/node_modules
