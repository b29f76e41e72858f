"""The mapped REST door before an e-office in trouble: never "nothing new", never a foreign host."""

import itertools
import json
from pathlib import Path

import pytest
import structlog

from domain.bundle import read_bundle
from domain.content import Inline
from domain.errors import (
    ConfigError,
    DondocError,
    ListNotWhole,
    MalformedDocument,
    NotOffered,
    PeerRefused,
    PeerUnavailable,
)
from domain.exchange import Ability, PacketForm, PacketKind, Settlement
from dondoc.simulators.ioffice import Fault, IOffice, Receiver
from tests.contract.fetching import fetched
from tests.rest_office import (
    ACCOUNT,
    NOW,
    contents,
    door_to,
    incoming,
    mapped,
    office,
    outgoing,
    packet_of,
    replacing,
    running_office,
)

__all__ = ["office", "running_office"]

LIST = "danh-sach-van-ban-den-theo-trang-thai-cua-chuyen-vien"
DETAIL = "chi-tiet-van-ban-den"
LOGIN = "danh-sach-cong-tac-can-bo"
RENEW = "access-token"
UNUSABLE = [
    Fault.DROP,
    Fault.HTML,
    Fault.PAGE,
    Fault.EMPTY,
    Fault.TRUNCATE,
    Fault.DELAY,
]
BIG = replacing("size: 50", "size: 2")
WHOLE_FILE_LIST = "items: split(data.file_van_ban_bs || '', ':')"
SUBJECT_FIELD = "subject: data.trich_yeu"
OWN_SUCCESS = "    success: success == `true` && data != null\n"
FILE_REQUEST = """    key: "@"
    request:
      host: files
      path: read-file/{key}/download/{token}/{name}
      # Tiêu đề riêng của yêu cầu này.
      headers:
        Accept: "*/*"
"""


@pytest.mark.parametrize(
    ("operation", "fault"),
    [*itertools.product([LIST, LOGIN, RENEW], UNUSABLE), (LIST, Fault.NULL)],
)
def test_an_unusable_answer_is_never_nothing_new(
    office: IOffice, tmp_path: Path, fault: Fault, operation: str
) -> None:
    office.receive(incoming("512"))
    office.faults.arm(fault, operation=operation)
    with door_to(office, mapped(tmp_path)) as door:
        with pytest.raises(PeerUnavailable):
            door.waiting(PacketKind.DOCUMENT)
        assert len(door.waiting(PacketKind.DOCUMENT)) == 1


# An empty or halved file looks whole where the answer names no size.
@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        *itertools.product([DETAIL], UNUSABLE),
        *itertools.product(["read-file"], [Fault.DROP, Fault.HTML, Fault.PAGE, Fault.DELAY]),
    ],
)
def test_an_unusable_document_is_not_taken(
    office: IOffice, tmp_path: Path, fault: Fault, operation: str
) -> None:
    doc_id = office.receive(incoming("512"))
    office.faults.arm(fault, operation=operation)
    with door_to(office, mapped(tmp_path)) as door:
        with pytest.raises(PeerUnavailable):
            fetched(door, doc_id)
        assert fetched(door, doc_id)


def test_a_call_is_repeated_until_it_succeeds(office: IOffice, tmp_path: Path) -> None:
    office.receive(incoming("512"))
    with (
        structlog.testing.capture_logs() as logs,
        door_to(office, mapped(tmp_path), attempts=3) as door,
    ):
        office.faults.arm(Fault.HTML, 2, operation=LIST)
        assert len(door.waiting(PacketKind.DOCUMENT)) == 1
    assert [entry["event"] for entry in logs].count("rest_call_retried") == 2


def test_everything_of_a_document_arrives(office: IOffice, tmp_path: Path) -> None:
    office.receive(incoming("512", files=3))
    mapping = mapped(tmp_path)
    with door_to(office, mapping) as door:
        (waiting,) = door.waiting(PacketKind.DOCUMENT)
        content = fetched(door, waiting.doc_id)
    assert (waiting.form, waiting.sender) == (PacketForm.BUNDLE, "UBND huyện Hữu Lũng")
    bundle = read_bundle(Inline(content))
    assert bundle.kind == "rest"
    assert json.loads(bundle.fields)["data"]["so_ky_hieu"] == "512/UBND-VH"
    packet = packet_of(mapping, content)
    assert (packet.sender.organ_id, packet.type_name) == ("000.00.12.H37", "Công văn")
    assert str(packet.promulgated_on) == "2024-05-08"
    assert packet.document_id == "000.00.12.H37,1000"
    assert [name for name, _ in contents(packet)] == [
        "Công văn 512 bản 1.pdf",
        "Công văn 512 bản 2.pdf",
        "Công văn 512 bản 3.pdf",
    ]


def test_a_document_without_files(office: IOffice, tmp_path: Path) -> None:
    doc_id = office.receive(incoming("512", files=0))
    mapping = mapped(tmp_path)
    with door_to(office, mapping) as door:
        assert packet_of(mapping, fetched(door, doc_id)).attachments == ()


@pytest.mark.parametrize("fault", [None, Fault.DUPLICATE, Fault.REORDER])
def test_pages_are_read_to_the_end_and_oldest_first(
    office: IOffice, tmp_path: Path, fault: Fault | None
) -> None:
    keys = [office.receive(incoming(str(number), minutes=number)) for number in range(5)]
    if fault:
        office.faults.arm(fault, 2, operation=LIST)
    mapping = mapped(tmp_path, lambda text: BIG(text).replace("total: data[0].total_row", ""))
    with door_to(office, mapping) as door:
        assert [packet.doc_id for packet in door.waiting(PacketKind.DOCUMENT)] == keys
    assert office.requests.count(LIST) == 4


def test_a_total_ends_the_list_without_another_page(office: IOffice, tmp_path: Path) -> None:
    for number in range(4):
        office.receive(incoming(str(number)))
    with door_to(office, mapped(tmp_path, BIG)) as door:
        assert len(door.waiting(PacketKind.DOCUMENT)) == 4
    assert office.requests.count(LIST) == 2


def test_a_list_that_is_shorter_than_its_total_is_not_whole(
    office: IOffice, tmp_path: Path
) -> None:
    office.receive(incoming("512"))
    mapping = mapped(tmp_path, replacing("total: data[0].total_row", "total: '`7`'"))
    with door_to(office, mapping) as door, pytest.raises(ListNotWhole, match="1 of 7"):
        door.waiting(PacketKind.DOCUMENT)


def test_a_list_beyond_its_bound_is_an_error(office: IOffice, tmp_path: Path) -> None:
    for number in range(5):
        office.receive(incoming(str(number)))
    mapping = mapped(tmp_path, lambda text: BIG(text).replace("max_pages: 100", "max_pages: 2"))
    with door_to(office, mapping) as door, pytest.raises(PeerRefused, match="2 pages"):
        door.waiting(PacketKind.DOCUMENT)


def test_only_the_days_of_the_mapping_are_listed(office: IOffice, tmp_path: Path) -> None:
    office.receive(incoming("1", minutes=-31 * 24 * 60))
    key = office.receive(incoming("2", minutes=-29 * 24 * 60))
    with door_to(office, mapped(tmp_path)) as door:
        assert [packet.doc_id for packet in door.waiting(PacketKind.DOCUMENT)] == [key]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("items: data\n    id: ma_van_ban_den", "items: rows\n    id: x", "received.list.items"),
        ("items: data\n    id: ma_van_ban_den", "items: data\n    id: x", "received.list.id"),
        ("value: ngay_den", "value: trich_yeu", "received.list.created.value"),
        ("sender: co_quan_ban_hanh_rut_gon", "sender: '[ngay_den]'", "received.list.sender"),
        ("success: success == `true`\n", "success: data\n", "success"),
        ("total: data[0].total_row", "total: data[0].so_ky_hieu", "received.list.paging.total"),
    ],
)
def test_a_list_of_another_shape_names_the_key(
    office: IOffice, tmp_path: Path, old: str, new: str, key: str
) -> None:
    office.receive(incoming("512"))
    mapping = mapped(tmp_path, replacing(old, new))
    with door_to(office, mapping) as door, pytest.raises(PeerUnavailable) as caught:
        door.waiting(PacketKind.DOCUMENT)
    assert f"{key} " in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "key", "error"),
    [
        (WHOLE_FILE_LIST, "items: data.file_van_ban_bs", "received.files.items", PeerRefused),
        (WHOLE_FILE_LIST, "items: '[null]'", "received.files.items", PeerUnavailable),
        (WHOLE_FILE_LIST, "items: split(data.x, ':')", "received.files.items", PeerUnavailable),
        ("name: after_last(@, '__')", "name: data", "received.files.name", PeerUnavailable),
        ("name: after_last(@, '__')", "name: \"''\"", "received.files.name", PeerRefused),
        ('key: "@"', "key: data.x", "received.files.key", PeerUnavailable),
        (SUBJECT_FIELD, "subject: data.tieu_de", "received.fields.subject", PeerUnavailable),
    ],
)
def test_a_document_of_another_shape_names_key_and_document(
    office: IOffice, tmp_path: Path, old: str, new: str, key: str, error: type[DondocError]
) -> None:
    """Nothing where something must stand may be a server that fails; another kind never changes."""
    doc_id = office.receive(incoming("512"))
    mapping = mapped(tmp_path, replacing(old, new))
    with door_to(office, mapping) as door, pytest.raises(error) as caught:
        fetched(door, doc_id)
    assert key in str(caught.value)
    assert f"document {doc_id}" in str(caught.value)


def test_a_field_of_another_shape_names_key_and_document(office: IOffice, tmp_path: Path) -> None:
    doc_id = office.receive(incoming("512"))
    mapping = mapped(tmp_path, replacing(SUBJECT_FIELD, "subject: data"))
    with door_to(office, mapping) as door:
        content = fetched(door, doc_id)
    with pytest.raises(MalformedDocument, match=r"H37,1000.*received\.fields\.subject gives an"):
        packet_of(mapping, content)


@pytest.mark.parametrize("own", [OWN_SUCCESS, ""])
def test_a_document_that_is_null_for_a_moment_is_taken_later(
    office: IOffice, tmp_path: Path, own: str
) -> None:
    doc_id = office.receive(incoming("512"))
    mapping = mapped(tmp_path, replacing(OWN_SUCCESS, own))
    with door_to(office, mapping) as door:
        office.faults.arm(Fault.NULL, operation=DETAIL)
        with pytest.raises(PeerUnavailable):
            fetched(door, doc_id)
        assert fetched(door, doc_id)
        with pytest.raises(PeerRefused, match="Không tìm thấy văn bản"):
            fetched(door, "4711")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/",
        "https://{host}/x",
        "//other.example/x",
        "http://u:p@{host}/x",
        "http://{host}@other.example/x",
        "http://{host}\\@other.example/x",
        "http://other.example:80:80/x",
        "file:///etc/passwd",
        "javascript:x",
        "http://[::1/x",
        "http://{host}",
    ],
)
def test_an_address_on_another_host_is_not_followed(
    office: IOffice, tmp_path: Path, url: str
) -> None:
    doc_id = office.receive(incoming("512"))
    foreign = url.replace("{host}", office.file_url.removeprefix("http://"))
    edit = replacing(FILE_REQUEST, f"    url: \"'{foreign}'\"\n".replace("\\", "\\\\"))
    with door_to(office, mapped(tmp_path, edit)) as door:
        asked = len(office.requests)
        with pytest.raises(PeerRefused, match="outside the hosts"):
            fetched(door, doc_id)
    assert "read-file" not in office.requests[asked:]


@pytest.mark.parametrize("origin", ["", "{files}"])
def test_an_address_on_our_hosts_is_followed(office: IOffice, tmp_path: Path, origin: str) -> None:
    doc_id = office.receive(incoming("512"))
    where = origin.replace("{files}", office.file_url)
    edit = replacing(
        FILE_REQUEST, f"    url: join('', ['{where}/api/file-manage/read-file/', @])\n"
    )
    with (
        door_to(office, mapped(tmp_path, edit)) as door,
        pytest.raises(PeerRefused, match="session"),
    ):
        fetched(door, doc_id)  # the simulator wants the token in the path, which a url lacks
    assert office.requests[-1] == "read-file"


def test_a_file_of_another_size_is_not_taken(office: IOffice, tmp_path: Path) -> None:
    doc_id = office.receive(incoming("512"))
    mapping = mapped(tmp_path, replacing('key: "@"', 'key: "@"\n    size: "`12`"'))
    with door_to(office, mapping) as door:
        assert fetched(door, doc_id)
        office.faults.arm(Fault.TRUNCATE, operation="read-file")
        with pytest.raises(PeerUnavailable, match="6 bytes instead of 12"):
            fetched(door, doc_id)


def test_files_over_the_limit_are_refused(office: IOffice, tmp_path: Path) -> None:
    doc_id = office.receive(incoming("512", files=2))
    with (
        door_to(office, mapped(tmp_path), document_limit=20) as door,
        pytest.raises(PeerRefused, match="over the limit"),
    ):
        fetched(door, doc_id)


@pytest.mark.parametrize("doc_id", ["4711", "..", ".", "", "a/b?c#d"])
def test_an_unknown_document_is_refused(office: IOffice, tmp_path: Path, doc_id: str) -> None:
    edit = replacing("path: van-ban-den/chi-tiet-van-ban-den", "path: van-ban-den/{id}/chi-tiet")
    for mapping in (mapped(tmp_path), mapped(tmp_path, edit)):
        with door_to(office, mapping) as door, pytest.raises(PeerRefused):
            fetched(door, doc_id)


def test_the_sent_list_has_each_receiver_with_our_status(office: IOffice, tmp_path: Path) -> None:
    commune = Receiver(name="UBND xã Yên Sơn", code="001.12.00.H37")
    town = Receiver(name="UBND thị trấn")
    key = office.send(outgoing("512", commune, town))
    office.send(outgoing("513", commune))
    office.set_state(key, commune.code, "ĐÃ XỬ LÝ ", NOW)
    office.set_state(key, town.name, "Chuyển bộ phận một cửa", NOW)
    with door_to(office, mapped(tmp_path)) as door:
        first, second = door.sent(PacketKind.DOCUMENT, key)
        assert len(door.sent(PacketKind.DOCUMENT)) == 3
        with pytest.raises(PeerRefused, match="Không tìm thấy"):
            door.sent(PacketKind.DOCUMENT, "4711")
    assert (first.receiver, first.receive_status) == ("001.12.00.H37", "06")
    assert (second.receiver, second.receive_status) == (town.name, "Chuyển bộ phận một cửa")
    assert (first.notation, first.sent) == ("512/UBND-VH", "2024/05/08 09:00:00")
    assert (first.received, first.sender) == ("2024/05/08 09:00:00", "000.00.12.H37")


def test_a_sent_list_of_another_shape_is_an_error(office: IOffice, tmp_path: Path) -> None:
    key = office.send(outgoing("512", Receiver(name="UBND thị trấn")))
    mapping = mapped(tmp_path, replacing("items: data.ds_don_vi_nhan", "items: data.noi_nhan"))
    with door_to(office, mapping) as door, pytest.raises(PeerUnavailable) as caught:
        door.sent(PacketKind.DOCUMENT)
    assert f"document {key}: sent.receivers.items gives null" in str(caught.value)


def test_what_the_mapping_leaves_out_is_not_offered(office: IOffice, tmp_path: Path) -> None:
    mapping = mapped(tmp_path, lambda text: text[: text.index("# Văn bản đi:")])
    with door_to(office, mapping) as door:
        assert door.abilities == {Ability.RECEIVE}
        with pytest.raises(NotOffered):
            door.sent(PacketKind.DOCUMENT)
        with pytest.raises(NotOffered):
            door.waiting(PacketKind.STATUS)

    def only_sent(text: str) -> str:
        return text[: text.index("# Văn bản đến.")] + text[text.index("# Văn bản đi:") :]

    with door_to(office, mapped(tmp_path, only_sent)) as door:
        assert door.abilities == {Ability.SENT_LIST}
        with pytest.raises(NotOffered):
            door.settle("1000", Settlement.DONE)


def test_every_host_of_the_mapping_needs_an_address(office: IOffice, tmp_path: Path) -> None:
    from connector.eoffice.rest import MappedRest

    for addresses in ({"main": office.url}, {"main": office.url, "files": "ftp://x"}):
        with pytest.raises(ConfigError):
            MappedRest(addresses, mapped(tmp_path).rules, account=ACCOUNT, now=lambda: NOW)
