#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares hgxtopo with lstopo and lspci on the same machines, in turn, in one run.

Each figure is the median of the runs. A ratio is the median of the ratios of each run, so a
machine whose speed drifts does not spoil either. callgrind counts the instructions."""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

BUILD = os.environ.get('B', 'build')
RUNS = int(os.environ.get('RUNS', '21'))
FLEET = int(os.environ.get('FLEET', '10000'))


def run(command, environment=None, due=0):
    """Wall seconds and peak KiB of one run, whose exit status is due."""
    out = subprocess.run([f'{BUILD}/tests/bench/run', *command], capture_output=True, text=True,
                         env={**os.environ, **(environment or {})})
    if out.returncode != due:
        sys.exit(f'bench: {" ".join(command)} ended with {out.returncode}')
    micros, kibibytes = map(int, out.stdout.split())
    return micros / 1e6, kibibytes


def instructions(command, environment=None):
    with tempfile.TemporaryDirectory() as directory:
        out = subprocess.run(
            ['valgrind', '--tool=callgrind', f'--callgrind-out-file={directory}/out', *command],
            env={**os.environ, **(environment or {})}, capture_output=True, text=True)
    found = re.search(r'Collected : (\d+)', out.stderr)
    return int(found.group(1)) if found else float('nan')


def which(name):
    return subprocess.run(['sh', '-c', f'command -v {name}'], capture_output=True,
                          text=True).stdout.strip()


def compare(machine, root, hgxtopo):
    ours = ([hgxtopo, 'dump', '--json', '--from', root], None)
    others = {
        'lstopo': ([which('lstopo-no-graphics'), '--of', 'xml', '--whole-io'],
                   {'HWLOC_FSROOT': root, 'HWLOC_HIDE_ERRORS': '2'}),
        'lspci': ([which('lspci'), '-O', f'sysfs.path={root}/sys/bus/pci', '-vv'], None),
    }
    runs = {name: [] for name in ('hgxtopo', *others)}
    for _ in range(RUNS + 2):
        for name, call in (('hgxtopo', ours), *others.items()):
            runs[name].append(run(*call))
    runs = {name: values[2:] for name, values in runs.items()}
    counted = {name: instructions(*call) for name, call in (('hgxtopo', ours), *others.items())}
    print(f'{machine}')
    for name, values in runs.items():
        ratio = statistics.median(a[0] / b[0] for a, b in zip(runs['hgxtopo'], values))
        print(f'  {name:8} {1000 * statistics.median(v[0] for v in values):7.1f} ms'
              f' {counted[name] / 1e6:8.1f} M instructions'
              f' {max(v[1] for v in values) / 1024:7.1f} MiB', end='')
        if name == 'hgxtopo':
            print()
            continue
        print(f'   hgxtopo/{name}: {ratio:.2f} wall,'
              f' {counted["hgxtopo"] / counted[name]:.2f} instructions,'
              f' {max(v[1] for v in runs["hgxtopo"]) / max(v[1] for v in values):.2f} memory')


def both(machine, root, hgxtopo):
    with tempfile.NamedTemporaryFile(suffix='.json') as dump:
        subprocess.run([hgxtopo, 'dump', '--json', '--from', root, '-o', dump.name], check=True)
        walls = [run([f'{BUILD}/tests/bench/both', dump.name])[0] for _ in range(RUNS + 2)][2:]
    print(f'{machine}: read the JSON, plan, emit domain and NCCL file, as a process:'
          f' {1000 * statistics.median(walls):.1f} ms')


def plant(path, find, replace):
    """An odd host: one change in its file."""
    with open(path) as file:
        text = file.read()
    changed = text.replace(find, replace, 1)
    if changed == text:
        sys.exit(f'bench: {path} has no {find}')
    with open(path, 'w') as file:
        file.write(changed)


def fleet(hgxtopo, work):
    """FLEET hosts, each renumbered in its own way, ten of which differ; then a tenth of them."""
    subprocess.run([hgxtopo, 'dump', '--json', '--from', 'example:hgx-h200', '-o',
                    f'{work}/host.json'], check=True)
    for count in sorted({max(FLEET // 10, 10), FLEET}):
        subprocess.run([sys.executable, 'tests/cli/diff.py', 'fleet', f'{work}/host.json',
                        f'{work}/fleet', str(count)], check=True)
        for number in range(10):
            plant(f'{work}/fleet/host{number:05}.json', '"link_now": {"mts": 32000, "width": 16}',
                  '"link_now": {"mts": 32000, "width": 8}')
        out = subprocess.run([hgxtopo, 'diff', '--fleet', f'{work}/fleet'], capture_output=True,
                             text=True, check=False).stdout
        if f'{count - 10} as expected, 10 different, 0 unreadable' not in out:
            sys.exit(f'bench: the ten odd hosts of {count} were not found')
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall, kibibytes = run([hgxtopo, 'diff', '--fleet', f'{work}/fleet'], due=1)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f'diff --fleet, {count} hosts, ten of them odd: {wall:.1f} s on'
              f' {os.cpu_count()} processors, {seconds:.1f} s of CPU time,'
              f' {kibibytes / 1024:.1f} MiB')


def main():
    hgxtopo = os.path.realpath(f'{BUILD}/hgxtopo')
    machines = {}
    with tempfile.TemporaryDirectory() as work:
        machines['HGX H200 (made, 108 functions, 96 CPUs)'] = f'{work}/h200'
        subprocess.run([sys.executable, 'tests/hosts/mkhost.py', 'tests/hosts/hgx-h200/host.txt',
                        f'{work}/h200'], check=True)
        archive = os.environ.get('HGXTOPO_HOSTS', '') + '/dell-xe9680-h100/sysroot.tar.xz'
        if os.path.exists(archive):
            subprocess.run(['tar', '-xJf', archive, '-C', work], check=True)
            machines['Dell XE9680 (real, 517 functions, 224 CPUs)'] = f'{work}/xe9680-real'
        else:
            print('bench: HGXTOPO_HOSTS is not set; running without the real XE9680')
        print(f'median of {RUNS} runs, in turn; instructions by callgrind; peak memory')
        for machine, root in machines.items():
            compare(machine, root, hgxtopo)
        for machine, root in machines.items():
            both(machine, root, hgxtopo)
        fleet(hgxtopo, work)


main()
