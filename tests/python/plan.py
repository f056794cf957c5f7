#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plans in Python, compared with what the command writes."""

import inspect
import json
import pathlib
import tempfile

import hgxtopo
from hgxtopo import Choice, Fate, Kind, Plan, Topology
from support import ROOTS, command, example, refused, run, same

HOST = example()
SMT = Topology.from_host(pathlib.Path(ROOTS, 'made-epyc-nps4'))
BASE = Plan(HOST, name='base', reserve_cores=8).libvirt()
PLACE = "      <address type='pci' domain='0x0000' bus='0x0e' slot='0x00' function='0x0'/>\n"
WORN = BASE.replace(PLACE, '').replace('</name>', '</name> <!-- mine -->')

# the keywords, and the same as arguments of the command; together they have every keyword
ROWS = [
    ({}, []),
    ({'name': 'other', 'reserve_cores': 8}, ['--name', 'other', '--reserve-cores', '8']),
    ({'reserve_cores': hgxtopo.RESERVE_NONE}, ['--reserve-cores', '0']),
    ({'memory': '1792G'}, ['--memory', '1792G']),
    ({'memory': 1792 << 30}, ['--memory', '1792G']),
    ({'memory': hgxtopo.MEMORY_ALL, 'vcpus': hgxtopo.VCPUS_ALL}, ['--memory', 'all', '--vcpus', 'all']),
    ({'memory_per_cell': '100G', 'vcpus': 10}, ['--memory', '100G/cell', '--vcpus', '10']),
    ({'gpus': '0-3', 'nics': 'all', 'nvme': 'none'}, ['--gpus', '0-3', '--nics', 'all', '--nvme', 'none']),
    ({'gpus': '0', 'add': '9c:00.0', 'skip': '1a:00.0'}, ['--gpus', '0', '--add', '9c:00.0', '--skip', '1a:00.0']),
    ({'gpus': '0', 'nvswitch': 'all'}, ['--gpus', '0', '--nvswitch', 'all']),
    ({'nvswitch': hgxtopo.NvswitchChoice.NONE}, ['--nvswitch', 'none']),
    ({'hugepages': '1G', 'memory': '64G'}, ['--hugepages', '1G', '--memory', '64G']),
    ({'hugepages': hgxtopo.HUGEPAGES_OFF}, ['--hugepages', 'off']),
    ({'mirror': 'root-complex', 'p2p_clique': 'off'}, ['--mirror', 'root-complex', '--p2p-clique', 'off']),
    ({'libvirt_version': '9.0', 'qemu_version': '8.0'}, ['--libvirt-version', '9.0', '--qemu-version', '8.0']),
    ({'iommufd': True, 'libvirt_version': '12.1', 'qemu_version': '9.0'},
     ['--iommufd', '--libvirt-version', '12.1', '--qemu-version', '9.0']),
    ({'cpus': '8-15', 'host_cpus': '0-3'}, ['--cpus', '8-15', '--host-cpus', '0-3']),
    ({'vm': 2, 'vms': 4}, ['--vms', '2/4']),
    ({'vm': 1, 'vms': 3, 'uneven': True}, ['--vms', '1/3', '--uneven']),
    ({'partition': '1', 'module_ids': '4,6,5,7,0,2,1,3'}, ['--partition', '1', '--module-ids', '4,6,5,7,0,2,1,3']),
    ({'base': WORN, 'base_name': 'worn.xml', 'only': 'pci'}, ['--base', WORN, '--only', 'pci']),
    ({'base': WORN.encode()}, ['--base', WORN]),
]
OTHERS = [
    ({'smt': 'off'}, ['--smt', 'off']),
    ({'smt': Choice.ON}, ['--smt', 'on']),
    ({'smt': None, 'vf': False, 'gpus': None, 'vm': 0}, []),
]


def emitted(host, arguments):
    """The domain that the command writes. A base domain is given as a file."""
    with tempfile.TemporaryDirectory() as directory:
        base = pathlib.Path(directory, 'worn.xml')
        base.write_text(WORN, encoding='utf-8')
        arguments = [str(base) if argument is WORN else argument for argument in arguments]
        return command('emit', '--libvirt', '--from', host, *arguments)


def test_options():
    """each option does what it does for the command"""
    for keywords, arguments in ROWS:
        same(Plan(HOST, **keywords).libvirt(), emitted('example:hgx-h200', arguments))
    for keywords, arguments in OTHERS:
        same(Plan(SMT, **keywords).libvirt(), emitted(f'{ROOTS}/made-epyc-nps4', arguments))


def test_every_option():
    """there is a test for every option"""
    tried = {keyword for keywords, _ in ROWS + OTHERS for keyword in keywords}
    same(sorted(inspect.signature(Plan).parameters.keys() - tried), ['host'])


def test_vf():
    """virtual functions are given"""
    error = refused(hgxtopo.Error, Plan, HOST, vf=True)
    assert 'virtual function' in str(error)


def test_texts():
    """the other texts of a plan are those of the command"""
    plan, emit = Plan(HOST, reserve_cores=8), ('emit', '--from', 'example:hgx-h200', '--reserve-cores', '8')
    same(plan.nccl(), command(*emit, '--nccl'))
    same(plan.nccl(content='switches'), command(*emit, '--nccl', '--profile', 'switches-only'))
    same(plan.qemu(), command(*emit, '--qemu'))
    same(plan.qemu(format='shell', firmware_code='/c', firmware_vars='/v'),
         command(*emit, '--qemu', '--shell', '--ovmf-code', '/c', '--ovmf-vars', '/v'))
    same(plan.qemu(format=hgxtopo.QemuFormat.JSON), command(*emit, '--qemu', '--json'))
    same(plan.kernel_args(driver='pci-stub'), command(*emit, '--kernel-args', '--driver', 'pci-stub'))
    same(plan.map(), command(*emit, '--map'))
    same(plan.map_json(), command(*emit, '--map', '--json'))


def test_several():
    """the map and the kernel arguments of several plans are those of the command"""
    plans = [Plan(HOST, vm=vm, vms=4) for vm in range(1, 5)]
    emit = ('emit', '--from', 'example:hgx-h200', '--vms', 'all/4')
    same(hgxtopo.emit_map(plans), command(*emit, '--map'))
    # remedies name options in the words of the caller
    told = command(*emit, '--map', '--json').replace('--partition', 'partition').replace('--module-ids', 'module_ids')
    same(hgxtopo.emit_map_json(iter(plans)), told)
    same(hgxtopo.emit_kernel_args(plans), command(*emit, '--kernel-args'))
    same(refused(hgxtopo.Error, hgxtopo.emit_map, []).code, hgxtopo.Code.INVALID)
    refused(hgxtopo.Error, hgxtopo.emit_map, [plans[0], Plan(example())])
    refused(TypeError, hgxtopo.emit_map, [HOST])


def test_nodes():
    """host and guest nodes stand for each other"""
    plan = Plan(HOST)
    for gpu in plan.guest.nodes(Kind.GPU):
        assert plan.host_of(gpu) in HOST and gpu in plan.guest
        same(plan.guest_of(plan.host_of(gpu)), gpu)
    same(plan.host_of(plan.guest['24:00.0']), HOST['19:00.0'])
    same((plan.host_of(None), plan.host_of(HOST.root), plan.guest_of(None)), (None, None, None))
    same(plan.host, HOST)
    refused(TypeError, plan.guest_of, '19:00.0')


def test_verdicts():
    """there is a verdict for each function, with its cause"""
    plan = Plan(HOST, vm=2, vms=4)
    same({plan.verdict(gpu).vm for gpu in HOST.nodes('gpu')}, {1, 2, 3, 4})
    verdict = plan.verdict(HOST['1a:00.0'])
    same((verdict.fate, verdict.vm, verdict.because), (Fate.OTHER_VM, 1, HOST['19:00.0']))
    assert verdict.because in HOST and verdict.reason
    same((plan.verdict(None), plan.verdict(HOST.root)), (None, None))


def test_numbers():
    """vCPUs, pins, page size and window are those of the map and the domain"""
    plan = Plan(HOST, reserve_cores=8, hugepages='1G', memory='64G')
    entry = json.loads(plan.map_json())['vms'][0]
    same([(vcpu.id, vcpu.host_cpu, vcpu.cell) for vcpu in plan.vcpus],
         [(vcpu['id'], vcpu['host_cpu'], vcpu['cell']) for vcpu in entry['vcpus']])
    same(plan.emulator_cpus, tuple(range(16)))
    same((plan.page_size, Plan(HOST).page_size), (1 << 30, 0))
    same(plan.window % (1 << 20), 0)
    same(Plan.host_memory(1 << 40), (1 << 40) - (921 << 30))


def test_findings():
    """findings are the lines that the command prints, about nodes of the host"""
    plan = Plan(HOST)
    left = [finding for finding in plan.findings if finding.rule == 'left-out']
    assert left[0].text.startswith('left out: NIC 0000:01:00.0')
    assert all(finding.node in HOST for finding in left)
    same(left[0].node, HOST['01:00.0'])
    same(left[0].severity, hgxtopo.Severity.NOTE)


def test_changes():
    """changes to a base domain are told as text and as JSON"""
    assert PLACE in BASE and PLACE not in WORN
    same(Plan(HOST, base=BASE).changes(), '')
    plan = Plan(HOST, base=WORN)
    assert '0000:24:00.0' in plan.changes()
    assert json.loads(plan.changes_json())
    assert '<!-- mine -->' in plan.libvirt()
    error = refused(hgxtopo.Error, Plan(HOST).changes)
    same((error.code, error.option), (hgxtopo.Code.INVALID, 'base'))


def test_repr():
    """repr() says what a plan is"""
    same(repr(Plan(HOST, vm=2, vms=4)), '<Plan hgx-vm-2: 2 gpu, 22 vCPUs>')
    same((Plan(HOST).name, repr(Plan(HOST).guest)),
         ('hgx-vm', '<Topology of a guest: 8 gpu, 8 nic, 8 nvme, 4 nvswitch, 2 numa, 88 cpu>'))


run(globals())
