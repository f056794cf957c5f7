/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Installed versions: what each source tells, and files made to mislead. */
#include "roots.h"

static const char *const names[] = { "made-one-gpu", "hgx-h200", "made-a100-nested" };

#define LIBRARY "usr/lib/x86_64-linux-gnu/libvirt.so.0"
#define STATUS "var/lib/dpkg/status"
#define CACHE "var/cache/libvirt/qemu/capabilities/"
#define LINK "->" /* at the start of the content: a link with this target */
#define INSTALLED "Status: install ok installed\n"
#define X86 "<arch>x86_64</arch></qemuCaps>"

static const struct {
	struct { const char *path, *content; } files[3];
	const char *libvirt, *qemu, *ovmf;
} rows[] = {
	{ { { NULL, NULL } }, NULL, NULL, NULL },

	/* the library */
	{ { { LIBRARY, LINK "libvirt.so.0.9000.0" } }, "9.0.0", NULL, NULL },
	{ { { "usr/lib64/libvirt.so.0", LINK "libvirt.so.0.11003.0" } }, "11.3.0", NULL, NULL },
	{ { { "usr/lib/libvirt.so.0", LINK "/usr/lib/libvirt.so.0.1002.21" } }, "1.2.21", NULL, NULL },
	{ { { LIBRARY, "" } }, NULL, NULL, NULL },
	{ { { LIBRARY, LINK "libvirt.so.0.9000" } }, NULL, NULL, NULL },
	{ { { LIBRARY, LINK "libvirt.so.0.9000.0.1" } }, NULL, NULL, NULL },
	{ { { LIBRARY, LINK "libvirt.so.0.9000.0~" } }, NULL, NULL, NULL },
	{ { { LIBRARY, LINK "libvirt.so.0.-9000.0" } }, NULL, NULL, NULL },
	{ { { LIBRARY, LINK "libvirt.so.0.99999999.0" } }, NULL, NULL, NULL },
	{ { { LIBRARY, LINK "libvirt.so.1.9000.0" } }, NULL, NULL, NULL },

	/* dpkg: Debian 12, Ubuntu 22.04, Debian 13, Proxmox */
	{ { { STATUS, "Package: libvirt0\n" INSTALLED "Version: 9.0.0-4+deb12u2\n\n"
	      "Package: ovmf\n" INSTALLED "Version: 2022.11-6+deb12u2\n\n"
	      "Package: qemu-system-x86\n" INSTALLED "Version: 1:7.2+dfsg-7+deb12u18\n" } },
	  "9.0.0", "7.2", "2022.11" },
	{ { { STATUS, "Package: qemu-system-x86\n" INSTALLED "Version: 1:6.2+dfsg-2ubuntu6.22\n\n"
	      "Package: ovmf\n" INSTALLED "Version: 2022.02-3ubuntu0.22.04.2\n\n"
	      "Package: libvirt0\n" INSTALLED "Version: 8.0.0-1ubuntu7.10\n\n" } },
	  "8.0.0", "6.2", "2022.02" },
	{ { { STATUS, "Package: qemu-system-x86\n" INSTALLED "Version: 1:10.0.2+ds-2+deb13u1\n" } },
	  NULL, "10.0.2", NULL },
	{ { { STATUS, "Package: pve-qemu-kvm\n" INSTALLED "Version: 9.0.2-4\n" } }, NULL, "9.0.2", NULL },
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: 0~20191122.bd85bf54-2ubuntu3\n" } }, NULL, NULL,
	  NULL },

	/* installed or not */
	{ { { STATUS, "Package: ovmf\nStatus: deinstall ok config-files\nVersion: 2022.11-6\n" } }, NULL, NULL,
	  NULL },
	{ { { STATUS, "Package: ovmf\nStatus: install reinstreq half-installed\nVersion: 2022.11-6\n" } },
	  NULL, NULL, NULL },
	{ { { STATUS, "Package: ovmf\nStatus: hold ok installed\nVersion: 2022.11-6\n" } }, NULL, NULL,
	  "2022.11" },
	{ { { STATUS, "Package: libvirt0\nStatus: deinstall ok config-files\nVersion: 8.0.0-1\n\n"
	      "Package: libvirt0\n" INSTALLED "Version: 9.0.0-4\n" } }, "9.0.0", NULL, NULL },
	{ { { STATUS, "Package: libvirt0\nVersion: 9.0.0-4\n\nPackage: zlib1g\n" INSTALLED } }, NULL, NULL,
	  NULL },
	{ { { STATUS, "Package: libvirt0\n" INSTALLED "\nPackage: zlib1g\nVersion: 1.2.13\n" } }, NULL, NULL,
	  NULL },
	{ { { STATUS, "Package: qemu-system-x86-xen\n" INSTALLED "Version: 1:7.2\n\nFor-Package: ovmf\n"
	      INSTALLED "Version: 2022.11-6\n" } }, NULL, NULL, NULL },

	/* no versions */
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: \n" } }, NULL, NULL, NULL },
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: 2022\n" } }, NULL, NULL, NULL },
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: ...\n" } }, NULL, NULL, NULL },
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: 1..2\n" } }, NULL, NULL, NULL },
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: .2\n" } }, NULL, NULL, NULL },
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: 1.2.3.4.5\n" } }, NULL, NULL, NULL },
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: 1.2.3.4.\n" } }, NULL, NULL, "1.2.3.4" },
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: 99999.1\n" } }, NULL, NULL, NULL },
	{ { { STATUS, "Package: ovmf\n" INSTALLED "Version: \033[31m2022.11\n" } }, NULL, NULL, NULL },
	{ { { STATUS, "" } }, NULL, NULL, NULL },

	/* libvirt's cache */
	{ { { CACHE "a.xml", "<qemuCaps><version>7002022</version>" X86 } }, NULL, "7.2.22", NULL },
	{ { { CACHE "a.xml", "<qemuCaps><version>9001000</version><arch>i686</arch></qemuCaps>" } }, NULL, NULL,
	  NULL },
	{ { { CACHE "a.xml", "<qemuCaps><version>6002000</version>" X86 },
	    { CACHE "b.xml", "<qemuCaps><version>8002002</version>" X86 },
	    { CACHE "c.xml", "<qemuCaps><version>7002022</version>" X86 } }, NULL, "8.2.2", NULL },
	{ { { CACHE "a.txt", "<qemuCaps><version>7002022</version>" X86 } }, NULL, NULL, NULL },
	{ { { CACHE "a.xml", "<qemuCaps>" X86 } }, NULL, NULL, NULL },
	{ { { CACHE "a.xml", "<version></version>" X86 } }, NULL, NULL, NULL },
	{ { { CACHE "a.xml", "<version>-1</version>" X86 } }, NULL, NULL, NULL },
	{ { { CACHE "a.xml", "<version>99999999999999999999999</version>" X86 } }, NULL, NULL, NULL },

	/* which source takes precedence */
	{ { { LIBRARY, LINK "libvirt.so.0.9000.0" },
	    { STATUS, "Package: libvirt0\n" INSTALLED "Version: 8.0.0-1\n" } }, "9.0.0", NULL, NULL },
	{ { { STATUS, "Package: qemu-system-x86\n" INSTALLED "Version: 1:7.2+dfsg-7\n" },
	    { CACHE "a.xml", "<qemuCaps><version>6002000</version>" X86 } }, NULL, "7.2", NULL },

	/* links that would lead to this machine's own files */
	{ { { STATUS, LINK "/var/lib/dpkg/status" } }, NULL, NULL, NULL },
	{ { { STATUS, LINK "../../../../../../../../../../../var/lib/dpkg/status" } }, NULL, NULL, NULL },
	{ { { "usr/lib", LINK "/usr/lib" }, { "usr/lib64", LINK "../../../../../../../../usr/lib" } }, NULL,
	  NULL, NULL },
	{ { { CACHE "a.xml", LINK "../b" },
	    { "var/cache/libvirt/qemu/b", "<qemuCaps><version>7002022</version>" X86 } }, NULL, NULL, NULL },
};

static void expect_software(const struct hgx_topo *topo, const char *name, const char *version,
			    const char *what)
{
	const char *found = hgx_topo_software(topo, name);

	ck_assert_msg(version ? found && !strcmp(found, version) : !found, "%s: %s is %s, not %s", what, name,
		      found ? found : "unknown", version ? version : "unknown");
}

static void expect_versions(const char *root, const char *libvirt, const char *qemu, const char *ovmf,
			    const char *what)
{
	struct hgx_topo *topo;
	struct hgx_error err;

	expect_fine(load_root(&topo, root, &err), &err, what);
	expect_software(topo, "libvirt", libvirt, what);
	expect_software(topo, "qemu", qemu, what);
	expect_software(topo, "ovmf", ovmf, what);
	hgx_topo_free(topo);
}

START_TEST(each_source_tells_what_is_installed)
{
	struct copy copy = copy_machine("made-one-gpu", "software");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char what[24];

		run_command("rm -rf '%s/var' '%s/usr/lib' '%s/usr/lib64'", copy.path, copy.path, copy.path);
		for (size_t j = 0; j < ARRAY_SIZE(rows[i].files) && rows[i].files[j].path; j++) {
			const char *path = tree_path("software/%s", rows[i].files[j].path);
			const char *content = rows[i].files[j].content;

			if (!strncmp(content, LINK, strlen(LINK)))
				tree_link(path, content + strlen(LINK));
			else
				tree_file(path, content);
		}
		snprintf(what, sizeof(what), "row %zu", i);
		expect_versions(copy.path, rows[i].libvirt, rows[i].qemu, rows[i].ovmf, what);
	}
}
END_TEST

START_TEST(the_machines_have_the_software_of_their_description)
{
	expect_versions(machine_root("hgx-h200"), "9.0.0", "7.2", "2022.11", "hgx-h200");
	expect_versions(machine_root("made-amd-gpus"), "8.0.0", "6.2", "2022.02", "made-amd-gpus");
	expect_versions(machine_root("made-one-gpu"), NULL, NULL, NULL, "made-one-gpu");
}
END_TEST

START_TEST(huge_and_strange_files_do_no_harm)
{
	static const char *const commands[] = {
		"mkfifo '%s/" STATUS "'",
		"mkdir '%s/" STATUS "'",
		"truncate -s 4G '%s/" STATUS "'",
		"yes 'Package: libvirt0' | head -c 60M >'%s/" STATUS "'",
		"head -c 1M /dev/urandom >'%s/" STATUS "'",
		"mkdir '%s/" CACHE "a.xml'",
		"mkfifo '%s/" CACHE "a.xml'",
		"truncate -s 4G '%s/" CACHE "a.xml'",
		"head -c 2M /dev/zero | tr '\\0' '<' >'%s/" CACHE "a.xml'",
		"cd '%s/" CACHE "' && seq -f %%g.xml 2000 | xargs touch",
	};
	struct copy copy = copy_machine("made-one-gpu", "strange");

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		char command[1024];

		run_command("rm -rf '%s/var' && mkdir -p '%s/var/lib/dpkg' '%s/" CACHE "'", copy.path,
			    copy.path, copy.path);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(command, sizeof(command), commands[i], copy.path);
#pragma GCC diagnostic pop
		run_command("%s", command);
		expect_versions(copy.path, NULL, NULL, NULL, command);
	}
}
END_TEST

static int load_text(struct hgx_topo **out, const char *software, struct hgx_error *err)
{
	char text[512];

	snprintf(text, sizeof(text), "{ \"format\": \"hgxtopo\", \"version\": 1, \"machine\": \"host\"%s, "
		 "\"packages\": [], \"numa_nodes\": [], \"cpus\": [], \"host_bridges\": [], \"pci\": [], "
		 "\"findings\": [] }", software);
	*err = (struct hgx_error){ 0 };
	return hgx_topo_from_json(out, text, strlen(text), "host.json", err);
}

START_TEST(json_keeps_the_versions)
{
	struct hgx_topo *topo = machine("hgx-h200"), *again;
	char *first, *second;
	struct hgx_error err;

	expect_fine(hgx_emit_json(topo, &first, &err), &err, "emit");
	ck_assert_ptr_nonnull(strstr(first, "\"software\": { \"libvirt\": \"9.0.0\", \"qemu\": \"7.2\", "
					    "\"ovmf\": \"2022.11\" }"));
	ck_assert_ptr_nonnull(strstr(first, "\"address_bits\": 52"));
	expect_fine(hgx_topo_from_json(&again, first, strlen(first), NULL, &err), &err, "read");
	expect_software(again, "qemu", "7.2", "read");
	expect_fine(hgx_emit_json(again, &second, &err), &err, "emit again");
	ck_assert_str_eq(first, second);
	hgx_text_free(first);
	hgx_text_free(second);
	hgx_topo_free(topo);
	hgx_topo_free(again);
}
END_TEST

START_TEST(json_without_versions_is_read)
{
	static const char *const texts[] = {
		"", ", \"software\": null", ", \"software\": {}",
		", \"software\": { \"libvirt\": null, \"other\": 1 }",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct hgx_topo *topo;
		struct hgx_error err;

		expect_fine(load_text(&topo, texts[i], &err), &err, texts[i]);
		expect_software(topo, "libvirt", NULL, texts[i]);
		expect_software(topo, "edk2", NULL, texts[i]);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(json_with_wrong_versions_is_refused)
{
	static const struct { const char *software; int code; const char *text; } bad[] = {
		{ ", \"software\": { \"qemu\": \"7\" }", HGX_BROKEN,
		  "host.json: software: \"qemu\" is \"7\", which is not a version such as \"9.0.0\"" },
		{ ", \"software\": { \"ovmf\": \"\" }", HGX_BROKEN,
		  "host.json: software: \"ovmf\" is \"\", which is not a version such as \"9.0.0\"" },
		{ ", \"software\": { \"libvirt\": \"9.0.0-rc1\" }", HGX_BROKEN,
		  "host.json: software: \"libvirt\" is \"9.0.0-rc1\", which is not a version such as "
		  "\"9.0.0\"" },
		{ ", \"software\": { \"libvirt\": \"12345.0\" }", HGX_BROKEN,
		  "host.json: software: \"libvirt\" is \"12345.0\", which is not a version such as "
		  "\"9.0.0\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct hgx_topo *topo;
		struct hgx_error err;
		int code = load_text(&topo, bad[i].software, &err);

		expect_error(code, &err, bad[i].code, bad[i].text);
		ck_assert_ptr_null(topo);
	}
}
END_TEST

/* Without reading the rest of the machine. */
START_TEST(what_is_installed_here_is_told_by_itself)
{
	static const char *const programs[] = { "libvirt", "qemu", "ovmf", "no such program" };
	struct hgx_topo *topo;
	struct hgx_error err = { 0 };

	expect_fine(hgx_topo_from_host(&topo, NULL, &err), &err, "live");
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		const char *expected = hgx_topo_software(topo, programs[i]);
		char *version, sentence[100];
		int code = hgx_installed_version(&version, programs[i], &err);

		snprintf(sentence, sizeof(sentence),
			 "%s: not installed here, or its version cannot be told without running it", programs[i]);
		if (expected)
			expect_fine(code, &err, programs[i]);
		else
			expect_error(code, &err, HGX_MISSING, sentence);
		ck_assert(expected || !strcmp(err.rule, "software-missing"));
		ck_assert_pstr_eq(version, expected);
		hgx_text_free(version);
	}
	hgx_topo_free(topo);
}
END_TEST

int main(void)
{
	int status;

	roots_begin(names, ARRAY_SIZE(names));
	status = RUN("software", each_source_tells_what_is_installed,
		     the_machines_have_the_software_of_their_description,
		     huge_and_strange_files_do_no_harm, what_is_installed_here_is_told_by_itself,
		     json_keeps_the_versions,
		     json_without_versions_is_read, json_with_wrong_versions_is_refused);
	tree_end();
	return status;
}
