# Tandem: `make` alone explains the targets.

CC       ?= gcc
BUILD    ?= build
NPROC    := $(shell nproc 2>/dev/null || echo 2)
PREFIX   ?= /usr/local
SHELL    := /bin/bash

PACKAGES := libsrtp2 openssl nice libwebsockets jansson libjwt libconfig opus vpx
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wpointer-arith -Wcast-qual -Wundef -Wvla -Wformat=2 -Wwrite-strings \
        -Wimplicit-fallthrough -Wswitch-enum -Wconversion -Wno-sign-conversion -fno-common -Werror
OPT  ?= -O2 -g
SAN  ?=
# pkg-config runs when a recipe needs it, so that `make` and `make deps` work before anything is installed.
PKG_CFLAGS  = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PACKAGES) | sed 's/-I/-isystem /g'))$(PKG_CFLAGS)
PKG_LIBS    = $(shell pkg-config --libs $(PACKAGES)) -lIPSec_MB -lyuv -lm -lpthread
# `make V=1` shows the commands.
Q := $(if $(V),,@)
# What a unit test leaves unset after an allocation that failed is the same each time, and no plausible value.
UNSET       = -ftrivial-auto-var-init=pattern
CFLAGS_ALL  = -std=c17 -D_GNU_SOURCE $(WARN) $(OPT) $(SAN) -Iinclude $(PKG_CFLAGS) $(CFLAGS)
# What is run and measured is optimised as a whole when it is linked (gcc), as far as media passes through it; so its objects have two
# forms. Tests use the plain one: the linker wraps functions for them. `make LTO=` links in a second, not ten, for work on the relay.
LTO ?= $(if $(findstring clang,$(CC))$(SAN)$(filter-out -O2 -g,$(OPT)),,-flto=auto)
LTO_FROM   := $(addprefix relay/,$(addsuffix /%,base net rtp transport media cc room)) bench/micro/%
LTO_OBJ     = $(if $(LTO),$(LTO) -ffat-lto-objects)
LDFLAGS_ALL = $(SAN) -fno-lto $(LDFLAGS)
LDFLAGS_LTO = $(SAN) $(if $(LTO),$(OPT) $(LTO),-fno-lto) $(LDFLAGS)

RELAY_SRC  := $(wildcard relay/*/*.c codec/*.c)
MAIN_SRC   := relay/app/main.c
LIB_SRC    := $(filter-out $(MAIN_SRC),$(RELAY_SRC))
LIB_OBJ    := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(BUILD)/obj/assets_data.o
MAIN_OBJ   := $(MAIN_SRC:%.c=$(BUILD)/obj/%.o)
SUPPORT_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/support/*.c))
UNIT_OBJ   := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/unit/*.c tests/unit/*/*.c))
SIM_OBJ    := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/sim/*.c)) $(BUILD)/obj/tests/unit/runner.o \
              $(patsubst %,$(BUILD)/obj/tests/quality/%.o,flow trace plot report table)
QUALITY_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out tests/sim/test_%.c,$(wildcard tests/sim/*.c tests/quality/*.c))) \
               $(BUILD)/obj/tests/support/recorded_speech.o
LATENCY_OBJ := $(patsubst %,$(BUILD)/obj/%.o,bench/latency/main) \
               $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/sim/peer*.c)) $(patsubst %,$(BUILD)/obj/tests/sim/%.o,camera sink source)
# tandem-load and what it measures by (bench/load/README.md); tests borrow from both.
LOAD_SRC   := $(wildcard bench/load/*.c bench/score/*.c)
LOAD_MAIN  := bench/load/main.c
LOAD_OBJ   := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out $(LOAD_MAIN),$(LOAD_SRC)))
LOAD_PACKAGES := libcurl nice libconfig jansson ogg
LOAD_LIBS   = $(shell pkg-config --libs $(LOAD_PACKAGES))
BENCH_OBJ  := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard bench/micro/*.c))
WEB_FILES  := $(shell find relay/web -type f 2>/dev/null)
WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=aligned_alloc,--wrap=posix_memalign,--wrap=strdup,--wrap=strndup,--wrap=free

.PHONY: help all load deps deps-test run test unit sim quality fuzz e2e lint lint-fast format asan tsan bench bench-latency bench-peers coverage install clean
.DEFAULT_GOAL := help

help: ## this text
	@echo "Tandem, a voice and video call relay"
	@echo
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 20
	@echo
	@echo "Variables: CC=gcc|clang  BUILD=build  ARGS='flags for make run'  F='filter for tests'"

all: $(BUILD)/tandem $(BUILD)/tandem-load ## build the relay and tandem-load

load: $(BUILD)/tandem-load ## build tandem-load, which places calls on a server and listens to them

deps: ## install what building needs (apt, only what is missing)
	@tests/deps/install.sh build

deps-test: ## install what testing needs as well (browsers, GStreamer, npm modules)
	@tests/deps/install.sh build test

run: deps ## install, build and start the relay; prints the URL to open
	@$(MAKE) --no-print-directory $(if $(V),,-s) -j$(NPROC) all
	@exec $(BUILD)/tandem $(ARGS)

test: deps-test ## everything: unit, out-of-memory, simulation, fuzz, browsers and peers
	@tests/run.sh

unit: $(BUILD)/unit ## unit tests, and again with every allocation failing   [F=filter]
	$(BUILD)/unit $(if $(F),-f '$(F)')
	$(BUILD)/unit --oom $(if $(F),-f '$(F)')

sim: $(BUILD)/sim ## whole rooms on a virtual clock and a simulated network   [F=filter]
	$(BUILD)/sim $(if $(F),-f '$(F)')

quality: $(BUILD)/quality-cases ## call quality: tables and plots under build/quality   [F=filter SEEDS=n]
	$(BUILD)/quality-cases -o $(BUILD)/quality $(if $(F),-f '$(F)') $(if $(SEEDS),-s $(SEEDS))

fuzz: ## each fuzz target for FUZZ_SECONDS (60) with sanitizers   [F=filter]
	@tests/fuzz/run.sh $(or $(FUZZ_SECONDS),60) '$(F)'

e2e: all deps-test ## real browsers and clients   [F=filter]
	@cd tests/e2e && node run.mjs $(if $(F),-f '$(F)')

lint: deps-test ## floors, circles, the map, format, clang-tidy, header self-containment, commit subjects
	@tests/lint/run.sh

lint-fast: ## the parts of lint that take a second
	@tests/lint/run.sh --fast

format: ## apply clang-format to all C files
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

asan: deps-test ## unit and simulation tests with address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory -j$(NPROC) BUILD=build/asan OPT="-O1 -g" SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer" unit sim

tsan: deps-test ## unit and simulation tests with the thread sanitizer
	@$(MAKE) --no-print-directory -j$(NPROC) BUILD=build/tsan OPT="-O1 -g" SAN="-fsanitize=thread" unit sim

bench: deps ## speed: kernels and the forward path beside the ideal forwarder
	@$(MAKE) --no-print-directory -j$(NPROC) $(BUILD)/bench
	$(BUILD)/bench $(ARGS)

bench-latency: deps ## how long forwarding takes while pictures are composed beside it   [ROUNDS=9]
	@$(MAKE) --no-print-directory -j$(NPROC) $(BUILD)/bench-latency
	$(BUILD)/bench-latency $(ROUNDS)

bench-peers: all deps-test ## the same calls on Tandem and on Debian's Janus, as ratios   [F=case ROUNDS=3 DURATION=8 JOIN=1]
	@F='$(F)' ROUNDS='$(ROUNDS)' DURATION='$(DURATION)' JOIN='$(or $(JOIN),0)' node bench/peers/run.mjs

coverage: deps-test ## line coverage of the unit and simulation tests, under build/coverage
	@tests/coverage.sh

install: all ## install the relay and tandem-load under PREFIX (/usr/local)
	install -D -m 755 $(BUILD)/tandem $(DESTDIR)$(PREFIX)/bin/tandem
	install -D -m 755 $(BUILD)/tandem-load $(DESTDIR)$(PREFIX)/bin/tandem-load

clean: ## remove everything that was built
	rm -rf $(BUILD)

$(BUILD)/tandem: $(MAIN_OBJ) $(BUILD)/libtandem.a
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS_LTO) -o $@ $^ $(PKG_LIBS)

$(BUILD)/unit: $(UNIT_OBJ) $(SUPPORT_OBJ) $(BUILD)/libload.a $(BUILD)/libtandem.a
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS_ALL) $(WRAP) -o $@ $^ $(PKG_LIBS) $(LOAD_LIBS)

$(BUILD)/sim: $(SIM_OBJ) $(SUPPORT_OBJ) $(BUILD)/libload.a $(BUILD)/libtandem.a
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS_ALL) $(WRAP) -o $@ $^ $(PKG_LIBS) $(LOAD_LIBS)

# tap_open is wrapped: what is heard without pre-roll (tests/quality/listening_onset.c).
$(BUILD)/quality-cases: $(QUALITY_OBJ) $(BUILD)/libload.a $(BUILD)/libtandem.a
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS_ALL) -Wl,--wrap=tap_open -o $@ $^ $(PKG_LIBS) $(LOAD_LIBS)

$(BUILD)/bench-latency: $(LATENCY_OBJ) $(BUILD)/libload.a $(BUILD)/libtandem.a
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS_LTO) -o $@ $^ $(PKG_LIBS) $(LOAD_LIBS)

$(BUILD)/bench: $(BENCH_OBJ) $(BUILD)/obj/bench/score/moving_picture.o $(BUILD)/libtandem.a
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS_LTO) -o $@ $^ $(PKG_LIBS)

# Made by tests/fuzz/run.sh, which sets clang and the sanitizers.
.SECONDARY: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/fuzz/*.c))
FUZZ_SUPPORT := $(patsubst %,$(BUILD)/obj/tests/support/%.o,call plain_dtls switchboard stun_peer vectors) $(BUILD)/obj/bench/score/moving_picture.o
$(BUILD)/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(FUZZ_SUPPORT) $(BUILD)/libload.a $(BUILD)/libtandem.a
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS) $(LOAD_LIBS)

$(BUILD)/tandem-load: $(BUILD)/obj/bench/load/main.o $(BUILD)/libload.a $(BUILD)/libtandem.a
	@echo '  LINK $@'
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS) $(LOAD_LIBS)

$(BUILD)/libload.a: $(LOAD_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/libtandem.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# The page's files become one C array each.
$(BUILD)/assets_data.c: relay/signal/embed.sh $(WEB_FILES)
	@mkdir -p $(@D)
	$(Q)relay/signal/embed.sh relay/web > $@.tmp && mv $@.tmp $@

$(BUILD)/obj/assets_data.o: $(BUILD)/assets_data.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -Iinclude $(OPT) $(SAN) -c -o $@ $<

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC   $<'
	$(Q)$(CC) $(CFLAGS_ALL) $(if $(filter $(LTO_FROM),$<),$(LTO_OBJ)) $(if $(filter tests/% bench/%,$<),-I. -Itests -Ibench,-I$(dir $<)) $(if $(filter tests/unit/%,$<),$(UNSET)) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
