#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the example with libvirt's embedded driver, where there may be no KVM, and shows what libvirt keeps.

    libvirt_example.py EXAMPLE ARGUMENTS..."""

import re
import runpy
import sys

import libvirt

define = libvirt.virConnect.defineXMLFlags


def tamed(connection, xml, flags):
    """The domain of another type and without the host's own processor, as tame of tests/lib.sh makes it."""
    xml = re.sub("type='kvm'", "type='qemu'", xml, count=1)
    xml = xml.replace("mode='host-passthrough'", "mode='maximum'").replace(" migratable='off'", '')
    domain = define(connection, xml, flags)
    kept = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    print(f"libvirt has {kept.count('<hostdev ')} devices of {domain.name()}")
    domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)
    return domain


libvirt.virConnect.defineXMLFlags = tamed
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
