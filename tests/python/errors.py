#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the library refuses is an exception with its sentence; what C cannot be given is one of Python's."""

import inspect
import pickle
from typing import Optional

import hgxtopo
from hgxtopo import Code, Error, Plan
from hgxtopo.errors import Failure
from support import example, refused, run, same

HOST = example()


def test_parts():
    """an error has a sentence, code, rule, option and node"""
    error = refused(Error, Plan, HOST, vm=1, vms=3)
    same((error.code, error.rule, error.option, error.node), (Code.REFUSED, 'vms-uneven', 'vms', ''))
    same(str(error), '8 GPUs (4 + 4 by NUMA node) do not divide evenly into 3 VMs, but into 1, 2, 4, 8; '
                     'or allow uneven VMs with uneven = 1')
    error = refused(Error, Plan, HOST, add='01:00.0')
    same((error.option, error.node), ('add', '0000:01:00.0'))


def test_values():
    """what C refuses is refused with the sentence of C"""
    same(str(refused(Error, Plan, HOST, smt=9)), 'smt: 9 is not a valid value')
    same(str(refused(Error, Plan, HOST, uneven=2)), 'uneven: 2 is not a valid value')
    same(refused(Error, Plan, HOST, gpus='').option, 'gpus')
    same(refused(Error, Plan, HOST, base='').code, Code.SYNTAX)
    assert 'contains a NUL byte' in str(refused(Error, Plan, HOST, base='<domain/>\0'))
    same(refused(Error, Plan, HOST, base='<domain/', base_name='mine.xml').args[0].split(':')[0], 'mine.xml')


def test_size():
    """a size that cannot be read names its option"""
    error = refused(Error, Plan, HOST, memory='12')
    same((error.rule, error.option), ('size-malformed', 'memory'))


def test_keyword():
    """an unknown option is a TypeError that suggests the near name"""
    same(str(refused(TypeError, Plan, HOST, gpu='0')),
         "Plan() got an unexpected keyword argument 'gpu'; did you mean 'gpus'?")
    same(str(refused(TypeError, Plan, HOST, zzz=1)), "Plan() got an unexpected keyword argument 'zzz'")
    for own in ('size', 'base_length', 'words', 'reserved'):
        refused(TypeError, Plan, HOST, **{own: 1})
    same(str(refused(TypeError, Plan(HOST).qemu, firmware_cod='/x')),
         "qemu() got an unexpected keyword argument 'firmware_cod'; did you mean 'firmware_code'?")


def test_types():
    """a value of another type is a TypeError that names the option"""
    for keywords in ({'gpus': 1}, {'vm': 'x'}, {'reserve_cores': 1.5}, {'memory': 1.5}, {'smt': True},
                     {'base': 7}, {'name': ['x']}):
        assert next(iter(keywords)) in str(refused(TypeError, Plan, HOST, **keywords))
    refused(TypeError, Plan, HOST.root)
    refused(TypeError, Plan, 'hgx-h200')
    refused(TypeError, Plan, Plan(HOST))


def test_range():
    """a number that its C type cannot hold is not cut"""
    for keywords in ({'vm': -1}, {'vcpus': 2**32}, {'memory': 2**64}, {'reserve_cores': 2**31}, {'memory': -1}):
        assert next(iter(keywords)) in str(refused(OverflowError, Plan, HOST, **keywords))


def test_null():
    """a text is not cut at a null character"""
    for call in (lambda: Plan(HOST, name='a\0b'), lambda: HOST.find('cpu3\0'), lambda: hgxtopo.parse_size('1G\0')):
        assert 'null character' in str(refused(ValueError, call))


def test_names():
    """an unknown name of a choice lists the names"""
    same(str(refused(ValueError, Plan, HOST, nvswitch='some')),
         "nvswitch must be one of 'auto', 'none', 'all', not 'some'")


def test_memory():
    """MemoryError is raised where the library says so"""
    nothing = {name: '' for name in ('rule', 'node', 'option', 'reserved')}
    same(str(refused(MemoryError, Failure(code=Code.NO_MEMORY, text='memory ran out', **nothing).throw)),
         'memory ran out')


def test_pickle():
    """an error can be sent to another process"""
    error = refused(Error, Plan, HOST, vm=1, vms=3)
    again = pickle.loads(pickle.dumps(error))
    same((str(again), again.code, again.rule, again.option), (str(error), error.code, error.rule, error.option))
    same(f'{type(error).__module__}.{type(error).__qualname__}', 'hgxtopo.Error')


def test_help():
    """help() shows the options with their types and what they are"""
    parameters = inspect.signature(Plan).parameters
    same((parameters['gpus'].annotation, parameters['gpus'].default), (Optional[str], None))
    assert 'GPUs and accelerators' in Plan.__init__.__doc__
    same(next(iter(inspect.signature(hgxtopo.Topology.from_domain).parameters)), 'xml')


run(globals())
