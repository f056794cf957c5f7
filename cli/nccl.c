/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo emit --nccl: the plan of a running guest, and where the file goes. */
#include <stdio.h>
#include "cli.h"

static int plan_for(struct running *out, const char *file, const struct vm_options *vm,
		    struct hgx_error *err)
{
	int code;

	if (!hgx_topo_is_guest(out->source)) {
		code = hgx_plan_new(&out->plan, out->source, &vm->plan, err);
		out->guest = code ? NULL : hgx_plan_guest(out->plan);
		return code;
	}
	out->guest = out->source;
	if (!vm->given)
		return HGX_OK;
	*err = (struct hgx_error){ .code = HGX_INVALID, .rule = "usage" };
	snprintf(err->text, sizeof(err->text),
		 "--%s is about a plan; %.300s is a guest that has been planned already", vm->given,
		 input_name(file));
	return err->code;
}

int running_load(struct running *out, const char *file, const struct vm_options *vm,
		 struct hgx_error *err)
{
	int code;

	*out = (struct running){ NULL, NULL, NULL };
	code = load_source(&out->source, file, NULL, err);
	if (!code)
		code = plan_for(out, file, vm, err);
	if (code)
		running_free(out);
	return code;
}

void running_free(struct running *running)
{
	hgx_plan_free(running->plan);
	hgx_topo_free(running->source);
}

/* NCCL 2.10 and later read this file by default. */
static const char install[] =
	"NCCL reads /var/run/nvidia-topologyd/virtualTopology.xml, or the file that the variable\n"
	"NCCL_TOPO_FILE names. It has to be where NCCL runs: in the virtual machine, and in each\n"
	"container there. For the file virtualTopology.xml, as root in the virtual machine:\n"
	"\n"
	"  install -D -m 644 virtualTopology.xml /etc/nvidia-topologyd/virtualTopology.xml\n"
	"  printf '%s\\n' 'd /run/nvidia-topologyd 0755 root root -' \\\n"
	"      'C /run/nvidia-topologyd/virtualTopology.xml 0644 root root - "
	"/etc/nvidia-topologyd/virtualTopology.xml' \\\n"
	"      >/etc/tmpfiles.d/nvidia-topologyd.conf\n"
	"  systemd-tmpfiles --create nvidia-topologyd.conf\n"
	"\n"
	"/var/run is empty after each boot: systemd-tmpfiles copies the file there again, but never\n"
	"over one that is there. To replace it, remove the copy first. For a container:\n"
	"\n"
	"  docker run -v /var/run/nvidia-topologyd:/var/run/nvidia-topologyd:ro ...\n"
	"\n"
	"To see that NCCL reads it, and what it makes of it:\n"
	"\n"
	"  NCCL_DEBUG=INFO NCCL_DEBUG_SUBSYS=INIT,ENV,GRAPH ...\n"
	"\n"
	"Nothing was written.\n";

int print_install(void)
{
	return write_output(NULL, install);
}
