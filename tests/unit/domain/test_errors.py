"""Errors say what is wrong, where, and what to do, and carry it as data."""

import pytest

from domain import errors
from domain.errors import (
    ChangeUnknown,
    ConfigError,
    DeliveryUnknown,
    DondocError,
    DuplicateEvent,
    EvidenceMissing,
    IllegalTransition,
    MalformedDocument,
    NotOffered,
    PeerRefused,
    PeerUnavailable,
    Problem,
    TooLarge,
)


def test_every_error_is_one_of_ours() -> None:
    kinds = [v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, Exception)]
    assert len(kinds) > 10
    assert all(issubclass(kind, DondocError) for kind in kinds)
    assert all(kind.__doc__ for kind in kinds)


def test_a_configuration_error_lists_everything_at_once() -> None:
    first = Problem(file="a.yaml", line=3, column=5, what="unknown key rounds2", advice="remove it")
    second = Problem(file="b.yaml", line=0, column=0, what="no such file", advice="create it")
    error = ConfigError((first, second))
    assert error.problems == (first, second)
    assert str(error) == (
        "a.yaml:3:5: unknown key rounds2; remove it\nb.yaml:0:0: no such file; create it"
    )
    assert not first.warning


@pytest.mark.parametrize(
    ("error", "text", "data"),
    [
        (
            PeerUnavailable("mail.example", "refused"),
            "mail.example is not available: refused; it will be tried again",
            {"peer": "mail.example", "detail": "refused"},
        ),
        (
            PeerRefused("mail.example", "550", "no such user"),
            "mail.example refused with 550: no such user",
            {"peer": "mail.example", "code": "550", "detail": "no such user"},
        ),
        (
            DeliveryUnknown("mail.example", "cut"),
            "mail.example did not say whether it accepted the content: cut",
            {"peer": "mail.example", "detail": "cut"},
        ),
        (
            ChangeUnknown("trục", "a recall", "cut"),
            "trục did not say whether it carried out a recall: cut",
            {"peer": "trục", "operation": "a recall", "detail": "cut"},
        ),
        (
            NotOffered("iOffice", "recall a document"),
            "iOffice refused with not offered: this door cannot recall a document; "
            "see docs/doors.md",
            {"peer": "iOffice", "code": "not offered"},
        ),
        (
            MalformedDocument("a.edxml", "entities"),
            "a.edxml cannot be read: entities",
            {"what": "a.edxml", "reason": "entities"},
        ),
        (
            TooLarge("a.zip", "over 20 MB"),
            "a.zip cannot be read: over 20 MB",
            {"what": "a.zip", "reason": "over 20 MB"},
        ),
        (
            DuplicateEvent("mail", "7:41"),
            "already recorded: mail 7:41",
            {"source": "mail", "source_key": "7:41"},
        ),
        (
            EvidenceMissing("ab", "no such bytes"),
            "evidence ab: no such bytes",
            {"digest": "ab"},
        ),
        (
            IllegalTransition("round", "open", "approved"),
            "round: approved is not possible in status open",
            {"machine": "round", "status": "open", "event": "approved"},
        ),
    ],
)
def test_an_error_carries_its_data(error: DondocError, text: str, data: dict[str, str]) -> None:
    assert str(error) == text
    assert {name: getattr(error, name) for name in data} == data
