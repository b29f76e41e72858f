"""A campaign that leaves the configuration while its round runs is told, and goes on later."""

from pathlib import Path

import pytest
import structlog

from domain.ids import CampaignId, RoundId
from dondoc.services.configuration import examine_campaigns, left_out
from tests.integration.changing_set import MORE, Folder, written
from tests.integration.test_reload_under_load import Server, campaign

ID, ROUND = CampaignId("nq47"), RoundId("2024")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return written(tmp_path)


def test_another_id_is_told_once_in_the_log_and_for_as_long_by_the_doctor(folder: Folder) -> None:
    with campaign(folder, Server()) as (sets, _), structlog.testing.capture_logs() as logs:

        def change(old: str, new: str) -> list[str]:
            logs.clear()
            folder.change("campaigns/nq47.yaml", old, new)
            sets.look()
            sets.look()
            assert sets.take_changes()
            return [line["event"] for line in logs if line["log_level"] == "warning"]

        assert change("id: nq47", "id: nq47-moi") == ["campaign_left_out"]
        assert logs[-1]["rounds"] == [ROUND]
        assert change("title: Nghị quyết", "title: NQ") == []
        assert left_out(sets.app.ledger, sets.app.campaigns) == {ID: [ROUND]}
        (check,) = examine_campaigns(sets.app.ledger, sets.app.campaigns)
        assert (check.ok, "nq47 is under way (round 2024)" in check.what) == (False, True)
        assert change("id: nq47-moi", "id: nq47") == []
        assert examine_campaigns(sets.app.ledger, sets.app.campaigns) == []


def test_a_warning_is_logged_when_it_is_new(folder: Folder) -> None:
    with campaign(folder, Server()) as (sets, _), structlog.testing.capture_logs() as logs:

        def write(text: str) -> int:
            logs.clear()
            folder.write("directory/more.yaml", text)
            sets.look()
            sets.look()
            assert sets.take_changes()
            return [line["event"] for line in logs].count("configuration_warning")

        alike = MORE.replace("UBND xã Minh Tiến", "UBND xã Yên Sơn")
        assert write(alike) == 1
        assert write(f"{alike}# a line more\n") == 0
