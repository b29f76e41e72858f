"""Messages of a million characters: only their beginning is compared with the rounds."""

from mappings.mail.take_apart import take_apart
from mappings.reply.case import _own
from mappings.reply.phrases import LONGEST
from tests.unit.mappings.mail.test_mail_bounds import HEAD


def test_what_a_message_says_of_its_own_is_cut() -> None:
    content = take_apart(HEAD + b"\r\n" + b"a" * 600_000)
    said = _own(content, (content.new_text,))
    assert max(map(len, said.texts)) == LONGEST
