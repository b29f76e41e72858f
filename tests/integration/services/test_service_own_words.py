"""Letters in an office's own words."""

from domain.campaign import Channel
from mappings.mail.rendering import SOURCES, MailTemplates
from tests.integration.services.service_parts import YEN_SON
from tests.integration.services.service_world import World


def test_a_letter_is_written_by_the_own_template(world: World) -> None:
    own = SOURCES["directive.j2"].replace("say.thread(mail) }}", "say.thread(mail) }} (mới)")
    world.change(templates=MailTemplates({"directive.j2": own}))
    world.began()
    subject = world.dispatch(YEN_SON, Channel.EMAIL).subject
    assert subject is not None
    assert subject.endswith("] (mới)")
