/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which NICs the host itself uses, and what is said of those it does not show. */
#include "roots.h"

static const char *const names[] = { "made-one-gpu" };

#define NIC "03:00.0" /* enp3s0 */
#define FUNCTION "sys/devices/pci0000:00/0000:00:1c.4/0000:03:00.0"
#define NET "sys/class/net"
#define ROUTE(name, destination, mask) \
	"printf '%s\\n' '" name " " destination " 0101A8C0 0003 0 0 0 " mask " 0 0 0' >>"
#define HEAD "printf 'Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\\n' >"
#define INET6(scope) "printf '%s\\n' '20010db8000000000000000000000001 02 40 " scope " 80 enp3s0' >>"
#define ROUTE6(destination, flags, name) \
	"printf '%s\\n' '" destination " 40 00000000000000000000000000000000 00 " \
	"00000000000000000000000000000000 00000400 00000001 00000000 " flags " " name "' >>"
#define GLOBAL "20010db8000000000000000000000000"

/* Beside a machine of which no NIC has an address or a route; NULL: not in use. */
static const struct { const char *commands, *use; } rows[] = {
	{ ":", NULL },
	/* IPv4 */
	{ ROUTE("enp3s0", "00000000", "00000000") "proc/net/route", "enp3s0 has the default route" },
	{ ROUTE("enp3s0", "0001A8C0", "00FFFFFF") "proc/net/route", "enp3s0 has an IPv4 address" },
	{ ROUTE("enp3s0", "00000000", "00000080") "proc/net/route", "enp3s0 has an IPv4 address" },
	{ ROUTE("enp3s0", "0101A8C0", "00000000") "proc/net/route", "enp3s0 has an IPv4 address" },
	{ ROUTE("wlan0", "00000000", "00000000") "proc/net/route", NULL },
	{ ROUTE("enp3s0", "00000000", "00000000") "proc/1/net/route", "enp3s0 has the default route" },
	/* IPv6 addresses: link-local ones (scope 20) come by themselves */
	{ INET6("00") "proc/net/if_inet6", "enp3s0 has an IPv6 address" },
	{ INET6("40") "proc/net/if_inet6", "enp3s0 has an IPv6 address" },
	{ INET6("20") "proc/net/if_inet6", NULL },
	{ INET6("00") "proc/1/net/if_inet6", "enp3s0 has an IPv6 address" },
	/* IPv6 routes: reject, link-local and multicast ones do too */
	{ ROUTE6(GLOBAL, "00000001", "enp3s0") "proc/net/ipv6_route", "enp3s0 has an IPv6 route" },
	{ ROUTE6("00000000000000000000000000000000", "00000003", "enp3s0") "proc/net/ipv6_route",
	  "enp3s0 has an IPv6 route" },
	{ ROUTE6(GLOBAL, "00000201", "enp3s0") "proc/net/ipv6_route", NULL },
	{ ROUTE6("fe800000000000000000000000000000", "00000001", "enp3s0") "proc/net/ipv6_route", NULL },
	{ ROUTE6("ff000000000000000000000000000000", "00000001", "enp3s0") "proc/net/ipv6_route", NULL },
	{ ROUTE6("fd000000000000000000000000000000", "00000001", "enp3s0") "proc/net/ipv6_route",
	  "enp3s0 has an IPv6 route" },
	{ ROUTE6(GLOBAL, "00000001", "enp3s0") "proc/1/net/ipv6_route", "enp3s0 has an IPv6 route" },
	/* what lies above it */
	{ "mkdir -p " NET "/br0/lower_enp3s0; " ROUTE("br0", "00000000", "00000000") "proc/net/route",
	  "enp3s0 has the default route (through br0)" },
	{ "mkdir -p " NET "/br0/lower_bond0 " NET "/bond0/lower_enp3s0; "
	  ROUTE("br0", "0001A8C0", "00FFFFFF") "proc/net/route", "enp3s0 has an IPv4 address (through br0)" },
	{ "mkdir -p " NET "/br0/upper_enp3s0; " ROUTE("br0", "00000000", "00000000") "proc/net/route", NULL },
	{ "ln -s ../../../../virtual/net/br0 " FUNCTION "/net/enp3s0/master", "enp3s0 is a port of br0" },
};

static struct hgx_topo *without_network(const char *commands)
{
	char all[3000];

	snprintf(all, sizeof(all), "rm -rf sys/class/net/b*; mkdir -p proc/1/net; " HEAD "proc/net/route; "
		 ": >proc/net/if_inet6; %s", commands);
	return spoilt_machine("made-one-gpu", "proc " FUNCTION, all);
}

START_TEST(a_nic_is_kept_for_each_way_of_using_it)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo = without_network(rows[i].commands);
		const char *use = function_of(topo, NIC)->host_use;

		ck_assert_msg(rows[i].use ? use && !strcmp(use, rows[i].use) : !use, "%s: %s, not %s",
			      rows[i].commands, use ? use : "not in use", rows[i].use ? rows[i].use : "not");
		hgx_topo_free(topo);
	}
}
END_TEST

static bool told(const struct hgx_topo *topo, const char *rule, const char *node)
{
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(topo, &findings);

	return finding_text(findings, count, rule, node) != NULL;
}

#define DRIVER(name) "sed -i 's/^DRIVER=.*/DRIVER=" name "/' " FUNCTION "/uevent"
#define NO_NAME "rm -r " NET "/enp3s0"

START_TEST(what_is_not_known_of_nics_is_told)
{
	static const struct { const char *commands; bool unknown, nameless; } cases[] = {
		{ ":", false, false },
		{ "rm -r proc/net/route", true, false },
		{ "rm -r proc/net/route; " HEAD "proc/1/net/route", false, false },
		{ "rm -r " NET, true, false },
		/* a NIC that works, and no name of it is here */
		{ NO_NAME, false, true },
		{ NO_NAME "; " DRIVER("vfio-pci"), false, false },
		{ NO_NAME "; " DRIVER("pci-stub"), false, false },
		{ NO_NAME "; sed -i /^DRIVER=/d " FUNCTION "/uevent", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char all[1000];
		struct hgx_topo *topo;

		snprintf(all, sizeof(all), "rm -rf " NET "; cp -a '%s/" NET "' sys/class/; %s",
			 machine_root("made-one-gpu"), cases[i].commands);
		topo = without_network(all);
		ck_assert_msg(told(topo, "nic-use-unknown", NULL) == cases[i].unknown, "%s", cases[i].commands);
		ck_assert_msg(told(topo, "nic-nameless", "0000:03:00.0") == cases[i].nameless, "%s",
			      cases[i].commands);
		ck_assert(!told(topo, "nic-nameless", "0000:01:00.0") && !told(topo, "nic-nameless",
									       "0000:02:00.0"));
		hgx_topo_free(topo);
	}
}
END_TEST

int main(void)
{
	int status;

	roots_begin(names, ARRAY_SIZE(names));
	status = RUN("use net", a_nic_is_kept_for_each_way_of_using_it, what_is_not_known_of_nics_is_told);
	tree_end();
	return status;
}
