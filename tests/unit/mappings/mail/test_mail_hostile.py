"""Whatever arrives, reading raises a domain error or gives a record that can be stored."""

import random
from dataclasses import astuple
from pathlib import Path

import pytest

from domain.errors import DondocError
from mappings.mail.take_apart import take_apart
from tests.checkout import ROOT

SAMPLES = sorted((ROOT / "tests" / "data" / "mail").glob("*/*.eml"))


def read(raw: bytes) -> bool:
    """Tell whether a message gave a record; what it raises otherwise must be a domain error."""
    try:
        content = take_apart(raw)
    except DondocError:
        return False
    for value in astuple(content):
        repr(value).encode("utf-8")
    return True


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_truncated_at_every_50th_byte(path: Path) -> None:
    raw = path.read_bytes()
    assert not read(b"")
    assert read(raw)
    refused = [end for end in range(50, len(raw), 50) if not read(raw[:end])]
    # Whatever is cut off behind the first field is still a message.
    assert all(b":" not in raw[:end] for end in refused)


@pytest.mark.parametrize("seed", range(8))
def test_mutated_octets(seed: int) -> None:
    draw = random.Random(seed)
    records = 0
    for path in SAMPLES:
        raw = path.read_bytes()
        mutated = bytearray(raw)
        for _ in range(draw.randint(1, 30)):
            at = draw.randrange(len(mutated))
            match draw.randrange(3):
                case 0:
                    mutated[at] = draw.randrange(256)
                case 1:
                    del mutated[at : at + draw.randint(1, 40)]
                case _:
                    other = draw.randrange(len(raw))
                    mutated[at:at] = raw[other : other + draw.randint(1, 60)]
        records += read(bytes(mutated))
    # Only a damaged first line makes it no message at all.
    assert records >= len(SAMPLES) * 3 // 4
