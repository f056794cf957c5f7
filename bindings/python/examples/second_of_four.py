#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plans the second of four equal VMs of a host, writes its NCCL file, and defines it with libvirt."""

import argparse
import sys

import hgxtopo
import libvirt  # Debian: python3-libvirt


def planned(root):
    """The plan; what the operator should know is printed."""
    host = hgxtopo.Topology.from_host(root)
    plan = hgxtopo.Plan(host, vm=2, vms=4)
    for finding in plan.findings:
        if finding.severity >= hgxtopo.Severity.WARNING:
            print(f"{finding.severity}: {finding}", file=sys.stderr)
    return plan


def defined(plan, uri):
    """The domain of the plan, defined but not started."""
    libvirt.virEventRegisterDefaultImpl()
    connection = libvirt.open(uri)
    return connection.defineXMLFlags(plan.libvirt(), libvirt.VIR_DOMAIN_DEFINE_VALIDATE)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uri", default="qemu:///system", help="of libvirt (%(default)s)")
    parser.add_argument("--root", help="a captured root directory instead of the running machine")
    options = parser.parse_args()
    try:
        plan = planned(options.root)
        with open(f"{plan.name}.nccl.xml", "w", encoding="utf-8") as stream:
            stream.write(plan.nccl())
        domain = defined(plan, options.uri)
    except (hgxtopo.Error, libvirt.libvirtError, OSError) as error:
        sys.exit(f"{error}")
    print(f"{domain.name()} is defined: {len(plan.vcpus)} vCPUs")
    for gpu in plan.guest.nodes("gpu"):
        print(f"  {gpu.name} is the host's {plan.host_of(gpu).name}")


if __name__ == "__main__":
    main()
