"""The text of a directory file with offices added and changed; everything else stays as it is.

The text itself is edited, key by key: comments, order, quotes and the form of lists that nobody
changed are those of whoever wrote them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from domain.ids import OfficeId
from domain.office import Office
from mappings.directory.records import KEYS, FieldChange, Plain, plain
from mappings.directory.yaml_values import flow, literal

_WIDTH = 100
"""Characters of a line; a longer list gets a line for each item."""
_COMMENT = re.compile(r"#[^\r\n]*")
_BYTE_ORDER_MARK = "\ufeff"

Edit = tuple[int, int, str]
"""From where to where in the text, and what is to stand there."""

NEW_FILE = """# Danh bạ đơn vị: mỗi đơn vị một mục, theo thứ tự trong báo cáo.
# Các khóa được giải thích trong docs/configuration.md, mục "Directory of offices".

offices:
"""


@dataclass(slots=True, kw_only=True)
class _Text:
    """A file while its edits are gathered."""

    text: str
    newline: str
    offices: SequenceNode | None
    edits: list[Edit] = field(default_factory=list)
    found: Sequence[tuple[int, str]] | None = None
    """The comments, once they have been looked for."""

    def comments(self, start: int, end: int) -> list[str]:
        """Return the comments of a part of the file."""
        if "#" not in self.text[start:end]:
            return []
        if self.found is None:
            self.found = list(comments(self.text))
        return [comment for at, comment in self.found if start <= at < end]


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments of YAML with their places, but those behind the sign of a block of text.

    They stand between what is read; in quotes and in a block of text the sign is a letter.
    """
    at = 0
    # ruamel.yaml gives no type for what scan yields.
    for token in YAML(typ="safe", pure=True).scan(text):
        for found in _COMMENT.finditer(text, at, token.start_mark.index):
            yield found.start(), found[0].strip()
        at = token.end_mark.index


def edited(
    text: str,
    changed: Mapping[OfficeId, Sequence[FieldChange]],
    added: Sequence[Office] = (),
    groups: Mapping[OfficeId, str] | None = None,
) -> str:
    """Return the text of a directory file with keys of its offices changed and offices added.

    An added office stands behind the last one of its first group; ``groups`` has those of the
    offices in the file. Ids that the file lacks are not looked at. Raises ``ValueError`` when the
    text is no directory.
    """
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    body = text[len(mark) :]
    if not body.strip():
        body = NEW_FILE
    file = _Text(text=body, newline="\r\n" if "\r\n" in body else "\n", offices=_offices(body))
    for item in file.offices.value if file.offices else ():
        keys = _keys(item)
        for change in changed.get(OfficeId(keys["id"][1].value), ()) if "id" in keys else ():
            _change(file, item, keys, change)
    _add(file, added, groups or {})
    return mark + _applied(file)


def _offices(text: str) -> SequenceNode | None:
    reader = YAML(typ="safe", pure=True)
    reader.composer.warn_double_anchors = False
    # ruamel.yaml gives no type for what compose returns.
    root: Node | None = reader.compose(text)
    found = _keys(root).get("offices") if isinstance(root, MappingNode) else None
    if found is None:
        raise ValueError("the file has no offices")
    if isinstance(found[1], SequenceNode):
        return found[1]
    if isinstance(found[1], ScalarNode) and not found[1].value:
        return None
    raise ValueError("offices is no list")


def _keys(item: Node) -> dict[str, tuple[ScalarNode, Node]]:
    if not isinstance(item, MappingNode):
        return {}
    return {key.value: (key, value) for key, value in item.value if isinstance(key, ScalarNode)}


def _applied(file: _Text) -> str:
    """Carry the edits out from the end on; of those at one place the first comes first."""
    text = file.text
    numbered = [(start, end, number, new) for number, (start, end, new) in enumerate(file.edits)]
    for start, end, _, new in sorted(numbered, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _change(
    file: _Text,
    item: MappingNode,
    keys: Mapping[str, tuple[ScalarNode, Node]],
    change: FieldChange,
) -> None:
    if change.new is None:
        _remove(file, item, change.key)
    elif change.key in keys:
        _replace(file, item, keys[change.key], change.new)
    else:
        _insert(file, item, keys, change.key, change.new)


def _replace(file: _Text, item: MappingNode, pair: tuple[ScalarNode, Node], value: Plain) -> None:
    key, old = pair
    end = _end(file, key, old)
    block = isinstance(old, SequenceNode) and not old.flow_style
    written = _written(file, item, key.value, value)
    if block and isinstance(value, list):
        start = int(old.start_mark.index)
        margin = file.newline + " " * old.start_mark.column
        written = margin.join(f"- {flow(one)}" for one in value)
    elif block or _is_empty(old) or written.startswith(file.newline):
        start = file.text.index(":", key.end_mark.index) + 1
    else:
        start, written = int(old.start_mark.index), written.removeprefix(" ")
    file.edits.append((start, end, written))
    at = int(key.start_mark.index)
    file.edits.append((at, at, _in_front(file, key, start, end)))


def _in_front(file: _Text, key: ScalarNode, start: int, end: int) -> str:
    """Return the comments of a part, to stand in front of a key."""
    at = int(key.start_mark.index)
    margin = file.newline + " " * key.start_mark.column
    said = "".join(f"{comment}{margin}" for comment in file.comments(start, end))
    return f" {said}" if said and file.text[at - 1] == "{" else said


def _insert(
    file: _Text,
    item: MappingNode,
    keys: Mapping[str, tuple[ScalarNode, Node]],
    name: str,
    value: Plain,
) -> None:
    """Write a key behind the one that the usual order has before it, else behind the first."""
    before = [known for known in KEYS[: KEYS.index(name)] if known in keys]
    end = _end(file, *(keys[before[-1]] if before else next(iter(keys.values()))))
    written = _written(file, item, name, value)
    if item.flow_style:
        file.edits.append((end, end, f", {name}:{written}"))
    else:
        at = _line_end(file.text, end)
        margin = file.newline + " " * item.value[0][0].start_mark.column
        file.edits.append((at, at, f"{margin}{name}:{written}"))


def _remove(file: _Text, item: MappingNode, name: str) -> None:
    pairs = [(key, value) for key, value in item.value if isinstance(key, ScalarNode)]
    index = next((i for i, (key, _) in enumerate(pairs) if key.value == name), None)
    if index is None:
        return
    key, value = pairs[index]
    end = _end(file, key, value)
    margin = file.newline + " " * key.start_mark.column
    if index == 0 and len(pairs) > 1:
        start, stop = key.start_mark.index, pairs[1][0].start_mark.index
        file.edits.append((start, stop, _in_front(file, key, start, stop)))
    elif item.flow_style:
        before = _end(file, *pairs[index - 1])
        said = "".join(f" {comment}{margin}" for comment in file.comments(before, end))
        file.edits.append((before, end, said))
    else:
        start = file.text.rindex("\n", 0, key.start_mark.index)
        start -= file.text[start - 1 : start] == "\r"
        stop = _line_end(file.text, end)
        said = "".join(f"{margin}{comment}" for comment in file.comments(start, stop))
        file.edits.append((start, stop, said))


def _written(file: _Text, item: MappingNode, name: str, value: Plain) -> str:
    """Return a value as it stands behind the colon of its key, blanks and line breaks included."""
    column = item.value[0][0].start_mark.column if item.value else 0
    return f" {flow(value)}" if item.flow_style else _behind(file, name, value, column)


def _behind(file: _Text, name: str, value: Plain, column: int) -> str:
    if isinstance(value, str) and "\n" in value:
        return f" {literal(value, column, file.newline) or flow(value)}"
    written = flow(value)
    if isinstance(value, list) and len(value) > 1 and column + len(name) + len(written) > _WIDTH:
        margin = file.newline + " " * (column + 2)
        return "".join(f"{margin}- {flow(one)}" for one in value)
    return f" {written}"


def _is_empty(value: Node) -> bool:
    """Tell whether a key has no value: its mark is that of whatever comes next."""
    return isinstance(value, ScalarNode) and not value.value and value.style is None


def _end(file: _Text, key: ScalarNode, value: Node) -> int:
    """Return where a value ends, without the comments and blank lines behind it."""
    if _is_empty(value):
        return file.text.index(":", key.end_mark.index) + 1
    last = value
    while not getattr(last, "flow_style", True) and last.value:
        last = last.value[-1][1] if isinstance(last, MappingNode) else last.value[-1]
    end = int(last.end_mark.index)
    # The end of a text of several lines lies in the line below it.
    return len(file.text[:end].rstrip()) if getattr(last, "style", None) in ("|", ">") else end


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    if found < 0:
        return len(text)
    return found - 1 if text[found - 1 : found] == "\r" else found


def _add(file: _Text, added: Sequence[Office], groups: Mapping[OfficeId, str]) -> None:
    items = file.offices.value if file.offices else []
    if file.offices is not None and file.offices.flow_style:
        if items:
            end = int(items[-1].end_mark.index)
            file.edits += [(end, end, f", {flow(plain(office))}") for office in added]
            return
        start, end = int(file.offices.start_mark.index), int(file.offices.end_mark.index)
        start = file.text.rindex(":", 0, start) + 1
        said = "".join(f"{file.newline}  {comment}" for comment in file.comments(start, end))
        file.edits += [(start, end, said)] if added else []
    ends = [(_group_of(item, groups), _item_end(file, item)) for item in items]
    column = file.offices.start_mark.column if file.offices and items else 2
    blank = file.newline if _apart(file, items) else ""
    begun: dict[int, str | None] = {}
    for office in added:
        group = office.groups[0] if office.groups else None
        same = [end for other, end in ends if other == group and group is not None]
        at = same[-1] if same else (ends[-1][1] if ends else _last_line(file))
        lead = blank if items or at in begun else ""
        if not same and group is not None and begun.get(at) != group:
            lead += f"{' ' * column}# {group}{file.newline}{blank}"
        begun[at] = group
        lines = file.newline.join(_lines(file, office, column))
        file.edits.append((at, at, f"{file.newline}{lead}{lines}"))


def _last_line(file: _Text) -> int:
    return len(file.text.rstrip())


def _group_of(item: Node, groups: Mapping[OfficeId, str]) -> str | None:
    keys = _keys(item)
    return groups.get(OfficeId(keys["id"][1].value)) if "id" in keys else None


def _item_end(file: _Text, item: Node) -> int:
    pairs = _keys(item)
    if not pairs or getattr(item, "flow_style", False):
        end = int(item.end_mark.index)
    else:
        end = _end(file, *list(pairs.values())[-1])
    return end if file.offices and file.offices.flow_style else _line_end(file.text, end)


def _apart(file: _Text, items: Sequence[Node]) -> bool:
    """Tell whether blank lines stand between the offices."""
    if len(items) < 2:
        return True
    between = file.text[_item_end(file, items[0]) : items[1].start_mark.index]
    return between.count("\n") > 1


def _lines(file: _Text, office: Office, column: int) -> Iterator[str]:
    lead = " " * column + "- "
    for key, value in plain(office).items():
        yield f"{lead}{key}:{_behind(file, key, value, column + 2)}"
        lead = " " * (column + 2)
