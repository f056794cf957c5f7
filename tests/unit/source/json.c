/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our JSON: what is written reads back, what is broken is refused with file, place and remedy,
 * and nothing makes the reader crash. */
#include "support.h"
#include "util/text.h"

/* JSON with ' instead of ". */
static char *quoted(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

#define IDS_OF(vendor, device, class) "'vendor': '" vendor "', 'device': '" device "', " \
	"'subsystem_vendor': '0x10de', 'subsystem_device': '0x18be', 'class': '" class "'"
#define IDS IDS_OF("0x10de", "0x2335", "0x030200")

static const char small[] =
	"{ 'format': 'hgxtopo', 'version': 1, 'machine': 'host',\n"
	"  'packages': [ { 'id': 0, 'family': 6 } ],\n"
	"  'numa_nodes': [ { 'id': 0, 'memory': 1073741824, 'distances': [ 10 ],\n"
	"    'huge_pages': [ { 'size': 2097152, 'total': 4, 'free': 1 } ] } ],\n"
	"  'cpus': [ { 'id': 0, 'package': 0, 'core': 0, 'numa_node': 0, 'online': true } ],\n"
	"  'host_bridges': [ 'pci0000:10' ],\n"
	"  'pci': [\n"
	"    { 'address': '0000:10:01.0', 'kind': 'root-port', 'parent': 'pci0000:10', " IDS " },\n"
	"    { 'address': '0000:11:00.0', 'kind': 'gpu', 'parent': '0000:10:01.0', " IDS ",\n"
	"      'device_name': 'GH100', 'numa_node': 0, 'link_max': { 'mts': 32000, 'width': 16 },\n"
	"      'bars': [ { 'index': 0, 'size': 4096, 'type': 'mem64', 'prefetch': true } ],\n"
	"      'acs': { 'present': true, 'capability': '0x000f', 'control': '0x001d' },\n"
	"      'os_devices': [ { 'type': 'net', 'name': 'eth0' } ] },\n"
	"    { 'address': '0000:11:00.4', 'kind': 'nic', 'parent': '0000:10:01.0', " IDS ",\n"
	"      'physical_function': '0000:11:00.0' }\n"
	"  ],\n"
	"  'findings': [ { 'rule': 'r', 'severity': 'note', 'node': 'cpu0', 'text': 't' } ]\n"
	"}\n";

#define BAD_BDF(text) "t.json: pci[1]: \"address\" is \"" text "\", which is not a PCI address such as " \
	"\"0000:19:00.0\" (lower case, bus 00-ff, device 00-1f, function 0-7)"
#define BAD_HEX(key, text, most) "t.json: pci[1]: \"" key "\" is \"" text "\", which is not a " \
	"hexadecimal number up to " most " such as \"0x10de\""
#define BAD_PF(name) "t.json: 0000:11:00.4: its physical function " name " does not exist or is " \
	"not one; correct it"
#define CPU "{ 'id': 0, 'package': 0, 'core': 0, 'numa_node': 0, 'online': true }"

/* The small document with @from replaced by @to. */
struct broken { const char *from, *to; int code; const char *text; };

static const struct broken heads[] = {
	{ "'format': 'hgxtopo', ", "", HGX_SYNTAX, "t.json: not a topology (\"format\" is not "
	  "\"hgxtopo\"); give one written by hgx_emit_json()" },
	{ "'hgxtopo'", "'lstopo'", HGX_SYNTAX, "t.json: not a topology (\"format\" is not \"hgxtopo\"); "
	  "give one written by hgx_emit_json()" },
	{ "'hgxtopo'", "1", HGX_SYNTAX, "t.json: \"format\" is not a string; correct it" },
	{ "'version': 1", "'version': 2", HGX_VERSION, "t.json: \"version\" is 2, and this library reads "
	  "1; write the topology again with this library, or read it with the one that wrote it" },
	{ "'version': 1", "'version': 1.0", HGX_SYNTAX,
	  "t.json: \"version\" is not a whole number; correct it" },
	{ "'version': 1", "'version': '1'", HGX_SYNTAX,
	  "t.json: \"version\" is not a whole number; correct it" },
	{ "'machine': 'host',", "", HGX_SYNTAX, "t.json: \"machine\" is missing; add it" },
	{ "'host'", "'planet'", HGX_BROKEN, "t.json: \"machine\" is not host or guest" },
	{ "'packages': [ { 'id': 0, 'family': 6 } ],", "", HGX_SYNTAX,
	  "t.json: \"packages\" is missing; add it" },
	{ "[ 'pci0000:10' ]", "'pci0000:10'", HGX_SYNTAX,
	  "t.json: \"host_bridges\" is not an array; correct it" },
	{ "'findings'", "'finding'", HGX_SYNTAX, "t.json: \"findings\" is missing; add it" },
	{ "]\n}\n", "]\n}\nx", HGX_SYNTAX, "t.json:19:1: the JSON ends before this; remove what follows" },
	{ "]\n}\n", "]\n}\n{}", HGX_SYNTAX, "t.json:19:1: the JSON ends before this; remove what follows" },
	{ "'note'", "'bad'", HGX_BROKEN,
	  "t.json: findings[0]: \"severity\" is not note, warning or problem" },
	{ "'text': 't'", "'txt': 't'", HGX_SYNTAX, "t.json: findings[0]: \"text\" is missing; add it" },
};

static const struct broken cpus[] = {
	{ "{ 'id': 0, 'family': 6 }", "7", HGX_SYNTAX, "t.json: packages[0]: not an object; correct it" },
	{ "{ 'id': 0, 'family': 6 }", "null", HGX_SYNTAX, "t.json: packages[0]: not an object; correct it" },
	{ "'id': 0, 'family': 6", "'family': 6", HGX_SYNTAX,
	  "t.json: packages[0]: \"id\" is missing; add it" },
	{ "'family': 6", "'family': 65536", HGX_BROKEN,
	  "t.json: packages[0]: \"family\" is 65536, which is not between 0 and 65535" },
	{ "'family': 6", "'family': -2", HGX_BROKEN,
	  "t.json: packages[0]: \"family\" is -2, which is not between 0 and 65535" },
	{ "'family': 6", "'family': 6.5", HGX_SYNTAX,
	  "t.json: packages[0]: \"family\" is not a whole number; correct it" },
	{ "'family': 6", "'vendor': 6", HGX_SYNTAX,
	  "t.json: packages[0]: \"vendor\" is not a string; correct it" },
	{ "1073741824", "99999999999999999999", HGX_BROKEN,
	  "t.json:3:40: the number 99999999999999999999 does not fit into 64 bits; correct it" },
	{ "1073741824", "18446744073709551615", HGX_BROKEN, "t.json: numa_nodes[0]: \"memory\" is "
	  "18446744073709551615, which is not between 0 and 72057594037927936" },
	{ "1073741824", "72057594037927937", HGX_BROKEN, "t.json: numa_nodes[0]: \"memory\" is "
	  "72057594037927937, which is not between 0 and 72057594037927936" },
	{ "[ 10 ]", "[ 256 ]", HGX_BROKEN,
	  "t.json: numa_nodes[0]: \"distances\"[0] is not a number from 0 to 255" },
	{ "[ 10 ]", "[ '10' ]", HGX_BROKEN,
	  "t.json: numa_nodes[0]: \"distances\"[0] is not a number from 0 to 255" },
	{ "[ 10 ]", "[ 10, 20 ]", HGX_BROKEN,
	  "t.json: node0: 2 \"distances\" for 1 NUMA node; give one for each" },
	{ "{ 'size': 2097152, 'total': 4, 'free': 1 }", "[]", HGX_SYNTAX,
	  "t.json: numa_nodes[0]: \"huge_pages\"[0] is not an object" },
	{ "{ 'size': 2097152, 'total': 4, 'free': 1 }", "{ 'total': 4, 'free': 1 }", HGX_SYNTAX,
	  "t.json: numa_nodes[0]: \"huge_pages\"[0]: \"size\" is missing; add it" },
	{ "'total': 4", "'total': -4", HGX_BROKEN, "t.json: numa_nodes[0]: \"total\" is -4, which is not "
	  "between 0 and 9223372036854775807" },
	{ "'online': true", "'online': 1", HGX_SYNTAX,
	  "t.json: cpus[0]: \"online\" is not true or false; correct it" },
	{ "'cpus': [", "'cpus': [ " CPU ",", HGX_BROKEN,
	  "t.json: cpu0 appears twice; remove one of them" },
	{ "'package': 0", "'package': 3", HGX_BROKEN, "t.json: core3:0:0: its parent package3 does not "
	  "exist; add it or correct the name" },
	{ "'numa_node': 0, 'online'", "'numa_node': 9, 'online'", HGX_BROKEN,
	  "t.json: cpu0: NUMA node 9 does not exist; add it or correct the number" },
};

static const struct broken functions[] = {
	{ "'pci0000:10' ]", "'pci0000:10', 'pci0000:1' ]", HGX_BROKEN,
	  "t.json: host_bridges[1]: not a root bus such as \"pci0000:15\"" },
	{ "'pci0000:10' ]", "'pci10' ]", HGX_BROKEN,
	  "t.json: host_bridges[0]: not a root bus such as \"pci0000:15\"" },
	{ "'pci0000:10' ]", "7 ]", HGX_BROKEN,
	  "t.json: host_bridges[0]: not a root bus such as \"pci0000:15\"" },
	{ "'pci0000:10' ]", "'pci0000:10 ' ]", HGX_BROKEN,
	  "t.json: host_bridges[0]: not a root bus such as \"pci0000:15\"" },
	{ "'pci0000:10' ]", "'pci0000:10', 'pci0000:10' ]", HGX_BROKEN,
	  "t.json: pci0000:10 appears twice; remove one of them" },
	{ "'0000:11:00.0', 'kind'", "'0000:11:00.0', 'net_speed': 0, 'kind'", HGX_BROKEN,
	  "t.json: pci[1]: \"net_speed\" is 0, which is not between 1 and 100000000" },
	{ "'0000:11:00.0', 'kind'", "'0000:11:00.0', 'net_speed': 100000001, 'kind'", HGX_BROKEN,
	  "t.json: pci[1]: \"net_speed\" is 100000001, which is not between 1 and 100000000" },
	{ "'0000:11:00.0', 'kind'", "'0000:111:00.0', 'kind'", HGX_BROKEN, BAD_BDF("0000:111:00.0") },
	{ "'0000:11:00.0', 'kind'", "'0000:11:20.0', 'kind'", HGX_BROKEN, BAD_BDF("0000:11:20.0") },
	{ "'0000:11:00.0', 'kind'", "'0000:11:00.8', 'kind'", HGX_BROKEN, BAD_BDF("0000:11:00.8") },
	{ "'0000:11:00.0', 'kind'", "'0000:1A:00.0', 'kind'", HGX_BROKEN, BAD_BDF("0000:1A:00.0") },
	{ "'0000:11:00.0', 'kind'", "'11:00.0', 'kind'", HGX_BROKEN, BAD_BDF("11:00.0") },
	{ "'0000:11:00.0', 'kind'", "17, 'kind'", HGX_SYNTAX,
	  "t.json: pci[1]: \"address\" is not a string; correct it" },
	{ "'0000:11:00.0', 'kind'", "'0000:10:01.0', 'kind'", HGX_BROKEN,
	  "t.json: 0000:10:01.0 appears twice; remove one of them" },
	{ "'gpu'", "'toaster'", HGX_BROKEN,
	  "t.json: pci[1]: \"kind\" is \"toaster\", which is not a kind of PCI function; correct it" },
	{ "'gpu'", "'cpu'", HGX_BROKEN,
	  "t.json: pci[1]: \"kind\" is \"cpu\", which is not a kind of PCI function; correct it" },
	{ "'parent': '0000:10:01.0', " IDS ",\n      'device", "'parent': '0000:99:00.0', " IDS
	  ",\n      'device", HGX_BROKEN, "t.json: 0000:11:00.0: its parent 0000:99:00.0 does not exist; "
	  "add it or correct the name" },
	{ "'parent': '0000:10:01.0', " IDS ",\n      'device", "'parent': 'cpu0', " IDS
	  ",\n      'device", HGX_BROKEN, "t.json: 0000:11:00.0: a GPU cannot be below cpu0, a CPU; "
	  "correct its parent" },
	{ "'parent': '0000:10:01.0', " IDS ",\n      'physical", "'parent': '0000:11:00.0', " IDS
	  ",\n      'physical", HGX_BROKEN, "t.json: 0000:11:00.4: a NIC cannot be below 0000:11:00.0, a "
	  "GPU; correct its parent" },
	{ "'parent': 'pci0000:10'", "'parent': '0000:10:01.0'", HGX_BROKEN,
	  "t.json: 0000:11:00.4: the parents above it form a cycle; correct one of them" },
	{ "'numa_node': 0, 'link", "'numa_node': 7, 'link", HGX_BROKEN,
	  "t.json: 0000:11:00.0: NUMA node 7 does not exist; add it or correct the number" },
	{ "function': '0000:11:00.0'", "function': '0000:11:00.5'", HGX_BROKEN, BAD_PF("0000:11:00.5") },
	{ "function': '0000:11:00.0'", "function': '0000:11:00.4'", HGX_BROKEN, BAD_PF("0000:11:00.4") },
	{ "function': '0000:11:00.0'", "function': 'pci0000:10'", HGX_BROKEN, BAD_PF("pci0000:10") },
	{ "'device_name': 'GH100'", "'physical_function': '0000:11:00.4'", HGX_BROKEN,
	  "t.json: 0000:11:00.0: its physical function 0000:11:00.4 does not exist or is not one; correct "
	  "it" },
	{ IDS ",\n      'device", IDS_OF("10de", "0x2335", "0x030200") ",\n      'device", HGX_BROKEN,
	  BAD_HEX("vendor", "10de", "0xffff") },
	{ IDS ",\n      'device", IDS_OF("0x10000", "0x2335", "0x030200") ",\n      'device", HGX_BROKEN,
	  BAD_HEX("vendor", "0x10000", "0xffff") },
	{ IDS ",\n      'device", IDS_OF("0x10de", "0x2335", "0x") ",\n      'device", HGX_BROKEN,
	  BAD_HEX("class", "0x", "0xffffff") },
	{ IDS ",\n      'device", IDS_OF("0x10de", "0x2335", "0x-1") ",\n      'device", HGX_BROKEN,
	  BAD_HEX("class", "0x-1", "0xffffff") },
	{ IDS ",\n      'device", IDS_OF("0x10de", "0x 23", "0x030200") ",\n      'device", HGX_BROKEN,
	  BAD_HEX("device", "0x 23", "0xffff") },
	{ "GH100", "GH\\u0007100", HGX_SYNTAX,
	  "t.json: pci[1]: \"device_name\" contains a control character; remove it" },
	{ "GH100", "GH\\u0000", HGX_SYNTAX,
	  "t.json: pci[1]: \"device_name\" contains a control character; remove it" },
	{ "'mts': 32000", "'mts': 0", HGX_BROKEN,
	  "t.json: pci[1]: \"mts\" is 0, which is not between 1 and 1000000" },
	{ "'width': 16", "'width': 256", HGX_BROKEN,
	  "t.json: pci[1]: \"width\" is 256, which is not between 1 and 32" },
	{ "'index': 0", "'index': 7", HGX_BROKEN,
	  "t.json: pci[1]: \"index\" is 7, which is not between 0 and 6" },
	{ "'mem64'", "'mem128'", HGX_BROKEN,
	  "t.json: pci[1]: \"bars\"[0]: \"type\" is not io, mem32 or mem64" },
	{ "'0x001d'", "'0x1001d'", HGX_BROKEN, BAD_HEX("control", "0x1001d", "0xffff") },
	{ "'net'", "'tape'", HGX_BROKEN,
	  "t.json: pci[1]: \"os_devices\"[0]: \"type\" is not net, infiniband or block" },
};

/* A guest of two switches, one below the other, and of a NIC that NCCL is not told about. */
static const char guest[] =
	"{ 'format': 'hgxtopo', 'version': 1, 'machine': 'guest', 'packages': [], 'numa_nodes': [],\n"
	"  'cpus': [ { 'id': 0, 'online': true }, { 'id': 1, 'online': true },\n"
	"    { 'id': 2, 'online': false } ],\n"
	"  'host_bridges': [ 'pci0000:00' ],\n"
	"  'pci': [\n"
	"    { 'address': '0000:00:01.0', 'kind': 'root-port', 'parent': 'pci0000:00', " IDS " },\n"
	"    { 'address': '0000:01:00.0', 'kind': 'switch-up', 'parent': '0000:00:01.0', " IDS " },\n"
	"    { 'address': '0000:02:00.0', 'kind': 'switch-down', 'parent': '0000:01:00.0', " IDS " },\n"
	"    { 'address': '0000:03:00.0', 'kind': 'gpu', 'parent': '0000:02:00.0', " IDS " },\n"
	"    { 'address': '0000:00:02.0', 'kind': 'nic', 'parent': 'pci0000:00', " IDS " } ],\n"
	"  'origin_fabric': true,\n"
	"  'origin_nodes': [ { 'numa_node': 3, 'vcpus': '0', 'processor': { 'arch': 'x86_64' } },\n"
	"    { 'numa_node': null, 'vcpus': '1', 'processor': null } ],\n"
	"  'origin_switches': [ { 'outer': null, 'port': '0000:01:00.0', 'class': '0x060400' },\n"
	"    { 'outer': 0, 'port': null, 'class': '0x060400', 'link': { 'mts': 8000, 'width': 4 } } ],\n"
	"  'origins': [ { 'address': '0000:03:00.0', 'host': '0000:19:00.0', 'switch': 1, 'node': 0, 'listed': true },\n"
	"    { 'address': '0000:00:02.0', 'host': '10000:e1:00.1', 'switch': null, 'node': null, 'listed': false } ],\n"
	"  'findings': [] }\n";

static const struct broken origins[] = {
	{ "'guest'", "'host'", HGX_BROKEN, "t.json: \"origins\" is only valid for a guest; remove it" },
	{ "'origin_fabric'", "'x'", HGX_SYNTAX, "t.json: \"origin_fabric\" is missing; add it" },
	{ "'origin_fabric': true", "'origin_fabric': null", HGX_SYNTAX, "t.json: \"origin_fabric\" is missing; add it" },
	{ "'origin_fabric': true", "'origin_fabric': 1", HGX_SYNTAX, "t.json: \"origin_fabric\" is not true or false; correct it" },
	{ "'host': '0000:19", "'x': '0000:19", HGX_SYNTAX, "t.json: origins[0]: \"host\" is missing; add it" },
	{ "'host': '0000:19:00.0'", "'host': null", HGX_SYNTAX, "t.json: origins[0]: \"host\" is missing; add it" },
	{ "'host': '0000:19:00.0'", "'host': 'cpu0'", HGX_BROKEN, "t.json: origins[0]: \"host\" is \"cpu0\", which is "
	  "not a PCI address such as \"0000:19:00.0\" (lower case, bus 00-ff, device 00-1f, function 0-7)" },
	{ "'host': '0000:19:00.0'", "'host': '19:00.0'", HGX_BROKEN, "t.json: origins[0]: \"host\" is \"19:00.0\", which is "
	  "not a PCI address such as \"0000:19:00.0\" (lower case, bus 00-ff, device 00-1f, function 0-7)" },
	{ "'origin_nodes'", "'x'", HGX_SYNTAX, "t.json: \"origin_nodes\" is missing; add it" },
	{ "'origin_switches'", "'x'", HGX_SYNTAX, "t.json: \"origin_switches\" is missing; add it" },
	{ "'origins': [", "'origins': 1, 'x': [", HGX_SYNTAX, "t.json: \"origins\" is not an array; correct it" },
	{ "'numa_node': 3", "'numa_node': 65536", HGX_BROKEN,
	  "t.json: origin_nodes[0]: \"numa_node\" is 65536, which is not between 0 and 65535" },
	{ "'vcpus': '0'", "'vcpus': '0-'", HGX_BROKEN,
	  "t.json: origin_nodes[0]: \"vcpus\" is not an ascending list such as \"0-43\"" },
	{ "'vcpus': '0'", "'vcpus': '0-2'", HGX_BROKEN,
	  "t.json: origin_nodes[0]: \"vcpus\" has 2, which is not an online CPU of the guest" },
	{ "'vcpus': '0'", "'vcpus': '65535'", HGX_BROKEN,
	  "t.json: origin_nodes[0]: \"vcpus\" has 65535, which is not an online CPU of the guest" },
	{ "'vcpus': '1'", "'vcpus': '0-1'", HGX_BROKEN,
	  "t.json: origin_nodes[1]: \"vcpus\" has 0, which is on another node too" },
	{ "'processor': null", "'processor': []", HGX_SYNTAX,
	  "t.json: origin_nodes[1]: \"processor\" is not an object; correct it" },
	{ "'arch': 'x86_64'", "'arch': ''", HGX_BROKEN,
	  "t.json: origin_nodes[0]: \"arch\" is empty; write null where it is unknown" },
	{ "'outer': 0", "'outer': 1", HGX_BROKEN,
	  "t.json: origin_switches[1]: \"outer\" is 1, but there are only 1 elements before this one" },
	{ "'outer': 0, 'port': null", "'outer': 0, 'port': '0000:01:00.0'", HGX_BROKEN,
	  "t.json: origin_switches[1]: \"port\" is only valid for a switch whose \"outer\" is null" },
	{ "'port': '0000:01:00.0'", "'port': '0000:02:00.0'", HGX_BROKEN, "t.json: origin_switches[0]: "
	  "\"port\" is \"0000:02:00.0\", which is not an upstream port of a switch" },
	{ "'port': '0000:01:00.0'", "'port': '0000:09:00.0'", HGX_BROKEN, "t.json: origin_switches[0]: "
	  "\"port\" is \"0000:09:00.0\", which is not an upstream port of a switch" },
	{ "'mts': 8000", "'mts': 8001", HGX_BROKEN, "t.json: origin_switches[1]: \"link\": \"mts\" is 8001, "
	  "which is not a PCIe speed (2500, 5000, 8000, 16000, 32000, 64000 or 128000)" },
	{ "'switch': 1", "'switch': 2", HGX_BROKEN, "t.json: origins[0]: \"switch\" is 2, but there are "
	  "only 2 elements in \"origin_switches\"" },
	{ "'node': 0", "'node': 2", HGX_BROKEN, "t.json: origins[0]: \"node\" is 2, but there are "
	  "only 2 elements in \"origin_nodes\"" },
	{ "'node': 0", "'node': -1", HGX_BROKEN,
	  "t.json: origins[0]: \"node\" is -1, which is not between 0 and 65536" },
	{ "'node': 0, 'listed'", "'node': null, 'listed'", HGX_BROKEN,
	  "t.json: origins[0]: \"node\" is null, but the device is \"listed\"" },
	{ "{ 'address': '0000:03:00.0', 'host'", "{ 'address': '0000:02:00.0', 'host'", HGX_BROKEN,
	  "t.json: origins[0]: \"address\" is \"0000:02:00.0\", which is not a GPU or NIC of the guest" },
	{ "{ 'address': '0000:03:00.0', 'host'", "{ 'address': 'cpu0', 'host'", HGX_BROKEN,
	  "t.json: origins[0]: \"address\" is \"cpu0\", which is not a GPU or NIC of the guest" },
	{ "{ 'address': '0000:00:02.0', 'host'", "{ 'address': '0000:03:00.0', 'host'", HGX_BROKEN,
	  "t.json: \"origins\" has 0000:03:00.0 twice; remove one of them" },
};

static void check_broken(const char *whole, const struct broken *row)
{
	const char *place = strstr(whole, row->from);
	struct hgx_topo *topo = (struct hgx_topo *)whole;
	struct hgx_error err = { 0 };
	char text[8192], *json;
	int code;

	ck_assert_msg(place != NULL, "%s is not in the document", row->from);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - whole), whole, row->to,
		 place + strlen(row->from));
	json = quoted(text);
	code = hgx_topo_from_json(&topo, json, strlen(json), "t.json", &err);
	ck_assert_msg(code == row->code && !strcmp(err.text, row->text) && err.code == code,
		      "%s -> %s\nexpected %d %s\n     got %d %s", row->from, row->to, row->code,
		      row->text, code, err.text);
	ck_assert_msg(!topo == !!code, "%s -> %s: result and code disagree", row->from, row->to);
	hgx_topo_free(topo);
	free(json);
}

START_TEST(a_broken_head_is_refused_with_place_and_remedy)
{
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		check_broken(small, &heads[i]);
}
END_TEST

START_TEST(broken_cpus_and_memory_are_refused_with_place_and_remedy)
{
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		check_broken(small, &cpus[i]);
}
END_TEST

/* json-c reads up to UINT64_MAX, and gives INT64_MAX for all above it. */
START_TEST(whole_numbers_reach_to_int64_max_and_none_beyond_is_taken_for_it)
{
	static const struct { const char *number; int64_t total; } rows[] = {
		{ "0", 0 }, { "4294967296", 4294967296 }, { "9223372036854775806", INT64_MAX - 1 },
		{ "9223372036854775807", INT64_MAX }, { "9223372036854775808", -1 },
		{ "9223372036854775809", -1 }, { "18446744073709551615", -1 }, { "18446744073709551616", -1 },
		{ "99999999999999999999", -1 }, { "-1", -1 }, { "-9223372036854775808", -1 },
		{ "-9223372036854775809", -1 }, { "1.0", -1 }, { "1e3", -1 },
	};
	const char *place = strstr(small, "'total': 4");

	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		const char *key = i % 2 ? "free" : "total", *number = rows[i / 2].number;
		struct hgx_error err = { 0 };
		struct hgx_topo *topo;
		char text[8192], *json;
		int code;

		snprintf(text, sizeof(text), "%.*s'%s': %s%s", (int)(place - small), small, key, number,
			 place + strlen("'total': 4, 'free': 1"));
		json = quoted(text);
		code = hgx_topo_from_json(&topo, json, strlen(json), "t.json", &err);
		ck_assert_msg(!code == (rows[i / 2].total >= 0), "%s %s: %d %s", key, number, code, err.text);
		if (!code) {
			const struct hgx_pages *pages =
				hgx_node_memory(hgx_topo_find(topo, "node0"))->huge_pages;

			ck_assert_int_eq((int64_t)(i % 2 ? pages->free : pages->total), rows[i / 2].total);
		} else {
			ck_assert(strstr(err.text, key) || strstr(err.text, number));
		}
		hgx_topo_free(topo);
		free(json);
	}
}
END_TEST

START_TEST(a_version_beyond_int64_is_refused)
{
	static const char *const versions[] = { "9223372036854775807", "9223372036854775808",
						"18446744073709551616", "4294967297", "-4294967295" };

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		char text[200], *json;
		struct hgx_error err = { 0 };
		struct hgx_topo *topo;
		int code;

		snprintf(text, sizeof(text), "{ 'format': 'hgxtopo', 'version': %s }", versions[i]);
		json = quoted(text);
		code = hgx_topo_from_json(&topo, json, strlen(json), "t.json", &err);
		ck_assert_msg(code == HGX_VERSION || code == HGX_BROKEN, "%s: %d %s", versions[i], code,
			      err.text);
		free(json);
	}
}
END_TEST

START_TEST(broken_functions_are_refused_with_place_and_remedy)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		check_broken(small, &functions[i]);
}
END_TEST

START_TEST(broken_origins_are_refused_with_place_and_remedy)
{
	for (size_t i = 0; i < ARRAY_SIZE(origins); i++)
		check_broken(guest, &origins[i]);
}
END_TEST

static struct hgx_topo *read_guest(const char *text)
{
	char *json = quoted(text);
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;

	expect_fine(hgx_topo_from_json(&topo, json, strlen(json), "t.json", &err), &err, "guest");
	free(json);
	return topo;
}

START_TEST(origins_decide_what_nccl_is_told)
{
	struct hgx_topo *topo = read_guest(guest);
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_nccl(topo, NULL, &text, &err), &err, "nccl");
	ck_assert_str_eq(text, "<system version=\"1\">\n"
		"  <cpu numaid=\"3\" affinity=\"00000001\" arch=\"x86_64\">\n"
		"    <pci busid=\"0000:01:00.0\" class=\"0x060400\">\n"
		"      <pci busid=\"ffff:ff:01.0\" class=\"0x060400\" link_speed=\"8.0 GT/s PCIe\" link_width=\"4\">\n"
		"        <pci busid=\"0000:03:00.0\" class=\"0x030200\"/>\n"
		"      </pci>\n    </pci>\n  </cpu>\n</system>\n");
	hgx_text_free(text);
	hgx_topo_free(topo);
}
END_TEST

/* The guest with that many switches of the host above its GPU. */
static char *below_switches(int levels)
{
	const char *inner = strstr(guest, "    { 'outer': 0"), *list = strstr(guest, "'origins'");
	const char *number = strstr(guest, "1, 'node': 0");
	struct hgx_error err = { 0 };
	struct text text;
	char *lines, *json;

	ck_assert_int_eq(text_open(&text, &err), HGX_OK);
	fprintf(text.stream, "%.*s", (int)(inner - guest), guest);
	for (int i = 1; i < levels; i++)
		fprintf(text.stream, "{ 'outer': %d, 'class': '0x060400' }%s", i - 1,
			i + 1 < levels ? "," : " ],");
	fprintf(text.stream, "%.*s%d%s", (int)(number - list), list, levels - 1, number + 1);
	ck_assert_int_eq(text_close(&text, &lines, &err), HGX_OK);
	json = quoted(lines);
	hgx_text_free(lines);
	return json;
}

/* More of them than the guest has functions. */
START_TEST(no_more_switches_are_above_each_other_than_pci_has_buses)
{
	static const struct { int levels, code, nccl; } rows[] = {
		{ 250, HGX_OK, HGX_OK }, { 256, HGX_OK, HGX_LIMIT }, { 257, HGX_LIMIT, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *json = below_switches(rows[i].levels), *text = NULL;
		struct hgx_error err = { 0 };
		struct hgx_topo *topo;
		int code = hgx_topo_from_json(&topo, json, strlen(json), "t.json", &err);

		ck_assert_msg(code == rows[i].code, "%d: %s", rows[i].levels, err.text);
		if (!code)
			ck_assert_int_eq(hgx_emit_nccl(topo, NULL, &text, &err), rows[i].nccl);
		hgx_text_free(text);
		hgx_topo_free(topo);
		free(json);
	}
}
END_TEST

START_TEST(what_is_not_a_json_object_is_refused)
{
#define CUT ": the text is cut off here; give a complete topology written by hgx_emit_json()"
#define EMPTY "t.json is empty; give a topology written by hgx_emit_json()"
#define NO_OBJECT "t.json: not a JSON object; give a topology written by hgx_emit_json()"
#define NO_JSON(why) ": not valid JSON (" why "); give a topology written by hgx_emit_json()"
	static const struct { const char *text; const char *error; } rows[] = {
		{ "", EMPTY }, { " \t\r\n", EMPTY }, { "\n\n{", "t.json:3" CUT }, { "{\n\"a", "t.json:2" CUT },
		{ "[]", NO_OBJECT }, { "null ", NO_OBJECT }, { "\"x\"", NO_OBJECT }, { "17 ", NO_OBJECT },
		{ "x", "t.json:1:1" NO_JSON("unexpected character") },
		{ "{\n  x", "t.json:2:3" NO_JSON("name of a member in double quotes expected") },
		{ "{\"a\" 1}", "t.json:1:6" NO_JSON("':' expected") },
		{ "{\"a\": '1'}", "t.json:1:7" NO_JSON("unexpected character") },
		{ "{\"a\": [[[[[[[[[[[[[[[[[[", "t.json:1:22" NO_JSON("more than 16 levels of nesting") },
		{ "{\"a\": \"\xff\"}", "t.json:1:8" NO_JSON("invalid UTF-8") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo = (struct hgx_topo *)small;
		struct hgx_error err = { 0 };
		int code = hgx_topo_from_json(&topo, rows[i].text, strlen(rows[i].text), "t.json", &err);

		expect_error(code, &err, HGX_SYNTAX, rows[i].error);
		ck_assert_ptr_null(topo);
	}
}
END_TEST

START_TEST(a_zero_byte_after_the_end_is_refused)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;
	char *json = quoted(small);

	expect_error(hgx_topo_from_json(&topo, json, strlen(json) + 1, "t.json", &err), &err,
		     HGX_SYNTAX, "t.json:19:1: the JSON ends before this; remove what follows");
	free(json);
}
END_TEST

START_TEST(a_text_without_a_name_is_called_json)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;

	expect_error(hgx_topo_from_json(&topo, "[]", 2, NULL, &err), &err, HGX_SYNTAX,
		     "the topology: not a JSON object; give a topology written by hgx_emit_json()");
	ck_assert_int_eq(hgx_topo_from_json(&topo, "[]", 2, NULL, NULL), HGX_SYNTAX);
}
END_TEST

START_TEST(more_than_65536_elements_are_refused)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	fputs("{\"format\":\"hgxtopo\",\"version\":1,\"machine\":\"host\",\"packages\":[0", to);
	for (int i = 1; i < 65537; i++)
		fputs(",0", to);
	fputs("]}", to);
	fclose(to);
	expect_error(hgx_topo_from_json(&topo, text, size, "t.json", &err), &err, HGX_LIMIT,
		     "t.json: \"packages\" has more than 65536 elements");
	free(text);
}
END_TEST

/* As many as Linux has. */
START_TEST(more_than_1024_numa_nodes_are_refused)
{
	for (int count = 1024; count <= 1025; count++) {
		struct hgx_error err = { 0 };
		struct hgx_topo *topo;
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);
		int code;

		fputs("{\"format\":\"hgxtopo\",\"version\":1,\"machine\":\"host\",\"packages\":[],"
		      "\"numa_nodes\":[", to);
		for (int i = 0; i < count; i++)
			fprintf(to, "%s{\"id\":%d}", i ? "," : "", 60 * i);
		fputs("],\"cpus\":[],\"host_bridges\":[],\"pci\":[],\"findings\":[]}", to);
		fclose(to);
		code = hgx_topo_from_json(&topo, text, size, "t.json", &err);
		if (count == 1024)
			expect_fine(code, &err, "1024 nodes");
		else
			expect_error(code, &err, HGX_LIMIT,
				     "t.json: \"numa_nodes\" has more than 1024 elements");
		hgx_topo_free(topo);
		free(text);
	}
}
END_TEST

/* Reads, writes, reads again, and compares; returns the text. */
static char *check_round_trip(const struct hgx_topo *topo)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *again;
	char *first, *second;

	expect_fine(hgx_emit_json(topo, &first, &err), &err, "write");
	expect_fine(hgx_topo_from_json(&again, first, strlen(first), "t.json", &err), &err, "read");
	expect_fine(hgx_emit_json(again, &second, &err), &err, "write again");
	ck_assert_int_eq(hgx_topo_is_guest(again), hgx_topo_is_guest(topo));
	ck_assert_str_eq(first, second);
	hgx_text_free(second);
	hgx_topo_free(again);
	return first;
}

START_TEST(every_example_reads_back_to_the_same_bytes)
{
	for (size_t i = 0; hgx_example_name(i); i++) {
		struct hgx_error err = { 0 };
		struct hgx_topo *topo;

		expect_fine(hgx_topo_from_example(&topo, hgx_example_name(i), &err), &err, "example");
		hgx_text_free(check_round_trip(topo));
		hgx_topo_free(topo);
	}
	ck_assert_ptr_nonnull(hgx_example_name(0));
}
END_TEST

START_TEST(an_example_that_does_not_exist_is_named_as_it_was_given)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;

	ck_assert_int_eq(hgx_topo_from_example(&topo, "none", &err), HGX_MISSING);
	ck_assert_ptr_null(topo);
	ck_assert_str_eq(err.text, "none: no such example; there is hgx-h200");
}
END_TEST

START_TEST(a_planned_guest_reads_back_to_the_same_bytes)
{
	struct hgx_topo *host;
	struct hgx_plan *plan;

	ck_assert_int_eq(hgx_topo_from_example(&host, "hgx-h200", NULL), HGX_OK);
	plan = plan_of(host, 0, 0);
	hgx_text_free(check_round_trip(hgx_plan_guest(plan)));
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

static struct hgx_topo *small_topo(void)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;
	char *json = quoted(small);

	expect_fine(hgx_topo_from_json(&topo, json, strlen(json), "t.json", &err), &err, "small");
	free(json);
	return topo;
}

START_TEST(letters_of_any_language_read_back_to_the_same_bytes)
{
	struct hgx_topo *topo = small_topo();
	char *text;

	topo_find(topo, "0000:11:00.0")->pci->device_name = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \"\\/";
	text = check_round_trip(topo);
	ck_assert_ptr_nonnull(strstr(text, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \\\"\\\\/\""));
	hgx_text_free(text);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(a_long_finding_reads_back_to_the_same_bytes)
{
	struct hgx_topo *topo = small_topo(), *again;
	struct hgx_error err = { 0 };
	char *text = malloc(3006), *json;

	strcpy(text, "xx");
	for (size_t i = 2; i < 3002; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 4);
	topo->findings.items[0].text = text;
	ck_assert_int_eq(hgx_emit_json(topo, &json, &err), HGX_OK);
	expect_fine(hgx_topo_from_json(&again, json, strlen(json), "t.json", &err), &err, "long");
	hgx_text_free(check_round_trip(again));
	hgx_text_free(json);
	free(text);
	hgx_topo_free(again);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(no_text_and_an_empty_one_are_refused)
{
	struct hgx_topo *topo = (struct hgx_topo *)"x";
	struct hgx_error err = { 0 };

	expect_error(hgx_topo_from_json(&topo, NULL, 7, "t.json", &err), &err, HGX_INVALID,
		     "t.json: no text given");
	ck_assert_ptr_null(topo);
	expect_error(hgx_topo_from_json(&topo, NULL, 0, NULL, &err), &err, HGX_INVALID, "the topology: no text given");
	topo = (struct hgx_topo *)"x";
	/* a length of 0 is one: what is behind it is not read */
	ck_assert_int_eq(hgx_topo_from_json(&topo, "{}", 0, "t.json", &err), HGX_SYNTAX);
	ck_assert_ptr_null(topo);
}
END_TEST

int main(void)
{
	return RUN("json", a_broken_head_is_refused_with_place_and_remedy,
		   broken_cpus_and_memory_are_refused_with_place_and_remedy,
		   broken_functions_are_refused_with_place_and_remedy,
		   whole_numbers_reach_to_int64_max_and_none_beyond_is_taken_for_it,
		   a_version_beyond_int64_is_refused,
		   broken_origins_are_refused_with_place_and_remedy, origins_decide_what_nccl_is_told,
		   no_more_switches_are_above_each_other_than_pci_has_buses,
		   what_is_not_a_json_object_is_refused, a_zero_byte_after_the_end_is_refused,
		   a_text_without_a_name_is_called_json,
		   more_than_65536_elements_are_refused, more_than_1024_numa_nodes_are_refused, every_example_reads_back_to_the_same_bytes,
		   an_example_that_does_not_exist_is_named_as_it_was_given,
		   a_planned_guest_reads_back_to_the_same_bytes,
		   letters_of_any_language_read_back_to_the_same_bytes,
		   a_long_finding_reads_back_to_the_same_bytes, no_text_and_an_empty_one_are_refused);
}
