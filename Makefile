# SPDX-License-Identifier: LGPL-2.1-or-later
# libhgxtopo: GNU Make alone. `make help` lists the targets.
#
#   CC=clang            the compiler; CPPFLAGS, CFLAGS and LDFLAGS are appended to what is needed
#   WERROR=1            warnings are errors
#   SANITIZE=1          AddressSanitizer and UndefinedBehaviorSanitizer
#   V=1                 prints whole commands, not only what they make; tests name what passes
#   B=DIR               where everything is built (default: build)
#   DEPS=no             looks for no packages and installs none; tests that lack one are skipped

comma := ,

version_part = $(shell sed -n 's/^\#define HGX_VERSION_$(1) //p' include/hgxtopo.h)
MAJOR := $(call version_part,MAJOR)
MINOR := $(call version_part,MINOR)
VERSION := $(MAJOR).$(MINOR).$(call version_part,PATCH)
# Below 1.0 structs still grow from one minor version to the next.
ABI := $(if $(filter 0,$(MAJOR)),0.$(MINOR),$(MAJOR))

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/hgxtopo
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
DIRECTORIES := PREFIX BINDIR LIBDIR INCLUDEDIR MANDIR DATADIR PKGCONFIGDIR

INSTALL ?= install
INSTALL_PROGRAM ?= $(INSTALL) -m 755
INSTALL_DATA ?= $(INSTALL) -m 644

B ?= build
PKG_CONFIG ?= pkg-config
OBJCOPY ?= objcopy
PACKAGES := hwloc libpci json-c libxml-2.0
# of libhgxtopo.pc: hwloc 1 had another interface; of the others no release is known to be too old
REQUIRED := $(patsubst hwloc,hwloc >= 2.0,$(PACKAGES))

# Debian 12's valgrind does not read clang's DWARF 5
CFLAGS ?= -O2 -gdwarf-4
WARNINGS := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wvla -Wundef
# What a release is built with and the sanitizers are not. FORTIFY needs optimisation, and a
# level of the packager's is not to be set again.
optimised = $(filter-out -O0,$(lastword $(filter -O%,$(CFLAGS))))
fortify = $(if $(optimised),$(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),, \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
HARDEN_CFLAGS = $(if $(SANITIZE),,-fstack-protector-strong $(fortify))
HARDEN_LDFLAGS = $(if $(SANITIZE),,-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now)
# The same bytes from any directory. A compiler takes the directory's name from PWD, which has
# the names of symbolic links in it.
export PWD := $(CURDIR)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Iinclude $(WARNINGS) $(if $(WERROR),-Werror) \
	-ffile-prefix-map=$(CURDIR)=. $(HARDEN_CFLAGS) \
	$(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all) \
	$(CPPFLAGS) $(CFLAGS) -MMD -MP
ALL_LDFLAGS = $(CFLAGS) $(HARDEN_LDFLAGS) $(LDFLAGS) $(if $(SANITIZE),-fsanitize=address$(comma)undefined)
# hgxtopo.h makes its own functions visible
LIB_CFLAGS := -fPIC -fvisibility=hidden
pkg_cflags := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
pkg_libs := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null) -pthread

# sorted: not every make does that by itself
LIB_SOURCES := $(sort $(wildcard libhgxtopo/*/*.c))
EXAMPLES := $(sort $(wildcard libhgxtopo/examples/*.json))
CLI_SOURCES := $(sort $(wildcard cli/*.c))
TEST_SOURCES := $(sort $(wildcard tests/unit/*/*.c tests/fuzz/*.c))

# Objects are named room_noun.o: an archive keeps only one member of each name.
object = $(B)/lib/$(subst /,_,$(1:libhgxtopo/%.c=%)).o
ROOM_OBJECTS := $(foreach source,$(LIB_SOURCES),$(call object,$(source)))
LIB_OBJECTS := $(ROOM_OBJECTS) $(EXAMPLES:%.json=$(B)/%.o)
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(B)/%.o)
TEST_PROGRAMS := $(TEST_SOURCES:%.c=$(B)/%) $(B)/tests/unit/random_host

STATIC := $(B)/libhgxtopo.a
SHARED := $(B)/libhgxtopo.so.$(VERSION)
SONAME := libhgxtopo.so.$(ABI)
PARTS := $(B)/parts.a
DIST := libhgxtopo-$(VERSION)

# What is printed of a recipe: a word and the file, or with V=1 the commands.
Q = $(if $(V),,@)
say = $(if $(V),,$(info $()  $(1)	$@))

# for the test scripts
export B CC SANITIZE

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.PHONY: all
all: $(STATIC) $(SHARED) $(B)/hgxtopo

.PHONY: help
help:
	@echo 'make demo         install what building needs, build, show what hgxtopo does'
	@echo 'make check        the same, install what the tests need, run every test'
	@echo 'make check-generations  make check in chroots of other Debian releases (root; GENERATIONS=…)'
	@echo 'make check-long   the same and check-vm, here and there, with every guest that there is'
	@echo 'make check-vm     boot Linux in the domains and compare what it shows: some minutes'
	@echo 'make              build the library and the command into $(B)/'
	@echo 'make install      into $$DESTDIR$$PREFIX (PREFIX=$(PREFIX)); make uninstall removes it'
	@echo 'make install-python  the Python package, into PYTHONDIR; make uninstall-python removes it'
	@echo 'make deps         install what building needs, after saying what that is'
	@echo 'make deps-check   install what the tests need as well'
	@echo 'make dist         a tarball of the sources, $(B)/$(DIST).tar.gz'
	@echo 'make bench        compare with lstopo and lspci; diff of 10,000 hosts'
	@echo 'make accept       rewrite the expected outputs of the test machines'
	@echo 'make rules        rewrite docs/rules.md and docs/hgxtopo-rules.7 from the tables'
	@echo 'make clean        remove $(B)/'

# ---------------------------------------------------------------- building

# Other flags or another compiler build everything again.
FLAGS := $(strip $(CC) $(ALL_CFLAGS) $(LIB_CFLAGS) $(pkg_cflags) $(ALL_LDFLAGS) $(pkg_libs))
$(B)/flags: $(if $(subst x$(FLAGS),,x$(shell cat $(B)/flags 2>/dev/null)),FORCE)
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS))' > $@
.PHONY: FORCE

$(foreach source,$(LIB_SOURCES),$(eval $(call object,$(source)): $(source)))
$(ROOM_OBJECTS): $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(LIB_CFLAGS) -Ilibhgxtopo $(pkg_cflags) -c -o $@ $(filter %.c,$^)

# An example is the dump of a test machine, linked in as bytes.
$(B)/libhgxtopo/examples/%.c: libhgxtopo/examples/%.json
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q){ echo 'extern const char example_$(subst -,_,$*)[];'; \
	  echo 'extern const unsigned long example_$(subst -,_,$*)_size;'; \
	  echo 'const char example_$(subst -,_,$*)[] = {'; \
	  od -An -v -tx1 $< | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'; \
	  echo '};'; \
	  echo 'const unsigned long example_$(subst -,_,$*)_size = sizeof(example_$(subst -,_,$*));'; \
	} > $@

# Kept: its object's list of headers names it, and the next make would write it again.
.PRECIOUS: $(B)/libhgxtopo/examples/%.c

$(B)/libhgxtopo/examples/%.o: $(B)/libhgxtopo/examples/%.c $(B)/flags
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(LIB_CFLAGS) -c -o $@ $<

# One object, in which only the names of hgxtopo.h are global: a program may have a fail() of
# its own.
$(B)/libhgxtopo.o: $(LIB_OBJECTS)
	$(call say,LD)
	$(Q)$(CC) $(filter $(for_linking),$(CFLAGS) $(LDFLAGS)) $(real_object) -r -nostdlib -o $@ $^
	$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='hgx_*' $@
# What says for which machine, and by which linker; the rest is about programs.
for_linking := -m% -O% -flto% --target=% --sysroot=% -fuse-ld=%
# With link-time optimisation gcc would otherwise leave the names to a later link.
real_object = $(if $(filter -flto%,$(CFLAGS)),$(shell $(CC) -flinker-output=nolto-rel -E -x c \
	/dev/null >/dev/null 2>&1 && echo -flinker-output=nolto-rel))

$(STATIC): $(B)/libhgxtopo.o
	$(call say,AR)
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^

# The objects one by one, for the unit tests: they use internal names.
$(PARTS): $(LIB_OBJECTS)
	$(call say,AR)
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^

$(SHARED): $(LIB_OBJECTS) libhgxtopo/libhgxtopo.map
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,$(SONAME) \
		-Wl,--version-script=libhgxtopo/libhgxtopo.map \
		$(if $(SANITIZE),,-Wl$(comma)--no-undefined) -o $@ $(LIB_OBJECTS) $(pkg_libs)
	@ln -sf $(notdir $@) $(B)/$(SONAME)
	@ln -sf $(notdir $@) $(B)/libhgxtopo.so

$(B)/cli/%.o: cli/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -fPIE -c -o $@ $<

$(B)/hgxtopo: $(CLI_OBJECTS) $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(pkg_libs)

-include $(LIB_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d) $(TEST_PROGRAMS:=.d) $(TEST_PROGRAMS:=.objects.d)

# -------------------------------------------------------------- installing

SCHEMAS := hgxtopo.schema.json hgxtopo-map.schema.json hgxtopo-findings.schema.json \
	hgxtopo-error.schema.json \
	hgxtopo-changes.schema.json hgxtopo-fleet.schema.json hgxtopo-forecast.schema.json
INSTALLED = $(BINDIR)/hgxtopo $(LIBDIR)/libhgxtopo.a $(LIBDIR)/libhgxtopo.so.$(VERSION) \
	$(LIBDIR)/$(SONAME) $(LIBDIR)/libhgxtopo.so $(INCLUDEDIR)/hgxtopo.h \
	$(PKGCONFIGDIR)/libhgxtopo.pc \
	$(MANDIR)/man1/hgxtopo.1 $(MANDIR)/man7/hgxtopo-rules.7 \
	$(addprefix $(DATADIR)/,$(SCHEMAS))

# They are written into libhgxtopo.pc and the man page.
.PHONY: absolute
absolute:
	@$(foreach name,$(DIRECTORIES),$(if $(filter-out /%,$(firstword $($(name)) .)), \
		echo '$(name) is "$($(name))"; it must be an absolute path' >&2; exit 1;)) :

.PHONY: install
install: absolute all
	$(INSTALL) -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR) $(INCLUDEDIR) $(PKGCONFIGDIR) \
		$(MANDIR)/man1 $(MANDIR)/man7 $(DATADIR))
	$(INSTALL_PROGRAM) $(B)/hgxtopo $(DESTDIR)$(BINDIR)/
	$(INSTALL_DATA) $(STATIC) $(DESTDIR)$(LIBDIR)/
	$(INSTALL_PROGRAM) $(SHARED) $(DESTDIR)$(LIBDIR)/
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libhgxtopo.so
	$(INSTALL_DATA) include/hgxtopo.h $(DESTDIR)$(INCLUDEDIR)/
	@rm -f $(B)/libhgxtopo.pc $(B)/hgxtopo.1
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(call below_prefix,$(LIBDIR))|' \
		-e 's|@INCLUDEDIR@|$(call below_prefix,$(INCLUDEDIR))|' \
		-e 's|@VERSION@|$(VERSION)|; s|@PACKAGES@|$(REQUIRED)|' \
		pkgconfig/libhgxtopo.pc.in > $(B)/libhgxtopo.pc
	$(INSTALL_DATA) $(B)/libhgxtopo.pc $(DESTDIR)$(PKGCONFIGDIR)/
	$(Q)sed 's|PREFIX/share/hgxtopo|$(DATADIR)|' docs/hgxtopo.1 > $(B)/hgxtopo.1
	$(INSTALL_DATA) $(B)/hgxtopo.1 $(DESTDIR)$(MANDIR)/man1/
	$(INSTALL_DATA) docs/hgxtopo-rules.7 $(DESTDIR)$(MANDIR)/man7/
	$(INSTALL_DATA) $(addprefix docs/,$(SCHEMAS)) $(DESTDIR)$(DATADIR)/

# /usr/lib is $${prefix}/lib, so that pkg-config can be told of another prefix.
below_prefix = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

.PHONY: uninstall
uninstall: absolute
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir $(DESTDIR)$(DATADIR) 2>/dev/null || true

# The Python package, where Python looks for packages below PREFIX.
PYTHON ?= python3
PYTHONDIR ?= $(shell $(PYTHON) -c 'import site, sys; lib = sys.argv[1] + "/lib/"; print(next( \
	(path for path in site.getsitepackages() if path.startswith(lib)), \
	lib + "python3/site-packages"))' '$(PREFIX)')
PYTHON_INFO := hgxtopo-$(VERSION).dist-info
.PHONY: install-python uninstall-python
install-python uninstall-python: DIRECTORIES := PYTHONDIR
install-python: absolute
	$(INSTALL) -d $(addprefix $(DESTDIR)$(PYTHONDIR)/,hgxtopo $(PYTHON_INFO)) $(B)
	$(INSTALL_DATA) bindings/python/hgxtopo/*.py bindings/python/hgxtopo/py.typed \
		$(DESTDIR)$(PYTHONDIR)/hgxtopo/
	$(Q)$(PYTHON) -B bindings/python/backend.py $(B)
	$(INSTALL_DATA) $(B)/$(PYTHON_INFO)/METADATA $(DESTDIR)$(PYTHONDIR)/$(PYTHON_INFO)/
	@$(PYTHON) -c 'import site, sys; sys.exit(sys.argv[1] not in site.getsitepackages())' $(PYTHONDIR) || \
		echo '$(PYTHON) does not look into $(PYTHONDIR): set PYTHONPATH to it, or install with another PYTHONDIR'

uninstall-python: absolute
	rm -rf $(addprefix $(DESTDIR)$(PYTHONDIR)/,hgxtopo $(PYTHON_INFO))

# ------------------------------------------------------- the two commands

.PHONY: deps
deps:
	@$(if $(filter no,$(DEPS)),:,tests/deps.sh build)

.PHONY: deps-check
deps-check: deps
	@$(if $(filter no,$(DEPS)),:,tests/deps.sh check)

.PHONY: demo
demo: deps
	@$(MAKE) --no-print-directory all
	@tests/demo.sh $(B)/hgxtopo

.PHONY: check
check: demo
	@$(MAKE) --no-print-directory deps-check
	@$(MAKE) --no-print-directory $(TEST_PROGRAMS)
	@tests/run.sh

# Guests with Linux are slower and need a kernel, which is downloaded.
.PHONY: check-vm
check-vm: deps-check
	@tests/vm/kernel.sh $(B)/vm || true
	@$(MAKE) --no-print-directory all
	@tests/vm/run.sh

# Other generations of libvirt, QEMU, firmware and libraries.
GENERATIONS ?= trixie sid
.PHONY: check-generations check-long
check-generations:
	@tests/generations.sh $(GENERATIONS)

# Every guest that there is, here and there. sid moves: what it brings is printed.
BOOTS ?= 30
check-long:
	@tests/generations.sh --boots $(BOOTS) here $(GENERATIONS)

# ------------------------------------------------------------------- tests

$(B)/tests/%.o: tests/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -Ilibhgxtopo -Itests/unit $(pkg_cflags) \
		$(shell $(PKG_CONFIG) --cflags check) -c -o $@ $<

# A test depends on the objects that the linker took for it, not on the whole archive.
$(B)/tests/%: $(B)/tests/%.o | $(PARTS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,-Map=$@.map -o $@ $< $(PARTS) \
		$(shell $(PKG_CONFIG) --libs check) $(pkg_libs)
	@sed -n 's|^$(PARTS)(\([^)]*\)).*|\1|p' $@.map | grep -v - | sort -u | \
		sed 's|.*|$@: $(B)/lib/&\n$(B)/lib/&:|' > $@.objects.d
	@rm $@.map
.PRECIOUS: $(B)/tests/%.o

.PHONY: accept
accept: all
	@tests/cli/hosts.sh --accept

# What is written from the tables of rules; tests/cli/rules.sh says whether it is current.
$(B)/docs/rules: docs/rules.c $(STATIC)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(pkg_libs)

.PHONY: rules
rules: $(B)/docs/rules
	$< md > docs/rules.md
	$< man > docs/hgxtopo-rules.7

.PHONY: bench
bench: all $(B)/tests/bench/both $(B)/tests/bench/run
	@tests/bench/bench.py

.PHONY: dist
dist:
	@tests/dist.sh $(DIST) $(B)/$(DIST).tar.gz

.PHONY: clean
clean:
	rm -rf $(B)
