/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What holds for the plans of all VMs of a host, whatever the host and the options: nothing is
 * used twice, nothing is forgotten, nothing that belongs together is split. Set HGX_SEED to
 * repeat one host. */
#include "deal.h"

static bool has_device(const struct deal *d, unsigned vm, const struct hgx_node *node)
{
	return d->plans[vm] && plan_chose(d->plans[vm], node);
}

/* How many of the VMs have it. */
static unsigned holders(const struct deal *d, const struct hgx_node *node)
{
	unsigned count = 0;

	for (unsigned vm = 0; vm < d->count; vm++)
		count += has_device(d, vm, node);
	return count;
}

static void check_devices(struct deal *d)
{
	for (const struct hgx_node *node = d->host->all; node; node = node->all)
		if (node->pci) {
			const struct hgx_node *physical = node->pci->physical_function;
			unsigned count = holders(d, node);

			claim(d, count <= 1, "%u VMs have %s", count, node->name);
			claim(d, !count || !node->pci->host_use, "%s is in use", node->name);
			claim(d, !count || !d->options.skip || strcmp(node->name, d->skip), "%s is skipped",
			      node->name);
			claim(d, !count || !physical || !holders(d, physical), "%s and its physical function",
			      node->name);
		}
}

START_TEST(no_device_goes_to_two_vms)
{
	each_deal(check_devices);
}
END_TEST

/* The device itself or a function that would vanish with it is in use. */
static bool in_use(const struct hgx_node *node)
{
	bool used = node->pci->host_use != NULL;

	for (const struct hgx_node *other = node->topo->all; other; other = other->all)
		used |= other->pci && other->pci->physical_function == node && other->pci->host_use;
	return used;
}

static void check_groups_of(struct deal *d, unsigned vm)
{
	for (size_t i = 0; d->plans[vm] && i < d->plans[vm]->chosen_count; i++) {
		const struct hgx_node *node = d->plans[vm]->chosen[i];

		for (const struct hgx_node *other = d->host->all; other; other = other->all) {
			if (!other->pci || other->kind < HGX_GPU || other->pci->physical_function ||
			    node->pci->iommu_group < 0 || other->pci->iommu_group != node->pci->iommu_group)
				continue;
			claim(d, has_device(d, vm, other) && !in_use(other), "VM %u has %s and not %s", vm + 1,
			      node->name, other->name);
		}
	}
}

static void check_whole_groups(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++)
		check_groups_of(d, vm);
}

START_TEST(no_iommu_group_is_split)
{
	each_deal(check_whole_groups);
}
END_TEST

static void check_cpus(struct deal *d)
{
	unsigned owners[8192] = { 0 };

	for (unsigned vm = 0; vm < d->count; vm++)
		for (size_t v = 0; d->plans[vm] && v < d->plans[vm]->vcpu_count; v++) {
			const struct hgx_vcpu *vcpu = &d->plans[vm]->vcpus[v];
			const struct hgx_node *host = d->plans[vm]->vcpu_hosts[v];
			unsigned id = host->cpu->id;

			claim(d, vcpu->id == v && vcpu->host_cpu == id, "VM %u vCPU %zu", vm + 1, v);
			claim(d, host->cpu->online, "%s", host->name);
			claim(d, host->numa == d->plans[vm]->cells[vcpu->cell].host, "VM %u vCPU %zu", vm + 1,
			      v);
			claim(d, !owners[id], "VMs %u and %u have cpu%u", owners[id], vm + 1, id);
			owners[id] = vm + 1;
		}
	for (unsigned vm = 0; vm < d->count; vm++)
		for (size_t i = 0; d->plans[vm] && i < d->plans[vm]->reserved.count; i++)
			claim(d, !owners[d->plans[vm]->reserved.ids[i]] ||
			      (d->plans[vm]->beside_vcpus &&
			       owners[d->plans[vm]->reserved.ids[i]] == vm + 1), "cpu%u of VM %u runs QEMU of VM %u",
			      d->plans[vm]->reserved.ids[i], owners[d->plans[vm]->reserved.ids[i]], vm + 1);
}

START_TEST(no_cpu_runs_two_vms_or_both_qemu_and_a_vcpu)
{
	each_deal(check_cpus);
}
END_TEST

static void check_shape_of(struct deal *d, const struct hgx_plan *p)
{
	unsigned next = 0;

	claim(d, p->vcpu_count == p->sockets * p->dies * p->cores * p->threads, "%u x %u x %u x %u",
	      p->sockets, p->dies, p->cores, p->threads);
	claim(d, !d->options.vcpus || p->vcpu_count == d->options.vcpus, "%zu vCPUs", p->vcpu_count);
	claim(d, d->options.smt == HGX_AUTO || (p->threads > 1) == (d->options.smt == HGX_ON), "%u",
	      p->threads);
	for (size_t c = 0; c < p->cell_count; next += p->cells[c++].vcpus)
		claim(d, p->cells[c].first_vcpu == next && p->cells[c].vcpus, "cell %zu", c);
	claim(d, next == p->vcpu_count, "%u vCPUs are in cells", next);
	for (size_t v = 0; v < p->vcpu_count; v++) {
		const struct hgx_vcpu *vcpu = &p->vcpus[v], *die = &p->vcpus[v - v % (p->cores * p->threads)];
		size_t first = v - v % p->threads;

		claim(d, v >= p->cells[vcpu->cell].first_vcpu &&
		      v < p->cells[vcpu->cell].first_vcpu + p->cells[vcpu->cell].vcpus, "vCPU %zu", v);
		claim(d, p->vcpu_hosts[v]->parent == p->vcpu_hosts[first]->parent && vcpu->thread == v % p->threads,
		      "vCPU %zu is not a sibling", v);
		claim(d, p->dies == 1 || vcpu->cell == die->cell, "the die of vCPU %zu has two cells", v);
	}
}

static void check_shapes(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++)
		if (d->plans[vm])
			check_shape_of(d, d->plans[vm]);
}

START_TEST(cells_sockets_dies_cores_and_threads_agree)
{
	each_deal(check_shapes);
}
END_TEST

static void check_memory(struct deal *d)
{
	bool wanted = d->options.memory || d->options.memory_per_cell;

	for (const struct hgx_node *node = d->host->root->first; node; node = node->next) {
		uint64_t sum = 0, most;

		if (node->kind != HGX_NUMA)
			continue;
		for (unsigned vm = 0; vm < d->count; vm++)
			for (size_t c = 0; d->plans[vm] && c < d->plans[vm]->cell_count; c++)
				if (d->plans[vm]->cells[c].host == node)
					sum += d->plans[vm]->cells[c].memory;
		most = node->memory->bytes - (wanted ? 0 : hgx_plan_host_memory(node->memory->bytes));
		claim(d, sum <= most, "%s: %llu of %llu bytes", node->name, (unsigned long long)sum,
		      (unsigned long long)most);
	}
}

START_TEST(the_vms_do_not_have_more_memory_than_the_host)
{
	each_deal(check_memory);
}
END_TEST

static unsigned gpus_of(const struct hgx_plan *plan)
{
	unsigned count = 0;

	for (size_t i = 0; i < plan->chosen_count; i++)
		count += is_gpu(plan->chosen[i]);
	return count;
}

static void check_equal(struct deal *d)
{
	const struct hgx_plan *a = d->plans[0], *b;

	for (unsigned vm = 1; !d->options.uneven && a && vm < d->count; vm++) {
		if (!(b = d->plans[vm]))
			continue;
		claim(d, gpus_of(a) == gpus_of(b), "%u and %u GPUs", gpus_of(a), gpus_of(b));
		claim(d, a->vcpu_count == b->vcpu_count, "%zu and %zu vCPUs", a->vcpu_count, b->vcpu_count);
		claim(d, a->cell_count == b->cell_count, "%zu and %zu cells", a->cell_count, b->cell_count);
		claim(d, a->sockets == b->sockets && a->dies == b->dies, "%u and %u sockets", a->sockets,
		      b->sockets);
		for (size_t c = 0; c < a->cell_count; c++)
			claim(d, a->cells[c].memory == b->cells[c].memory, "cell %zu: %llu and %llu", c,
			      (unsigned long long)a->cells[c].memory, (unsigned long long)b->cells[c].memory);
	}
}

START_TEST(equal_vms_are_equal)
{
	each_deal(check_equal);
}
END_TEST

/* Whether it is one of the GPUs that the user wants. */
static bool is_named(const struct deal *d, const struct hgx_node *gpu)
{
	char list[sizeof(d->gpus)], *save = NULL;
	unsigned first, last, number = 0;
	bool named = !*d->gpus;

	memcpy(list, d->gpus, sizeof(list));
	while (d->gpu_nodes[number] != gpu)
		number++;
	if (sscanf(list, "%u-%u", &first, &last) == 2 && !strchr(list, ':'))
		return number >= first && number <= last;
	for (char *word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save))
		named |= !strcmp(word, gpu->name);
	return named;
}

static bool in_pool(const struct deal *d, const struct hgx_node *gpu)
{
	return is_named(d, gpu) && strcmp(d->skip, gpu->name);
}

/* What keeps a device with the host. */
static bool is_kept(const struct deal *d, const struct hgx_node *node)
{
	bool groups = false, kept = in_use(node);

	for (const struct hgx_node *other = d->host->all; other; other = other->all) {
		if (!other->pci || other->kind < HGX_GPU)
			continue;
		groups |= other->pci->iommu_group >= 0;
		kept |= node->pci->iommu_group >= 0 && other->pci->iommu_group == node->pci->iommu_group &&
			in_use(other);
	}
	return kept || (groups && node->pci->iommu_group < 0);
}

static void check_complete(struct deal *d)
{
	for (unsigned i = 0; d->made == d->count && i < d->gpu_count; i++) {
		const struct hgx_node *gpu = d->gpu_nodes[i];

		claim(d, (holders(d, gpu) == 1) == (in_pool(d, gpu) && !is_kept(d, gpu)), "%s: %u VMs",
		      gpu->name, holders(d, gpu));
	}
}

START_TEST(the_vms_together_have_every_gpu)
{
	each_deal(check_complete);
}
END_TEST

static bool is_told(const struct deal *d, const struct hgx_node *node)
{
	for (unsigned vm = 0; vm < d->count; vm++) {
		const struct hgx_finding *items;
		size_t count = hgx_plan_findings(d->plans[vm], &items);
		const char *text = finding_text(items, count, "left-out", node->name);

		if (text && !strstr(text, "it was not asked for"))
			return true;
	}
	return false;
}

/* What the first VM says of a device that it does not get. */
static const char *why_not(const struct deal *d, const struct hgx_node *node)
{
	const struct hgx_verdict *verdict = hgx_plan_verdict(d->plans[0], node);

	return verdict && verdict->reason ? verdict->reason : "nothing";
}

static const struct hgx_node *group_of(const struct hgx_node *node)
{
	const struct hgx_node *top = NULL;

	for (; node; node = hgx_node_parent(node))
		if (hgx_node_kind(node) == HGX_SWITCH_UP)
			top = node;
	return top;
}

static bool near_pool(const struct deal *d, const struct hgx_node *node)
{
	for (unsigned i = 0; group_of(node) && i < d->gpu_count; i++)
		if (group_of(d->gpu_nodes[i]) == group_of(node) &&
		    holders(d, d->gpu_nodes[i]))
			return true;
	return false;
}

/* Whether the VM has just some GPUs: what is near these may then be in the share of another one. */
static bool is_part(const struct deal *d)
{
	return !d->options.vms && d->options.gpus && strcmp(d->options.gpus, "all");
}

static void check_near(struct deal *d)
{
	for (const struct hgx_node *node = d->host->all; d->made == d->count && node; node = node->all) {
		const char *mode = node->kind == HGX_NIC ? d->options.nics : d->options.nvme;

		if ((node->kind != HGX_NIC && node->kind != HGX_NVME) || node->pci->physical_function)
			continue;
		if (mode && !strcmp(mode, "none"))
			continue;
		if (is_kept(d, node) || !strcmp(d->skip, node->name))
			claim(d, !holders(d, node), "%s is in a VM", node->name);
		else if (near_pool(d, node) || (mode && !strcmp(mode, "all")))
			claim(d, holders(d, node) == 1 || is_told(d, node) || is_part(d),
			      "%s is forgotten: %s", node->name, why_not(d, node));
	}
}

START_TEST(no_near_device_is_forgotten)
{
	each_deal(check_near);
}
END_TEST

static bool told(const struct hgx_plan *plan, const char *rule)
{
	return finding_text(plan->findings.items, plan->findings.count, rule, NULL) != NULL;
}

static size_t number_told(const struct hgx_plan *plan, const char *rule)
{
	const char *text = finding_text(plan->findings.items, plan->findings.count, rule, NULL);

	return text ? strtoul(text, NULL, 10) : 0;
}

static unsigned cores_kept(int reserve, unsigned cores)
{
	return reserve > 0 ? (unsigned)reserve : reserve < 0 || cores == 1 ? 0 : cores < 24 ? 1 : cores / 12;
}

static unsigned cores_of(const struct hgx_topo *host, const struct hgx_node *numa)
{
	const struct hgx_node *root = hgx_topo_root(host), *n;
	unsigned count = 0;

	for (n = root; n; n = hgx_node_next(root, n))
		count += n->kind == HGX_CORE && hgx_node_numa(n) == numa;
	return count;
}

static void check_cores(struct deal *d)
{
	size_t spare = 0, pinned = 0, left;

	if (d->made < d->count || d->options.vcpus || d->plans[0]->share.apart)
		return;
	left = number_told(d->plans[0], "cores-uneven");
	for (const struct hgx_node *n = d->host->root->first; n; n = n->next)
		if (n->kind == HGX_NUMA && n->memory->bytes && cores_of(d->host, n))
			spare += cores_of(d->host, n) - cores_kept(d->options.reserve_cores, cores_of(d->host, n));
	for (unsigned vm = 0; vm < d->count; vm++) {
		if (told(d->plans[vm], "vcpu-limit"))
			return;
		left += number_told(d->plans[vm], "cores-levelled");
		pinned += d->plans[vm]->vcpu_count / d->plans[vm]->threads;
	}
	claim(d, pinned + left == spare, "%zu cores are pinned, %zu reported as left, of %zu", pinned, left,
	      spare);
}

START_TEST(every_core_is_in_a_vm_or_reserved_or_reported)
{
	each_deal(check_cores);
}
END_TEST

/* The node that a GPU works with: its own, or the nearest with CPUs and memory if distances are
 * known, or the only one. */
static const struct hgx_node *home(const struct hgx_topo *host, const struct hgx_node *gpu)
{
	const struct hgx_node *own = hgx_node_numa(gpu), *best = NULL;
	unsigned usable = 0, rank = 0, least = 0;

	for (const struct hgx_node *n = host->root->first; n; n = n->next) {
		unsigned away;

		if (n->kind != HGX_NUMA)
			continue;
		away = own && own->memory->distances ? own->memory->distances[rank] : 0;
		rank++;
		if (!n->memory->bytes || !cores_of(host, n))
			continue;
		if (n == own)
			return n;
		if (!usable++ || away < least) {
			best = n;
			least = away;
		}
	}
	return (own && own->memory->distances) || usable == 1 ? best : NULL;
}

struct pool {
	const struct hgx_node *homes[256];
	unsigned count;
	bool homeless;
};

/* The homes of the GPUs, node by node. */
static void read_pool(const struct deal *d, struct pool *pool)
{
	memset(pool, 0, sizeof(*pool));
	for (const struct hgx_node *n = d->host->root->first; n; n = n->next)
		for (unsigned i = 0; n->kind == HGX_NUMA && i < d->gpu_count; i++) {
			const struct hgx_node *gpu = d->gpu_nodes[i];

			if (in_pool(d, gpu) && !is_kept(d, gpu) && home(d->host, gpu) == n)
				pool->homes[pool->count++] = n;
		}
	for (unsigned i = 0; i < d->gpu_count; i++) {
		const struct hgx_node *gpu = d->gpu_nodes[i];

		if (in_pool(d, gpu) && !is_kept(d, gpu) && !home(d->host, gpu)) {
			pool->homeless = true;
			pool->count++;
		}
	}
}

/* Assigned in order, each VM has GPUs of one node, or all GPUs of every node that it touches. */
static bool divides_into(const struct pool *pool, unsigned vms)
{
	unsigned each = pool->count / vms;

	if (pool->count % vms)
		return false;
	for (unsigned i = 0; i < pool->count; i++)
		for (unsigned j = 0; j < pool->count; j++) {
			bool one = pool->homes[i / each * each] == pool->homes[i / each * each + each - 1];

			if (!one && pool->homes[j] == pool->homes[i] && j / each != i / each)
				return false;
		}
	return true;
}

static bool is_uneven(const struct deal *d)
{
	struct pool pool;

	read_pool(d, &pool);
	return !d->options.uneven && d->options.vms > 1 && pool.count && !divides_into(&pool, d->options.vms);
}

static bool are_too_many(const struct deal *d)
{
	struct pool pool;

	read_pool(d, &pool);
	return d->options.vms > 1 && pool.count < d->options.vms;
}

static bool is_homeless(const struct deal *d)
{
	struct pool pool;

	read_pool(d, &pool);
	return d->options.vms > 1 && pool.homeless;
}

static bool has_no_gpu(const struct deal *d)
{
	struct pool pool;

	read_pool(d, &pool);
	return !pool.count;
}

/* The NVSwitches of a board go to one VM; GPUs on boards have class 0302. */
static bool shares_switches(const struct deal *d)
{
	struct pool pool;

	read_pool(d, &pool);
	return d->options.nvswitch == HGX_NVSWITCH_ALL && d->options.vms > 1 && pool.count;
}

static bool names_what_stays(const struct deal *d)
{
	bool stays = false;

	for (unsigned i = 0; *d->gpus && i < d->gpu_count; i++)
		stays |= in_pool(d, d->gpu_nodes[i]) && is_kept(d, d->gpu_nodes[i]);
	return stays;
}

static bool names_what_is_skipped(const struct deal *d)
{
	const struct hgx_node *node = *d->skip ? topo_find(d->host, d->skip) : NULL;

	return node && is_gpu(node) && *d->gpus && is_named(d, node);
}

static bool is_too_small(const struct deal *d)
{
	for (const struct hgx_node *n = d->host->root->first; n; n = n->next) {
		unsigned cores = n->kind == HGX_NUMA && n->memory->bytes ? cores_of(d->host, n) : 0;

		if (cores && cores_kept(d->options.reserve_cores, cores) >= cores)
			return true;
	}
	return false;
}

/* Devices in one group that the user's options can separate. */
static bool has_groups(const struct deal *d)
{
	for (const struct hgx_node *a = d->host->all; a; a = a->all)
		for (const struct hgx_node *b = d->host->all; a->pci && b; b = b->all)
			if (a != b && b->pci && a->pci->iommu_group >= 0 &&
			    a->pci->iommu_group == b->pci->iommu_group)
				return true;
	return false;
}

static bool wants_functions(const struct deal *d)
{
	return d->options.vf;
}

static bool wants_threads(const struct deal *d)
{
	return d->options.smt == HGX_ON;
}

static bool wants_vcpus(const struct deal *d)
{
	return d->options.vcpus;
}

static bool wants_memory(const struct deal *d)
{
	return d->options.memory || d->options.memory_per_cell;
}

static bool wants_pages(const struct deal *d)
{
	return d->options.hugepages;
}

/* AMD's reserved addresses below 1 TiB, which QEMU avoids from 7.1 on. */
static bool has_much_memory(const struct deal *d)
{
	uint64_t sum = 0;

	for (const struct hgx_node *n = d->host->root->first; n; n = n->next)
		sum += n->kind == HGX_NUMA ? n->memory->bytes : 0;
	return sum > 900ull << 30 && d->options.qemu_version && !strcmp(d->options.qemu_version, "6.2");
}

/* Cores may run out if more GPUs share a node than it has cores. VMs may differ because of nodes
 * that cannot be used and packages without GPUs. */
static bool are_cores_scarce(const struct deal *d)
{
	struct pool pool;
	unsigned nodes = 0;

	read_pool(d, &pool);
	for (const struct hgx_node *n = d->host->root->first; n; n = n->next) {
		unsigned cores = n->kind == HGX_NUMA && n->memory->bytes ? cores_of(d->host, n) : 0, sharers = 0;

		if (n->kind != HGX_NUMA)
			continue;
		nodes++;
		for (unsigned i = 0; i < pool.count; i++)
			sharers += pool.homes[i] == n;
		if (!sharers || cores < sharers + cores_kept(d->options.reserve_cores, cores))
			return true;
	}
	return d->options.smt != HGX_OFF || nodes > 4 || nodes == 1; /* a node may span packages */
}

static const struct reason {
	const char *part; /* part of the message */
	bool (*holds)(const struct deal *d);
	bool always;      /* if this holds, there is no plan */
} reasons[] = {
	{ "do not divide evenly into", is_uneven, true },
	{ "cannot be divided into", are_too_many, true },
	{ "the NUMA node of", is_homeless, true },
	{ "no GPU can be assigned", has_no_gpu, true },
	{ "NVSwitches cannot go to several VMs", shares_switches, true },
	{ "cannot be assigned: ", names_what_stays, true },
	{ "which skip leaves out", names_what_is_skipped, true },
	{ "leaves none for the guest", is_too_small, true },
	{ "is in IOMMU group", has_groups, false },
	{ "AMD reserves for HyperTransport", has_much_memory, false },
	{ "virtual function", wants_functions, false },
	{ "two online threads", wants_threads, false },
	{ " vCPUs ", wants_vcpus, false },
	{ "of memory, too little", wants_pages, false },
	{ "of memory", wants_memory, false },
	{ "free huge pages", wants_pages, false },
	{ "VMs cannot be equal", are_cores_scarce, false },
	{ "no core is left for", are_cores_scarce, false },
	{ "no core is the share of", are_cores_scarce, false },
};

static void check_refusal(struct deal *d, const struct hgx_error *err)
{
	const struct reason *reason = NULL;

	claim(d, strlen(err->text) < sizeof(err->text) - 1 && !strchr(err->text, '\n'), "%s", err->text);
	for (size_t i = 0; i < ARRAY_SIZE(reasons) && !reason; i++)
		if (strstr(err->text, reasons[i].part))
			reason = &reasons[i];
	claim(d, reason && reason->holds(d), "refused: %s", err->text);
}

static void check_reasons(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++)
		if (!d->plans[vm])
			check_refusal(d, &d->errors[vm]);
	for (size_t i = 0; d->made && i < ARRAY_SIZE(reasons); i++)
		claim(d, !reasons[i].always || !reasons[i].holds(d), "planned, although %s",
		      reasons[i].part);
}

START_TEST(a_plan_is_refused_if_a_rule_says_so)
{
	each_deal(check_reasons);
}
END_TEST

static bool has_pages_in_use(const struct deal *d, const struct hgx_plan *plan)
{
	for (size_t i = 0; d->options.hugepages > HGX_HUGEPAGES_OFF && i < plan->cell_count; i++) {
		const struct hgx_memory *memory = plan->cells[i].host->memory;
		uint64_t free_bytes = 0;

		for (size_t j = 0; j < memory->huge_page_sizes; j++)
			if (memory->huge_pages[j].size == d->options.hugepages)
				free_bytes = memory->huge_pages[j].size * memory->huge_pages[j].free;
		if (free_bytes < plan->cells[i].memory)
			return true;
	}
	return false;
}

static void check_outputs(struct deal *d)
{
	char *text;

	for (unsigned vm = 0; vm < d->count; vm++) {
		if (!d->plans[vm])
			continue;
		if (has_pages_in_use(d, d->plans[vm])) {
			claim(d, hgx_emit_libvirt(d->plans[vm], &text, &d->errors[vm]) == HGX_REFUSED &&
			      !text, "VM %u is written although its pages are in use", vm);
			continue;
		}
		claim(d, !hgx_emit_libvirt(d->plans[vm], &text, &d->errors[vm]), "%s", d->errors[vm].text);
		hgx_text_free(text);
	}
	if (d->made < d->count)
		return;
	claim(d, !hgx_emit_map_json(d->plans, d->count, &text, &d->errors[0]), "%s",
	      d->errors[0].text);
	hgx_text_free(text);
}

START_TEST(every_plan_can_be_written)
{
	each_deal(check_outputs);
}
END_TEST

static void check_results(struct deal *d)
{
	claim(d, !d->broken, "%s", "a failed call left a plan, or a good one none");
}

START_TEST(a_call_leaves_a_plan_or_an_error)
{
	size_t made = 0;

	each_deal(check_results);
	for (size_t i = 0; i < deal_count; i++)
		made += deals[i].made == deals[i].count;
	must(deal_count == 1 || 5 * made > deal_count, "%zu of %zu are planned", made, deal_count);
}
END_TEST

int main(void)
{
	int status;

	seeds_begin();
	deals_begin();
	status = RUN("share", a_call_leaves_a_plan_or_an_error, no_device_goes_to_two_vms,
		     no_iommu_group_is_split, no_cpu_runs_two_vms_or_both_qemu_and_a_vcpu,
		     cells_sockets_dies_cores_and_threads_agree,
		     the_vms_do_not_have_more_memory_than_the_host, equal_vms_are_equal,
		     the_vms_together_have_every_gpu, no_near_device_is_forgotten,
		     every_core_is_in_a_vm_or_reserved_or_reported,
		     a_plan_is_refused_if_a_rule_says_so,
		     every_plan_can_be_written);
	deals_end();
	return status;
}
