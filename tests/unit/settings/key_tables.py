"""Tables of docs/configuration.md, one for each kind of file, made from the forms themselves."""

from collections.abc import Iterator
from typing import Any

from dondoc.settings.schema import json_schema

HEAD = "| key | value | default | meaning |\n|---|---|---|---|\n"


# A JSON Schema has no narrower type in Python.
Schema = dict[str, Any]


def key_table(kind: str) -> str:
    """Return the table of one kind of file, nested keys with their path."""
    schema = json_schema()[kind]
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in _rows(schema, schema, ""))


def key_names(kind: str) -> list[str]:
    """Return the path of every key of one kind of file."""
    schema = json_schema()[kind]
    return [row[0].strip("`") for row in _rows(schema, schema, "")]


def _rows(root: Schema, schema: Schema, above: str) -> Iterator[tuple[str, str, str, str]]:
    for name, member in schema["properties"].items():
        path = f"{above}{name}"
        needed = name in schema.get("required", [])
        inner, many = _entry(root, member)
        secret = inner is not None and "credential" in inner["properties"]
        value = "secret" if secret else _value(root, member, nested=inner is not None, many=many)
        default = "**required**" if needed else _default(member)
        meaning = member.get("description") or (inner or {}).get("description", "")
        # A docstring of several lines is one cell.
        yield f"`{path}`", value, default, " ".join(meaning.split())
        if inner is not None and not secret:
            yield from _rows(root, inner, f"{path}[]." if many else f"{path}.")


def _entry(root: Schema, member: Schema) -> tuple[Schema | None, bool]:
    """Return the mapping that a key holds, if it holds one, and whether it is a list of them."""
    for choice in member.get("anyOf", [member]):
        many = choice.get("type") == "array"
        target = choice.get("items", {}) if many else choice
        for form in target.get("anyOf", [target]):
            found = root["$defs"].get(form.get("$ref", "").rpartition("/")[2])
            if found and "properties" in found:
                return found, many
    return None, False


def _value(root: Schema, member: Schema, *, nested: bool, many: bool) -> str:
    if nested:
        return "list of mappings" if many else "mapping"
    choices = [_simple(root, choice) for choice in member.get("anyOf", [member])]
    return " or ".join(choice for choice in choices if choice)


def _simple(root: Schema, schema: Schema) -> str:
    target = root.get("$defs", {}).get(schema.get("$ref", "").rpartition("/")[2], schema)
    if "enum" in target:
        choices = (
            choice if isinstance(choice, str) else str(choice).lower() for choice in target["enum"]
        )
        return ", ".join(f"`{choice}`" for choice in choices)
    if target.get("type") == "array":
        return f"list of {_simple(root, target['items'])}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": ""}
    kind = str(target.get("type"))
    return "date" if target.get("format") == "date" else words.get(kind, kind)


def _default(member: Schema) -> str:
    value = member.get("default")
    if value in (None, "", []) or isinstance(value, dict):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
