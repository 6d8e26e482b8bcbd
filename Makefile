# symrun: make, make check, make demo, make help

# == CHANGE THE SETTINGS BELOW TO SUIT YOUR ENVIRONMENT =====================

CC      = gcc
LUA     = lua5.4
BUSTED  = /usr/bin/busted
PREFIX  = /usr/local
OPT     = -O2 -g

# == END OF USER SETTINGS ===================================================

WARN    = -Wall -Wextra -Wshadow -Wconversion -Wpointer-arith \
          -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla \
          -Werror

ifdef SANITIZER
SANITIZE = -fsanitize=$(SANITIZER) -fno-sanitize-recover=all \
           -fno-omit-frame-pointer -DSR_FREE_AT_END
# Lua was not built with it, and specs load the module.
PRELOAD  = $(if $(findstring address,$(SANITIZER)),ASAN_OPTIONS=detect_leaks=0 \
           LD_PRELOAD=$(shell $(CC) -print-file-name=libasan.so))
B = build/sanitized
else
B = build
endif

PKG      = pkg-config
CFLAGS   = -std=c11 -D_GNU_SOURCE $(WARN) $(OPT) $(SANITIZE) -Icore \
           -pthread -fPIC -fvisibility=hidden -ffunction-sections \
           $(shell $(PKG) --cflags lua5.4 2>/dev/null)
# LPeg goes in as a whole, or the tool would look for it where it runs.
LPEG     = $(filter /%,$(shell $(CC) -print-file-name=liblua5.4-lpeg.a))
LUA_LIBS = -Wl,-u,luaopen_lpeg $(or $(LPEG),-l:liblua5.4-lpeg.a) \
           $(shell $(PKG) --libs lua5.4 2>/dev/null)

# Files by floor: each may use those above it in this list, never below.
GROUND   = mem glob file text walk process write replace \
           replace_journal pool
FORMATS  = ar ar_linker elf elf_symbols elf_groups elf_letters \
           elf_version elf_names elf_relocs macho macho_symbols \
           macho_exports fat bitcode irsymtab gcclto lto coff coff_symbols \
           coff_comdat coff_import pe pe_tables \
           wasm wasm_dylink wasm_extents wasm_linking wasm_module told format \
           format_facts facts_found elf_facts elf_dynamic elf_sections \
           elf_lists elf_linked macho_facts macho_lists pe_facts coff_lists \
           coff_makers wasm_facts wasm_lists lto_facts
MODEL    = intern model object members scan facts reading tree names \
           names_order names_set index \
           resolve resolve_read resolve_once resolve_eager resolve_rank \
           resolve_given resolve_tell \
           survive survive_read survive_edges survive_frames survive_roots \
           survive_wants
EDITS    = plan fix fix_made link link_coding link_drivers link_flavour \
           link_known \
           link_options link_read link_state link_table link_text link_words \
           link_change link_print response fit capture replay \
           edit_made edit_object edit_check edit_elf edit_elf_open \
           edit_elf_sections edit_elf_tables edit_elf_write edit_elf_check \
           edit_ar edit_ar_read edit_ar_index edit_ar_write \
           edit_index edit_ranges edit_coff edit_coff_open \
           edit_coff_numbers edit_coff_write edit_coff_check edit_macho \
           edit_macho_open edit_macho_numbers edit_macho_write \
           edit_macho_check edit_wasm edit_wasm_open edit_wasm_import \
           edit_wasm_write edit_wasm_check
BINDING  = lua_aux lua_scope lua_facts lua_tree lua_file lua_members \
           lua_member lua_names lua_name lua_index lua_resolve lua_survive \
           lua_plan lua_fix lua_link lua_changes lua_archive lua_edit lua_text \
           lua_init
FLOORS   = $(GROUND:%=ground/%) $(FORMATS:%=formats/%) $(MODEL:%=model/%) \
           $(EDITS:%=edits/%) $(BINDING:%=lua/%)
OBJS     = $(FLOORS:%=$B/obj/%.o) $B/obj/api.o $B/obj/api_rule.o \
           $B/obj/embedded.o

TOOL     = $B/bin/symrun
TOOL_OBJS = $B/obj/main.o $B/obj/heap.o $B/obj/ld.o $B/obj/nm.o \
           $B/obj/nm_tsv.o $B/obj/nm_json.o $B/obj/demangle.o
NAMES    = symrun-cc symrun-c++ symrun-ld symrun-wasm-ld  # of a linker
LIB      = $B/lib/libsymrun.a
SHARED   = $B/lib/libsymrun.so
MODULE   = $B/lib/lua/5.4/symrun/core.so

.DEFAULT_GOAL = all

demo:                                           ## build, then the main job
	@contrib/install-packages.sh demo
	@$(MAKE) --no-print-directory -s all
	@PATH="$(abspath $B/bin):$$PATH" examples/demo.sh build/demo

all: $(TOOL) $(LIB) $(SHARED) $(MODULE)         ## the tool, library and module

$(TOOL): $(TOOL_OBJS) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -o $@ $^ $(LUA_LIBS) -liberty
	@for name in $(NAMES); do ln -sf symrun $(@D)/$$name; done

$(LIB): $(OBJS)
	@mkdir -p $(@D)
	rm -f $@ && ar rcsD $@ $^

$(SHARED): $(OBJS)
	@mkdir -p $(@D)
	$(CC) -shared $(SANITIZE) -Wl,-soname,libsymrun.so.0 \
	  -Wl,--version-script=contrib/libsymrun.map -o $@ $^ $(LUA_LIBS)

$(MODULE): $(OBJS) $B/obj/demangle.o            # no liblua: the host has it
	@mkdir -p $(@D)
	$(CC) -shared $(SANITIZE) -o $@ $^ -liberty

$B/obj/%.o: core/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -c -o $@ $<

$B/obj/embedded.o: $B/embedded.c
	$(CC) $(CFLAGS) -MMD -c -o $@ $<

LUA_FILES = $(filter-out %/meta.lua,$(sort $(wildcard lua/symrun/*.lua)))
RULES     = $(filter-out %_spec.lua,$(sort $(wildcard rules/*.lua)))
DKJSON    = $(firstword $(wildcard /usr/share/lua/5.4/dkjson.lua))
EMBEDDED  = $(patsubst lua/symrun/%.lua,symrun.%,$(LUA_FILES))

# One that is gone makes it anew, too.
$B/embedded.list: FORCE
	@mkdir -p $(@D)
	@echo $(LUA_FILES) $(RULES) | cmp -s - $@ || \
	  echo $(LUA_FILES) $(RULES) > $@

$B/embedded.c: $(LUA_FILES) $(RULES) contrib/embed.lua $B/embedded.list
	@mkdir -p $(@D)
	@test -n "$(DKJSON)" || { echo "dkjson.lua is missing: install lua-dkjson" \
	  "(contrib/install-packages.sh build)" >&2; exit 1; }
	$(LUA) contrib/embed.lua dkjson=$(DKJSON) symrun=lua/symrun/init.lua \
	  $(join $(EMBEDDED:%=%=),$(LUA_FILES)) $(foreach r,$(RULES),$r=$r) > $@

# == TESTS ===================================================================

# C tests: tests/core/NAME.c, linked with the library's own objects.
C_TESTS = $(patsubst tests/core/%.c,%,$(sort $(wildcard tests/core/*.c)))
FUZZERS = $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c)))

check:                                          ## every test
	@contrib/install-packages.sh check
	@$(MAKE) --no-print-directory -s lint check-c check-rules check-lua

check-c: $(C_TESTS:%=$B/tests/%)                ## tests in C
	@for t in $(C_TESTS:%=$B/tests/%); do echo "  $$t"; $$t || exit 1; done

check-lua: all                                  ## specs, with busted
	@SYMRUN=$(abspath $(TOOL)) SYMRUN_TOP=$(CURDIR) SYMRUN_TMP=$B/tmp \
	  SYMRUN_LIB=$(abspath $B/lib) $(PRELOAD) $(LUA) $(BUSTED) $(SPECS)

check-rules: all                                ## specs of rules, our floors
	@$(TOOL) test rules examples
	@$(TOOL) examples/floors.lua $B/obj
	@$(TOOL) examples/abi.lua $B/lib

lint: all                                       ## luacheck, width, blanks
	@luacheck -q lua rules examples tests contrib
	@! grep -nE '.{81}|[[:space:]]$$' Makefile core/*.[ch] core/*/*.[ch] \
	  lua/symrun/*.lua rules/*.lua examples/*.lua tests/*.lua tests/*/*.lua

$B/tests/%: tests/core/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MF $@.d -o $@ $< $(LIB) $(LUA_LIBS) -lelf

# libFuzzer, FUZZ_SECONDS for each target, FUZZ_JOBS of them at once; what is
# found stays in $B/fuzz.  make fuzz FUZZERS='elf pe'  runs those.
FUZZ_SECONDS = 600
FUZZ_JOBS    = 1
FUZZ_CC      = clang $(filter-out $(SANITIZE),$(CFLAGS)) -O1 \
               -fno-sanitize-recover=all
FUZZ_OBJS    = $(patsubst $B/obj/%,$B/fuzz/obj/%,$(OBJS))

fuzz:                                           ## libFuzzer on the readers
	@contrib/install-packages.sh check
	@$(MAKE) --no-print-directory -s $B/tests/mutate $(FUZZERS:%=$B/fuzz/%)
	@$B/tests/mutate 100
	@$(LUA) tests/fuzz/run.lua $B $(FUZZ_SECONDS) $(FUZZ_JOBS) $(FUZZERS)

$(filter-out %/embedded.o,$(FUZZ_OBJS)): $B/fuzz/obj/%.o: core/%.c Makefile
	@mkdir -p $(@D)
	$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -MMD -c -o $@ $<

$B/fuzz/obj/embedded.o: $B/embedded.c
	@mkdir -p $(@D)
	$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$B/fuzz/%: tests/fuzz/%.c tests/fuzz/scan.h tests/fuzz/lines.h $(FUZZ_OBJS)
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $< $(FUZZ_OBJS) \
	  $(LUA_LIBS)

# make check-real REAL='/opt lib'  looks there.
REAL = /usr /lib /opt $(shell rustc --print sysroot)

check-real: all                                 ## every object of this machine
	@SYMRUN=$(abspath $(TOOL)) $(LUA) tests/real.lua "$(REAL)"

# make bench ROWS=index  runs the rows whose title has these words.
ROWS  =
BENCH = build/bench

bench:                                          ## our numbers beside peers'
	@contrib/install-packages.sh bench
	@$(MAKE) --no-print-directory -s all $(BENCH)/measure $(BENCH)/files
	@SYMRUN=$(TOOL) BENCH_FOLDER=$(BENCH) $(LUA) tests/bench/main.lua "$(ROWS)"

$(BENCH)/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -o $@ $<

DESTDIR =
VERSION = $(shell sed -n 's/.*SYMRUN_VERSION  *"\(.*\)"/\1/p' core/symrun.h)
INTO    = $(DESTDIR)$(PREFIX)

install: all                                    ## to PREFIX, below DESTDIR
	install -d $(INTO)/bin $(INTO)/include $(INTO)/lib/pkgconfig \
	  $(INTO)/lib/lua/5.4/symrun $(INTO)/share/lua/5.4/symrun \
	  $(INTO)/share/symrun/rules
	install $(TOOL) $(INTO)/bin
	for name in $(NAMES); do ln -sf symrun $(INTO)/bin/$$name; done
	install -m 644 core/symrun.h $(INTO)/include
	install -m 644 $(LIB) $(INTO)/lib
	install $(SHARED) $(INTO)/lib/libsymrun.so.$(VERSION)
	ln -sf libsymrun.so.$(VERSION) $(INTO)/lib/libsymrun.so.0
	ln -sf libsymrun.so.0 $(INTO)/lib/libsymrun.so
	install $(MODULE) $(INTO)/lib/lua/5.4/symrun
	install -m 644 $(filter-out %/init.lua,$(LUA_FILES)) lua/symrun/meta.lua \
	  $(INTO)/share/lua/5.4/symrun
	install -m 644 lua/symrun/init.lua $(INTO)/share/lua/5.4/symrun/init.lua
	install -m 644 $(RULES) $(INTO)/share/symrun/rules
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
	  contrib/symrun.pc.in > $(INTO)/lib/pkgconfig/symrun.pc

help:                                           ## this list
	@sed -n 's/^\([a-z-]*\):.*[#]# /\1	/p' Makefile

clean:                                          ## remove what was made
	rm -rf build

FORCE:
.DELETE_ON_ERROR:
.PHONY: all demo install check check-c check-lua check-rules check-real lint \
        fuzz bench help clean
-include $(wildcard $B/obj/*.d $B/obj/*/*.d $B/tests/*.d $B/fuzz/obj/*.d \
  $B/fuzz/obj/*/*.d)
