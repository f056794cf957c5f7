#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes the JSON of a host for diff.sh.

    diff.py renumber FILE      other buses, groups, names and an idle GPU: the same host
    diff.py agree COMMAND FILE N
                               N times: the root buses in another order, CPUs numbered anew, and
                               for some NUMA nodes and packages exchanged; says where diff and
                               fingerprint do not agree
    diff.py changes FILE EXPECTED DIR
                               one change each, DIR/NAME.json; for each that this host allows a line
                               "NAME|RULE|SEVERITY|NODE", about the one difference that is due from
                               EXPECTED, of which FILE is a renumbering
    diff.py judge COMMAND FILE DIR <LINES
                               what `COMMAND diff` and `fingerprint` say otherwise than due; the
                               names of the changes on standard error
    diff.py fleet FILE DIR N   N hosts of it, each renumbered in its own way
"""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys


def bus_of(address):
    return int(address.split(':')[1], 16)


def moved(name, shift):
    """An address or root bus, with another bus number."""
    domain, bus, *rest = name.split(':')
    return ':'.join([domain, f'{int(bus, 16) + shift:02x}', *rest])


def renumber(host, chance):
    host = copy.deepcopy(host)
    room = 255 - max(bus_of(pci['address']) for pci in host['pci'])
    shift = chance.randint(0, room)
    groups = list(range(4096))
    chance.shuffle(groups)
    host['host_bridges'] = [moved(name, shift) for name in host['host_bridges']]
    for pci in host['pci']:
        for key in ('address', 'parent', 'physical_function'):
            if pci.get(key):
                pci[key] = moved(pci[key], shift)
        if pci['iommu_group'] is not None:
            pci['iommu_group'] = groups[pci['iommu_group']]
        if pci['kind'] in ('gpu', 'accelerator') and pci['link_now']:
            pci['link_now']['mts'] = 2500
        for device in pci['os_devices']:
            device['name'] = f'x{device["name"]}'
    for node in host['numa_nodes']:
        for pages in node['huge_pages']:
            pages['free'] = pages['total'] // 2
        if node['memory'] > 1 << 34:
            node['memory'] -= chance.randint(0, 2048 if node['memory'] > 1 << 37 else 64) << 20
    host['findings'] = []
    host['software'] = {'libvirt': None, 'qemu': None, 'ovmf': None}
    return host


def segments(host):
    """First and last bus number of each root bus of a domain, by domain."""
    domains = {}
    for name in host['host_bridges']:
        domain, bus = name.split(':')
        domains.setdefault(domain.removeprefix('pci'), []).append(int(bus, 16))
    return {domain: [(start, (starts + [256])[starts.index(start) + 1] - 1) for start in starts]
            for domain, starts in ((domain, sorted(starts)) for domain, starts in domains.items())}


def permute(host, chance):
    """The firmware gives the root buses their numbers in another order."""
    host = copy.deepcopy(host)
    new = {}
    for domain, parts in segments(host).items():
        free = 0
        for start, end in chance.sample(parts, len(parts)):
            for bus in range(start, end + 1):
                new[domain, bus] = free
                free += 1

    def renamed(name):
        domain, bus, *rest = name.removeprefix('pci').split(':')
        prefix = 'pci' if name.startswith('pci') else ''
        return ':'.join([prefix + domain, f'{new[domain, int(bus, 16)]:02x}', *rest])

    host['host_bridges'] = [renamed(name) for name in host['host_bridges']]
    for pci in host['pci']:
        for key in ('address', 'parent', 'physical_function'):
            if pci.get(key):
                pci[key] = renamed(pci[key])
    return host


def renumber_cpus(host, chance):
    """As a kernel may number the threads of the cores in another way."""
    host = copy.deepcopy(host)
    ids = [cpu['id'] for cpu in host['cpus']]
    for cpu, number in zip(host['cpus'], chance.sample(ids, len(ids))):
        cpu['id'] = number
    return host


def exchange(host, chance):
    """Other numbers for NUMA nodes and packages: what stands on which is wired, and counts."""
    host = copy.deepcopy(host)
    ids = [node['id'] for node in host['numa_nodes']]
    new = dict(zip(ids, chance.sample(ids, len(ids))))
    for node in host['numa_nodes']:
        node['id'] = new[node['id']]
        if node['distances']:
            node['distances'] = [distance for _, distance in sorted(
                (new[other], distance) for other, distance in zip(ids, node['distances']))]
    for thing in host['cpus'] + host['pci']:
        thing['numa_node'] = new.get(thing['numa_node'])
    return host


# ----------------------------------------------------------------- single changes
# Each takes a copy of the host, changes one thing and returns the rule, the severity and the node
# that are due; None: the host has nothing of the kind.

def of_kind(host, *kinds):
    return [pci for pci in host['pci'] if pci['kind'] in kinds and not pci['physical_function']]


def parent_of(host, pci):
    return next((other for other in host['pci'] if other['address'] == pci['parent']), None)


def is_first(host, pci):
    return min(other['address'] for other in host['pci']
               if other['parent'] == pci['parent']) == pci['address']


def linked(host, *kinds):
    """Devices with a link to a port, of which they are the first function."""
    return [pci for pci in of_kind(host, *kinds) if pci['link_now'] and pci['link_max'] and
            is_first(host, pci) and parent_of(host, pci) and
            parent_of(host, pci)['kind'] in ('root-port', 'switch-down')]


def alone(host, *kinds):
    """Devices that can go without taking others along."""
    return [pci for pci in of_kind(host, *kinds)
            if not any(other['physical_function'] == pci['address'] for other in host['pci'])]


def take_out(host, *kinds):
    """The node is that of the host which still has it: the number of its entry stands for it."""
    for pci in alone(host, *kinds):
        number = host['pci'].index(pci)
        del host['pci'][number]
        return 'diff-gone', 'problem', number


def gone_gpu(host):
    return take_out(host, 'gpu', 'accelerator')


def gone_nic(host):
    return take_out(host, 'nic')


def gone_drive(host):
    return take_out(host, 'nvme')


def narrow(host, *kinds):
    for pci in linked(host, *kinds):
        if pci['link_now']['width'] > 4:
            pci['link_now']['width'] = 4
            return 'diff-link', 'warning', pci['address']


def narrow_gpu(host):
    return narrow(host, 'gpu')


def narrow_uplink(host):
    return narrow(host, 'switch-up')


def slow_nic(host):
    for pci in linked(host, 'nic', 'nvme'):
        if pci['link_now']['mts'] > 2500:
            pci['link_now']['mts'] = 2500
            return 'diff-link', 'warning', pci['address']


def weaker_nic(host):
    for pci in linked(host, 'nic'):
        if pci['link_max']['mts'] > 8000:
            pci['link_max']['mts'] = 8000
            pci['link_now']['mts'] = 8000
            return 'diff-link', 'warning', pci['address']


def other_node(host):
    for pci in of_kind(host, 'nic', 'nvme', 'gpu'):
        others = [node['id'] for node in host['numa_nodes'] if node['id'] != pci['numa_node']]
        if pci['numa_node'] is not None and others:
            pci['numa_node'] = others[0]
            return 'diff-numa', 'warning', pci['address']


def other_model(host):
    for pci in of_kind(host, 'nic'):
        pci['device'] = '0x0001'
        return 'diff-model', 'warning', pci['address']


def infiniband(host):
    for pci in of_kind(host, 'nic'):
        if pci['class'] in ('0x020000', '0x020700'):
            pci['class'] = '0x020000' if pci['class'] == '0x020700' else '0x020700'
            return 'diff-model', 'warning', pci['address']


def bar(host):
    for pci in of_kind(host, 'gpu', 'nic'):
        for one in pci['bars']:
            if one['size'] >= 1 << 16 and one['index'] < 6:
                one['size'] *= 2
                return 'diff-bar', 'warning', pci['address']


def acs(host):
    for pci in of_kind(host, 'switch-down', 'root-port'):
        if pci['acs'] and pci['acs']['present']:
            pci['acs']['control'] = '0x0000' if int(pci['acs']['control'], 16) else '0x001d'
            return 'diff-acs', 'warning', pci['address']


def ats(host):
    for pci in of_kind(host, 'nic', 'nvme', 'gpu'):
        if pci['ats'] and not pci['ats']['present']:
            pci['ats'] = {'present': True, 'capability': '0x0060', 'control': '0x8000'}
            return 'diff-ats', 'warning', pci['address']


def driver(host):
    for pci in of_kind(host, 'nic', 'nvme', 'gpu'):
        pci['driver'] = 'vfio-pci' if pci['driver'] != 'vfio-pci' else 'pci-stub'
        return 'diff-driver', 'note', pci['address']


def virtual_functions(host):
    for pci in of_kind(host, 'nic', 'gpu'):
        if pci['sriov'] and not pci['sriov']['enabled']:
            pci['sriov']['total'] += 1
            return 'diff-vf', 'warning', pci['address']


def groups_join(host):
    """The group of a device takes in another one's; the first of both by address is named."""
    devices = [pci for pci in of_kind(host, 'gpu', 'nic', 'nvme')
               if pci['iommu_group'] is not None]
    for other in devices[1:]:
        joined, left = devices[0]['iommu_group'], other['iommu_group']
        if joined == left:
            continue
        for pci in host['pci']:
            if pci['iommu_group'] == left:
                pci['iommu_group'] = joined
        return 'diff-group', 'warning', devices[0]['address']


def iommu_off(host):
    if not any(pci['iommu_group'] is not None for pci in host['pci']):
        return None
    for pci in host['pci']:
        pci['iommu_group'] = None
    return 'diff-group', 'warning', None


def fewer_nodes(host):
    """As the firmware can join nodes: the last goes into the first."""
    if len(host['numa_nodes']) < 2:
        return None
    first, last = host['numa_nodes'][0], host['numa_nodes'].pop()
    first['memory'] += last['memory']
    for node in host['numa_nodes']:
        if node['distances']:
            node['distances'].pop()
    for thing in host['cpus'] + host['pci']:
        if thing['numa_node'] == last['id']:
            thing['numa_node'] = first['id']
    return 'diff-nodes', 'warning', None


def processor(host):
    for package in host['packages']:
        package['name'] = 'Another Processor'
    first = host['packages'][0]['id'] if host['packages'] else None
    return None if first is None else ('diff-processor', 'warning', f'package{first}')


def cpu_offline(host):
    online = [cpu for cpu in host['cpus'] if cpu['online']]
    if not online or any(cpu['core'] is None for cpu in online):
        return None
    online[-1]['online'] = False
    return 'diff-cpus', 'warning', None


def memory(host):
    for node in host['numa_nodes']:
        if node['memory'] >= 1 << 30:
            node['memory'] //= 2
            return 'diff-memory', 'warning', f'node{node["id"]}'


def dimm(host):
    """16 GiB, of which the kernel of such a node keeps a 64th for itself."""
    for node in host['numa_nodes']:
        if node['memory'] >= 1 << 37:
            node['memory'] -= 63 << 28
            return 'diff-memory', 'warning', f'node{node["id"]}'


def huge_pages(host):
    for node in host['numa_nodes']:
        for pages in node['huge_pages']:
            if pages['size'] == 1 << 30:
                pages['total'] += 1
                return 'diff-memory', 'note', f'node{node["id"]}'


def distances(host):
    for node in host['numa_nodes'][1:]:
        if node['distances'] and node['distances'][0] < 200:
            node['distances'][0] += 1
            return 'diff-distances', 'warning', f'node{node["id"]}'


def other_switch(host):
    """A NIC goes below the switch of another, on the same node, where a port appears for it."""
    for nic in alone(host, 'nic'):
        old = parent_of(host, nic)
        for port in of_kind(host, 'switch-down') if old and old['kind'] == 'switch-down' else []:
            if port['numa_node'] != nic['numa_node'] or port['parent'] == old['parent'] or \
                    not is_first(host, nic):
                continue
            new = dict(old, parent=port['parent'], address=f'{port["address"][:-4]}1e.0')
            host['pci'].append(new)
            nic['parent'] = new['address']
            return 'diff-path', 'warning', nic['address']


CHANGES = [gone_gpu, gone_nic, gone_drive, narrow_gpu, narrow_uplink, slow_nic, weaker_nic,
           other_node, other_model, infiniband, bar, acs, ats, driver, virtual_functions, groups_join,
           iommu_off, fewer_nodes, processor, cpu_offline, memory, dimm, huge_pages, distances,
           other_switch]


def write(host, path):
    with open(path, 'w') as file:
        json.dump(host, file)


def changes(host, expected, directory):
    for change in CHANGES:
        changed = copy.deepcopy(host)
        due = change(changed)
        if not due:
            continue
        rule, severity, node = due
        if isinstance(node, int):
            node = expected['pci'][node]['address']
        write(changed, f'{directory}/{change.__name__}.json')
        print(change.__name__, rule, severity, node or '', sep='|')


# What a fingerprint does not depend on.
SETTINGS = {'infiniband', 'acs', 'ats', 'bar', 'driver', 'groups_join', 'iommu_off', 'virtual_functions',
            'huge_pages', 'cpu_offline'}


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def judge(command, expected, directory):
    same = run(command, 'fingerprint', expected)
    for line in sys.stdin:
        name, due = line.rstrip('\n').split('|', 1)
        file = f'{directory}/{name}.json'
        status, said = run(command, 'diff', '--json', expected, file)
        told = ['|'.join((one['rule'], one['severity'], one['node'] or ''))
                for one in json.loads(said)['findings']]
        if status != 1 or told != [due]:
            print(f'{name}: {due} is due; exit status {status}, {told}')
        if (run(command, 'fingerprint', file) == same) != (name in SETTINGS):
            print(f'{name}: the fingerprint is wrong')
        print(name, file=sys.stderr)


def agree(command, path, count):
    """A fingerprint is that of the host if diff finds nothing, and only then."""
    host = read(path)
    same = run(command, 'fingerprint', path)
    for seed in range(count):
        chance = random.Random(seed)
        changed = renumber_cpus(permute(renumber(host, chance), chance), chance)
        if seed % 2:
            changed = exchange(changed, chance)
        write(changed, f'{path}.changed')
        status, said = run(command, 'diff', path, f'{path}.changed')
        if status not in (0, 1) or (status and not seed % 2):
            print(f'{seed}: exit status {status}: {said}')
        if (run(command, 'fingerprint', f'{path}.changed') == same) != (status == 0):
            print(f'{seed}: the fingerprint does not agree with: {said}')


def fleet(host, directory, count):
    os.makedirs(directory, exist_ok=True)
    for number in range(count):
        write(renumber(host, random.Random(number)), f'{directory}/host{number:05}.json')


def read(path):
    with open(path) as file:
        return json.load(file)


def main():
    if sys.argv[1] == 'judge':
        judge(*sys.argv[2:])
        return
    if sys.argv[1] == 'agree':
        agree(*sys.argv[2:4], int(sys.argv[4]))
        return
    host = read(sys.argv[2])
    if sys.argv[1] == 'renumber':
        json.dump(renumber(host, random.Random(1)), sys.stdout)
    elif sys.argv[1] == 'changes':
        changes(host, read(sys.argv[3]), sys.argv[4])
    else:
        fleet(host, sys.argv[3], int(sys.argv[4]))


if __name__ == '__main__':
    main()
