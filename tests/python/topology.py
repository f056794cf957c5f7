#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Topologies and nodes in Python, compared with what the command says."""

import copy
import dataclasses
import json
import pathlib
import pickle

import hgxtopo
from hgxtopo import Bdf, Distance, Kind, Node, Topology
from support import ROOTS, command, example, refused, run, same

HOST = example()


def test_nearest():
    """each GPU has its NIC, by path class"""
    near = [(gpu.name, gpu.nearest(Kind.NIC).name, str(gpu.distance(gpu.nearest('nic'))))
            for gpu in HOST.nodes(Kind.GPU)]
    same(len(near), 8)
    same(near[0], ('0000:19:00.0', '0000:1a:00.0', 'PIX'))
    same({distance for _, _, distance in near}, {'PIX'})


def test_tree():
    """the tree is passed through from parents to children, each node once"""
    seen = set()
    for node in HOST:
        assert node.parent is None or node.parent in seen
        seen.add(node)
    same(len(seen), len(list(HOST)))
    same([child for node in seen for child in node.children if child.parent != node], [])
    same(len([child for node in seen for child in node.children]), len(seen) - 1)


def test_kinds():
    """the nodes of one kind are those of the tree, also below a node"""
    for kind in Kind:
        same(list(HOST.nodes(kind)), [node for node in HOST if node.kind is kind])
        same(list(HOST.nodes(str(kind))), list(HOST.nodes(kind)))
    switch = HOST['0000:16:00.0']
    same([node.name for node in switch.nodes('gpu')], ['0000:19:00.0'])
    same(next(switch.nodes()), switch)


def test_names():
    """a node is found by its name, and an unknown name is a KeyError"""
    same(HOST['3B:00.0'], HOST['0000:3b:00.0'])
    same(HOST.find('nothing'), None)
    same(refused(KeyError, lambda: HOST['nothing']).args, ('nothing',))
    assert '19:00.0' in HOST and 'nothing' not in HOST and 7 not in HOST
    assert HOST['cpu3'] in HOST and example()['cpu3'] not in HOST


def test_root():
    """the root is the machine"""
    same((HOST.root.name, HOST.root.kind, HOST.root.parent), ('machine', Kind.MACHINE, None))


def test_values():
    """nodes have the values of their kind and of no other"""
    for node in HOST:
        kinds = {Kind.CPU: node.cpu, Kind.NUMA: node.memory, Kind.PACKAGE: node.processor}
        for kind, value in kinds.items():
            same(value is not None, node.kind is kind)
        same(node.pci is not None, ':' in node.name and not node.name.startswith(('core', 'pci')))


def test_json():
    """what JSON says of PCI functions is in their values"""
    found = flat(json.loads(HOST.json_with_ids()))
    devices = {entry['address']: entry for entry in found if 'device_name' in entry}
    same(len(devices), sum(1 for node in HOST if node.pci))
    for name, entry in devices.items():
        pci = HOST[name].pci
        same(str(pci.address), name)
        same(f'0x{pci.vendor:04x} 0x{pci.device:04x}', f"{entry['vendor']} {entry['device']}")
        same(f'0x{pci.class_code:06x}', entry['class'])
        for member in ('vendor_name', 'device_name', 'driver', 'slot', 'host_use', 'kind_inferred'):
            same(getattr(pci, member), entry[member])
        for member in ('revision', 'numa_node', 'iommu_group', 'port_type'):
            same(getattr(pci, member), -1 if entry[member] is None else entry[member])


def flat(entry):
    """Every object of a JSON text."""
    if isinstance(entry, dict):
        yield entry
        for value in entry.values():
            yield from flat(value)
    elif isinstance(entry, list):
        for value in entry:
            yield from flat(value)


def test_pci():
    """a GPU has its BARs, links, capabilities and devices of the system"""
    pci = HOST['19:00.0'].pci
    same([bar.size >> 20 for bar in pci.bars], [16, 0, 256 << 10, 0, 32, 0, 0])
    flags = hgxtopo.BarFlag.BAR_64BIT | hgxtopo.BarFlag.PREFETCH
    same({bar.flags for bar in pci.bars if bar.size}, {flags})
    same((pci.link_max.speed, pci.link_max.width, pci.class_code >> 16), (32000, 16, 3))
    same((pci.acs.state, pci.kind_inferred, pci.physical_function), (hgxtopo.Known.ABSENT, False, None))
    nic = HOST['1a:00.0'].pci
    same([(device.type, device.name) for device in nic.os_devices],
         [('net', 'ibp26s0'), ('infiniband', 'mlx5_0')])
    same(nic.os_device_count, 2)


def test_numa():
    """memory, processor and CPU have the header's names"""
    memory, processor, cpu = HOST['node0'].memory, HOST['package0'].processor, HOST['cpu3'].cpu
    same((memory.id, memory.distances, memory.distance_count), (0, (10, 21), 2))
    same([(pool.size, pool.total) for pool in memory.huge_pages], [(2 << 20, 0), (1 << 30, 64)])
    same((processor.vendor, processor.family, processor.arch), ('GenuineIntel', 6, 'x86_64'))
    same((cpu.id, cpu.package, cpu.numa_node, cpu.online), (3, 1, 1, True))
    same(HOST['19:00.0'].numa, HOST['node0'])


def test_link():
    """a function has the link to its port, and a root port has none"""
    link = HOST['19:00.0'].link
    same((link.possible.speed, link.possible.width), (32000, 16))
    same(link.now.width, 16)
    same(HOST['15:01.0'].link, None)


def test_distance():
    """distances to nothing, to a node of another topology and to itself are answered"""
    gpu = HOST['19:00.0']
    same(gpu.distance(None), Distance.NOWHERE)
    same(gpu.distance(example()['19:00.0']), Distance.NOWHERE)
    same(gpu.distance(gpu), Distance.SELF)
    assert gpu.distance(HOST['1a:00.0']) < gpu.distance(HOST['9b:00.0'])
    refused(TypeError, gpu.distance, '1a:00.0')


def test_dumps():
    """the texts of a topology are those of the command"""
    dump = ('dump', '--from', 'example:hgx-h200')
    same(HOST.tree(), command(*dump))
    same(HOST.matrix(), command(*dump, '--matrix'))
    same(HOST.json(), command(*dump, '--json'))
    same(HOST.json_with_ids(), command(*dump, '--json', '--with-ids'))
    same(HOST.nccl(), command('emit', '--nccl', '--profile', 'host', '--from', 'example:hgx-h200'))


def test_read_again():
    """JSON is read again from text and from bytes, and an error has its name"""
    same(Topology.from_json(HOST.json()).json(), HOST.json())
    same(Topology.from_json(HOST.json().encode()).json(), HOST.json())
    error = refused(hgxtopo.Error, Topology.from_json, '{', name='here.json')
    same((error.code, str(error).split(':')[0]), (hgxtopo.Code.SYNTAX, 'here.json'))
    assert str(refused(hgxtopo.Error, Topology.from_json, '{')).startswith('the topology')
    refused(hgxtopo.Error, Topology.from_json, '{}\0')


def test_captured():
    """a captured root is read, by text and by path"""
    root = pathlib.Path(ROOTS, 'hgx-h200')
    dump = command('dump', '--json', '--from', str(root))
    same(Topology.from_host(root).json(), dump)
    same(Topology.from_host(str(root)).json(), dump)
    same(refused(hgxtopo.Error, Topology.from_host, '/nowhere').code, hgxtopo.Code.MISSING)


def test_running():
    """the running machine is read, or refused with a reason"""
    try:
        same(Topology.from_host().root.kind, Kind.MACHINE)
    except hgxtopo.Error as error:
        assert str(error)


def test_domain():
    """a domain is read, with and without its host"""
    plan = hgxtopo.Plan(HOST, reserve_cores=8)
    guest = Topology.from_domain(plan.libvirt(), host=HOST, libvirt_version='11.3')
    same(guest.nccl(), plan.nccl())
    assert guest.is_guest and not HOST.is_guest
    alone = Topology.from_domain(plan.libvirt().encode(), 'vm.xml')
    assert 'link_speed' in guest.nccl() and 'link_speed' not in alone.nccl()
    assert str(refused(hgxtopo.Error, Topology.from_domain, '<a/>', 'vm.xml')).startswith('vm.xml')
    refused(TypeError, Topology.from_domain, plan.libvirt(), host=plan)
    error = refused(hgxtopo.Error, Topology.from_domain, plan.libvirt(), libvirt_version='x')
    same(error.option, 'libvirt_version')


def test_match():
    """a running guest is matched with its plan, and outlives both"""
    plan = hgxtopo.Plan(example(), reserve_cores=8)
    seen = Topology.from_json(plan.guest.json())
    matched, planned = seen.match(plan.guest), plan.nccl()
    del plan, seen
    same(matched.nccl(), planned)
    assert matched.findings and all(finding.text for finding in matched.findings)
    refused(hgxtopo.Error, HOST.match, HOST)
    refused(TypeError, HOST.match, HOST.root)


def test_findings():
    """a finding has rule, severity, node, text and remedy, and prints as its text"""
    host = Topology.from_host(pathlib.Path(ROOTS, 'made-narrow-links'))
    found = {finding.rule: finding for finding in host.findings}['link-narrow']
    same((found.node, found.node in host, found.severity), (host['b8:00.0'], True, hgxtopo.Severity.WARNING))
    assert '0000:b8:00.0' in found.text and str(found) == found.text and found.remedy
    same([finding.node for finding in Topology.from_host(pathlib.Path(ROOTS, 'made-no-gpu')).findings], [None])


def test_software():
    """versions of programs and of the library are told"""
    same((HOST.software('libvirt'), HOST.software('nothing')), ('9.0.0', None))
    same(refused(hgxtopo.Error, hgxtopo.installed_version, 'nothing').rule, 'software-missing')
    same(hgxtopo.version(), command('--version').split()[1])
    same(hgxtopo.__version__, hgxtopo.version())
    same(hgxtopo.examples(), ('hgx-h200',))


def test_rules():
    """rules are listed, with the code of their refusal"""
    rules = {rule.id: rule for rule in hgxtopo.rules()}
    assert len(rules) > 100
    same(rules['huge-pages-missing'].code, hgxtopo.Code.REFUSED)
    same(rules['left-out'].code, hgxtopo.Code.OK)
    assert all(rule.meaning for rule in rules.values())


def test_enums():
    """enums print as the library names them, and are found by that name"""
    same([str(Kind.ROOT_PORT), f'{Distance.PIX:>5}', str(Distance.SELF)], ['root-port', '  PIX', 'X'])
    same([str(hgxtopo.Code.NO_MEMORY), str(hgxtopo.Severity.PROBLEM)], ['no-memory', 'problem'])
    same(str(hgxtopo.Fate.LEFT_OUT), 'left-out')
    same([Kind('root-port'), Kind('ROOT_PORT'), Distance('pxb')], [Kind.ROOT_PORT, Kind.ROOT_PORT, Distance.PXB])
    error = refused(ValueError, HOST.nodes, 'gpus')
    assert "'gpu'" in str(error) and "'gpus'" in str(error)


def test_newer():
    """a kind of a newer library is a number with a name"""
    kind = Kind(1000)
    same((kind.value, kind.name, str(kind)), (1000, 'UNKNOWN_1000', 'unknown-1000'))
    assert kind not in list(Kind)


def test_addresses():
    """addresses are read, written and sorted"""
    same(Bdf.parse('19:00.1'), Bdf(0, 0x19, 0, 1))
    same(str(Bdf.parse('10000:E1:00.0')), '10000:e1:00.0')
    assert Bdf.parse('19:00.1') > Bdf.parse('19:00.0')
    same(refused(hgxtopo.Error, Bdf.parse, '19').rule, 'address-malformed')
    same(hgxtopo.parse_size('1.5K'), 1536)
    same(refused(hgxtopo.Error, hgxtopo.parse_size, '12').rule, 'size-malformed')


def test_repr():
    """repr() says what a thing is"""
    same(repr(HOST), '<Topology of a host: 8 gpu, 10 nic, 9 nvme, 4 nvswitch, 2 numa, 96 cpu>')
    same(repr(HOST['19:00.0']), '<Node gpu 0000:19:00.0>')
    same(repr(HOST['19:00.0'].pci), '<Pci 0000:19:00.0 [10de:2335] GH100 [H200 SXM 141GB]>')
    same(repr(Bdf.parse('19:00.0')), 'Bdf(domain=0, bus=25, device=0, function=0)')


def test_constant():
    """values and handles cannot be changed, made by hand or sent to another process"""
    pci = HOST['19:00.0'].pci
    refused(dataclasses.FrozenInstanceError, setattr, pci, 'vendor', 1)
    refused(AttributeError, setattr, HOST, 'name', 1)
    refused(TypeError, Topology)
    refused(TypeError, Node)
    for thing in HOST, HOST.root, hgxtopo.Plan(HOST):
        assert copy.copy(thing) is thing and copy.deepcopy([thing])[0] is thing
        assert 'cannot be pickled' in str(refused(TypeError, pickle.dumps, thing))


def test_nodes_are_equal():
    """two objects for one node are equal and hash alike"""
    same({HOST['19:00.0'], HOST['0000:19:00.0']}, {HOST['19:00.0']})
    assert HOST['19:00.0'] != example()['19:00.0'] and HOST.root != 'machine'


run(globals())
