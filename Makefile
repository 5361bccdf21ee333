# docker-build-remote-cache: see README.md. Everything that is made goes under build/.

VERSION = 0.1.0
PREFIX  = /usr/local
DESTDIR =
CFLAGS ?= -O2 -g
# where objects and programs go; the sanitized ones go to build/san
BUILD   = build

# what make static compiles with
MUSL_CC = musl-gcc

NAME    = docker-build-remote-cache
HELPERS = docker-pull-tag docker-tag-push
# "docker cachebuild", in a folder where docker looks for plugins
PLUGIN  = docker-cachebuild
PLUGINS = $(PREFIX)/lib/docker/cli-plugins

STD  = -std=c11 -D_XOPEN_SOURCE=700 -Iinclude -DVERSION='"$(VERSION)"'
WARN = -Wall -Wextra
# what make lint compiles with, as errors
WARN_DEV = $(WARN) -Werror -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wconversion -Wwrite-strings -Wpointer-arith -Wcast-qual -Wundef -Wvla \
	-Wno-missing-field-initializers
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

SRC     = $(wildcard src/*.c)
OBJ     = $(SRC:src/%.c=$(BUILD)/obj/%.o)
LIB     = $(BUILD)/libdbrc.a
BIN     = $(BUILD)/$(NAME)
# the fuzz targets; with clang's libFuzzer for FUZZ_MAIN they make up inputs, else they replay them
FUZZ    = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%, \
	$(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
FUZZ_MAIN = tests/fuzz/replay.c
FUZZER  = -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# for make fuzz: how long each target, and how many targets side by side
FUZZ_SECONDS = 60
FUZZ_JOBS    = 1
UNIT    = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
DIFF    = $(BUILD)/differential

all: $(BIN) $(HELPERS:%=$(BUILD)/%)

$(BIN): $(BUILD)/obj/main.o $(LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(BUILD)/obj/main.o $(LIB) $(LDLIBS)

$(HELPERS:%=$(BUILD)/%): $(BIN)
	ln -sf $(NAME) $@

$(LIB): $(filter-out $(BUILD)/obj/main.o,$(OBJ))
	rm -f $@
	$(AR) rc $@ $(filter-out $(BUILD)/obj/main.o,$(OBJ))

$(BUILD)/obj/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ src/$*.c

-include $(OBJ:.o=.d)

# One binary that runs everywhere, as small as it gets: at a fixed address next to nothing is relocated, so there
# is little that RELRO, which takes a page, would protect. gcc before 12 has no -Oz.
static:
	@size=-Os; $(MUSL_CC) -Oz -E - </dev/null >/dev/null 2>&1 && size=-Oz; \
	$(MAKE) -s BUILD=$(BUILD)/static CC="$(MUSL_CC)" \
		CFLAGS="$$size -flto=auto -flto-partition=one -ffunction-sections -fdata-sections \
			-fno-pie -fno-asynchronous-unwind-tables -fno-inline-functions-called-once \
			-fno-jump-tables -fno-caller-saves -fno-move-loop-invariants -fno-tree-loop-im \
			-fno-tree-dominator-opts -fno-schedule-insns2 -fno-ipa-sra -fno-thread-jumps \
			-fno-if-conversion -fno-tree-tail-merge -fno-optimize-sibling-calls \
			-fno-guess-branch-probability -fno-shrink-wrap" \
		LDFLAGS="-static -no-pie -s -Wl,--gc-sections -Wl,-z,noseparate-code,-z,norelro \
			-Wl,--sort-section=alignment" all

install: all
	mkdir -p $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/$(NAME)
	install -m 644 man/$(NAME).1 $(DESTDIR)$(PREFIX)/share/man/man1/$(NAME).1
	for h in $(HELPERS); do \
		ln -sf $(NAME) $(DESTDIR)$(PREFIX)/bin/$$h; \
		ln -sf $(NAME).1 $(DESTDIR)$(PREFIX)/share/man/man1/$$h.1; \
	done
	for s in bash:bash-completion/completions/$(NAME) zsh:zsh/site-functions/_$(NAME) \
		fish:fish/vendor_completions.d/$(NAME).fish; do \
		mkdir -p "$(DESTDIR)$(PREFIX)/share/$$(dirname "$${s#*:}")"; \
		$(BIN) --completion "$${s%%:*}" >"$(DESTDIR)$(PREFIX)/share/$${s#*:}"; \
	done
	mkdir -p $(DESTDIR)$(PLUGINS)
	ln -sf $(PREFIX)/bin/$(NAME) $(DESTDIR)$(PLUGINS)/$(PLUGIN)

# A Debian package, and the sources as one file; both the same from the same commit.
deb:
	@.ci/deb $(CURDIR)/$(BUILD) $(VERSION)

dist:
	@mkdir -p $(BUILD)
	@git archive --format=tar --prefix=$(NAME)-$(VERSION)/ HEAD | gzip -9n >$(BUILD)/$(NAME)-$(VERSION).tar.gz

# The main job for real: cold, forget everything, cached.
demo:
	@tests/setup demo
	@$(MAKE) -s all
	@tests/demo/run $(CURDIR)/$(BIN)

# Every test. tests/run names the suites and what each needs.
check:
	@tests/setup check
	@$(MAKE) -s tests
	@tests/run

# The tool on every builder there is, with all that takes longer: random misses, registries that fail, caches
# written by one builder and read by another.
e2e-all:
	@tests/setup check
	@$(MAKE) -s all
	@tests/e2e/run --all

# The tool killed at random moments, SOAK_RUNS=200 times on BUILDER; what is stored is never run again.
soak:
	@tests/setup check
	@$(MAKE) -s all
	@tests/soak/run $(BUILDER)

# What the cache saves and costs, measured against other ways, on each builder; more than an hour.
bench:
	@$(MAKE) -s all
	@tests/bench/run

lint:
	@tests/setup check
	@tests/run lint

# The test programs of all suites, plain and sanitized.
tests: all unit $(DIFF)
	@$(MAKE) -s BUILD=build/san CFLAGS="-O1 -g $(SANITIZE)" LDFLAGS="$(SANITIZE)" all unit fuzz-targets

unit: $(UNIT)

$(DIFF): $(wildcard tests/differential/*.[ch]) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ tests/differential/*.c $(LIB) -lpthread

$(BUILD)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ tests/unit/$*.c $(LIB) -lcmocka

fuzz-targets: $(FUZZ)

$(BUILD)/fuzz/%: tests/fuzz/%.c $(FUZZ_MAIN) tests/fuzz/fuzz.h $(LIB)
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ tests/fuzz/$*.c $(FUZZ_MAIN) $(LIB)

# Looks for new inputs that break something; they, and what is learnt, stay under build/fuzz.
fuzz: fuzzer
	@tests/fuzz/hunt build/fuzz $(FUZZ_SECONDS) $(FUZZ_JOBS)

# Takes the inputs learnt that reach new code into tests/fuzz/corpus.
fuzz-merge: fuzzer
	@tests/fuzz/merge build/fuzz

fuzzer:
	@tests/setup fuzz
	@$(MAKE) -s CC=clang BUILD=build/fuzz FUZZ_MAIN= LDFLAGS="$(FUZZER)" \
		CFLAGS="-O1 -g $(FUZZER:fuzzer,%=fuzzer-no-link,%)" fuzz-targets

clean:
	rm -rf build

# for tests/lint
print-%:
	@:$(info $($*))

.PHONY: all static install deb dist demo check e2e-all soak bench lint tests unit fuzz fuzz-merge fuzz-targets fuzzer clean
