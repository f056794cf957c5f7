#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the Python package with hgxtopo.h: each function, enum value, number, struct member and
option is reached, and is what a C compiler says it is.

    header.py HEADER COMPILER PACKAGE

A line for each thing that is missing or different; the exit status is 1 if there is any."""

import ctypes
import inspect
import pathlib
import re
import subprocess
import sys
import tempfile

import hgxtopo
from hgxtopo import constants, enums, functions, layout

# What Python has no use for: the package always speaks of options as members, and counts for itself.
WITHOUT_ENUM = {'hgx_words'}
WITHOUT_NUMBER = {'HGX_VERSION_NUMBER'}
# numbers that only the package needs
INTERNAL = {'HGX_BARS', 'HGX_BDF_SIZE', 'HGX_FLEET_NONE'}
VERSION = {'HGX_VERSION_MAJOR': 0, 'HGX_VERSION_MINOR': 1, 'HGX_VERSION_PATCH': 2}
# which function takes the members of an options struct as keywords, and which members are the package's
TAKERS = {
    'hgx_host_options': hgxtopo.Topology.from_host,
    'hgx_domain_options': hgxtopo.Topology.from_domain,
    'hgx_plan_options': hgxtopo.Plan,
    'hgx_nccl_options': hgxtopo.Topology.nccl,
    'hgx_qemu_options': hgxtopo.Plan.qemu,
    'hgx_kernel_options': hgxtopo.emit_kernel_args,
    'hgx_check_options': hgxtopo.Topology.check,
    'hgx_forecast_options': hgxtopo.Forecast,
}
OWN = {'size', 'base_length', 'domain_count', 'words', 'reserved'}
# names of numbers whose last part is not a name in Python
RENAMED = {'HGX_BAR_64BIT': 'BAR_64BIT'}
# methods for the package's own use
UNEXPLAINED = {'at', 'after', 'other', 'node_at', 'spelled', 'check_options', 'count', 'index'}
TYPES = {
    'int': ctypes.c_int, 'unsigned': ctypes.c_uint, 'size_t': ctypes.c_size_t, 'uint64_t': ctypes.c_uint64,
    'double': ctypes.c_double, 'void': None,
}


class Header:
    """What a C header declares."""

    def __init__(self, text):
        text = re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)
        text = text.replace('\\\n', ' ')
        self.numbers = re.findall(r'^#define (HGX_\w+)[ \t]+\S', text, re.M)
        text = re.sub(r'^#.*$', '', text, flags=re.M)
        self.enums = {
            name: re.findall(r'\bHGX_\w+', re.sub(r'=[^,]*', '', body))
            for name, body in re.findall(r'\benum (\w+) \{(.*?)\};', text, re.S)
        }
        structs = r'\bstruct (\w+) \{(.*?)\};'
        self.structs = {name: self.members(body) for name, body in re.findall(structs, text, re.S)}
        text = re.sub(structs, '', re.sub(r'\benum \w+ \{.*?\};', '', text, flags=re.S), flags=re.S)
        self.functions = {
            name: (result, [] if arguments.strip() == 'void' else arguments.split(','))
            for result, name, arguments in re.findall(r'([\w *]+?)\b(hgx_\w+)\(([^()]*)\);', text)
        }
        self.unread = sorted(set(re.findall(r'\b(hgx_\w+)\(', text)) - set(self.functions))

    @staticmethod
    def members(body):
        """The names of members: "uint16_t a, b;" and "const char *a, *b[3];" have two each."""
        return [re.search(r'(\w+)\s*(\[\w+\])?\s*$', one)[1]
                for line in body.split(';') if line.strip() for one in line.split(',')]


def ctype_of(declaration, named):
    """The ctypes type of a result, or of an argument, which has a name."""
    words = declaration.strip()
    if named:
        words = re.sub(r'\w+$', '', words).strip()
    if '*' in words:
        return ctypes.c_char_p if words == 'const char *' else ctypes.c_void_p
    words = words.replace('struct ', '')
    if words.startswith('enum '):
        return ctypes.c_int
    return layout.STRUCTURES.get(words) or TYPES[words]


def prototypes(header):
    """Functions that are not declared as the header does."""
    for name in header.unread:
        yield f'{name}() is declared in a way that tests/python/header.py does not read'
    for name, (result, arguments) in header.functions.items():
        if name not in functions.FUNCTIONS:
            yield f'{name}() is not in FUNCTIONS of functions.py'
            continue
        expected = (ctype_of(result, False), *(ctype_of(one, True) for one in arguments))
        if functions.FUNCTIONS[name] != expected:
            yield f'{name}() takes or returns something else: {functions.FUNCTIONS[name]}, not {expected}'
    for name in set(functions.FUNCTIONS) - set(header.functions):
        yield f'{name}() is not in the header'


def uncalled(header, package):
    """Functions that no code of the package names."""
    code = ''.join(file.read_text(encoding='utf-8')
                   for file in pathlib.Path(package).glob('*.py') if file.name != 'functions.py')
    for name in header.functions:
        if not re.search(rf'\.{name}\b', code):
            yield f'{name}() is not called by the package'


def class_of(name):
    """NvswitchChoice of hgx_nvswitch_choice."""
    return ''.join(part.capitalize() for part in name.split('_')[1:])


def member_names(names):
    """What the values of an enum are called in Python: without what all of them begin with."""
    # the whole words that the names share; HGX_ alone, if there is only one
    words = [name.split('_') for name in names]
    shared = 1
    while len(names) > 1 and all(len(one) > shared + 1 and one[shared] == words[0][shared] for one in words):
        shared += 1
    return {name: RENAMED.get(name, '_'.join(one[shared:])) for name, one in zip(names, words)}


def enum_values(header, value):
    """Enums that are missing, or differ."""
    for name, names in header.enums.items():
        kind = getattr(enums, class_of(name), None)
        if name in WITHOUT_ENUM:
            continue
        if kind is None or kind is not getattr(hgxtopo, class_of(name), None):
            yield f'enum {name} has no class {class_of(name)} in hgxtopo'
            continue
        expected = {python: value[c] for c, python in member_names(names).items()}
        got = {python: member.value for python, member in kind.__members__.items()}
        for python in sorted(expected.keys() | got.keys()):
            if expected.get(python) != got.get(python):
                yield (f'{class_of(name)}.{python} of enum {name} is {got.get(python)} in Python '
                       f'and {expected.get(python)} in C')


def number_values(header, value):
    """Numbers that are missing, or differ."""
    for name in header.numbers:
        if name in WITHOUT_NUMBER:
            continue
        python = name[len('HGX_'):]
        got = constants.VERSION[VERSION[name]] if name in VERSION else getattr(constants, python, None)
        if got != value[name]:
            yield f'{name} is {got} in constants.py and {value[name]} in C'
        elif name not in VERSION and name not in INTERNAL and python not in hgxtopo.__all__:
            yield f'{python} is not in hgxtopo.__all__'


def layouts(header, value):
    """Structs whose members are not where the compiler puts them."""
    for name, members in header.structs.items():
        structure = layout.STRUCTURES.get(name)
        if structure is None:
            yield f'struct {name} has no class'
            continue
        fields = [field[0] for field in structure._fields_]
        for member in members:
            if member not in fields:
                yield f'{member} of struct {name} is not a member of its class'
        for member in fields:
            if member not in members:
                yield f'{member} of struct {name} is not in the header'
                continue
            field = getattr(structure, member)
            place = (value[f'{name}.{member}'], value[f'{name}.{member}.size'])
            if (field.offset, field.size) != place:
                yield f'{member} of struct {name}: offset and size are {field.offset}, {field.size}, in C {place}'
        if ctypes.sizeof(structure) != value[name]:
            yield f'struct {name} has {ctypes.sizeof(structure)} bytes, in C {value[name]}'


def keywords(header):
    """Members of options structs that are not keywords."""
    for name, members in header.structs.items():
        if not name.endswith('_options'):
            continue
        if name not in TAKERS:
            yield f'struct {name}: tests/python/header.py does not know which function takes it'
            continue
        taken = inspect.signature(TAKERS[name]).parameters
        for member in members:
            if (member in taken) != (member not in OWN):
                yield f'{member} of struct {name}: {"a" if member in taken else "no"} keyword of its function'


def exported():
    """Classes and functions of the package that import hgxtopo does not give, and undocumented ones."""
    for module in (enums, sys.modules['hgxtopo.values'], sys.modules['hgxtopo.topology'],
                   sys.modules['hgxtopo.plan'], sys.modules['hgxtopo.check'], sys.modules['hgxtopo.forecast'],
                   sys.modules['hgxtopo.software']):
        for name, thing in vars(module).items():
            if inspect.isclass(thing) and thing.__module__ == module.__name__ and name not in ('Named',):
                if getattr(hgxtopo, name, None) is not thing or name not in hgxtopo.__all__:
                    yield f'{name} is not in hgxtopo.__all__'
    for name in hgxtopo.__all__:
        thing = getattr(hgxtopo, name)
        if (inspect.isclass(thing) or inspect.isfunction(thing)) and not inspect.getdoc(thing):
            yield f'{name} has no docstring'
        for member, part in vars(thing).items() if inspect.isclass(thing) else ():
            if isinstance(part, (property, staticmethod, classmethod)) or inspect.isfunction(part):
                if not member.startswith('_') and member not in UNEXPLAINED and not inspect.getdoc(part):
                    yield f'{name}.{member} has no docstring'


def compiled(header, path, compiler):
    """Offsets, sizes and numbers, as a C compiler sees them."""
    asked = {name: name for name in header.numbers}
    asked.update((name, name) for names in header.enums.values() for name in names)
    for struct, members in header.structs.items():
        asked[struct] = f'sizeof(struct {struct})'
        for member in members:
            asked[f'{struct}.{member}'] = f'offsetof(struct {struct}, {member})'
            asked[f'{struct}.{member}.size'] = f'sizeof(((struct {struct} *)0)->{member})'
    lines = ''.join(f'\tshow("{name}", {value});\n' for name, value in asked.items())
    source = f'''#include "{pathlib.Path(path).resolve()}"
#include <stdio.h>
#define show(name, value) printf((value) < 0 ? "%s %lld\\n" : "%s %llu\\n", name, (unsigned long long)(value))
int main(void)
{{
{lines}\treturn 0;
}}
'''
    with tempfile.TemporaryDirectory() as directory:
        program = pathlib.Path(directory, 'numbers')
        program.with_suffix('.c').write_text(source, encoding='utf-8')
        subprocess.run([*compiler.split(), '-w', '-o', program, program.with_suffix('.c')], check=True)
        output = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: int(number) for name, number in map(str.split, output.splitlines())}


def main():
    path, compiler, package = sys.argv[1:]
    with open(path, encoding='utf-8') as stream:
        header = Header(stream.read())
    value = compiled(header, path, compiler)
    faults = [*prototypes(header), *uncalled(header, package), *enum_values(header, value),
              *number_values(header, value), *layouts(header, value), *keywords(header), *exported()]
    for fault in faults:
        print(fault)
    seen = (header.functions, header.enums, header.structs, header.numbers)
    if not all(seen):
        print('the header declares nothing')
    return 1 if faults or not all(seen) else 0


sys.exit(main())
