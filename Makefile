# libhgxtopo: GNU Make alone. `make help` lists the targets.
#
#   CC=clang CFLAGS=…   the compiler and its optimisation
#   WERROR=1            warnings are errors
#   SANITIZE=1          AddressSanitizer and UndefinedBehaviorSanitizer
#   B=DIR               where everything is built (default: build)

VERSION := $(shell sed -n 's/^\#define HGX_VERSION_[A-Z]* //p' include/hgxtopo.h | paste -sd.)
MAJOR := $(firstword $(subst ., ,$(VERSION)))

PREFIX ?= /usr/local
DESTDIR ?=
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/hgxtopo
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig

B ?= build
PKG_CONFIG ?= pkg-config
PACKAGES := hwloc libpci json-c libxml-2.0

# Debian 12's valgrind does not read clang's DWARF 5
CFLAGS ?= -O2 -gdwarf-4
WARNINGS := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wvla -Wundef
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Iinclude $(WARNINGS) $(if $(WERROR),-Werror) \
	$(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all) $(CFLAGS) \
	-MMD -MP
comma := ,
ALL_LDFLAGS = $(LDFLAGS) $(if $(SANITIZE),-fsanitize=address$(comma)undefined)
pkg_cflags := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null)
pkg_libs := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null) -pthread

LIB_SOURCES := $(wildcard libhgxtopo/*/*.c)
EXAMPLES := $(wildcard libhgxtopo/examples/*.json)
CLI_SOURCES := $(wildcard cli/*.c)
TEST_SOURCES := $(wildcard tests/unit/*/*.c tests/fuzz/*.c)

# room_noun.o: an archive has members of one name only once.
object = $(B)/lib/$(subst /,_,$(1:libhgxtopo/%.c=%)).o
ROOM_OBJECTS := $(foreach source,$(LIB_SOURCES),$(call object,$(source)))
LIB_OBJECTS := $(ROOM_OBJECTS) $(EXAMPLES:%.json=$(B)/%.o)
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(B)/%.o)
TEST_PROGRAMS := $(TEST_SOURCES:%.c=$(B)/%) $(B)/tests/unit/random_host

STATIC := $(B)/libhgxtopo.a
SHARED := $(B)/libhgxtopo.so.$(VERSION)
SONAME := libhgxtopo.so.$(MAJOR)

# for the test scripts
export B CC SANITIZE

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.PHONY: all
all: $(STATIC) $(SHARED) $(B)/hgxtopo

.PHONY: help
help:
	@echo 'make demo         install what is missing, build, show what hgxtopo does'
	@echo 'make check        the same, then every test'
	@echo 'make check-generations  make check in chroots of other Debian releases (root; GENERATIONS=…)'
	@echo 'make check-long   that of Debian sid, and more guests booted in each release'
	@echo 'make check-vm     boot Linux in the domains and compare what it shows: some minutes'
	@echo 'make              build the library and the command into $(B)/'
	@echo 'make install      into $$DESTDIR$$PREFIX (PREFIX=$(PREFIX)); make uninstall removes it'
	@echo 'make deps         install the packages that are missing, and say so'
	@echo 'make bench        compare with lstopo and lspci'
	@echo 'make accept       rewrite the expected outputs of the test machines'
	@echo 'make clean        remove $(B)/'

# ---------------------------------------------------------------- building

# Other flags or another compiler build everything again.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(pkg_cflags) $(ALL_LDFLAGS) $(pkg_libs)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CFLAGS) $(pkg_cflags) $(ALL_LDFLAGS) $(pkg_libs)' > $@
.PHONY: FORCE

$(foreach source,$(LIB_SOURCES),$(eval $(call object,$(source)): $(source)))
$(ROOM_OBJECTS): $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Ilibhgxtopo $(pkg_cflags) -fPIC -c -o $@ $(filter %.c,$^)

# An example is a dump of a test machine, linked in as bytes.
$(B)/libhgxtopo/examples/%.c: libhgxtopo/examples/%.json
	@mkdir -p $(@D)
	{ echo 'extern const char example_$(subst -,_,$*)[];'; \
	  echo 'extern const unsigned long example_$(subst -,_,$*)_size;'; \
	  echo 'const char example_$(subst -,_,$*)[] = {'; \
	  od -An -v -tx1 $< | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'; \
	  echo '};'; \
	  echo 'const unsigned long example_$(subst -,_,$*)_size = sizeof(example_$(subst -,_,$*));'; \
	} > $@

$(B)/libhgxtopo/examples/%.o: $(B)/libhgxtopo/examples/%.c $(B)/flags
	$(CC) $(ALL_CFLAGS) -fPIC -c -o $@ $<

$(STATIC): $(LIB_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(SHARED): $(LIB_OBJECTS) libhgxtopo/libhgxtopo.map
	$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,$(SONAME) \
		-Wl,--version-script=libhgxtopo/libhgxtopo.map \
		$(if $(SANITIZE),,-Wl$(comma)--no-undefined) -o $@ $(LIB_OBJECTS) $(pkg_libs)
	ln -sf $(notdir $@) $(B)/$(SONAME)
	ln -sf $(notdir $@) $(B)/libhgxtopo.so

$(B)/cli/%.o: cli/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/hgxtopo: $(CLI_OBJECTS) $(STATIC)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(pkg_libs)

-include $(LIB_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d) $(TEST_PROGRAMS:=.d) $(TEST_PROGRAMS:=.objects.d)

# -------------------------------------------------------------- installing

INSTALLED = $(BINDIR)/hgxtopo $(LIBDIR)/libhgxtopo.a $(LIBDIR)/libhgxtopo.so.$(VERSION) \
	$(LIBDIR)/$(SONAME) $(LIBDIR)/libhgxtopo.so $(INCLUDEDIR)/hgxtopo.h \
	$(PKGCONFIGDIR)/libhgxtopo.pc $(PKGCONFIGDIR)/libhgxtopo-static.pc \
	$(MANDIR)/man1/hgxtopo.1 $(DATADIR)/hgxtopo.schema.json \
	$(DATADIR)/hgxtopo-map.schema.json

.PHONY: install
install: all
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR) $(INCLUDEDIR) $(PKGCONFIGDIR) \
		$(MANDIR)/man1 $(DATADIR))
	install -m 755 $(B)/hgxtopo $(DESTDIR)$(BINDIR)/
	install -m 644 $(STATIC) $(DESTDIR)$(LIBDIR)/
	install -m 755 $(SHARED) $(DESTDIR)$(LIBDIR)/
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libhgxtopo.so
	install -m 644 include/hgxtopo.h $(DESTDIR)$(INCLUDEDIR)/
	for pc in libhgxtopo libhgxtopo-static; do \
		sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|' \
			-e 's|@VERSION@|$(VERSION)|; s|@PACKAGES@|$(PACKAGES)|' pkgconfig/$$pc.pc.in \
			> $(DESTDIR)$(PKGCONFIGDIR)/$$pc.pc || exit 1; \
	done
	install -m 644 docs/hgxtopo.1 $(DESTDIR)$(MANDIR)/man1/
	install -m 644 docs/hgxtopo.schema.json docs/hgxtopo-map.schema.json $(DESTDIR)$(DATADIR)/

.PHONY: uninstall
uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	-rmdir $(DESTDIR)$(DATADIR) 2>/dev/null || true

# ------------------------------------------------------- the two commands

.PHONY: deps
deps:
	@tests/deps.sh

.PHONY: demo
demo: deps
	@$(MAKE) --no-print-directory all
	@tests/demo.sh $(B)/hgxtopo

.PHONY: check
check: demo
	@$(MAKE) --no-print-directory $(TEST_PROGRAMS)
	@tests/run.sh

# Guests with Linux: slower, and a kernel is fetched.
.PHONY: check-vm
check-vm: deps
	@tests/vm/kernel.sh $(B)/vm || true
	@$(MAKE) --no-print-directory all
	@tests/vm/run.sh

# Other generations of libvirt, QEMU, firmware and libraries.
GENERATIONS ?= trixie sid
.PHONY: check-generations check-long
check-generations:
	@tests/generations.sh $(GENERATIONS)

# sid moves: what it brings is printed
BOOTS ?= 30
check-long:
	@tests/generations.sh --boots $(BOOTS) $(GENERATIONS)

# ------------------------------------------------------------------- tests

$(B)/tests/%.o: tests/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Ilibhgxtopo -Itests/unit $(shell $(PKG_CONFIG) --cflags check) -c -o $@ $<

# A test depends on the objects that the linker took for it, not on the whole archive.
$(B)/tests/%: $(B)/tests/%.o | $(STATIC)
	$(CC) $(ALL_LDFLAGS) -Wl,-Map=$@.map -o $@ $< $(STATIC) \
		$(shell $(PKG_CONFIG) --libs check) $(pkg_libs)
	@sed -n 's|^$(STATIC)(\([^)]*\)).*|\1|p' $@.map | grep -v - | sort -u | \
		sed 's|.*|$@: $(B)/lib/&\n$(B)/lib/&:|' > $@.objects.d
	@rm $@.map
.PRECIOUS: $(B)/tests/%.o

.PHONY: accept
accept: all
	@tests/cli/hosts.sh --accept

.PHONY: bench
bench: all $(B)/tests/bench/both $(B)/tests/bench/run
	@tests/bench/bench.py

.PHONY: clean
clean:
	rm -rf $(B)
