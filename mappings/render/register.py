"""Sổ theo dõi giải quyết văn bản đến as an Excel workbook, with the details behind it.

The first sheet has the seven columns of Nghị định 30/2020/NĐ-CP, Phụ lục IV. No cell that holds
text from outside can become a formula or a link. Equal compilations give equal bytes.
"""

from io import BytesIO

from xlsxwriter import Workbook

from domain.compilation import Compilation
from mappings.render.outside import plain
from mappings.render.register_details import SIZE_DETAILS, details, summary
from mappings.render.register_legal import legal_register
from mappings.render.sheet import SIZE, make_style
from mappings.render.wording import local, naming


def register_workbook(compilation: Compilation) -> bytes:
    """Return the register of a compilation as one XLSX file of three sheets."""
    out = BytesIO()
    options = {
        # Otherwise the library writes each sheet to a temporary file first.
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": "Times New Roman", "font_size": SIZE},
    }
    with Workbook(out, options) as book:
        book.set_properties(
            {
                "title": "Sổ theo dõi giải quyết văn bản đến",
                "subject": plain(naming(compilation.directive)),
                "author": compilation.campaign.compile.issuer_name,
                "created": local(compilation.made_at).replace(microsecond=0),
            }
        )
        style = make_style(book)
        legal_register(book.add_worksheet("Sổ theo dõi"), style, compilation)
        details(book.add_worksheet("Chi tiết"), make_style(book, SIZE_DETAILS), compilation)
        summary(book.add_worksheet("Tổng hợp"), style, compilation)
    return out.getvalue()
