"""Ids for new offices, made of their names."""

import pytest

from mappings.directory.new_ids import new_id


@pytest.mark.parametrize(
    ("name", "taken", "id"),
    [
        ("UBND xã Cai Kinh", (), "xa-cai-kinh"),
        ("Ủy ban nhân dân thị trấn Hữu Lũng", (), "thi-tran-huu-lung"),
        ("UBND xã Cai Kinh", ("xa-cai-kinh",), "xa-cai-kinh-2025"),
        ("UBND xã Cai Kinh", ("xa-cai-kinh", "xa-cai-kinh-2025"), "xa-cai-kinh-2025-2"),
        ("Sở Văn hóa, Thể thao và Du lịch tỉnh Lạng Sơn", (), "so-van-hoa-the-thao-va-du-lich"),
        ("Lãnh đạo UBND huyện (CT, các PCT)", (), "lanh-dao-ubnd-huyen"),
        ("Phòng Y tế", (), "phong-y-te"),
        ("Ban Quản lý dự án", (), "ban-quan-ly-du-an"),
        ("UBND xã Mỹ Lý", (), "xa-my-ly"),
        ("Ủy ban nhân dân xã Hoà Bình", (), "xa-hoa-binh"),
        ("Ủy ban MTTQ Việt Nam huyện", (), "uy-ban-mttq-viet-nam-huyen"),
        ("UBND (mới)", (), "ubnd"),
        ("Ủy ban nhân dân", (), "uy-ban-nhan-dan"),
        ("Ðội 3", (), "doi-3"),
        ("Đơn vị 1/2", (), "don-vi-1-2"),
        ("办公室", (), "don-vi"),
        ("UBND", (), "ubnd"),
        (
            "Trung tâm " + "rất dài " * 20,
            (),
            "trung-tam-rat-dai-rat-dai-rat-dai-rat-dai-rat-dai-rat",
        ),
        ("x" * 90, (), "x" * 54),
    ],
)
def test_ids_are_made_of_names(name: str, taken: tuple[str, ...], id: str) -> None:
    made = new_id(name, 2025, taken)
    assert made == id
    assert len(made) <= 64
