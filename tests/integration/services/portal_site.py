"""A world whose campaign names a portal in memory, and what the portal shows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from connector.portal_memory import MemoryPages, Posted
from domain.kinds import Decision, ReviewKind
from domain.portal import PortalRule
from domain.state import DispatchState, PortalState
from dondoc.app import PortalSite
from dondoc.services.resolve import Resolution, resolve
from dondoc.settings.load_portal import load_portal
from dondoc.simulators.documents.resolution import resolution_placeholder
from dondoc.simulators.portal.pages import Post, detail_page, list_page
from tests.checkout import ROOT
from tests.edxml_files import attached, written
from tests.integration.services.service_parts import CAMPAIGN, RULES, YEN_SON, letter
from tests.integration.services.service_world import World

HOST = "https://sotttt.example"
PAGE = f"{HOST}/van-ban"
RESOLUTION = resolution_placeholder()
NAME = "47-NQ-CP.pdf"
RULE = PortalRule(page=PAGE, document="47/NQ-CP", issued_on=date(2024, 4, 15))
SITE_RULES = load_portal(ROOT / "config" / "mappings" / "portal-sotttt.yaml")
POST = Post(number="47/NQ-CP", title="Về Chương trình hành động", issued_on=date(2024, 4, 15))
PLAN = Post(number="126/KH-UBND", title="Thực hiện 47/NQ-CP", issued_on=date(2024, 3, 22))
NOTE = attached("ghi-chu.txt", "Ghi chú gửi kèm".encode(), "text/plain")


class Site:
    """A world whose campaign names a portal in memory."""

    def __init__(self, world: World, rule: PortalRule = RULE) -> None:
        self.world = world
        self.pages = MemoryPages(["sotttt.example"])
        rules = replace(RULES, portal=rule)
        site = PortalSite(pages=self.pages, rules=SITE_RULES)
        world.change(campaigns={rules.id: rules}, portals={rules.id: site})

    def post(self, content: bytes = RESOLUTION, *posts: Post) -> None:
        post = replace(POST, files=((NAME, content),))
        keyed = list(enumerate((post, *posts, PLAN)))
        listed = list_page(keyed, style="table", page=1, more=False, charset="utf-8")
        self.pages.posted |= {
            PAGE: Posted(content=listed.encode()),
            f"{PAGE}/0": Posted(content=detail_page(0, post, charset="utf-8").encode()),
            f"{HOST}/tep/0/0/{NAME}": Posted(content=content, media_type="application/pdf"),
        }

    def take(self, *files: str, content: bytes = RESOLUTION) -> None:
        """Let the letter come in, with files of these names beside its note."""
        more = [attached(name, content, "application/pdf") for name in files]
        self.world.put(written(replace(letter(), attachments=(NOTE, *more))))
        self.world.turn()

    @property
    def state(self) -> PortalState:
        found = self.world.app.ledger.get(PortalState, (CAMPAIGN,))
        assert found is not None
        return found

    def sent(self) -> Sequence[DispatchState]:
        return self.world.app.ledger.select(DispatchState)

    def mail(self) -> bytes:
        return self.world.mail.mail_for(self.world.office(YEN_SON).emails[0])[0]

    def resolve(self, decision: Decision) -> None:
        review = self.world.review(ReviewKind.PORTAL_MISSING)
        resolve(self.world.app, review.review, Resolution(decision=decision, by="Lan"), self.now)

    @property
    def now(self) -> datetime:
        return self.world.now

    def facts(self, kind: type) -> list[object]:
        found = self.world.app.ledger.events()
        return [one.event.fact for one in found if isinstance(one.event.fact, kind)]
