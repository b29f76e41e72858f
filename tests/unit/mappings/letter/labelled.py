"""The labelled letters, each with its label; those of web pages have lost their head."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LETTERS = Path(__file__).parents[3] / "data" / "letters"


@dataclass(frozen=True)
class Labelled:
    name: str
    text: str
    # Read from JSON: of any shape.
    label: dict[str, Any]


def labelled(path: Path) -> Labelled:
    label = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return Labelled(name=path.stem, text=path.read_text("utf-8"), label=label)


ALL = tuple(labelled(path) for path in sorted(LETTERS.rglob("*.txt")))
SEED = next(letter for letter in ALL if letter.name == "00")
