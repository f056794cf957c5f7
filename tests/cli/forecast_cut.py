#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the forecast of a host's NCCL file, cut to the devices of a VM, with that of the VM's own file.

    forecast_cut.py HGXTOPO SOURCE [OPTION…]

The options describe the VM. Prints a line for each GPU that differs; the exit status is 1 if one does, 77
if there is nothing to compare: no VM can be planned, or it is RCCL that reads the file."""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

NIC = '0x02'


def run(*words):
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    return ran.stdout if ran.returncode == 0 else None


def decided(hgxtopo, text):
    """Path, GB/s and GPUDirect RDMA by the address of the GPU."""
    with tempfile.NamedTemporaryFile('w', suffix='.xml') as file:
        file.write(text)
        file.flush()
        out = run(hgxtopo, 'forecast', '--json', '--from', file.name)
    if out is None:
        sys.exit(f'no forecast of\n{text}')
    return {gpu['address']: (gpu['path'], gpu['bandwidth'], gpu['gdr_receive'], gpu['gdr_send'])
            for gpu in json.loads(out)['gpus']}


def cut(text, host):
    """The file with those of its devices only that are in the VM, whose addresses are @host."""
    root = tree.fromstring(text)

    def is_kept(pci):
        if len(pci):
            for child in list(pci):
                if not is_kept(child):
                    pci.remove(child)
            return len(pci) > 0
        busid = pci.get('busid')
        if pci.get('class').startswith(NIC):  # one leaf for all functions of the bus
            return any(address.startswith(busid[:8]) for address in host)
        return busid in host

    for cpu in list(root):
        for pci in list(cpu):
            if not is_kept(pci):
                cpu.remove(pci)
        if not len(cpu):
            root.remove(cpu)
    return tree.tostring(root, encoding='unicode').replace(' />', '/>')


def main(hgxtopo, source, *options):
    given = run(hgxtopo, 'emit', '--map', '--json', '--from', source, *options)
    if given is None:
        sys.exit(77)
    devices = json.loads(given)['vms'][0]['devices']
    of_host = {device['guest']: device['host'] for device in devices if device['guest']}
    of_guest = run(hgxtopo, 'emit', '--nccl', '--from', source, *options)
    whole = run(hgxtopo, 'emit', '--nccl', '--profile', 'host', '--from', source)
    if of_guest is None or whole is None or 'version="2"' in of_guest:
        sys.exit(77)
    guest = {of_host[gpu]: way for gpu, way in decided(hgxtopo, of_guest).items()}
    host = decided(hgxtopo, cut(whole, set(of_host.values())))
    for gpu in sorted(set(guest) | set(host)):
        if guest.get(gpu) != host.get(gpu):
            print(f'{os.path.basename(source)} {gpu}: host {host.get(gpu)}, guest {guest.get(gpu)}')
    sys.exit(guest != host)


main(*sys.argv[1:])
