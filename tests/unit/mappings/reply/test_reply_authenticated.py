"""A message that its sender may not have sent is nobody's until a person has looked at it."""

from dataclasses import replace
from datetime import date

import pytest

from domain.authentication import Authentication
from domain.ids import Address
from domain.reading import MailContent, Match, Matching, Reason, Via
from mappings.reply.match import NOT_AUTHENTICATED, match
from tests.unit.mappings.reply.replies import directory, judged, message
from tests.unit.mappings.reply.test_reply_match import ROUND, YEN_SON, clue

SPOKE = Reason(rule="dkim_signature", evidence="the text was changed")
FAILED = Authentication(passed=False, reasons=(SPOKE,))
MISSING = Authentication(required=True)


def matched(content: MailContent, authentication: Authentication) -> Matching:
    return match(
        content,
        judged(content),
        (clue(),),
        (ROUND,),
        directory(),
        date(2024, 11, 8),
        authentication=authentication,
    )


@pytest.mark.parametrize(
    ("authentication", "words"),
    [(FAILED, "it seems that others sent this"), (MISSING, "nothing proves that it sent this")],
)
def test_what_would_be_certain_waits(authentication: Authentication, words: str) -> None:
    found = matched(message("Đã nhận."), authentication)
    assert (found.match, found.office, found.sender_office) == (Match.REVIEW, None, YEN_SON)
    assert (found.campaign, found.candidates[0].office) == ("nq47", YEN_SON)
    assert found.reasons[:-1] == authentication.reasons
    assert found.reasons[-1].rule == NOT_AUTHENTICATED
    assert found.reasons[-1].evidence.endswith(f"an address of {YEN_SON}, but {words}")


@pytest.mark.parametrize(
    "authentication", [Authentication(passed=True, reasons=(SPOKE,)), Authentication()]
)
def test_what_is_proved_or_need_not_be_is_certain(authentication: Authentication) -> None:
    found = matched(message("Đã nhận."), authentication)
    assert (found.match, found.office) == (Match.CERTAIN, YEN_SON)
    assert found.reasons[: len(authentication.reasons)] == authentication.reasons


def test_an_address_of_nobody_is_an_unknown_sender_whatever_was_proved() -> None:
    content = replace(message("Đã nhận."), sender=Address("ai.do@noikhac.example"))
    assert matched(content, FAILED).reasons[-1].rule == "sender_unknown"


@pytest.mark.parametrize("authentication", [FAILED, MISSING])
def test_a_machine_that_names_an_author_is_believed_no_more_than_a_person(
    authentication: Authentication,
) -> None:
    away = message("Tôi vắng mặt.", headers=[("auto-submitted", "auto-replied")])
    found = matched(away, authentication)
    assert (found.match, found.reasons[-1].rule) == (Match.REVIEW, "machine_clue")
    assert "yet its sender is in doubt" in found.reasons[-1].evidence
    assert matched(away, Authentication()).match is Match.CERTAIN


@pytest.mark.parametrize(
    ("authentication", "certain"),
    [(Authentication(passed=True), Match.CERTAIN), (Authentication(), Match.REVIEW)],
)
def test_the_code_in_the_subject_needs_a_proof(
    authentication: Authentication, certain: Match
) -> None:
    away = message("Tôi vắng mặt.", headers=[("auto-submitted", "auto-replied")])
    by_code = replace(clue(), via=Via.SUBJECT_TOKEN)
    day = date(2024, 11, 8)
    found = match(
        away, judged(away), (by_code,), (ROUND,), directory(), day, authentication=authentication
    )
    assert found.match is certain
