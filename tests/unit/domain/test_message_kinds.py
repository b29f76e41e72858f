"""The closed lists fit together: what a machine wrote is never counted as a reply."""

from domain.kinds import ReplyKind
from domain.reading import MACHINE, MessageKind


def test_every_kind_of_message_is_a_machine_s_or_a_person_s() -> None:
    written_by_people = {MessageKind(kind) for kind in ReplyKind}
    assert written_by_people.isdisjoint(MACHINE)
    assert written_by_people | MACHINE == set(MessageKind)
