#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever is deleted first, nothing dangles and nothing leaks: run under valgrind or with the sanitizers.

HGX_PLANT=leak and HGX_PLANT=early plant a leak and a use after free, which must be found."""

import gc
import itertools
import os
import threading
import weakref

import hgxtopo
from hgxtopo import Plan, Topology, handles
from support import ROOTS, example, refused, run, same


def everything():
    """One of each thing that depends on another."""
    host = example()
    plan = Plan(host, vm=2, vms=4)
    finding = next(finding for finding in plan.findings if finding.node)
    return {'host': host, 'plan': plan, 'guest': plan.guest, 'gpu': host['4c:00.0'],
            'seen': plan.guest['24:00.0'], 'finding': finding, 'nodes': host.nodes(), 'checked': host.check(),
            'compared': plan.guest.compare(host), 'gone': gone(plan.guest.compare(host)),
            'fleet': fleet_of(host), 'forecast': hgxtopo.Forecast(plan.guest)}


def gone(findings):
    """A finding about a node of what was expected, which only this refers to."""
    return next(finding for finding in findings if finding.rule == 'diff-gone')


def fleet_of(host):
    fleet = hgxtopo.Fleet()
    fleet.add(3, host)
    fleet.add(5, example())
    return fleet


USES = {
    'host': lambda host: same(host.root.name, 'machine'),
    'plan': lambda plan: same((plan.name, plan.host.is_guest, len(plan.vcpus)), ('hgx-vm-2', False, 22)),
    # the links in the file of a guest come from the host
    'guest': lambda guest: same('link_speed' in guest.nccl(), True),
    'gpu': lambda gpu: same(gpu.nearest('nic').pci.vendor, 0x15b3),
    'seen': lambda seen: same(seen.parent.kind.name, 'SWITCH_DOWN'),
    'finding': lambda finding: same(finding.node.topology.is_guest, False),
    'checked': lambda checked: same(next(iter(checked)).node is None or checked[0].node.topology.is_guest, False),
    'compared': lambda compared: same({one.node.topology.is_guest for one in compared if one.node}, {True, False}),
    'gone': lambda finding: same(finding.node.topology.is_guest, False),
    'fleet': lambda fleet: same((fleet.first(5), fleet.norm(3), fleet.alike(3)), (3, 3, 2)),
    'forecast': lambda forecast: same((forecast.gpus[0].path, forecast.json()[0]), ('PIX', '{')),
    'nodes': lambda nodes: same(next(nodes).topology.is_guest, False),
}


def test_orders():
    """things are used and deleted in every order of the first four, and each of the others alone"""
    for order in itertools.permutations(('host', 'plan', 'guest', 'gpu')):
        things = everything()
        for name in (*(name for name in USES if name not in order), *order):
            USES[name](things[name])
            del things[name]
    for name in USES:
        USES[name](everything()[name])


def test_values_stay():
    """values stay when everything else is gone"""
    pci, verdict, vcpus = example()['1a:00.0'].pci, None, Plan(example()).vcpus
    plan = Plan(example())
    verdict = plan.verdict(plan.host['1a:00.0'])
    del plan
    same((pci.os_devices[1].name, pci.slot), ('mlx5_0', '1'))
    same(vcpus[0].host_cpu, 8)
    same((verdict.vm, verdict.because.name), (0, '0000:19:00.0'))


class Session:
    """Refers to itself, and uses everything when it is collected."""

    ended = 0

    def __init__(self):
        self.things = everything()
        self.itself = self

    def __del__(self):
        for name, thing in self.things.items():
            USES[name](thing)
        Session.ended += 1


def test_cycles():
    """a finalizer may use what is collected together with it"""
    for _ in range(5):
        Session()
    gc.collect()
    same((Session.ended, gc.garbage), (5, []))


def test_freed():
    """topologies and plans are freed with the last thing that refers to them"""
    things = everything()
    host, plan = weakref.ref(things['host']), weakref.ref(things['plan'])
    address = things['plan'].pointer + 0
    assert address in handles.PlanPointer.hosts
    del things['plan']
    assert plan() is None and address in handles.PlanPointer.hosts
    del things['guest'], things['seen'], things['finding'], things['compared'], things['gone'], things['forecast']
    assert address not in handles.PlanPointer.hosts and host() is not None
    del things
    assert host() is None


def test_texts():
    """texts and failures leave nothing"""
    host = example()
    plan = Plan(host)
    for write in (host.json, host.tree, host.matrix, plan.libvirt, plan.nccl, plan.qemu, plan.map, plan.kernel_args):
        assert write()
    refused(hgxtopo.Error, Plan, host, gpus='99')
    refused(hgxtopo.Error, Plan, host, base='<domain>')
    refused(hgxtopo.Error, Topology.from_json, '{"format"')
    refused(hgxtopo.Error, plan.changes)


def test_options_stay():
    """texts of options are there during the call"""
    host = example()
    plans = [Plan(host, name=f'a-{number}', gpus=','.join(str(gpu) for gpu in range(number + 1)))
             for number in range(4)]
    same([plan.name for plan in plans], ['a-0', 'a-1', 'a-2', 'a-3'])
    same(len(list(plans[3].guest.nodes('gpu'))), 4)


def test_threads():
    """threads share a topology, plan, and read machines at once"""
    host, done, wrong = example(), [], []

    def work(number):
        try:
            for _ in range(3):
                plan = Plan(host, vm=number % 4 + 1, vms=4)
                same(plan.guest.nccl().count('class="0x0302'), 2)
                same(len([node for node in host if node.kind is hgxtopo.Kind.GPU]), 8)
                same(Topology.from_host(os.path.join(ROOTS, 'made-one-gpu')).is_guest, False)
            done.append(number)
        except Exception as error:  # pylint: disable=broad-except
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same((wrong, sorted(done)), ([], list(range(4))))


def test_fork():
    """a child uses what its parent made, and both free it"""
    things = everything()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for name, thing in things.items():
                USES[name](thing)
            Plan(things['host'])
            things.clear()
            status = 0
        finally:
            os._exit(status)
    same(os.waitpid(child, 0)[1], 0)
    for name, thing in things.items():
        USES[name](thing)


def leak():
    hgxtopo.errors.lib.hgx_text_free = lambda text: None
    example().json()


def early():
    host = example()
    host.pointer.release(host.pointer)
    print(host.root.name)
    os._exit(0)


if 'HGX_PLANT' in os.environ:
    {'leak': leak, 'early': early}[os.environ['HGX_PLANT']]()
else:
    run(globals())
