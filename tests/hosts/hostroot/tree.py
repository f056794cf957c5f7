# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files of the root directory, kept in memory: a bad description writes nothing."""
import os


class Tree:
    def __init__(self):
        self.contents, self.folders = {}, set()

    def file(self, path, content):
        """@content is bytes, or one or more lines without the last newline."""
        text = content if isinstance(content, bytes) else f"{content}\n".encode()
        self.contents[path] = text

    def fill(self, folder, **contents):
        for name, content in contents.items():
            self.file(f"{folder}/{name}", content)

    def link(self, path, target):
        """@target is also a path from the root; the link will be relative."""
        self.contents[path] = os.path.relpath("/" + target, "/" + os.path.dirname(path))

    def classed(self, sort, path):
        """A device of a class: links in both directions."""
        self.link(f"sys/class/{sort}/{os.path.basename(path)}", path)
        self.link(f"{path}/subsystem", f"sys/class/{sort}")

    def write(self, out):
        for folder in {os.path.dirname(path) for path in self.contents} | self.folders:
            os.makedirs(os.path.join(out, folder), exist_ok=True)
        for path, content in self.contents.items():
            full = os.path.join(out, path)
            if isinstance(content, str):
                os.symlink(content, full)
            else:
                with open(full, "wb", buffering=0) as file:
                    file.write(content)
