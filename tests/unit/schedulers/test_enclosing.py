"""Letters that one mail cannot carry: what is planned, what waits, and what a person is asked."""

from dataclasses import replace

from domain.campaign import Channel
from domain.directive import StoredFile
from domain.enclosure import OverSize
from domain.facts import About
from domain.ids import CampaignId, Digest
from domain.intents import AskPerson, HoldLetters, Intent, PlanDispatch
from domain.kinds import DispatchKind, ReviewKind
from domain.state import CompilationState, PortalState
from schedulers.enclosing import enclosed, sendable
from schedulers.picture import Picture
from tests.unit.domain.round_story import Story, about
from tests.unit.domain.small_district import CAMPAIGN, ROUND, START, YEN_SON
from tests.unit.schedulers.intents_found import asked, of

MB = 1_048_576
URL = "https://huulung.example/512"


def file(name: str, size: int) -> StoredFile:
    return StoredFile(name=name, digest=Digest(name.encode().hex().ljust(64, "0")), size=size)


TEXT, APPENDIX, LARGE = file("512.pdf", MB), file("phu luc.pdf", 6 * MB), file("to.pdf", 40 * MB)


def picture(
    *files: StoredFile,
    octets: int | None = 9 * MB,
    over_size: OverSize = OverSize.PARTS,
    source: str = "",
) -> Picture:
    found = Story().begin().picture()
    return replace(
        found,
        campaign=replace(found.campaign, over_size=over_size, source_url=source),
        directive=replace(
            found.directive, directive=replace(found.directive.directive, files=files)
        ),
        mail_octets=octets,
    )


def plan(
    kind: DispatchKind = DispatchKind.DIRECTIVE, channel: Channel = Channel.EMAIL
) -> PlanDispatch:
    return PlanDispatch(
        about=about(YEN_SON), kind=kind, occurrence=1, channel=channel, target="x", why="first"
    )


def made(found: Picture, *files: StoredFile) -> Picture:
    version = CompilationState(
        campaign=CAMPAIGN, round=ROUND, version=1, files=files, made_at=START
    )
    return replace(found, compilations=[version])


def test_a_letter_that_fits_is_planned_as_it_was() -> None:
    assert sendable(picture(TEXT), [plan()], START) == [plan()]


def test_a_plan_in_parts_says_so() -> None:
    (found,) = of(PlanDispatch, sendable(picture(TEXT, APPENDIX, APPENDIX), [plan()], START))
    assert found.why == "first; in 3 mails"


def test_the_exchange_and_reminders_carry_on() -> None:
    others: list[Intent] = [plan(channel=Channel.EXCHANGE), plan(DispatchKind.REMINDER)]
    assert sendable(picture(LARGE), others, START) == others


def test_one_question_for_all_offices_and_none_of_them_gets_half_a_letter() -> None:
    found = sendable(picture(TEXT, LARGE), [plan(), plan()], START)
    (question,) = of(AskPerson, found)
    assert question.kind is ReviewKind.OVER_SIZE
    assert question.about == about()
    assert "to.pdf (40.0 MB)" in question.why
    assert "message of 9 MB" in question.why
    assert "source_url" in question.why
    assert "over_size: parts" not in question.why
    assert [type(one) for one in found] == [HoldLetters, AskPerson]


def test_a_question_that_was_asked_is_not_asked_again_until_it_is_another_one() -> None:
    story = Story().begin()
    found = sendable(picture(LARGE), [plan()], START)
    (question,) = of(AskPerson, found)
    story.review(question.kind, "too large", question.about, at=START)
    (row,) = story.picture().reviews
    told = replace(picture(LARGE), reviews=[replace(row, reason=question.why)])
    assert asked(ReviewKind.OVER_SIZE, sendable(told, [plan()], START)) == []
    assert of(HoldLetters, sendable(told, [plan()], START))
    # Another file, or another limit, is another question.
    other = replace(picture(LARGE, octets=8 * MB), reviews=told.reviews)
    assert asked(ReviewKind.OVER_SIZE, sendable(other, [plan()], START))


def test_by_link_without_an_address_says_that_parts_would_do() -> None:
    (question,) = of(
        AskPerson,
        sendable(picture(APPENDIX, APPENDIX, over_size=OverSize.LINK), [plan()], START),
    )
    assert "over_size: parts" in question.why


def test_the_address_of_the_campaign_is_good_for_every_file() -> None:
    (mail,) = enclosed(picture(TEXT, LARGE, source=URL), plan(), START)
    assert [(one.file, one.url) for one in mail.linked] == [(LARGE, URL)]


def test_the_portals_own_address_is_good_for_its_file_only() -> None:
    portal = PortalState(campaign=CampaignId("nq47"), file=LARGE, url="https://cong.example/to.pdf")
    found = replace(picture(TEXT, LARGE, source=URL), portal=portal)
    (mail,) = enclosed(found, plan(), START)
    assert [one.url for one in mail.linked] == ["https://cong.example/to.pdf"]
    other = replace(picture(TEXT, replace(LARGE, digest=Digest("ff" * 32))), portal=portal)
    assert enclosed(other, plan(), START) == ()


def test_a_result_goes_in_parts_and_never_by_the_address_of_the_letter() -> None:
    result = plan(DispatchKind.COMPILATION)
    by_link = picture(source=URL, over_size=OverSize.LINK)
    mails = enclosed(made(by_link, APPENDIX, APPENDIX), result, START)
    assert [m.attached for m in mails] == [(APPENDIX,), (APPENDIX,)]
    found = sendable(made(by_link, LARGE), [result], START)
    (question,) = of(AskPerson, found)
    assert question.why.startswith("the result waits")
    assert "source_url" not in question.why
    assert question.about == About(campaign=CAMPAIGN, round=ROUND)
