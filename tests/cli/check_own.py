#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks domains of hgxtopo against the hosts that they were made for: check_own.py HGXTOPO TABLE ROOT...

A domain of ours raises no warning and no problem of the family of domains. TABLE has a line for each rule:
family, id, severity, consequences. A line for each host begins with "ok: " or "FAILED: "."""

import json
import os
import subprocess
import sys
import tempfile

OPTIONS = [
    [],
    ['--mirror', 'root-complex'],
    ['--nics', 'all', '--nvme', 'all', '--smt', 'off'],
    ['--gpus', '0', '--nics', 'none'],
    ['--vf'],
]
SHARES = [2, 4, 8]


def run(command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def emit(hgxtopo, root, options, file):
    """Whether there is such a domain of this host."""
    return run([hgxtopo, 'emit', '--libvirt', '--from', root, *options, '-o', file]).returncode == 0


def findings(hgxtopo, root, files, rules):
    domains = [word for file in files for word in ('--domain', file)]
    done = run([hgxtopo, 'check', '--json', '--from', root, *domains])
    if done.returncode not in (0, 1):
        return [f'exit status {done.returncode}: {done.stderr.strip()}']
    return [f'{finding["rule"]}: {finding["text"]}' for finding in json.loads(done.stdout)['findings']
            if finding['severity'] != 'note' and (rules is None or finding['rule'] in rules)]


def sets(hgxtopo, root, work):
    """Each set of domains that may run on the host at the same time, with its options."""
    for options in OPTIONS:
        if emit(hgxtopo, root, options, f'{work}/vm.xml'):
            yield ' '.join(options), [f'{work}/vm.xml']
    for count in SHARES:
        files = [f'{work}/{vm}-of-{count}.xml' for vm in range(1, count + 1)]
        if all(emit(hgxtopo, root, ['--vms', f'{vm}/{count}'], file) for vm, file in enumerate(files, 1)):
            yield f'{count} VMs', files


def main():
    hgxtopo, table, *roots = sys.argv[1:]
    with open(table, encoding='utf-8') as stream:
        rules = {row.split('\t')[1] for row in stream if row.startswith('domain\t')}
    for root in roots:
        with tempfile.TemporaryDirectory() as work:
            count, faults = 0, []
            for name, files in sets(hgxtopo, root, work):
                count += 1
                faults += [f'{name}: {text}' for text in findings(hgxtopo, root, files, rules)]
        host = os.path.basename(root.rstrip('/'))
        print(f'FAILED: {host}: {faults[0]} ({len(faults)} in all)' if faults else f'ok: {host}: {count} sets of domains',
              flush=True)


main()
