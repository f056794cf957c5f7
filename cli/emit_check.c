/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo emit: checks that the options fit together. */
#include <string.h>
#include "emit.h"

bool emit_for_host(const struct request *request)
{
	return request->profile && !strcmp(request->profile, "host");
}

static int check_words(const struct request *request)
{
	const char *profile = request->profile, *driver = request->kernel.driver;

	if (profile && strcmp(profile, "guest") && strcmp(profile, "switches-only") &&
	    strcmp(profile, "host"))
		return usage(&command_emit,
			     "--profile must be guest, switches-only or host, not '%s'", profile);
	if (emit_for_host(request) && request->vm.given)
		return usage(&command_emit,
			     "--%s is about a VM; --profile host is about the bare host",
			     request->vm.given);
	if (driver && strcmp(driver, "vfio-pci") && strcmp(driver, "pci-stub"))
		return usage(&command_emit, "--driver must be vfio-pci or pci-stub, not '%s'",
			     driver);
	if (request->file && !*request->file)
		return usage(&command_emit, "--output needs a file name");
	if (request->dir && !*request->dir)
		return usage(&command_emit, "--dir needs a directory name");
	return EXIT_FINE;
}

static bool is_standard(const char *file)
{
	return file && !strcmp(file, "-");
}

static int check_telling(const struct request *request)
{
	const char *findings = request->findings;

	if (request->telling.quiet && request->telling.verbose)
		return usage(&command_emit, "--quiet and --verbose exclude each other");
	if (findings && !*findings)
		return usage(&command_emit, "--findings needs a file name");
	if (is_standard(findings) && request->what != ALL &&
	    (!request->file || is_standard(request->file)))
		return usage(&command_emit, "--findings needs a file beside the output");
	return EXIT_FINE;
}

/* What --install prints depends on nothing. */
static int check_install(const struct request *request)
{
	const struct {
		const char *value, *option;
	} rows[] = {
		{ request->file, "output" },
		{ request->from, "from" },
		{ request->host, "host" },
		{ request->host_json, "host-json" },
		{ request->findings, "findings" },
		{ request->profile, "profile" },
		{ request->vm.given, request->vm.given },
	};

	for (size_t i = 0; request->install && i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].value)
			return usage(&command_emit, "--install only prints; leave out --%s",
				     rows[i].option);
	return EXIT_FINE;
}

static int check_nccl(const struct request *request)
{
	const char *host = request->host_json;

	if (request->what != NCCL && (request->profile || host || request->install))
		return usage(&command_emit, "--%s is only valid with --nccl",
			     request->profile ? "profile" :
			     host	      ? "host-json" :
						"install");
	if (check_install(request))
		return EXIT_USAGE;
	if (host && !*host)
		return usage(&command_emit, "--host-json needs a file name");
	if (host && emit_for_host(request))
		return usage(&command_emit,
			     "--host-json is about a running guest; --profile host is not");
	if (is_standard(host) && (is_standard(request->from) || is_standard(request->vm.base)))
		return usage(&command_emit,
			     "--host-json and --%s cannot both be read from standard input",
			     is_standard(request->from) ? "from" : "base");
	return EXIT_FINE;
}

static int check_qemu(const struct request *request)
{
	int what = request->what;

	if (request->shell && what != QEMU)
		return usage(&command_emit, "--shell is only valid with --qemu");
	if (request->devices_only && what != QEMU)
		return usage(&command_emit, "--devices-only is only valid with --qemu");
	if (request->devices_only &&
	    (request->shell || request->qemu.firmware_code || request->qemu.firmware_vars))
		return usage(&command_emit,
			     "--devices-only writes neither a command nor firmware; leave out --%s",
			     request->shell		 ? "shell" :
			     request->qemu.firmware_code ? "ovmf-code" :
							   "ovmf-vars");
	if (request->shell && request->json)
		return usage(&command_emit, "give --shell or --json, not both");
	if (request->qemu.firmware_code && what != QEMU && what != ALL)
		return usage(&command_emit, "--ovmf-code is only valid with --qemu or --all");
	if (request->qemu.firmware_code && what == ALL && request->vm.base)
		return usage(&command_emit,
			     "--ovmf-code is not valid with --base: only libvirt can "
			     "start such a VM");
	if (request->qemu.firmware_vars && what != QEMU)
		return usage(&command_emit, "--ovmf-vars is only valid with --qemu");
	return check_words(request);
}

int emit_check(const struct request *request)
{
	int what = request->what;

	if (request->chosen != 1)
		return usage(
			&command_emit,
			"give one of --libvirt, --nccl, --kernel-args, --qemu, --map or --all");
	if (request->check && (what != LIBVIRT || !request->vm.base))
		return usage(&command_emit, "--check is only valid with --libvirt and --base");
	if (request->json && what != MAP && what != QEMU && !request->check)
		return usage(&command_emit, "--json is only valid with --map, --qemu or --check");
	if (request->kernel.driver && what != KERNEL_ARGS && what != ALL)
		return usage(&command_emit, "--driver is only valid with --kernel-args or --all");
	if (request->dir && what != ALL)
		return usage(&command_emit, "--dir is only valid with --all");
	if (what == ALL && request->file)
		return usage(&command_emit,
			     "--all writes several files; give --dir instead of --output");
	if (what == ALL && !request->dir)
		return usage(&command_emit, "--all writes several files; give --dir");
	if (request->vm.every && what != MAP && what != ALL && what != KERNEL_ARGS)
		return usage(&command_emit,
			     "--vms all/%u is only valid with --map, --kernel-args or --all; "
			     "give --vms 1/%u, 2/%u and so on",
			     request->vm.plan.vms, request->vm.plan.vms, request->vm.plan.vms);
	if (check_telling(request) || check_nccl(request))
		return EXIT_USAGE;
	return check_qemu(request);
}
