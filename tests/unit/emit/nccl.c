/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NCCL topology files, read by an independent strict reader. */
#include "nccl_reader.h"
#include "trial.h"

#define HEAD "package 0 vendor=GenuineIntel family=6 model=143 arch=x86_64\nnode 0 memory=64G\n" \
	"node 1 memory=64G\ncpus 0-3 package=0 node=0\ncpus 36-39 package=0 node=1\n"
#define BOX HEAD "root 0000:10 numa=1\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu\n   12:01.0 switch-down link=16x8\n" \
	"    14:00.0 nic\n    14:00.1 nic\n" \
	" 10:02.0 root-port\n  15:00.0 gpu link=none\n" \
	" 10:03.0 root-port\n  16:00.0 nic\n"

static const char good[] =
	"<system version=\"1\">\n"
	"  <cpu numaid=\"1\" affinity=\"000000f0,00000000\" arch=\"x86_64\" vendor=\"GenuineIntel\" "
	"familyid=\"6\" modelid=\"143\">\n"
	"    <pci busid=\"0000:11:00.0\" class=\"0x060400\" link_speed=\"32.0 GT/s PCIe\" "
	"link_width=\"16\">\n"
	"      <pci busid=\"0000:13:00.0\" class=\"0x030200\" link_speed=\"32.0 GT/s PCIe\" "
	"link_width=\"16\"/>\n"
	"      <pci busid=\"0000:14:00.0\" class=\"0x020700\" link_speed=\"16.0 GT/s PCIe\" "
	"link_width=\"8\"/>\n"
	"    </pci>\n"
	"    <pci busid=\"0000:15:00.0\" class=\"0x030200\" link_speed=\"32.0 GT/s PCIe\" "
	"link_width=\"16\"/>\n"
	"  </cpu>\n"
	"</system>\n";

static struct nccl_file file;

static char *nccl_of(const struct hgx_topo *topo)
{
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_nccl(topo, NULL, &text, &err), &err, "nccl");
	return text;
}

START_TEST(a_host_file_has_exactly_these_bytes)
{
	struct hgx_topo *topo = host_of(BOX);
	char *text = nccl_of(topo);

	ck_assert_str_eq(text, good);
	hgx_text_free(text);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(the_reader_refuses_a_damaged_file)
{
	static const struct { const char *from, *to, *text; } rows[] = {
		{ "", "", NULL },
		{ "<system", "<?xml version=\"1.0\"?>\n<system", "a declaration" },
		{ "<system", "<!-- a --><system", "a declaration" },
		{ "<system", "\xef\xbb\xbf<system", "a character NCCL does not read" },
		{ "  <cpu", "\t<cpu", "a character NCCL does not read" },
		{ "\n  <cpu", "\r\n  <cpu", "a character NCCL does not read" },
		{ "<cpu numaid", "<cpu  numaid", "a blank too many" },
		{ "modelid=\"143\">", "modelid=\"143\" >", "a blank too many" },
		{ "link_width=\"8\"/>", "link_width=\"8\" />", "a blank too many" },
		{ "numaid=\"1\"", "numaid =\"1\"", "no =\" after a key" },
		{ "numaid=\"1\"", "numaid= \"1\"", "no =\" after a key" },
		{ "numaid=\"1\"", "numaid=1", "no =\" after a key" },
		{ "numaid=\"1\"", "numaid='1'", "no =\" after a key" },
		{ "numaid=\"1\" ", "numaid=\"1\"\n", "no > at the end of a tag" },
		{ "\n  <cpu", "x\n  <cpu", "text between the elements" },
		{ "</system>\n", "", "an element without end" },
		{ "</system>\n", "</system>\n<system/>", "something after the end" },
		{ "  </cpu>\n", "  </pci>\n", "a tag is closed that is not open" },
		{ "version=\"1\"", "version=\"2\"", "not a system of version 1" },
		{ " version=\"1\"", "", "not a system of version 1" },
		{ "numaid=\"1\" ", "", "a cpu without a numaid" },
		{ "000000f0,00000000", "4-7", "an affinity that is not a mask" },
		{ "000000f0,00000000", "000000F0,00000000", "an affinity that is not a mask" },
		{ "000000f0,00000000", "f0,00000000", "an affinity that is not a mask" },
		{ "000000f0,00000000", "000000f0 00000000", "an affinity that is not a mask" },
		{ " affinity=\"000000f0,00000000\"", "", "an affinity that is not a mask" },
		{ " modelid=\"143\"", "", "a family without a model" },
		{ "modelid=\"143\"", "modelid=\"0x8f\"", "a family without a model" },
		{ "arch=", "host_hash=", "an attribute no cpu has" },
		{ "0000:13:00.0", "13:00.0", "a busid of another form" },
		{ "0000:13:00.0", "0000:1B:00.0", "a busid of another form" },
		{ "0000:13:00.0", "0000:13:00.8", "a busid of another form" },
		{ "0000:13:00.0", "10000:13:00.0", "a busid of another form" },
		{ "0000:13:00.0", "0000:14:00.0", "a busid twice" },
		{ "0000:15:00.0", "0000:11:00.1", "two switches that NCCL takes for one card" },
		{ "0x030200", "030200", "a class of another form" },
		{ " class=\"0x030200\"", "", "a class of another form" },
		{ "0x030200", "0x068000", "a class that does not fit its place" },
		{ "0x060400", "0x030200", "a class that does not fit its place" },
		{ "16.0 GT/s PCIe", "16.0 GT/s", "a speed that NCCL takes for Gen3" },
		{ "16.0 GT/s PCIe", "16 GT/s PCIe", "a speed that NCCL takes for Gen3" },
		{ "16.0 GT/s PCIe", "Unknown", "a speed that NCCL takes for Gen3" },
		{ "16.0 GT/s PCIe", "128.0 GT/s PCIe", "a speed that NCCL takes for Gen3" },
		{ " link_width=\"8\"", "", "a width that NCCL believes" },
		{ "link_width=\"8\"", "link_width=\"0\"", "a width that NCCL believes" },
		{ "link_width=\"8\"", "link_width=\"255\"", "a width that NCCL believes" },
		{ "link_width=\"8\"", "gdr=\"1\"", "an attribute no pci has" },
		{ "  </cpu>\n", "  <nic/></cpu>\n", "an element out of place" },
		{ "  </cpu>\n", "  </cpu><cpu numaid=\"0\" affinity=\"00000000\"/>", "a cpu without devices" },
		{ "0000:14:00.0\" class=\"0x020700\" link_speed=\"16.0 GT/s PCIe\" link_width=\"8\"/>",
		  "0000:14:00.0\" class=\"0x060400\"><pci busid=\"0000:17:00.0\" class=\"0x030000\"/></pci>",
		  "switches below switches" },
		{ "x86_64", "a&amp;b", "a sign of XML in a value" },
		{ "arch=\"x86_64\"", "numaid=\"0\"", "a key twice" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *place = strstr(good, rows[i].from), *bad;
		char text[2048];

		ck_assert_msg(place != NULL, "%s is not in the file", rows[i].from);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - good), good, rows[i].to,
			 place + strlen(rows[i].from));
		bad = nccl_read(text, &file);
		ck_assert_msg(rows[i].text ? bad && !strcmp(bad, rows[i].text) : !bad,
			      "%s -> %s: expected %s, got %s", rows[i].from, rows[i].to,
			      rows[i].text ? rows[i].text : "nothing", bad ? bad : "nothing");
	}
}
END_TEST

START_TEST(the_reader_refuses_a_file_cut_short)
{
	for (size_t length = 0; length < sizeof(good) - 2; length++) {
		char text[sizeof(good)];

		memcpy(text, good, length);
		text[length] = '\0';
		ck_assert_msg(nccl_read(text, &file) != NULL, "%zu bytes", length);
	}
}
END_TEST

START_TEST(the_reader_refuses_what_is_too_long)
{
	char text[16384] = "<system version=\"1\">";

	for (int i = 0; i < 255; i++)
		strcat(text, "<a/>");
	strcat(text, "</system>");
	ck_assert_str_eq(nccl_read(text, &file), "more than 255 elements");
	sprintf(text, "<system version=\"%0254d\"></system>", 1);
	ck_assert_str_eq(nccl_read(text, &file), "a value of more than 253 characters");
	strcpy(text, "<system");
	for (char c = 'a'; c <= 'q'; c++)
		sprintf(text + strlen(text), " %c=\"1\"", c);
	strcat(text, "></system>");
	ck_assert_str_eq(nccl_read(text, &file), "more than 16 attributes");
}
END_TEST

/* Whether a CPU is in a mask of words, most significant word first. */
static bool in_mask(const char *mask, uint32_t cpu)
{
	size_t words = (strlen(mask) + 1) / 9;
	char word[9] = "";

	if (cpu / 32 >= words)
		return false;
	memcpy(word, mask + 9 * (words - 1 - cpu / 32), 8);
	return strtoul(word, NULL, 16) >> cpu % 32 & 1;
}

static const struct entry *find_entry(const char *busid)
{
	for (unsigned i = 0; i < file.count; i++)
		if (entry_value(&file.entries[i], "busid") &&
		    !strcmp(entry_value(&file.entries[i], "busid"), busid))
			return &file.entries[i];
	return NULL;
}

static const struct hgx_node *uppermost_switch(const struct hgx_node *node)
{
	const struct hgx_node *top = NULL;

	for (; node; node = hgx_node_parent(node))
		if (hgx_node_kind(node) == HGX_SWITCH_UP)
			top = node;
	return top;
}

static void check_masks(struct trial *t, const struct hgx_topo *topo)
{
	const struct hgx_node *root = hgx_topo_root(topo);

	for (unsigned i = 0; i < file.count; i++) {
		const struct entry *cpu = &file.entries[i];

		if (strcmp(cpu->name, "cpu"))
			continue;
		for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n)) {
			const struct hgx_cpu *c = hgx_node_cpu(n);

			claim(t, !c || in_mask(entry_value(cpu, "affinity"), c->id) ==
			      (c->online && c->numa_node == atoi(entry_value(cpu, "numaid")) &&
			       c->numa_node >= 0), "%s and cpu %s", hgx_node_name(n),
			      entry_value(cpu, "numaid"));
		}
	}
}

/* Whether a device came to the cell of another node, because its own node has none: the file states
 * its own then, with a number that no cell has. */
static bool states_own_node(struct trial *t, const struct hgx_node *node, int id)
{
	const struct hgx_node *host = t->plan ? hgx_plan_host_of(t->plan, node) : NULL;
	const struct hgx_node *top = host ? uppermost_switch(host) : NULL, *root, *own;

	if (!host || id < 0)
		return false;
	own = top && hgx_node_numa(top) ? hgx_node_numa(top) : hgx_node_numa(host);
	root = hgx_topo_root(hgx_plan_guest(t->plan));
	for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n))
		if (hgx_node_kind(n) == HGX_NUMA &&
		    (hgx_plan_host_of(t->plan, n) == own || (int)hgx_node_memory(n)->id == id))
			return false;
	return own != NULL;
}

/* A GPU or NIC is a leaf below its switch and its CPU; the ports of a NIC are one leaf. */
static void check_leaf(struct trial *t, const struct hgx_node *node)
{
	const struct hgx_node *top = uppermost_switch(node);
	const struct hgx_node *numa = top && hgx_node_numa(top) ? hgx_node_numa(top) :
				      hgx_node_numa(node);
	struct hgx_bdf address = hgx_node_pci(node)->address;
	const struct entry *entry, *parent;
	int id;

	if (hgx_node_kind(node) == HGX_NIC)
		address.device = address.function = 0;
	entry = find_entry(bdf_text(address).text);
	claim(t, entry && !entry->children, "%s is not a leaf", hgx_node_name(node));
	parent = entry->parent;
	if (top) {
		claim(t, !strcmp(parent->name, "pci") &&
		      !strcmp(entry_value(parent, "busid"), hgx_node_name(top)), "%s is not below %s",
		      hgx_node_name(node), hgx_node_name(top));
		parent = parent->parent;
	}
	claim(t, !strcmp(parent->name, "cpu"), "%s is below no CPU", hgx_node_name(node));
	id = atoi(entry_value(parent, "numaid"));
	claim(t, id == (numa ? (int)hgx_node_memory(numa)->id : -1) || states_own_node(t, node, id),
	      "%s is on another node", hgx_node_name(node));
}

static bool has_gpu(const struct hgx_node *top)
{
	for (const struct hgx_node *n = top; n; n = hgx_node_next(top, n))
		if (hgx_node_kind(n) == HGX_GPU)
			return true;
	return false;
}

static void check_topo(struct trial *t, const struct hgx_topo *topo)
{
	const struct hgx_node *root = hgx_topo_root(topo);
	char *text = nccl_of(topo);
	const char *bad = nccl_read(text, &file);

	claim(t, !bad, "%s\n%s", bad, text);
	check_masks(t, topo);
	for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n)) {
		bool nic = hgx_node_kind(n) == HGX_NIC && (hgx_topo_is_guest(topo) ||
			   (uppermost_switch(n) && has_gpu(uppermost_switch(n))));

		if (hgx_node_pci(n) && !hgx_node_pci(n)->physical_function &&
		    (nic || hgx_node_kind(n) == HGX_GPU))
			check_leaf(t, n);
	}
	hgx_text_free(text);
}

/* The cells according to the domain, not to the guest's topology. */
static void check_guest(struct trial *t)
{
	check_topo(t, hgx_plan_guest(t->plan));
	for (unsigned i = 0; i < file.count; i++)
		for (unsigned v = 0; v < t->vcpus && !strcmp(file.entries[i].name, "cpu"); v++)
			claim(t, in_mask(entry_value(&file.entries[i], "affinity"), v) ==
			      !strcmp(attribute(cell_of_vcpu(t, v), "id"),
				      entry_value(&file.entries[i], "numaid")), "vCPU %u", v);
}

START_TEST(every_guest_file_is_good_and_says_what_the_guest_is)
{
	each_trial(check_guest);
}
END_TEST

static void check_host(struct trial *t)
{
	check_topo(t, t->host);
}

START_TEST(every_host_file_is_good_and_says_what_the_host_is)
{
	each_trial(check_host);
}
END_TEST

START_TEST(every_example_gives_a_good_file_for_host_and_guest)
{
	for (size_t i = 0; hgx_example_name(i); i++) {
		struct trial t = { .lines = (char *)hgx_example_name(i) };
		struct hgx_topo *topo;
		struct hgx_plan *plan;

		ck_assert_int_eq(hgx_topo_from_example(&topo, hgx_example_name(i), NULL), HGX_OK);
		plan = plan_of(topo, 0, 8);
		check_topo(&t, topo);
		check_topo(&t, hgx_plan_guest(plan));
		hgx_plan_free(plan);
		hgx_topo_free(topo);
	}
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("nccl", a_host_file_has_exactly_these_bytes, the_reader_refuses_a_damaged_file,
		   the_reader_refuses_a_file_cut_short, the_reader_refuses_what_is_too_long,
		   every_guest_file_is_good_and_says_what_the_guest_is,
		   every_host_file_is_good_and_says_what_the_host_is,
		   every_example_gives_a_good_file_for_host_and_guest);
}
