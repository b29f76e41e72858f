"""The words around a drafted campaign, for an administrator, in Vietnamese and in English."""

from collections.abc import Mapping
from dataclasses import dataclass

from dondoc.languages import Language
from dondoc.services.campaign_draft import Left


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """``left`` says for each open thing what to do; {words} and {day} are put in."""

    head: tuple[str, ...]
    from_words: str
    subject: str
    citations: str
    count: str
    fill: str
    never_change: str
    no_number: str
    the_day: str
    nobody: str
    collector: str
    department: str
    own_unit: str
    compile_more: str
    left: Mapping[Left, str]


WORDS: Mapping[Language, Words] = {
    Language.VI: Words(
        head=(
            "BẢN DỰ THẢO đợt triển khai, Dondoc lập từ văn bản {letter}.",
            "Trên mỗi phần là câu trong văn bản mà Dondoc căn cứ vào. Hãy đọc lại từng dòng; chỗ "
            "có “CẦN ĐIỀN” là chỗ Dondoc không tự quyết định.",
            "Xong thì chuyển tệp vào thư mục campaigns và chạy dondoc check.",
        ),
        from_words="Căn cứ: {said}",
        subject="trích yếu “{said}”",
        citations="Văn bản được dẫn trong công văn, để tra cứu:",
        count="{out}: {rules} mục đơn vị nhận, {open} chỗ cần xem",
        fill="CẦN ĐIỀN: ",
        never_change="không đổi khi đợt triển khai đã bắt đầu",
        no_number="điền số sau khi văn bản được ban hành",
        the_day="tra danh bạ theo ngày {day}",
        nobody="chưa xác định được đơn vị nhận nào",
        collector="nhận và tổng hợp báo cáo, nên chỉ cần xác nhận đã nhận",
        department="nơi nhận báo cáo tổng hợp",
        own_unit="chính cơ quan ta tổng hợp",
        compile_more="người ký và ký hiệu của báo cáo tổng hợp:",
        left={
            Left.NUMBER: "văn bản chưa có số",
            Left.ISSUER: "văn bản không phải của cơ quan ta ({words}), nên Dondoc không đoán "
            "đơn vị nhận; hãy chọn trong danh bạ",
            Left.SUBJECT: "không thấy trích yếu (V/v); hãy ghi tên đợt triển khai",
            Left.NOBODY: "không thấy phần Kính gửi; hãy ghi đơn vị nhận vào recipients",
            Left.ACTION: "Kính gửi “{words}”: chưa rõ là đơn vị hay nhóm nào trong danh bạ; ghi "
            "vào recipients, nếu danh bạ chưa có thì thêm vào danh bạ trước",
            Left.INFORMATION: "Nơi nhận “{words}”: chưa rõ là đơn vị nào trong danh bạ; bỏ qua nếu "
            "không cần gửi",
            Left.DEADLINE: "không thấy thời hạn báo cáo; ghi yearly (tháng-ngày) hoặc once (ngày)",
            Left.DEADLINES: "văn bản có nhiều thời hạn, một là {words}; chọn một thời hạn",
            Left.YEAR: "văn bản không ghi năm của thời hạn, Dondoc hiểu là năm {words}",
            Left.RHYTHM: "có kỳ báo cáo khác mà một đợt triển khai không diễn đạt được; nếu cần, "
            "hãy lập thêm đợt khác",
            Left.COLLECTOR: "chưa rõ đơn vị tổng hợp “{words}”",
            Left.DEPARTMENT: "chưa rõ cơ quan nhận báo cáo tổng hợp “{words}”; nếu có, "
            "hãy thêm forward",
        },
    ),
    Language.EN: Words(
        head=(
            "A DRAFT of a campaign, made by Dondoc from the letter {letter}.",
            "Above each part stands the sentence of the letter that it was taken from. Read every "
            "line; where it says FILL IN, Dondoc has not decided.",
            "Then move the file into the campaigns folder and run dondoc check.",
        ),
        from_words="from: {said}",
        subject="the subject “{said}”",
        citations="Documents that the letter cites, for reference:",
        count="{out}: {rules} rule(s) for recipients, {open} thing(s) open",
        fill="FILL IN: ",
        never_change="never change it once the campaign has begun",
        no_number="give the number when the letter has been issued",
        the_day="names were looked up as of {day}",
        nobody="no recipient could be told yet",
        collector="collects the reports, so it only acknowledges",
        department="where the compilation goes",
        own_unit="our own office compiles",
        compile_more="signer and notation of the compiled report:",
        left={
            Left.NUMBER: "the letter has no number yet",
            Left.ISSUER: "the letter is not from our office ({words}), so no recipient was "
            "guessed; choose them from the directory",
            Left.SUBJECT: "no subject (V/v) was found; give the campaign a title",
            Left.NOBODY: "there is no Kính gửi; write down the recipients",
            Left.ACTION: "Kính gửi “{words}”: not clear which office or group of the directory is "
            "meant; name it in recipients, after adding it to the directory if it lacks it",
            Left.INFORMATION: "Nơi nhận “{words}”: not clear which office of the directory is "
            "meant; leave it if nothing need go there",
            Left.DEADLINE: "no deadline for a report was found; give yearly (month-day) or "
            "once (date)",
            Left.DEADLINES: "the letter has several deadlines, one is {words}; choose one",
            Left.YEAR: "the letter names no year for the deadline; {words} was taken",
            Left.RHYTHM: "another reporting period is named, which one campaign cannot tell; make "
            "a further campaign if it is needed",
            Left.COLLECTOR: "who collects the reports is not clear: “{words}”",
            Left.DEPARTMENT: "where the compilation goes is not clear: “{words}”; add forward if "
            "it goes anywhere",
        },
    ),
}


def told_open(words: Words, left: Left, said: str) -> str:
    """Return what to say about an open thing; empty brackets go where the letter says nothing."""
    text = words.left[left].format(words=said)
    return text if said else text.replace(" “”", "").replace(" ()", "")
