"""The names of files in a sheet of metadata: all that the door itself must know of it.

What the sheet means, and what is wrong with it, is for ``mappings.folder`` to say; here a sheet
that cannot be read names no files, so that it is handed over and refused with a reason.
"""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

SHEET_LIMIT = 64 * 1024
"""Bytes; a sheet has some ten lines."""

# Reading nested brackets takes ruamel.yaml quadratic time.
_BRACKETS = 100


def named_files(sheet: bytes) -> tuple[str, ...]:
    """Return the texts in the list ``files`` of a sheet, as written."""
    if sheet.count(b"[") + sheet.count(b"{") > _BRACKETS:
        return ()
    try:
        # ruamel.yaml gives no type for what compose returns. Nodes are not expanded: a sheet of
        # aliases of aliases stays as small as it is.
        root: Any = YAML(typ="safe", pure=True).compose(sheet.decode("utf-8-sig"))
    except (YAMLError, ValueError, RecursionError):
        return ()
    if not isinstance(root, MappingNode):
        return ()
    for key, value in root.value:
        if isinstance(key, ScalarNode) and key.value == "files":
            items = value.value if isinstance(value, SequenceNode) else ()
            return tuple(item.value for item in items if isinstance(item, ScalarNode))
    return ()
