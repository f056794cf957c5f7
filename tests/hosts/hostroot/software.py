# SPDX-License-Identifier: LGPL-2.1-or-later
"""Installed packages, as Debian shows them."""
from .describe import number

LIBRARIES = "usr/lib/x86_64-linux-gnu"
# What is installed, its package, and the version of the package around that of the software.
PACKAGES = (("libvirt", "libvirt0", "{}-4"), ("ovmf", "ovmf", "{}-6"),
            ("qemu", "qemu-system-x86", "1:{}+dfsg-7"))


def put_software(tree, description):
    for line in description.lines["software"]:
        paragraphs = [paragraph(package, version.format(line[key]))
                      for key, package, version in PACKAGES if key in line]
        tree.file("var/lib/dpkg/status", "\n".join(paragraphs))
        if "libvirt" in line:
            library = f"{LIBRARIES}/libvirt.so.0.{so_version(line)}"
            tree.file(library, "")
            tree.link(f"{LIBRARIES}/libvirt.so.0", library)


def paragraph(package, version):
    return (f"Package: {package}\nStatus: install ok installed\nArchitecture: amd64\n"
            f"Version: {version}\n")


def so_version(line):
    """libvirt.so of 9.0.0 has the version 9000.0."""
    major, minor, release = line.value("libvirt", three_numbers)
    return f"{1000 * major + minor}.{release}"


def three_numbers(text):
    "a version such as 9.0.0"
    major, minor, release = map(number, text.split("."))
    return major, minor, release
