#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what hgxtopo forecast says about NCCL files with what NCCL's own graph code decided.

    decisions.py HGXTOPO DIRECTORY

DIRECTORY holds NAME.xml and NAME.json, the decisions. A line for each that differs; the exit status
is 1 if one does, or if there is none."""

import glob
import json
import subprocess
import sys

# An option of the program that made the decisions, and what it is here
FLAGS = {'--no-nvlink': ['--nvlink', 'off'], '--no-gdr': ['--gdr', 'off'], '--no-pxn': ['--pxn', 'off']}
VALUES = {'--nodes': '--nodes', '--sm': '--compute-capability', '--net-speed': '--net-speed'}


def arguments(options):
    words = iter(options)
    out = []
    for word in words:
        out += FLAGS[word] if word in FLAGS else [VALUES[word], next(words)]
    return out


def wanted(decided):
    busid = {nic['name']: nic['busid'] for nic in decided['nics']}
    return [{'address': gpu['busid'], 'nic': busid.get(gpu['nic']), 'path': gpu['path'],
             'bandwidth': gpu['bw'], 'gdr_receive': gpu['gdr_recv'], 'gdr_send': gpu['gdr_send'],
             'paths': {busid[name]: path for name, path in gpu['paths'].items()}}
            for gpu in decided['gpus']]


def main(hgxtopo, directory):
    names = sorted(glob.glob(f'{directory}/*.json'))
    wrong = 0 if names else 1
    for name in names:
        with open(name, encoding='utf-8') as stream:
            decided = json.load(stream)
        ran = subprocess.run([hgxtopo, 'forecast', '--from', f'{name[:-5]}.xml', '--json',
                              *arguments(decided['options'])], capture_output=True, text=True,
                             check=False)
        if ran.returncode:
            print(f'{name}: {ran.stderr}')
            wrong += 1
            continue
        got = json.loads(ran.stdout)['gpus']
        for gpu in got:
            assert gpu.pop('reason')
        for one, other in zip(wanted(decided), got):
            if one != other:
                print(f'{name}: wanted {one}, got {other}')
        wrong += wanted(decided) != got
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
