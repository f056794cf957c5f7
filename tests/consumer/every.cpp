// SPDX-License-Identifier: LGPL-2.1-or-later
// The same in C++17: every function of hgxtopo.h, held by smart pointers. It prints nothing, or
// the first thing that is wrong.
#include <hgxtopo.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace
{

struct freed {
	void operator()(hgx_topo *topo) const { hgx_topo_free(topo); }
	void operator()(hgx_plan *plan) const { hgx_plan_free(plan); }
	void operator()(hgx_findings *list) const { hgx_findings_free(list); }
	void operator()(char *text) const { hgx_text_free(text); }
};
using topology = std::unique_ptr<hgx_topo, freed>;
using vm = std::unique_ptr<hgx_plan, freed>;

void must(bool claim, const char *what)
{
	if (!claim)
		throw std::runtime_error(what);
}

// What a function with a result and an error gives, or its sentence as an exception.
template <typename T, typename Function, typename... Arguments>
T *made(Function function, Arguments... arguments)
{
	hgx_error err{};
	T *result = nullptr;

	if (function(&result, arguments..., &err) != HGX_OK)
		throw std::runtime_error(err.text);
	return result;
}

// The emitters have their result behind what is written.
template <typename Function, typename... Arguments>
std::string text(Function function, Arguments... arguments)
{
	hgx_error err{};
	char *result = nullptr;

	if (function(arguments..., &result, &err) != HGX_OK)
		throw std::runtime_error(err.text);
	return std::unique_ptr<char, freed>(result).get();
}

template <typename Options> Options options()
{
	Options result{};

	result.size = sizeof(result);
	return result;
}

std::vector<hgx_finding> findings(size_t count, const hgx_finding *first)
{
	return { first, first + count };
}

void values()
{
	hgx_error err{};
	hgx_bdf address{};
	uint64_t bytes = 0;

	must(hgx_version() == std::to_string(HGX_VERSION_MAJOR) + "." +
		std::to_string(HGX_VERSION_MINOR) + "." + std::to_string(HGX_VERSION_PATCH), "version");
	must(hgx_version_number() == HGX_VERSION_NUMBER, "version as a number");
	must(hgx_bdf_parse(&address, "0001:19:1f.7", &err) == HGX_OK && address.device == 31, "address");
	std::string written(HGX_BDF_SIZE, '\0');
	written.resize(hgx_bdf_format(written.data(), written.size(), address));
	must(written == "0001:19:1f.7", "address as text");
	must(hgx_bdf_parse(&address, "x", nullptr) == HGX_INVALID, "no address");
	must(hgx_size_parse(&bytes, "2MiB", &err) == HGX_OK && bytes == 2097152, "size");
	must(hgx_kind_name(HGX_GPU) == std::string_view("gpu"), "kind");
	must(hgx_distance_name(HGX_SYS) == std::string_view("SYS"), "distance");
	must(hgx_severity_name(HGX_NOTE) == std::string_view("note"), "severity");
	must(hgx_code_name(HGX_BROKEN) == std::string_view("broken"), "code");
	must(hgx_fate_name(HGX_FATE_LEFT_OUT) == std::string_view("left-out"), "fate");
	must(hgx_rule_at(0) && !hgx_rule_at(100000), "rules");
	must(hgx_example_name(0) && !hgx_example_name(1000), "examples");
}

void sizes()
{
	must(hgx_error_size() == sizeof(hgx_error), "size of an error");
	must(hgx_host_options_size() == sizeof(hgx_host_options), "size of host options");
	must(hgx_domain_options_size() == sizeof(hgx_domain_options), "size of domain options");
	must(hgx_plan_options_size() == sizeof(hgx_plan_options), "size of plan options");
	must(hgx_nccl_options_size() == sizeof(hgx_nccl_options), "size of NCCL options");
	must(hgx_qemu_options_size() == sizeof(hgx_qemu_options), "size of QEMU options");
	must(hgx_forecast_options_size() == sizeof(hgx_forecast_options), "size of forecast options");
	must(hgx_kernel_options_size() == sizeof(hgx_kernel_options), "size of kernel options");
	must(hgx_check_options_size() == sizeof(hgx_check_options), "size of check options");
}

// Walks down from the root by hand: as many nodes as hgx_node_next() steps through.
size_t below(const hgx_node *node)
{
	size_t count = 1;

	for (auto child = hgx_node_first_child(node); child; child = hgx_node_next_sibling(child)) {
		must(hgx_node_parent(child) == node, "a child has its parent");
		count += below(child);
	}
	return count;
}

void nodes(const hgx_topo *topo)
{
	const hgx_node *root = hgx_topo_root(topo), *node = nullptr;
	size_t steps = 0, processors = 0, cpus = 0, memories = 0;

	while ((node = hgx_node_next(root, node)) != nullptr) {
		steps++;
		must(hgx_topo_find(topo, hgx_node_name(node)) == node, "a node is found by its name");
		processors += hgx_node_processor(node) != nullptr;
		cpus += hgx_node_cpu(node) != nullptr;
		memories += hgx_node_memory(node) != nullptr;
	}
	must(steps == below(root), "every node is stepped through");
	must(processors == 2 && cpus == 96 && memories == 2, "processors, CPUs and nodes");
}

void devices(const hgx_topo *topo)
{
	const hgx_node *gpu = hgx_topo_find(topo, "19:00.0");
	const hgx_node *nic = hgx_node_nearest(gpu, HGX_NIC);

	must(hgx_node_kind(gpu) == HGX_GPU && hgx_node_kind(nic) == HGX_NIC, "kinds");
	must(hgx_distance(gpu, nic) == HGX_PIX, "a NIC beside its GPU");
	must(hgx_node_numa(gpu) == hgx_node_numa(nic), "on one node");
	hgx_link now{}, possible{};
	must(hgx_node_link(gpu, &now, &possible) && possible.width == 16, "its link");
	must(hgx_node_pci(gpu)->link_max.width == possible.width, "and its own");
	must(hgx_node_next_of(hgx_topo_root(topo), nullptr, HGX_GPU) == gpu, "the first GPU");
}

void about(const hgx_topo *topo)
{
	const hgx_finding *first = nullptr;
	const size_t count = hgx_topo_findings(topo, &first);

	for (const auto &finding : findings(count, first))
		must(finding.rule && finding.text, "a finding has a rule and a text");
	must(!hgx_topo_is_guest(topo), "a host");
	must(!hgx_topo_software(topo, "nothing"), "software that nobody knows");
}

void dumps(const hgx_topo *topo)
{
	const std::string json = text(hgx_emit_json, topo);
	const topology again(made<hgx_topo>(hgx_topo_from_json, json.data(), json.size(), nullptr));

	must(text(hgx_emit_json, again.get()) == json, "the dump is read back");
	must(text(hgx_emit_json_with_ids, topo).size() >= json.size(), "the dump with ids");
	must(text(hgx_emit_tree, topo).find("0000:19:00.0") != std::string::npos, "the tree");
	must(text(hgx_emit_matrix, topo).find("PIX") != std::string::npos, "the matrix");
}

// This machine, whatever it is; where a program is built, /sys may be missing.
void here()
{
	const auto host = options<hgx_host_options>();
	hgx_error err{};
	hgx_topo *raw = nullptr;
	const int code = hgx_topo_from_host(&raw, &host, &err);
	const topology topo(raw);

	must(code == HGX_OK ? hgx_node_kind(hgx_topo_root(raw)) == HGX_MACHINE : !raw && err.text[0],
	     "this machine");
}

void installed()
{
	hgx_error err{};
	char *version = nullptr;
	const int code = hgx_installed_version(&version, "libvirt", &err);

	must(code == HGX_OK ? version && *version : !version && code == err.code, "the libvirt here");
	hgx_text_free(version);
	must(hgx_installed_version(&version, "nothing", &err) == HGX_MISSING && !version,
	     "software that is not here");
}

void guests(const hgx_plan *plan, const hgx_topo *host)
{
	const auto nccl = options<hgx_nccl_options>();
	auto about = options<hgx_domain_options>();
	const hgx_topo *guest = hgx_plan_guest(plan);
	const std::string planned = text(hgx_emit_nccl, guest, &nccl);
	const std::string domain = text(hgx_emit_libvirt, plan);

	about.host = host;
	about.libvirt_version = "11.3";
	const topology read(made<hgx_topo>(hgx_topo_from_domain, domain.data(), domain.size(),
					   "vm.xml", &about));
	const topology matched(made<hgx_topo>(hgx_topo_match, guest, guest));
	must(text(hgx_emit_nccl, read.get(), &nccl) == planned, "the NCCL file of the domain");
	must(text(hgx_emit_nccl, matched.get(), &nccl) == planned, "the NCCL file of the guest");
}

bool refused(int (*emit)(const hgx_plan *, char **, hgx_error *), const hgx_plan *plan)
{
	hgx_error err{};
	char *out;

	return emit(plan, &out, &err) == HGX_INVALID && !out;
}

// Two VMs: both maps and one kernel command line for them.
void together(const hgx_topo *host)
{
	auto about = options<hgx_plan_options>();
	const auto kernel = options<hgx_kernel_options>();
	auto qemu = options<hgx_qemu_options>();
	std::vector<vm> vms;
	std::vector<hgx_plan *> plans;

	about.vms = 2;
	for (about.vm = 1; about.vm <= about.vms; about.vm++) {
		vms.emplace_back(made<hgx_plan>(hgx_plan_new, host, &about));
		plans.push_back(vms.back().get());
	}
	const size_t count = plans.size();
	must(text(hgx_emit_map, plans.data(), count).find("hgx-vm-2") != std::string::npos, "the map");
	must(text(hgx_emit_map_json, plans.data(), count).front() == '{', "the map as JSON");
	must(text(hgx_emit_guest_json, plans[0]).find("\"plan\": {") != std::string::npos, "its guest");
	const std::unique_ptr<hgx_findings, freed> noticed(made<hgx_findings>(hgx_findings_of_plan, plans[0]));
	must(hgx_findings_count(noticed.get()) > 0, "what the plan noticed");
	const hgx_error nothing{};
	must(text(hgx_emit_error_json, &nothing).find("hgxtopo-error") != std::string::npos, "an error");
	must(refused(hgx_emit_changes, plans[0]) && refused(hgx_emit_changes_json, plans[0]),
	     "a plan without a base domain changes none");
	must(text(hgx_emit_kernel_args, plans.data(), count, &kernel).find("vfio-pci.ids=") !=
		std::string::npos, "the kernel arguments");
	qemu.format = HGX_QEMU_JSON;
	must(text(hgx_emit_qemu, plans[0], &qemu).front() == '[', "the arguments as JSON");
}

// What NCCL decides on the host, and on the file that is written for it.
void forecasts(const hgx_topo *host)
{
	const auto nccl = options<hgx_nccl_options>();
	const auto about = options<hgx_forecast_options>();
	const std::string file = text(hgx_emit_nccl, host, &nccl);
	hgx_nccl_forecast *both[] = { made<hgx_nccl_forecast>(hgx_forecast, host, &about),
				      made<hgx_nccl_forecast>(hgx_forecast_file, file.data(), file.size(),
							      "topo.xml", &about) };
	const char *titles[] = { "host", "file" };
	const hgx_gpu_forecast *gpus = nullptr;
	const hgx_finding *findings = nullptr;

	must(hgx_forecast_gpus(both[0], &gpus) == 8 && gpus[0].gdr_receive, "the GPUs of a forecast");
	must(hgx_forecast_bound(both[0]) > 383, "the bound of a forecast");
	must(hgx_forecast_findings(both[0], &findings) == 1, "the findings of a forecast");
	must(text(hgx_emit_forecast_json, both[0]) == text(hgx_emit_forecast_json, both[1]),
	     "the forecast of a file");
	must(text(hgx_emit_forecast, both, titles, size_t{ 2 }).find("PIX") != std::string::npos,
	     "forecasts as text");
	const std::unique_ptr<hgx_findings, freed> noticed(
		made<hgx_findings>(hgx_findings_of_forecast, both[0]));
	must(noticed != nullptr, "what a forecast assumed");
	hgx_forecast_free(both[0]);
	hgx_forecast_free(both[1]);
}

void numbers(const hgx_plan *plan, const hgx_topo *host)
{
	const hgx_vcpu *vcpus = nullptr;
	const uint32_t *cpus = nullptr;
	const hgx_verdict *verdict = hgx_plan_verdict(plan, hgx_topo_find(host, "19:00.0"));

	must(verdict && verdict->fate == HGX_FATE_THIS_VM && verdict->reason, "the GPU's verdict");
	must(hgx_plan_vcpus(plan, &vcpus) == 88 && vcpus[0].id == 0, "the vCPUs");
	must(hgx_plan_emulator_cpus(plan, &cpus) == 8, "the CPUs of QEMU's threads");
	must(hgx_plan_page_size(plan) == 0, "normal pages");
	must(hgx_plan_window(plan) % 1048576 == 0, "the window is in whole MiB");
}

void the_plan(const hgx_topo *host)
{
	auto about = options<hgx_plan_options>();
	about.name = "every";
	const vm plan(made<hgx_plan>(hgx_plan_new, host, &about));
	const hgx_node *gpu = hgx_topo_find(hgx_plan_guest(plan.get()), "24:00.0");
	const hgx_finding *first = nullptr;
	const size_t count = hgx_plan_findings(plan.get(), &first);

	must(hgx_plan_name(plan.get()) == std::string_view("every"), "its name");
	must(hgx_plan_host_of(plan.get(), gpu) == hgx_topo_find(host, "19:00.0"), "its first GPU");
	must(hgx_plan_guest_of(plan.get(), hgx_topo_find(host, "19:00.0")) == gpu, "and back");
	must(!findings(count, first).empty(), "what was left out");
	numbers(plan.get(), host);
	must(hgx_plan_host_memory(uint64_t{ 16 } << 30) == uint64_t{ 8 } << 30, "the host's memory");
	guests(plan.get(), host);
}

void refused(const hgx_topo *host)
{
	auto about = options<hgx_plan_options>();
	hgx_error err{};
	hgx_plan *plan = nullptr;

	about.gpus = "99";
	must(hgx_plan_new(&plan, host, &about, &err) == err.code && err.code && !plan, "GPU 99");
}

void checked(const hgx_topo *host)
{
	const auto how = options<hgx_check_options>();
	const std::unique_ptr<hgx_findings, freed> list(made<hgx_findings>(hgx_check_host, host, &how));
	hgx_findings *const lists[] = { list.get() };

	const std::string xml = "<domain><os><type machine='q35'>hvm</type></os><devices/></domain>";
	const hgx_domain_text domain = { xml.data(), xml.size(), nullptr };
	const std::unique_ptr<hgx_findings, freed> of_domain(
		made<hgx_findings>(hgx_check_domain, &domain, size_t{ 1 }, host, &how));

	for (size_t i = 0; i < hgx_findings_count(list.get()); i++)
		must(hgx_findings_at(list.get(), i)->text, "a finding has a text");
	const std::unique_ptr<hgx_findings, freed> read(made<hgx_findings>(hgx_findings_of_topo, host));
	must(read != nullptr, "what was noticed while reading");
	must(!text(hgx_emit_findings, lists, 1u, 0).empty(), "findings for people");
	must(!text(hgx_emit_finding_lines, lists, 1u, 0, HGX_NOTE, nullptr).empty(), "findings as lines");
	must(text(hgx_emit_findings_json, lists, 1u).find("hgxtopo-findings") != std::string::npos,
	     "findings as JSON");
}

void checked_nccl(const hgx_topo *host)
{
	const std::string file = "<system version=\"1\"><cpu/></system>";
	hgx_findings *found = nullptr, *changes = nullptr;
	hgx_plan *plan = nullptr;
	char *fixed = nullptr;
	hgx_error err{};

	must(!hgx_check_nccl(&found, file.data(), file.size(), "topo.xml", nullptr, host, nullptr, &err), "an NCCL file");
	must(hgx_findings_count(found) > 0, "what is wrong with it");
	hgx_findings_free(found);
	must(!hgx_fix_nccl(&fixed, &changes, file.data(), file.size(), "topo.xml", host, &err), "the file to have");
	hgx_findings_free(changes);
	hgx_text_free(fixed);
	must(!hgx_check_nccl_setup(&found, nullptr, "/b.xml", nullptr, nullptr, 0, nullptr, &err), "files at work");
	hgx_findings_free(found);
	must(!hgx_plan_new(&plan, host, nullptr, &err), "a plan");
	must(!hgx_check_guest(&found, hgx_plan_guest(plan), hgx_plan_guest(plan), nullptr, &err), "a running guest");
	hgx_findings_free(found);
	hgx_plan_free(plan);
}

void compared(const hgx_topo *host)
{
	const std::unique_ptr<hgx_findings, freed> list(made<hgx_findings>(hgx_compare, host, host));
	hgx_fleet *fleet = nullptr;
	hgx_error err{};

	must(!hgx_findings_count(list.get()), "a host does not differ from itself");
	must(text(hgx_fingerprint, host).size() == 21, "the fingerprint");
	must(!hgx_fleet_new(&fleet, &err) && !hgx_fleet_add(fleet, 1, host, &err), "a fleet");
	must(hgx_fleet_first(fleet, 1) == 1 && hgx_fleet_norm(fleet, 1) == 1, "one host");
	must(hgx_fleet_alike(fleet, 1) == 1 && hgx_fleet_model(fleet, 1), "its model");
	must(hgx_fleet_first(fleet, 0) == HGX_FLEET_NONE, "no such host");
	hgx_fleet_free(fleet);
}

} // namespace

int main()
try {
	const topology host(made<hgx_topo>(hgx_topo_from_example, "hgx-h200"));

	values();
	sizes();
	nodes(host.get());
	devices(host.get());
	about(host.get());
	dumps(host.get());
	here();
	installed();
	the_plan(host.get());
	forecasts(host.get());
	together(host.get());
	refused(host.get());
	checked(host.get());
	checked_nccl(host.get());
	compared(host.get());
	return 0;
} catch (const std::exception &wrong) {
	std::cerr << wrong.what() << '\n';
	return 1;
}
