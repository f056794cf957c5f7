# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functions of hgxtopo.h, as they are called."""

from ctypes import c_char_p, c_int, c_size_t, c_uint, c_uint64, c_void_p
from typing import Any, Dict, Tuple

from .library import declare
from .values import Bdf

# Topologies, nodes, plans, options, and where a result goes: the classes keep them apart.
POINTER = c_void_p

#: What each function returns, and what it takes.
FUNCTIONS: Dict[str, Tuple[Any, ...]] = {
    "hgx_version": (c_char_p,),
    "hgx_version_number": (c_uint,),
    "hgx_code_name": (c_char_p, c_int),
    "hgx_rule_at": (POINTER, c_size_t),
    "hgx_error_size": (c_size_t,),
    "hgx_host_options_size": (c_size_t,),
    "hgx_domain_options_size": (c_size_t,),
    "hgx_plan_options_size": (c_size_t,),
    "hgx_nccl_options_size": (c_size_t,),
    "hgx_qemu_options_size": (c_size_t,),
    "hgx_kernel_options_size": (c_size_t,),
    "hgx_kind_name": (c_char_p, c_int),
    "hgx_node_kind": (c_int, POINTER),
    "hgx_node_name": (c_char_p, POINTER),
    "hgx_node_parent": (POINTER, POINTER),
    "hgx_node_first_child": (POINTER, POINTER),
    "hgx_node_next_sibling": (POINTER, POINTER),
    "hgx_node_next": (POINTER, POINTER, POINTER),
    "hgx_node_next_of": (POINTER, POINTER, POINTER, c_int),
    "hgx_node_numa": (POINTER, POINTER),
    "hgx_node_pci": (POINTER, POINTER),
    "hgx_node_cpu": (POINTER, POINTER),
    "hgx_node_memory": (POINTER, POINTER),
    "hgx_node_processor": (POINTER, POINTER),
    "hgx_node_link": (c_int, POINTER, POINTER, POINTER),
    "hgx_topo_from_host": (c_int, POINTER, POINTER, POINTER),
    "hgx_topo_from_json": (c_int, POINTER, c_char_p, c_size_t, c_char_p, POINTER),
    "hgx_topo_from_domain": (c_int, POINTER, c_char_p, c_size_t, c_char_p, POINTER, POINTER),
    "hgx_topo_from_example": (c_int, POINTER, c_char_p, POINTER),
    "hgx_example_name": (c_char_p, c_size_t),
    "hgx_topo_match": (c_int, POINTER, POINTER, POINTER, POINTER),
    "hgx_topo_free": (None, POINTER),
    "hgx_topo_root": (POINTER, POINTER),
    "hgx_topo_find": (POINTER, POINTER, c_char_p),
    "hgx_topo_is_guest": (c_int, POINTER),
    "hgx_topo_software": (c_char_p, POINTER, c_char_p),
    "hgx_installed_version": (c_int, POINTER, c_char_p, POINTER),
    "hgx_distance": (c_int, POINTER, POINTER),
    "hgx_distance_name": (c_char_p, c_int),
    "hgx_node_nearest": (POINTER, POINTER, c_int),
    "hgx_severity_name": (c_char_p, c_int),
    "hgx_topo_findings": (c_size_t, POINTER, POINTER),
    "hgx_plan_new": (c_int, POINTER, POINTER, POINTER, POINTER),
    "hgx_plan_free": (None, POINTER),
    "hgx_plan_name": (c_char_p, POINTER),
    "hgx_plan_guest": (POINTER, POINTER),
    "hgx_plan_host_of": (POINTER, POINTER, POINTER),
    "hgx_plan_guest_of": (POINTER, POINTER, POINTER),
    "hgx_plan_findings": (c_size_t, POINTER, POINTER),
    "hgx_fate_name": (c_char_p, c_int),
    "hgx_plan_verdict": (POINTER, POINTER, POINTER),
    "hgx_plan_vcpus": (c_size_t, POINTER, POINTER),
    "hgx_plan_emulator_cpus": (c_size_t, POINTER, POINTER),
    "hgx_plan_page_size": (c_uint64, POINTER),
    "hgx_plan_window": (c_uint64, POINTER),
    "hgx_plan_host_memory": (c_uint64, c_uint64),
    "hgx_emit_json": (c_int, POINTER, POINTER, POINTER),
    "hgx_emit_json_with_ids": (c_int, POINTER, POINTER, POINTER),
    "hgx_emit_tree": (c_int, POINTER, POINTER, POINTER),
    "hgx_emit_matrix": (c_int, POINTER, POINTER, POINTER),
    "hgx_emit_libvirt": (c_int, POINTER, POINTER, POINTER),
    "hgx_emit_nccl": (c_int, POINTER, POINTER, POINTER, POINTER),
    "hgx_emit_changes": (c_int, POINTER, POINTER, POINTER),
    "hgx_emit_changes_json": (c_int, POINTER, POINTER, POINTER),
    "hgx_emit_map": (c_int, POINTER, c_size_t, POINTER, POINTER),
    "hgx_emit_map_json": (c_int, POINTER, c_size_t, POINTER, POINTER),
    "hgx_emit_qemu": (c_int, POINTER, POINTER, POINTER, POINTER),
    "hgx_emit_kernel_args": (c_int, POINTER, c_size_t, POINTER, POINTER, POINTER),
    "hgx_text_free": (None, POINTER),
    "hgx_bdf_parse": (c_int, POINTER, c_char_p, POINTER),
    "hgx_bdf_format": (c_size_t, POINTER, c_size_t, Bdf.structure),
    "hgx_size_parse": (c_int, POINTER, c_char_p, POINTER),
}

declare(FUNCTIONS)
