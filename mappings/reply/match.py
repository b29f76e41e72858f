"""To which assignment a message belongs: an ordered table of small rules, each with its reason.

Certain is only what two independent signs prove: a clue to one of our dispatches and a sender of
that office, or a known sender and a citation of the directive of the one round that it has. The
rest goes to a person with candidates, and so does what its sender may not have sent. Every rule
that was asked leaves a reason; that of a rule which did not apply begins with "no: ".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.authentication import UNKNOWN, Authentication
from domain.ids import CampaignId, Digest, OfficeId, RoundId
from domain.office import Directory, Office
from domain.reading import (
    MACHINE,
    Clue,
    Judgement,
    LiveRound,
    MailContent,
    Match,
    Matching,
    MessageKind,
    Reason,
    Via,
)
from mappings.names.mentions import mentions
from mappings.reply.attachments import AttachmentText
from mappings.reply.candidates import Sign, candidates
from mappings.reply.case import Case, case_of
from mappings.reply.citation import answers_other, names_directive
from mappings.reply.phrases import LONGEST

NOT_AUTHENTICATED = "sender_not_authenticated"
"""The rule that speaks where an office's address may have been used by somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What a rule says; without ``match`` it did not apply and the next rule is asked."""

    evidence: str
    match: Match | None = None
    clue: Clue | None = None
    live: LiveRound | None = None


def match(
    content: MailContent,
    judgement: Judgement,
    clues: Sequence[Clue],
    rounds: Sequence[LiveRound],
    directory: Directory,
    day: date,
    *,
    texts: Mapping[Digest, AttachmentText] | None = None,
    sender_office: OfficeId | None = None,
    rivals: bool = True,
    authentication: Authentication = UNKNOWN,
) -> Matching:
    """Return where a message belongs on ``day``, as far as that is certain, with all reasons.

    ``texts`` are those given to the judgement; without them attachments speak by their names and
    citations only. ``sender_office`` is the sender where something stronger than a mail address
    proves it, such as the identifier under which a packet came from the exchange. Without
    ``rivals`` no candidates are looked for where the match is certain, which takes as long again.
    ``authentication`` is what vouches for a mail address, and its reasons stand first.
    """
    case = case_of(
        content,
        judgement,
        clues,
        rounds,
        directory,
        day,
        texts or {},
        sender_office,
        authentication,
    )
    reasons = list(authentication.reasons)
    for name, rule in _MACHINE_RULES if judgement.kind in MACHINE else _RULES:
        outcome = rule(case)
        hit = outcome.match is not None
        reasons.append(Reason(rule=name, evidence=outcome.evidence, hit=hit))
        if hit:
            break
    return _matching(case, outcome, tuple(reasons), rivals=rivals)


def _machine_clue(case: Case) -> _Outcome:
    clue = case.clue
    if clue is None:
        return _Outcome(evidence="it points at none of our dispatches")
    if _disagreement(case.clues):
        return _Outcome(match=Match.REVIEW, evidence=_disagreement(case.clues))
    answered = case.sender is not None and case.sender.id == clue.office
    report = case.judgement.kind in (MessageKind.DELIVERY_STATUS, MessageKind.READ_RECEIPT)
    if clue.via is Via.SUBJECT_TOKEN and (report or not answered):
        evidence = f"only the code in the subject, which everybody quotes: {clue.dispatch}"
        return _Outcome(match=Match.REVIEW, clue=clue, evidence=evidence)
    if clue.via is Via.SUBJECT_TOKEN and not case.authentication.passed:
        evidence = f"the code in the subject, and nothing proves its sender: {clue.dispatch}"
        return _Outcome(match=Match.REVIEW, clue=clue, evidence=evidence)
    if case.authentication.doubtful:
        evidence = f"{clue.via.value}, yet its sender is in doubt: {clue.dispatch}"
        return _Outcome(match=Match.REVIEW, clue=clue, evidence=evidence)
    return _Outcome(match=Match.CERTAIN, clue=clue, evidence=f"{clue.via.value}: {clue.dispatch}")


def _clues_disagree(case: Case) -> _Outcome:
    disagreement = _disagreement(case.clues)
    if not disagreement:
        return _Outcome(evidence="no two clues point at different assignments")
    return _Outcome(match=Match.REVIEW, evidence=disagreement)


def _several_authors(case: Case) -> _Outcome:
    if not case.authors:
        return _Outcome(evidence="one author, or several of one office")
    return _Outcome(match=Match.REVIEW, clue=case.clue, evidence=f"From: {', '.join(case.authors)}")


def _not_authenticated(case: Case) -> _Outcome:
    if not case.authentication.doubtful or case.sender is None:
        return _Outcome(evidence="nothing speaks against the sender")
    refuted = case.authentication.passed is False
    but = "it seems that others sent this" if refuted else "nothing proves that it sent this"
    evidence = f"{case.content.sender} is an address of {case.sender.id}, but {but}"
    return _Outcome(match=Match.REVIEW, clue=case.clue, evidence=evidence)


def _wrong_letter(case: Case) -> _Outcome:
    live = {(r.campaign, r.round) for r in case.rounds}
    asked = any((clue.campaign, clue.round) in live for clue in case.clues)
    if not asked and not case.assigned():
        return _Outcome(evidence="neither clue nor sender leads to a live round")
    other = answers_other(case.own, case.rounds)
    if other is None:
        return _Outcome(evidence="it answers no other letter")
    return _Outcome(match=Match.REVIEW, clue=case.clue, evidence=f"it answers {other}")


def _document_of_another(case: Case) -> _Outcome:
    """Tell whether the report's own head names offices, and not the sender's."""
    issuers = _mentioned(case, case.heads)
    asked = case.sender
    if asked is None or not issuers or asked.id in issuers:
        return _Outcome(evidence="the report's head names no other office")
    named = ", ".join(issuers)
    return _Outcome(match=Match.REVIEW, clue=case.clue, evidence=f"the report is headed by {named}")


def _clue_and_sender(case: Case) -> _Outcome:
    sender = case.sender
    fitting = (clue for clue in case.clues if sender is not None and clue.office == sender.id)
    clue = next(fitting, None)
    if clue is None:
        return _Outcome(evidence="no clue and sender that belong to one office")
    live = {(r.campaign, r.round) for r in case.rounds}
    if case.assigned() and (clue.campaign, clue.round) not in live:
        evidence = f"the thread is of {clue.round}, a round that is over: {clue.office}"
        return _Outcome(match=Match.REVIEW, live=case.assigned()[0], evidence=evidence)
    return _Outcome(
        match=Match.CERTAIN, clue=clue, evidence=f"{clue.via.value} and the sender: {clue.office}"
    )


def _sender_of_another_office(case: Case) -> _Outcome:
    clue, sender = case.clue, case.sender
    if clue is None or sender is None:
        return _Outcome(evidence="no clue to one office with a sender of another")
    asked = case.directory.get(clue.office)
    relation = "another office" if asked is None else _relation(asked, sender, case.day)
    evidence = f"{clue.via.value} leads to {clue.office}, the sender is {relation}: {sender.id}"
    return _Outcome(match=Match.REVIEW, clue=clue, evidence=evidence)


def _relation(asked: Office, sender: Office, day: date) -> str:
    if any(heir.office == sender.id for heir in asked.successors):
        return "the successor"
    deputies = (deputy for deputy in asked.deputies if deputy.stands_in(day))
    return "its deputy" if any(d.office == sender.id for d in deputies) else "another office"


def _sender_unknown(case: Case) -> _Outcome:
    clue = case.clue
    if clue is None:
        return _Outcome(evidence="no clue with an unknown sender")
    evidence = f"{clue.via.value} leads to {clue.office}, the sender's address is no office's"
    return _Outcome(match=Match.REVIEW, clue=clue, evidence=evidence)


def _sender_and_citation(case: Case) -> _Outcome:
    assigned = case.assigned()
    if len(assigned) != 1:
        return _Outcome(evidence=f"the sender has {len(assigned)} live rounds")
    words = names_directive(case.said, assigned[0])
    if words is None:
        return _Outcome(evidence="the message does not speak of the directive")
    return _Outcome(
        match=Match.CERTAIN, live=assigned[0], evidence=f"the sender's only round, and: {words}"
    )


def _several_rounds(case: Case) -> _Outcome:
    assigned = case.assigned()
    if len(assigned) < 2:
        return _Outcome(evidence="the sender has no two live rounds")
    rounds = ", ".join(f"{live.campaign}/{live.round}" for live in assigned)
    return _Outcome(match=Match.REVIEW, evidence=f"the sender is assigned in {rounds}")


def _sender_alone(case: Case) -> _Outcome:
    assigned = case.assigned()
    if not assigned:
        return _Outcome(evidence="the sender is assigned in no live round")
    return _Outcome(
        match=Match.REVIEW, live=assigned[0], evidence="only the sender speaks for its round"
    )


def _citation_alone(case: Case) -> _Outcome:
    named = case.named()
    if not named:
        return _Outcome(evidence="the message speaks of no directive")
    live = named[0] if len(named) == 1 else None
    codes = ", ".join(live.directive.code for live in named)
    return _Outcome(match=Match.REVIEW, live=live, evidence=f"it speaks of {codes}")


def _office_alone(case: Case) -> _Outcome:
    """Keep a report that names an assigned office from being lost, whoever sent it."""
    said = case.content.new_text[:LONGEST]
    texts = (case.content.subject, said, case.content.sender_name, *case.heads)
    names = tuple(a.file.name for a in case.judgement.attachments)
    found = _mentioned(case, (*texts, *names))
    assigned = [o for o in found if any(o in live.offices for live in case.rounds)]
    if case.judgement.kind is not MessageKind.REPORT or not assigned:
        return _Outcome(evidence="no report that names an assigned office")
    return _Outcome(match=Match.REVIEW, evidence=f"a report that names {', '.join(assigned)}")


_Rule = Callable[[Case], _Outcome]

_MACHINE_RULES: tuple[tuple[str, _Rule], ...] = (("machine_clue", _machine_clue),)
_RULES: tuple[tuple[str, _Rule], ...] = (
    (NOT_AUTHENTICATED, _not_authenticated),
    ("clues_disagree", _clues_disagree),
    ("several_authors", _several_authors),
    ("wrong_letter", _wrong_letter),
    ("document_of_another_office", _document_of_another),
    ("clue_and_sender", _clue_and_sender),
    ("sender_of_another_office", _sender_of_another_office),
    ("sender_unknown", _sender_unknown),
    ("sender_and_citation", _sender_and_citation),
    ("several_rounds", _several_rounds),
    ("sender_alone", _sender_alone),
    ("citation_alone", _citation_alone),
    ("office_alone", _office_alone),
)


def _matching(
    case: Case, outcome: _Outcome, reasons: tuple[Reason, ...], *, rivals: bool
) -> Matching:
    certain = outcome.match is Match.CERTAIN
    campaign, round_id = _place(outcome)
    matching = Matching(
        match=outcome.match or Match.NONE,
        campaign=campaign,
        round=round_id,
        sender_office=case.sender.id if case.sender else None,
        candidates=candidates(_signs(case)) if rivals or not certain else (),
        reasons=reasons,
    )
    if not certain:
        return matching
    office = outcome.clue.office if outcome.clue else matching.sender_office
    dispatch = outcome.clue.dispatch if outcome.clue else None
    return replace(matching, office=office, dispatch=dispatch)


def _place(outcome: _Outcome) -> tuple[CampaignId | None, RoundId | None]:
    where = outcome.clue or outcome.live
    return (where.campaign, where.round) if where else (None, None)


def _disagreement(clues: Sequence[Clue]) -> str:
    targets = dict.fromkeys((clue.campaign, clue.round, clue.office) for clue in clues)
    return " and ".join("/".join(target) for target in targets) if len(targets) > 1 else ""


def _mentioned(case: Case, texts: Iterable[str]) -> tuple[OfficeId, ...]:
    found = (m for text in texts for m in mentions(text, case.directory, case.day))
    return tuple(dict.fromkeys(office for mention in found for office in mention.offices))


def _name(case: Case, office: OfficeId) -> str:
    entry = case.directory.get(office)
    return entry.name if entry else office


def _signs(case: Case) -> list[Sign]:
    content = case.content
    signs = [Sign(office=c.office, kind=c.via.value, words=c.dispatch) for c in case.clues]
    if case.sender:
        signs.append(Sign(office=case.sender.id, kind="sender", words=case.sender.name))
    elif content.sender:
        named = {content.sender, *case.authors}
        signs += [
            Sign(office=office.id, kind="shared_address", words=office.name)
            for office in case.directory.offices
            if named.intersection(office.emails)
        ]
    places = [("document_head", head) for head in case.heads]
    places += [("text", content.subject), ("text", content.new_text[:LONGEST])]
    places += [("sender_name", content.sender_name)]
    places += [("file_name", a.file.name) for a in case.judgement.attachments]
    for kind, text in places:
        for mention in mentions(text, case.directory, case.day):
            signs += [Sign(office=o, kind=kind, words=_name(case, o)) for o in mention.offices]
    return signs
