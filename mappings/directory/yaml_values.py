"""Values of a directory file as a person writes them: quotes only where YAML needs them."""

import json
import re
from datetime import date
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mappings.directory.records import Plain

# Begins with a letter, holds no sign that means something to YAML, and is no word that does.
_SURELY_PLAIN = re.compile(r"[^\W\d_](?:[\w./@&()+-]| (?=[^\s#]))*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})


def flow(value: Plain) -> str:
    """Return a value on one line, as it stands within brackets too."""
    match value:
        case str():
            return _quoted(value)
        case date():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(flow, value))}]"
        case _:
            return f"{{{', '.join(f'{key}: {flow(item)}' for key, item in value.items())}}}"


@lru_cache(maxsize=4096)  # names of groups stand in every office
def _quoted(text: str) -> str:
    if _is_plain(text):
        return text
    # JSON escapes are YAML's too; what no one sees is escaped, so that nobody wonders.
    return "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"
        for c in json.dumps(text, ensure_ascii=False)
    )


def _is_plain(text: str) -> bool:
    if _SURELY_PLAIN.fullmatch(text):
        return text.lower() not in _WORDS
    if not text.isprintable() or text.lower() in _WORDS:
        return False
    try:
        reader = YAML(typ="safe", pure=True)
        reader.composer.warn_double_anchors = False  # "&x" stands twice in what is tried
        read = reader.load(f"a: {text}\nb: [{text}]\n")
        return bool(read == {"a": text, "b": [text]})
    except (YAMLError, ValueError):
        return False


def literal(text: str, indent: int, newline: str) -> str | None:
    """Return several lines as a block of their own, None where that would change them.

    ``indent`` is that of the key.
    """
    lines = text.split("\n")
    fits = all(line.isprintable() and line == line.rstrip() for line in lines)
    if len(lines) < 2 or not fits or lines[0][:1] in ("", " ") or not lines[-1]:
        return None
    margin = " " * (indent + 2)
    return newline.join(["|-", *(f"{margin}{line}" if line else "" for line in lines)])
