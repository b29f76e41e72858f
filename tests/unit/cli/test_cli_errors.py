"""Every error class has an ending: an exit code by the contract, and words that help."""

import pytest

import domain.errors
from domain.errors import (
    ConfigError,
    Conflict,
    DondocError,
    MalformedDocument,
    NotAllowed,
    NotFound,
    PeerRefused,
    PeerUnavailable,
    Problem,
    StoreFailed,
    TooLarge,
)
from dondoc.cli.errors import _ENDINGS, ExitCode, advised, ending


def problem(what: str, *, warning: bool = False) -> Problem:
    return Problem(file="a.yaml", line=3, column=7, what=what, advice="mend it", warning=warning)


def test_every_error_class_has_an_ending() -> None:
    classes = {
        value
        for value in vars(domain.errors).values()
        if isinstance(value, type) and issubclass(value, DondocError) and value is not DondocError
    }
    assert {c for c in classes if not any(base in _ENDINGS for base in c.__mro__)} == set()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError((problem("is wrong"),)), ExitCode.WRONG_USAGE),
        (NotFound("no such thing"), ExitCode.WRONG_USAGE),
        (NotAllowed("not now"), ExitCode.FAILED),
        (StoreFailed("disk full"), ExitCode.FAILED),
        (Conflict("in use"), ExitCode.FAILED),
        (PeerUnavailable("server", "off"), ExitCode.FAILED),
        (PeerRefused("server", "15", "no"), ExitCode.FAILED),
        (MalformedDocument("mail", "no header"), ExitCode.FAILED),
        (TooLarge("mail", "too large"), ExitCode.FAILED),
        (ValueError("letter text"), ExitCode.FAILED),
    ],
)
def test_exit_codes_are_the_contract(error: Exception, code: ExitCode) -> None:
    assert ending(error)[0] is code


def test_every_problem_of_the_configuration_is_told() -> None:
    error = ConfigError((problem("is wrong"), problem("is odd", warning=True)))
    assert ending(error)[1][:2] == [
        "error: a.yaml:3:7: is wrong; mend it",
        "warning: a.yaml:3:7: is odd; mend it",
    ]


def test_an_unexpected_error_says_nothing_of_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, advised():
        raise ValueError("Kính gửi: UBND xã Yên Sơn")
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert said.out == ""
    assert said.err.startswith("error: unexpected ValueError\nadvice: ")
    assert "Traceback" not in said.err
    assert "Kính" not in said.err


def test_debug_shows_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), advised(debug=True):
        raise StoreFailed("disk full")
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.endswith("error: disk full\n")


def test_an_exit_passes_untouched() -> None:
    with pytest.raises(SystemExit) as ended, advised():
        raise SystemExit(3)
    assert ended.value.code == 3
