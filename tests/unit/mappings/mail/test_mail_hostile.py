"""Whatever arrives, reading raises a domain error or gives a record that can be stored."""

import random
from dataclasses import astuple

import pytest

from domain.errors import DondocError
from mappings.mail.take_apart import take_apart
from tests.checkout import ROOT

SAMPLES = sorted((ROOT / "tests" / "data" / "mail").glob("*.eml"))


def read(raw: bytes) -> None:
    try:
        content = take_apart(raw)
    except DondocError:
        return
    for value in astuple(content):
        repr(value).encode("utf-8")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_truncated_at_every_50th_byte(path: object) -> None:
    raw = (SAMPLES[0].parent / getattr(path, "name")).read_bytes()  # noqa: B009
    for end in range(0, len(raw), 50):
        read(raw[:end])


@pytest.mark.parametrize("seed", range(8))
def test_mutated_octets(seed: int) -> None:
    draw = random.Random(seed)
    for path in SAMPLES:
        raw = path.read_bytes()
        for _ in range(6):
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
            read(bytes(mutated))
