"""The form of the file with an office's own headings and words for lists of offices."""

from pydantic import Field

from dondoc.settings.entry import Entry
from dondoc.settings.values import Listed, Text


class HeadingsEntry(Entry):
    """Further headings for each column, as the office writes them."""

    id: Listed[Text] = ()
    """Id of the office in the directory."""
    name: Listed[Text] = ()
    """Name of the office."""
    aliases: Listed[Text] = ()
    """Other names."""
    kind: Listed[Text] = ()
    """What sort of body it is."""
    level: Listed[Text] = ()
    """Level of government."""
    parent: Listed[Text] = ()
    """The office above it, by id or name."""
    groups: Listed[Text] = ()
    """Names of groups."""
    organ_id: Listed[Text] = ()
    """Mã định danh."""
    organ_id_old: Listed[Text] = ()
    """Mã định danh in the older form."""
    emails: Listed[Text] = ()
    """Addresses of the clerk; several columns are read together."""
    leader_emails: Listed[Text] = ()
    """Addresses of leaders."""
    private_emails: Listed[Text] = ()
    """Addresses of persons."""
    deputies: Listed[Text] = ()
    """Who stands in, with the days."""
    valid_from: Listed[Text] = ()
    """First day."""
    valid_to: Listed[Text] = ()
    """Last day."""
    successors: Listed[Text] = ()
    """Who takes over."""
    note: Listed[Text] = ()
    """A remark."""
    ordinal: Listed[Text] = ()
    """Numbers of rows."""
    ignored: Listed[Text] = ()
    """Columns that the directory does not keep."""


class KindsEntry(Entry):
    """Further words for the kinds of offices."""

    peoples_committee: Listed[Text] = ()
    """Ủy ban nhân dân."""
    department: Listed[Text] = ()
    """Cơ quan chuyên môn."""
    union: Listed[Text] = ()
    """Mặt trận Tổ quốc và đoàn thể."""
    party: Listed[Text] = ()
    """Cơ quan Đảng."""
    vertical: Listed[Text] = ()
    """Cơ quan ngành dọc."""
    public_unit: Listed[Text] = ()
    """Đơn vị sự nghiệp."""
    leaders: Listed[Text] = ()
    """Lãnh đạo."""
    other: Listed[Text] = ()
    """Khác."""


class LevelsEntry(Entry):
    """Further words for the levels."""

    commune: Listed[Text] = ()
    """Xã."""
    district: Listed[Text] = ()
    """Huyện."""
    province: Listed[Text] = ()
    """Tỉnh."""
    central: Listed[Text] = ()
    """Trung ương."""


class ColumnsFile(Entry):
    """Words of an office's own lists, besides those that Dondoc knows."""

    headings: HeadingsEntry = Field(default_factory=HeadingsEntry)
    """Further headings of columns."""
    kinds: KindsEntry = Field(default_factory=KindsEntry)
    """Further words for kinds."""
    levels: LevelsEntry = Field(default_factory=LevelsEntry)
    """Further words for levels."""
