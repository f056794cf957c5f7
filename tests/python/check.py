#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks, comparisons, fleets and forecasts."""

import hgxtopo
from hgxtopo import Fleet, Forecast, Topology
from support import ROOTS, example, refused, run, same

HOST = example()
SMT = Topology.from_host(f'{ROOTS}/made-epyc-nps4')


def test_check_nccl():
    """a file is checked alone and against a machine, and can be fixed"""
    broken = '<system version="1"><cpu/></system>'
    same([one.rule for one in hgxtopo.check_nccl(broken)], ['nccl-attribute-missing'])
    same('nccl-device-missing' in [one.rule for one in HOST.check_nccl(broken, name='topo.xml')], True)
    fixed, changes = HOST.fix_nccl(broken)
    same(len(changes) > 0, True)
    same(len(HOST.check_nccl(fixed)), 0)
    same([one.rule for one in hgxtopo.check_nccl_setup(checked='/a', variable='/b')], ['nccl-file-unused'])
    guest = hgxtopo.Plan(HOST).guest
    same(list(guest.check_guest(guest)), [])


def test_check():
    """a check finds what the rules are asked for"""
    found = HOST.check(plan={'vm': 1, 'vms': 2}, rules='acs-redirects')
    same({finding.rule for finding in found}, {'acs-redirects'})
    same(found[0].node.topology, HOST)
    same(list(HOST.check(ignore='acs-redirects', rules='acs-redirects')), [])
    same(refused(hgxtopo.Error, HOST.check, rules='nothing').option, 'rules')
    same(refused(hgxtopo.Error, HOST.check, plan={'vm': 9, 'vms': 2}).option, 'vm')


def test_domains():
    """a domain is checked against its host"""
    xml = hgxtopo.Plan(HOST, gpus='0').libvirt()
    same(len(HOST.check_domains([xml], ignore='not-checked,partition-inactive')), 0)
    found = HOST.check_domains([xml, (xml, 'second.xml')], rules='source-twice')
    same([found[0].rule, found[0].node.topology, found[0].text.startswith('second.xml:')], ['source-twice', HOST, True])
    same(len(HOST.check(domains=[xml], rules='ats-off')), 1)
    refused(hgxtopo.Error, HOST.check_domains, [])
    refused(TypeError, HOST.check_domains, xml)


def test_nodes():
    """findings keep their topologies, each its own nodes"""
    found = Topology.from_host(f'{ROOTS}/made-epyc-nps4').compare(Topology.from_example('hgx-h200'))
    for finding in found:
        owner = found.expected if finding.rule == 'diff-gone' else found.examined
        if finding.node:
            same(owner[finding.node.name], finding.node)
    same('diff-gone' in {finding.rule for finding in found}, True)
    same(len(HOST.compare(HOST)), 0)


def test_plan():
    """the options of a plan are a dict, and nothing else"""
    same(len(HOST.check(plan={'vm': 1, 'vms': 4})) > 0, True)
    for plan in (hgxtopo.Plan(HOST), 5, [1]):
        same('must be a dict of the options of Plan()' in str(refused(TypeError, HOST.check, plan=plan)), True)


def test_fleet():
    """a fleet groups hosts"""
    fleet = Fleet()
    for number, host in ((3, HOST), (7, SMT), (9, HOST)):
        fleet.add(number, host)
    same([fleet.first(9), fleet.norm(9), fleet.alike(9), fleet.first(4), fleet.alike(4), fleet.model(4)],
         [3, 3, 2, None, 0, None])
    same(HOST.fingerprint() == SMT.fingerprint(), False)
    refused(hgxtopo.Error, fleet.add, 3, SMT)


def test_forecast():
    """a forecast is that of the machine, and of its file"""
    forecast = Forecast(HOST, net_speed='200')
    same([len(forecast.gpus), forecast.gpus[0].path, forecast.gpus[0].gdr_send], [8, 'PIX', True])
    same(Forecast.from_file(HOST.nccl()).gpus[0].nic is not None, True)
    same('first' in hgxtopo.emit_forecast({'first': forecast}), True)
    same(refused(hgxtopo.Error, Forecast, HOST, net_speed='fast').option, 'net_speed')


run(globals())
