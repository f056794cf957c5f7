#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the cases of tests/check: check_rules.py HGXTOPO TABLE DIR [RULE...]

TABLE has a line for each rule: family, id, severity, consequences. A line for each case begins with
"ok: " or "FAILED: "."""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HOSTS = os.path.join(os.path.dirname(__file__), '..', 'hosts')
KEPT = tempfile.TemporaryDirectory()
MADE = {}  # roots in KEPT, by the description of the host


class Fault(Exception):
    """What is wrong with a case."""


def run(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if done.returncode:
        raise Fault(f'{command[0]}: {done.stderr.strip()}')
    return done.stdout


def read(path):
    with open(path, encoding='utf-8') as stream:
        return stream.read()


def make_root(base, case, work):
    """The root directory of the host that a case describes. Many cases have the same one, which is made
    once, unless a script changes it."""
    description = f'{case}.txt' if os.path.exists(f'{case}.txt') else f'{base}/host.txt'
    text = read(description)
    if os.path.exists(f'{case}.sed'):
        before, text = text, run(['sed', '-E', '-f', f'{case}.sed', description])
        if text == before:
            raise Fault('the sed script changes nothing')
    if not os.path.exists(f'{case}.sh'):
        if text in MADE:
            return MADE[text]
        work = tempfile.mkdtemp(dir=KEPT.name)
        MADE[text] = f'{work}/root'
    where = os.path.abspath(os.path.dirname(description))
    with open(f'{work}/host.txt', 'w', encoding='utf-8') as stream:
        stream.write(text.replace('\ninclude ', f'\ninclude {where}/'))
    run([f'{HOSTS}/mkhost.py', f'{work}/host.txt', f'{work}/root'])
    if not os.path.exists(f'{case}.guest'):
        change_root(case, f'{work}/root')
    return f'{work}/root'


def change_root(case, root):
    if os.path.exists(f'{case}.sh'):
        run(['sh', '-e', os.path.abspath(f'{case}.sh')], cwd=root)


def make_changed(base, case, work, file):
    """The file of that name in @base, with the changes that a case describes."""
    script = f'{case}.{file.replace("domain.", "")}.sed'
    text = run(['sed', '-E', '-f', script, f'{base}/{file}'])
    if text == read(f'{base}/{file}'):
        raise Fault(f'{script} changes nothing')
    with open(f'{work}/{file}', 'w', encoding='utf-8') as stream:
        stream.write(text)
    return f'{work}/{file}'


def make_guest(hgxtopo, base, case, work):
    """The root directory of a guest that runs on the host, with changes: --from and --host-json."""
    root = make_root(base, case, work)
    run([hgxtopo, 'dump', '--json', '--with-ids', '--from', root, '-o', f'{work}/host.json'])
    run([hgxtopo, 'emit', '--all', '--dir', f'{work}/vm', '--from', root])
    changes = [line for line in read(f'{case}.guest').splitlines() if not line.startswith('#')]
    text = run([f'{os.path.dirname(__file__)}/guest.py', f'{work}/vm/hgx-vm.guest.json',
                f'{work}/vm/hgx-vm.map.json', f'{work}/host.json', *changes])
    with open(f'{work}/guest.txt', 'w', encoding='utf-8') as stream:
        stream.write(text)
    run([f'{HOSTS}/mkhost.py', f'{work}/guest.txt', f'{work}/guest'])
    os.mkdir(f'{work}/guest/srv')
    shutil.copy(f'{work}/vm/hgx-vm.nccl.xml', f'{work}/guest/srv/topology.xml')
    change_root(case, f'{work}/guest')
    return ['--from', f'{work}/guest', '--host-json', f'{work}/host.json']


def arguments(hgxtopo, base, case, work):
    found = []
    if os.path.exists(f'{case}.args'):
        found = [line.replace('GUEST', f'{work}/guest') for line in read(f'{case}.args').splitlines()
                 if not line.startswith('#')]
    if os.path.exists(f'{case}.guest'):
        found += make_guest(hgxtopo, base, case, work)
    elif '--from' not in found and '--nccl' not in found:
        found += ['--from', make_root(base, case, work)]
    for option, file in (('--domain', f'{case}.xml'), ('--nccl', f'{case}.nccl.xml')):
        if os.path.exists(file):
            found += [option, file]
    if os.path.exists(f'{case}.xml.sed'):
        found += ['--domain', make_changed(base, case, work, 'domain.xml')]
    if os.path.exists(f'{case}.nccl.xml.sed'):
        found += ['--nccl', make_changed(base, case, work, 'nccl.xml')]
    return found


def findings(hgxtopo, base, case, work):
    done = subprocess.run([hgxtopo, 'check', '--json', *arguments(hgxtopo, base, case, work)],
                          capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or done.stderr:
        raise Fault(f'exit status {done.returncode}: {done.stderr.strip()}')
    found = json.loads(done.stdout)['findings']
    if done.returncode != any(finding['severity'] != 'note' for finding in found):
        raise Fault(f'the exit status is {done.returncode}')
    return found


def judge(rule, severity, name, found):
    """What is wrong with the findings of a case; None: nothing."""
    own = [finding for finding in found if finding['rule'] == rule]
    others = sorted({finding['rule'] for finding in found
                     if finding['rule'] != rule and finding['severity'] != 'note'})
    if name == 'good':
        return f'good breaks it: {own[0]["text"]}' if own else None
    if not any(finding['severity'] == severity for finding in own):
        return f'bad breaks {", ".join(others) or "nothing"}, not with a {severity}'
    return f'bad breaks {", ".join(others)} as well' if others else None


def run_case(hgxtopo, base, rule, severity, name):
    case = f'{base}/{rule}/{name}'
    if not glob.glob(f'{case}.*'):
        return f"there is no case '{name}'"
    work = tempfile.mkdtemp()
    try:
        return judge(rule, severity, name, findings(hgxtopo, base, case, work))
    except Fault as fault:
        return f'{name}: {fault}'
    finally:
        shutil.rmtree(work)


def main():
    hgxtopo, table, base, *only = sys.argv[1:]
    rules = dict(line.split('\t')[1:3] for line in read(table).splitlines())
    for rule, severity in rules.items():
        for name in ('bad', 'good'):
            if not only or rule in only:
                fault = run_case(hgxtopo, base, rule, severity, name)
                print(f'FAILED: {rule}: {fault}' if fault else f'ok: {rule}: {name}', flush=True)
    for rule in sorted(entry.name for entry in os.scandir(base) if entry.is_dir()):
        if rule not in rules:
            print(f'FAILED: {rule}: there is no such rule')


main()
