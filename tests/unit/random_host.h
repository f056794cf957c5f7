/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random hosts, as lines for host_of(): what servers have, and what is merely possible. The
 * same seed gives the same host. */
#ifndef TEST_RANDOM_HOST_H
#define TEST_RANDOM_HOST_H

#include "support.h"

#define MAX_NODES 16
#define MAX_CORES (MAX_NODES * 24)

struct maker {
	FILE *to;
	uint64_t *seed;
	unsigned packages, nodes, cores, node_ids[MAX_NODES], node_package[MAX_NODES];
	unsigned bus, domain, group, cards;
	bool grouped, gpus, functions; /* has GPUs; NICs have virtual functions */
};

/* A core. CPU numbers go to all first threads, then to all second ones, either node by node or
 * to the nodes in turn; some numbers are skipped. */
struct made_core {
	unsigned package, node, id, cpus[2];
	bool second_offline, alone;
};

static inline void random_nodes(struct maker *m)
{
	bool one = random_chance(m->seed, 10); /* NUMA is off: one node for all packages */
	unsigned each = 1 + random_below(m->seed, 4), id = 0;
	bool distances = random_chance(m->seed, 80), pools = random_chance(m->seed, 40);

	m->packages = 1 + random_below(m->seed, 4);
	m->nodes = one ? 1 : m->packages * each;
	for (unsigned p = 0; p < m->packages; p++)
		fprintf(m->to, "package %u vendor=%s family=6 model=%u arch=x86_64\n", p,
			m->packages > 2 ? "AuthenticAMD" : "GenuineIntel", 143 + p);
	for (unsigned n = 0; n < m->nodes; n++) {
		m->node_ids[n] = id;
		m->node_package[n] = n / each;
		id += random_chance(m->seed, 10) ? 2 : 1;
	}
	for (unsigned n = 0; n < m->nodes; n++) {
		fprintf(m->to, "node %u", m->node_ids[n]);
		if (n == 0 || !random_chance(m->seed, 12))
			fprintf(m->to, " memory=%uM", 2048 + random_below(m->seed, 200000));
		if (pools)
			fprintf(m->to, " huge=2M:%u:%u,1G:%u:%u", 512 * random_below(m->seed, 40), 512 *
				random_below(m->seed, 20), random_below(m->seed, 99), random_below(m->seed, 99));
		for (unsigned other = 0; distances && other < m->nodes; other++)
			fprintf(m->to, "%s%u", other ? "," : " distances=", n == other ? 10 :
				m->node_package[n] == m->node_package[other] ? 12 : 21);
		fputc('\n', m->to);
	}
}

static inline unsigned random_cores(struct maker *m, struct made_core *cores)
{
	unsigned count = 0, even = 2 + random_below(m->seed, 23);
	bool uneven = random_chance(m->seed, 50), spoiled = random_chance(m->seed, 40);

	for (unsigned n = 0; n < m->nodes; n++) {
		unsigned number = uneven ? 2 + random_below(m->seed, 23) : even;

		if (n && random_chance(m->seed, 10))
			number = random_below(m->seed, 2); /* none, or too few */
		for (unsigned i = 0; i < number; i++) {
			struct made_core *core = &cores[count++];

			core->node = n;
			core->package = m->nodes == 1 ? i % m->packages : m->node_package[n];
			core->id = i + 32 * n;
			core->alone = spoiled && random_chance(m->seed, 10);
			core->second_offline = spoiled && random_chance(m->seed, 10);
		}
	}
	return count;
}

static inline void random_numbers(struct maker *m, struct made_core *cores, unsigned count,
				  unsigned threads)
{
	bool in_turn = random_chance(m->seed, 50), holes = random_chance(m->seed, 30);
	unsigned number = 0;

	for (unsigned t = 0; t < threads; t++)
		for (unsigned step = 0; step < (in_turn ? 24u : 1u); step++)
			for (unsigned i = 0; i < count; i++) {
				if (in_turn && cores[i].id % 32 != step)
					continue;
				number += holes && random_chance(m->seed, 10);
				cores[i].cpus[t] = number++;
			}
}

static inline void random_cpus(struct maker *m)
{
	struct made_core cores[MAX_CORES] = { 0 };
	unsigned count = random_cores(m, cores), threads = 1 + random_below(m->seed, 2);

	random_numbers(m, cores, count, threads);
	m->cores = count;
	for (unsigned i = 0; i < count; i++) {
		const struct made_core *c = &cores[i];

		fprintf(m->to, "cpus %u", c->cpus[0]);
		if (threads == 2 && !c->alone && !c->second_offline)
			fprintf(m->to, ",%u", c->cpus[1]);
		fprintf(m->to, " package=%u node=%u core=%u\n", c->package, m->node_ids[c->node], c->id);
		if (threads == 2 && c->second_offline)
			fprintf(m->to, "cpus %u offline\n", c->cpus[1]);
	}
}

static inline void random_function(struct maker *m, unsigned depth, unsigned bus, unsigned function,
				   const char *kind, unsigned virtuals)
{
	static const char *const uses[] = { "is mounted at /", "has the default route" };

	fprintf(m->to, "%*s%04x:%02x:00.%u %s", (int)depth, "", m->domain, bus, function, kind);
	if (m->grouped)
		fprintf(m->to, " group=%u", m->group);
	if (random_chance(m->seed, 5))
		fprintf(m->to, " use=\"%s\"", uses[random_below(m->seed, 2)]);
	if (random_chance(m->seed, 50))
		fprintf(m->to, " subsys=10de:%04x", random_below(m->seed, 3));
	if (random_chance(m->seed, 10))
		fprintf(m->to, " link=%s", random_chance(m->seed, 50) ? "none" : "2.5x1");
	if (!strcmp(kind, "gpu"))
		fprintf(m->to, " bars=%uM", 256u << random_below(m->seed, 9));
	if (!strcmp(kind, "nic") && m->functions)
		fprintf(m->to, " sriov=8:%u", virtuals);
	fputc('\n', m->to);
}

/* Virtual functions of a NIC, each in its own group, as SR-IOV makes them. */
static inline void random_virtuals(struct maker *m, unsigned depth, unsigned bus, unsigned first,
				   unsigned count)
{
	for (unsigned v = 0; v < count; v++) {
		fprintf(m->to, "%*s%04x:%02x:01.%u nic pf=%04x:%02x:00.%u", (int)depth, "", m->domain,
			bus, v, m->domain, bus, first);
		if (m->grouped)
			fprintf(m->to, " group=%u", ++m->group);
		if (random_chance(m->seed, 4))
			fputs(" use=\"it has an IPv4 address\"", m->to);
		fputc('\n', m->to);
	}
}

/* A card: its functions may share an IOMMU group, and it may lack function 0. */
static inline void random_card(struct maker *m, unsigned depth, unsigned bus)
{
	static const char *const kinds[] = { "gpu", "gpu", "gpu", "nic", "nic", "nvme", "nvswitch",
					     "other" };
	const char *kind = kinds[m->gpus ? random_below(m->seed, ARRAY_SIZE(kinds)) :
					   3 + random_below(m->seed, ARRAY_SIZE(kinds) - 3)];
	unsigned functions = random_chance(m->seed, 25) ? 1 + random_below(m->seed, 4) : 1;
	unsigned first = random_chance(m->seed, 5) ? 1 : 0;
	bool shared = random_chance(m->seed, 50), nic = !strcmp(kind, "nic");

	m->cards++;
	for (unsigned f = first; f < first + functions; f++) {
		unsigned virtuals = nic && f == first && m->functions && random_chance(m->seed, 60) ?
					    random_below(m->seed, 8) : 0;

		m->group += !(shared && f > first) && !random_chance(m->seed, 4);
		random_function(m, depth, bus, f, f == first || strcmp(kind, "gpu") ? kind : "other",
				virtuals);
		if (virtuals)
			random_virtuals(m, depth, bus, first, virtuals);
	}
}

static inline void random_below_port(struct maker *m, unsigned depth, unsigned level);

static inline void random_switch(struct maker *m, unsigned depth, unsigned level)
{
	unsigned up = m->bus++, down = m->bus++, ports = 1 + random_below(m->seed, 5);
	bool large = m->gpus && random_chance(m->seed, 25); /* several GPUs, as in servers with 10 */

	fprintf(m->to, "%*s%04x:%02x:00.0 switch-up\n", (int)depth, "", m->domain, up);
	for (unsigned i = 0; i < ports; i++) {
		fprintf(m->to, "%*s%04x:%02x:%02x.0 switch-down\n", (int)depth + 1, "", m->domain, down,
			i == ports - 1 ? 0x1f : i);
		random_below_port(m, depth + 2, level + 1);
	}
	for (unsigned i = 0; large && i < 4; i++) {
		fprintf(m->to, "%*s%04x:%02x:%02x.0 switch-down\n", (int)depth + 1, "", m->domain, down,
			0x10 + i);
		m->group++;
		random_function(m, depth + 2, m->bus++, 0, "gpu", 0);
	}
}

static inline void random_below_port(struct maker *m, unsigned depth, unsigned level)
{
	if (m->bus > 240 || m->cards > 60 || random_chance(m->seed, 10))
		return;
	if (level < 3 && random_chance(m->seed, level ? 15 : 50))
		random_switch(m, depth, level);
	else
		random_card(m, depth, m->bus++);
}

static inline void random_bus(struct maker *m, int node)
{
	unsigned root = m->bus++, ports = 1 + random_below(m->seed, 3);

	fprintf(m->to, "root %04x:%02x", m->domain, root);
	if (node >= 0)
		fprintf(m->to, " numa=%u", m->node_ids[node]);
	fputc('\n', m->to);
	for (unsigned i = 0; i < ports; i++) {
		fprintf(m->to, " %04x:%02x:%02x.0 root-port\n", m->domain, root, i + 1);
		random_below_port(m, 2, 0);
	}
}

/* At least one GPU that can be assigned. */
static inline char *random_host(uint64_t *seed)
{
	struct maker m = { .seed = seed, .bus = 0x10, .group = 1 };
	char *lines = NULL;
	size_t size;

	m.to = open_memstream(&lines, &size);
	random_nodes(&m);
	random_cpus(&m);
	m.grouped = random_chance(seed, 85);
	m.functions = random_chance(seed, 60);
	for (unsigned n = 0; n < m.nodes; n++) {
		m.gpus = !random_chance(seed, 25);
		for (unsigned b = random_below(seed, 3); b && m.bus < 220; b--) {
			if (random_chance(seed, 10) && m.domain < 2) {
				m.domain++;
				m.bus = 0;
			}
			random_bus(&m, random_chance(seed, 96) ? (int)n : -1);
		}
	}
	m.domain = 0xf;
	m.bus = 0;
	m.group += 1;
	random_bus(&m, 0);
	m.group += 1;
	fprintf(m.to, "root 0010:00 numa=%u\n 0010:00:01.0 root-port\n  0010:01:00.0 gpu", m.node_ids[0]);
	if (m.grouped)
		fprintf(m.to, " group=%u", m.group);
	fputc('\n', m.to);
	fclose(m.to);
	return lines;
}

#endif
