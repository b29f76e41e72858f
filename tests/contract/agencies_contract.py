"""What a door must do that lists the units it knows; see ``door_contract``."""

from domain.ids import OrganId
from domain.organs import OrganTable, Sameness
from tests.contract.door_contract import COMMUNE, DISTRICT, TOWN, Hub


class AgenciesContract:
    """``Ability.AGENCIES``; subclasses give the fixture ``hub``.

    ``old_forms`` tells whether the door gives the old identifier of a unit beside the new one.
    """

    old_forms = True

    def test_agencies_are_listed_by_identifier_and_name(self, hub: Hub) -> None:
        known = {agency.code: agency for agency in hub.of(TOWN).agencies()}
        assert {COMMUNE, TOWN, DISTRICT} <= set(known)
        assert known[COMMUNE].name == "UBND xã Yên Sơn"
        assert known[COMMUNE].old_code == ("old." + COMMUNE if self.old_forms else None)

    def test_agencies_make_a_table_to_compare_by(self, hub: Hub) -> None:
        table = OrganTable(hub.of(TOWN).agencies())
        unit = table.unit(COMMUNE)
        assert unit is not None
        assert unit.name == "UBND xã Yên Sơn"
        found = table.compare(COMMUNE, OrganId("old." + COMMUNE), lambda _, __: False)
        assert found is (Sameness.TABLE if self.old_forms else Sameness.NONE)
        assert table.compare(COMMUNE, TOWN, lambda _, __: True) is Sameness.NONE
