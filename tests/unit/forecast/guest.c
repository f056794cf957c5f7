/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests of one host, as NCCL finds them by itself and with the file that is written for them. */
#include <stdarg.h>
#include "roots.h"

static const char *const machines[] = {
	"hgx-h200",	     "made-16-gpus",	 "made-a100-nested", "made-accelerators", "made-b200",
	"made-connectx8",    "made-epyc-nps4",	 "made-narrow-links", "made-odd-cpus",	   "made-one-gpu", "made-vmd",
};

/* The GPUs of the example, and each has a NIC on the next bus. */
static const unsigned gpus[] = { 0x19, 0x3b, 0x4c, 0x5d, 0x9b, 0xbb, 0xcb, 0xdb };

static char domain[64000];

static void put(const char *format, ...) PRINTF(1, 2);
static void put(const char *format, ...)
{
	size_t length = strlen(domain);
	va_list args;

	va_start(args, format);
	vsnprintf(domain + length, sizeof(domain) - length, format, args);
	va_end(args);
}

static void open_domain(void)
{
	*domain = '\0';
	put("<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>vm</name>"
	    "<memory unit='GiB'>64</memory><vcpu>16</vcpu><os firmware='efi'>"
	    "<type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>"
	    "<cpu mode='host-passthrough'><topology sockets='2' dies='1' cores='8' threads='1'/><numa>"
	    "<cell id='0' cpus='0-7' memory='32' unit='GiB'/><cell id='1' cpus='8-15' memory='32' unit='GiB'/></numa></cpu>"
	    "<devices>");
}

/* A device of the host; on the @bus of that controller at that slot, or where libvirt puts it (-1). */
static void assign(unsigned host_bus, int bus, unsigned slot)
{
	put("<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x%02x' slot='0' function='0'/></source>",
	    host_bus);
	if (bus >= 0)
		put("<address type='pci' domain='0' bus='0x%02x' slot='0x%02x' function='0'/>", (unsigned)bus, slot);
	put("</hostdev>");
}

static void controller(const char *model, unsigned index, const char *target, unsigned bus, unsigned slot)
{
	put("<controller type='pci' index='%u' model='%s'>%s<alias name='ua-%u'/>"
	    "<address type='pci' domain='0' bus='0x%02x' slot='0x%02x' function='0'/></controller>",
	    index, model, target, index, bus, slot);
}

static void close_domain(void)
{
	put("<controller type='usb' model='none'/><memballoon model='none'/></devices></domain>");
}

static struct hgx_topo *example(void)
{
	struct hgx_topo *topo;

	ck_assert_int_eq(hgx_topo_from_example(&topo, "hgx-h200", NULL), HGX_OK);
	return topo;
}

/* All GPUs are to agree: path, GB/s, GPUDirect RDMA, number of NICs. */
static void expect_all(const struct hgx_topo *topo, int view, const char *path, double bandwidth, int gdr,
		       size_t nics)
{
	struct hgx_forecast_options options = { .size = sizeof(options), .view = view };
	const struct hgx_gpu_forecast *decided;
	struct hgx_nccl_forecast *forecast;
	struct hgx_error err = { 0 };
	size_t count;

	expect_fine(hgx_forecast(&forecast, topo, &options, &err), &err, path);
	count = hgx_forecast_gpus(forecast, &decided);
	ck_assert_uint_eq(count, ARRAY_SIZE(gpus));
	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(!strcmp(decided[i].path, path), "%s: %s", decided[i].address, decided[i].path);
		ck_assert_msg(!(decided[i].bandwidth < bandwidth) && !(decided[i].bandwidth > bandwidth), "%s: %g",
			      decided[i].address, decided[i].bandwidth);
		ck_assert_int_eq(decided[i].gdr_receive, gdr);
		ck_assert_int_eq(decided[i].gdr_send, gdr);
		ck_assert_uint_eq(decided[i].path_count, nics);
	}
	hgx_forecast_free(forecast);
}

static struct hgx_topo *read_domain(const struct hgx_topo *host)
{
	struct hgx_domain_options options = { .size = sizeof(options), .host = host };
	struct hgx_topo *topo;
	struct hgx_error err = { 0 };

	expect_fine(hgx_topo_from_domain(&topo, domain, strlen(domain), "vm.xml", &options, &err), &err, domain);
	return topo;
}

/* Without a file: @path and so on; with ours each GPU is at its NIC as on the host. */
static void expect_guest(const char *path, double bandwidth, int gdr)
{
	struct hgx_topo *host = example(), *guest = read_domain(host);

	expect_all(guest, HGX_FORECAST_SYSFS, path, bandwidth, gdr, 8);
	expect_all(guest, HGX_FORECAST_FILE, "PIX", 48, 1, 8);
	hgx_topo_free(guest);
	hgx_topo_free(host);
}

START_TEST(a_bare_host_and_a_mirror_are_pix)
{
	struct hgx_topo *host = example();
	struct hgx_plan *plan = plan_of(host, 0, 8);

	expect_all(host, HGX_FORECAST_SYSFS, "PIX", 48, 1, 8);
	expect_all(host, HGX_FORECAST_FILE, "PIX", 48, 1, 8);
	expect_all(hgx_plan_guest(plan), HGX_FORECAST_SYSFS, "PIX", 48, 1, 8);
	expect_all(hgx_plan_guest(plan), HGX_FORECAST_FILE, "PIX", 48, 1, 8);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* QEMU's root ports show 16 GT/s x32: 24 GB/s of the 48. */
START_TEST(a_flat_guest_is_phb_at_half_speed)
{
	open_domain();
	for (size_t i = 0; i < ARRAY_SIZE(gpus); i++)
		assign(gpus[i], -1, 0);
	for (size_t i = 0; i < ARRAY_SIZE(gpus); i++)
		assign(gpus[i] + 1, -1, 0);
	close_domain();
	expect_guest("PHB", 24, 0);
}
END_TEST

START_TEST(a_flat_guest_with_fast_ports_is_phb_at_full_speed)
{
	open_domain();
	for (unsigned i = 0; i < 16; i++)
		controller("pcie-root-port", i + 1, "", 0, 2 + i);
	for (unsigned i = 0; i < 16; i++)
		assign(gpus[i / 2] + i % 2, (int)i + 1, 0);
	put("<controller type='usb' model='none'/><memballoon model='none'/></devices><qemu:override>");
	for (unsigned i = 0; i < 16; i++)
		put("<qemu:device alias='ua-%u'><qemu:frontend><qemu:property name='x-speed' type='string' value='32'/>"
		    "<qemu:property name='x-width' type='string' value='16'/></qemu:frontend></qemu:device>", i + 1);
	put("</qemu:override></domain>");
	expect_guest("PHB", 48, 0);
}
END_TEST

/* NCCL looks for every NIC at 00:00.0 and takes all of them for ports of one card, at 8 GT/s x16. */
START_TEST(nics_on_the_root_bus_fuse)
{
	struct hgx_topo *host, *guest;

	open_domain();
	for (unsigned i = 0; i < 8; i++) {
		assign(gpus[i], 0, 2 + i);
		assign(gpus[i] + 1, 0, 10 + i);
	}
	close_domain();
	host = example();
	guest = read_domain(host);
	expect_all(guest, HGX_FORECAST_SYSFS, "PHB", 12, 0, 1);
	hgx_topo_free(guest);
	hgx_topo_free(host);
}
END_TEST

/* The right node, but no switch. */
START_TEST(expander_buses_alone_are_phb)
{
	open_domain();
	controller("pcie-expander-bus", 1, "<target busNr='64'><node>0</node></target>", 0, 2);
	controller("pcie-expander-bus", 2, "<target busNr='128'><node>1</node></target>", 0, 3);
	for (unsigned i = 0; i < 16; i++)
		controller("pcie-root-port", i + 3, "", i < 8 ? 1 : 2, i % 8);
	for (unsigned i = 0; i < 16; i++)
		assign(gpus[i / 2] + i % 2, (int)i + 3, 0);
	close_domain();
	expect_guest("PHB", 24, 0);
}
END_TEST

/* The uplink of an emulated switch shows 2.5 GT/s x1, and the downstream port of another one above it no link at all:
 * width 0, which NCCL takes for 16. So GPU and NIC on different inner switches get 3 GB/s. */
START_TEST(nested_switches_are_pxb_and_collapse)
{
	unsigned index = 1;

	open_domain();
	for (unsigned i = 0; i < 8; i++, index += 8) {
		controller("pcie-root-port", index, "", 0, 2 + i);
		controller("pcie-switch-upstream-port", index + 1, "", index, 0);
		controller("pcie-switch-downstream-port", index + 2, "", index + 1, 0);
		controller("pcie-switch-downstream-port", index + 3, "", index + 1, 1);
		controller("pcie-switch-upstream-port", index + 4, "", index + 2, 0);
		controller("pcie-switch-upstream-port", index + 5, "", index + 3, 0);
		controller("pcie-switch-downstream-port", index + 6, "", index + 4, 0);
		controller("pcie-switch-downstream-port", index + 7, "", index + 5, 0);
		assign(gpus[i], (int)index + 6, 0);
		assign(gpus[i] + 1, (int)index + 7, 0);
	}
	close_domain();
	expect_guest("PXB", 3, 1);
}
END_TEST

static const struct hgx_gpu_forecast *forecast_at(const struct hgx_nccl_forecast *forecast, const char *address)
{
	const struct hgx_gpu_forecast *decided;
	size_t count = hgx_forecast_gpus(forecast, &decided);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(decided[i].address, address))
			return &decided[i];
	ck_abort_msg("%s is in no forecast", address);
}

static void expect_equal(const char *name, const struct hgx_topo *host, const struct hgx_plan *plan)
{
	struct hgx_forecast_options options = { .size = sizeof(options), .guest = hgx_plan_guest(plan) };
	struct hgx_forecast_options none = { .size = sizeof(none) };
	struct hgx_nccl_forecast *of_host, *of_guest;
	const struct hgx_gpu_forecast *decided;
	struct hgx_error err = { 0 };
	size_t count;

	expect_fine(hgx_forecast(&of_host, host, &options, &err), &err, name);
	expect_fine(hgx_forecast(&of_guest, hgx_plan_guest(plan), &none, &err), &err, name);
	count = hgx_forecast_gpus(of_guest, &decided);
	for (size_t i = 0; i < count; i++) {
		const struct hgx_node *node = hgx_topo_find(hgx_plan_guest(plan), decided[i].address);
		const struct hgx_gpu_forecast *other =
			forecast_at(of_host, hgx_node_name(hgx_plan_host_of(plan, node)));

		ck_assert_msg(!strcmp(decided[i].path, other->path) && decided[i].gdr_receive == other->gdr_receive &&
				      decided[i].gdr_send == other->gdr_send &&
				      !strcmp(decimal_text(decided[i].bandwidth).text,
					      decimal_text(other->bandwidth).text),
			      "%s: %s is %s, %g, %d; on the host %s, %g, %d", name, decided[i].address,
			      decided[i].path, decided[i].bandwidth, decided[i].gdr_receive, other->path,
			      other->bandwidth, other->gdr_receive);
	}
	ck_assert_uint_eq(hgx_forecast_gpus(of_host, &decided), count);
	hgx_forecast_free(of_host);
	hgx_forecast_free(of_guest);
}

START_TEST(every_guest_decides_as_its_host_with_the_same_devices)
{
	unsigned plans = 0;

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		for (unsigned vms = 1; vms <= 4; vms *= 2)
			for (unsigned vm = 1; vm <= vms; vm++) {
				struct hgx_topo *host = machine(machines[i]);
				struct hgx_plan_options options = { .size = sizeof(options), .vm = vm, .vms = vms };
				struct hgx_plan *plan;

				if (!hgx_plan_new(&plan, host, &options, NULL)) {
					expect_equal(machines[i], host, plan);
					plans++;
				}
				hgx_plan_free(plan);
				hgx_topo_free(host);
			}
	ck_assert_uint_ge(plans, 40);
}
END_TEST

static char *forecast_text(const struct hgx_topo *topo, const struct hgx_topo *guest)
{
	struct hgx_forecast_options options = { .size = sizeof(options), .guest = guest };
	struct hgx_nccl_forecast *forecast;
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_forecast(&forecast, topo, &options, &err), &err, "forecast");
	expect_fine(hgx_emit_forecast_json(forecast, &text, &err), &err, "forecast");
	hgx_forecast_free(forecast);
	return text;
}

static void expect_same(const char *name, const struct hgx_topo *topo, const struct hgx_topo *guest,
			const struct hgx_topo *other, const struct hgx_topo *other_guest)
{
	char *text = forecast_text(topo, guest), *same = forecast_text(other, other_guest);

	ck_assert_msg(!strcmp(text, same), "%s: %s of the plan is %s of its JSON", name, text, same);
	hgx_text_free(text);
	hgx_text_free(same);
}

static void expect_same_from_json(const char *name, const struct hgx_topo *host, const struct hgx_topo *guest)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *again;
	char *json;

	expect_fine(hgx_emit_json(guest, &json, &err), &err, name);
	expect_fine(hgx_topo_from_json(&again, json, strlen(json), NULL, &err), &err, name);
	expect_same(name, guest, NULL, again, NULL);
	expect_same(name, host, guest, host, again);
	hgx_topo_free(again);
	hgx_text_free(json);
}

/* Two VMs leave the NVSwitches on the host; that it has some counts all the same. */
START_TEST(the_json_of_a_guest_decides_as_its_plan)
{
	unsigned plans = 0;

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		for (unsigned vms = 1; vms <= 2; vms++) {
			struct hgx_topo *host = machine(machines[i]);
			struct hgx_plan_options options = { .size = sizeof(options), .vm = vms, .vms = vms };
			struct hgx_plan *plan;

			if (!hgx_plan_new(&plan, host, &options, NULL)) {
				expect_same_from_json(machines[i], host, hgx_plan_guest(plan));
				plans++;
			}
			hgx_plan_free(plan);
			hgx_topo_free(host);
		}
	ck_assert_uint_ge(plans, 15);
}
END_TEST

/* No NIC of this machine shares a switch with a GPU; NCCL finds them all the same. */
START_TEST(a_host_without_nics_at_its_switches_has_them_in_its_forecast)
{
	struct hgx_topo *host = machine("made-epyc-nps4");
	const struct hgx_gpu_forecast *decided;
	struct hgx_nccl_forecast *forecast;
	struct hgx_error err = { 0 };

	expect_fine(hgx_forecast(&forecast, host, NULL, &err), &err, "made-epyc-nps4");
	hgx_forecast_gpus(forecast, &decided);
	ck_assert_ptr_nonnull(decided[0].nic);
	hgx_forecast_free(forecast);
	hgx_topo_free(host);
}
END_TEST

/* Its ConnectX-8 has 800 Gb/s, as its driver says: 100 GB/s, more than the 96 of the PCIe link. */
START_TEST(the_driver_of_a_nic_says_how_fast_it_is)
{
	struct hgx_topo *host = machine("made-connectx8");
	struct hgx_forecast_options options = { .size = sizeof(options), .net_speed = "400" };
	const struct hgx_gpu_forecast *decided;
	const struct hgx_finding *findings;
	struct hgx_nccl_forecast *forecast;

	ck_assert_int_eq(hgx_forecast(&forecast, host, NULL, NULL), HGX_OK);
	hgx_forecast_gpus(forecast, &decided);
	ck_assert_double_eq(decided[0].bandwidth, 96);
	ck_assert_ptr_null(strstr(hgx_forecast_findings(forecast, &findings) ? findings[0].text : "", "speed"));
	hgx_forecast_free(forecast);
	ck_assert_int_eq(hgx_forecast(&forecast, host, &options, NULL), HGX_OK);
	hgx_forecast_gpus(forecast, &decided);
	ck_assert_double_eq(decided[0].bandwidth, 96); /* this one has two ports */
	ck_assert_double_eq(decided[1].bandwidth, 50);
	hgx_forecast_free(forecast);
	hgx_topo_free(host);
}
END_TEST

/* NCCL takes 256 elements; a machine of this size is refused, not counted to its end. */
START_TEST(more_than_nccl_takes_is_refused)
{
	struct hgx_forecast_options options = { .size = sizeof(options), .view = HGX_FORECAST_SYSFS };
	char lines[40000] = "package 0 vendor=GenuineIntel family=6 model=143 arch=x86_64\nnode 0 memory=64G\n"
			    "cpus 0 package=0 node=0\nroot 0000:00 numa=0\n";
	struct hgx_nccl_forecast *forecast;
	struct hgx_error err = { 0 };
	struct hgx_topo *host;

	for (unsigned i = 0; i < 200; i++)
		sprintf(lines + strlen(lines), " 00:%02x.%u root-port\n  %02x:00.0 %s\n", i / 8 + 1, i % 8, i + 1,
			i % 2 ? "gpu" : "nic");
	host = host_of(lines);
	ck_assert_int_eq(hgx_forecast(&forecast, host, &options, &err), HGX_LIMIT);
	ck_assert_str_eq(err.text, "NCCL would need 602 elements for 100 GPUs and 100 NICs, but takes at most 256");
	hgx_topo_free(host);
}
END_TEST

START_TEST(only_a_guest_of_the_host_can_choose_its_devices)
{
	struct hgx_topo *host = example();
	struct hgx_forecast_options options = { .size = sizeof(options), .guest = host };
	struct hgx_nccl_forecast *forecast;
	struct hgx_error err = { 0 };

	expect_error(hgx_forecast(&forecast, host, &options, &err), &err, HGX_INVALID,
		     "guest: it must be a guest of the host that the forecast is about, planned or read with that host");
	ck_assert_str_eq(err.option, "guest");
	ck_assert_ptr_null(forecast);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	roots_begin(machines, ARRAY_SIZE(machines));
	return RUN("guest", a_bare_host_and_a_mirror_are_pix, a_flat_guest_is_phb_at_half_speed,
		   a_flat_guest_with_fast_ports_is_phb_at_full_speed, nics_on_the_root_bus_fuse,
		   expander_buses_alone_are_phb, nested_switches_are_pxb_and_collapse,
		   every_guest_decides_as_its_host_with_the_same_devices, the_json_of_a_guest_decides_as_its_plan,
		   a_host_without_nics_at_its_switches_has_them_in_its_forecast,
		   the_driver_of_a_nic_says_how_fast_it_is, more_than_nccl_takes_is_refused,
		   only_a_guest_of_the_host_can_choose_its_devices);
}
