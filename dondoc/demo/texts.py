"""What the simulated offices write, in the words that such offices use."""

ACKNOWLEDGEMENTS = (
    "Đã nhận.",
    "Đã nhận được văn bản.",
    "Xác nhận đã nhận được Công văn số 512/UBND-VH ngày 08/5/2024.",
    "{office} đã nhận được công văn và tệp đính kèm. Trân trọng!",
    "Dạ em nhận được rồi ạ.",
    "Đơn vị đã tiếp nhận, sẽ triển khai thực hiện theo quy định.",
    "Nhận đủ 03 file, cảm ơn đ/c.",
    "ok đã nhận",
    "Da nhan duoc van ban",
)

QUESTION = "Cho hỏi báo cáo theo mẫu nào ạ? Đơn vị chưa thấy đề cương kèm theo công văn."

EXTENSION = (
    "Xin phép gửi báo cáo chậm sang ngày 15/11/2024 do đồng chí phụ trách đi tập huấn tại tỉnh."
)

REFUSAL = (
    "Nội dung văn bản này không thuộc chức năng, nhiệm vụ của đơn vị, đề nghị UBND huyện xem xét."
)

OUT_OF_OFFICE = (
    "Tôi đi công tác từ ngày 06/5/2024 đến hết ngày 17/5/2024, "
    "việc gấp xin liên hệ bộ phận văn thư cơ quan."
)

REPORT_LETTERS = (
    "Kính gửi Phòng Văn hóa và Thông tin huyện, {office} gửi báo cáo kết quả thực hiện "
    "Công văn số 512/UBND-VH (file đính kèm). Trân trọng./.",
    "Em gửi BC bản word và bản có dấu của {office} theo Công văn 512/UBND-VH ạ.",
    "{office} xin nộp báo cáo theo CV số 512/UBND-VH.",
)

SILENT_REPORT = "Em gửi báo cáo của đơn vị ạ (bản quét có dấu)."

NIL_REPORT = "Trong kỳ đơn vị không phát sinh, không có nội dung báo cáo theo Công văn 512/UBND-VH."

CORRECTED_REPORT = (
    "Gửi lại báo cáo thay cho bản gửi hôm trước (bản trước bị nhầm số liệu). Mong phòng thông cảm."
)

PRIVATE_REPORT = (
    "Kính gửi Phòng VHTT huyện, máy tính cơ quan hỏng nên em gửi bằng mail cá nhân "
    "báo cáo kết quả thực hiện Nghị quyết 47/NQ-CP của UBND xã Yên Sơn ạ."
)

WRONG_LETTER = (
    "{office} gửi báo cáo kết quả thực hiện Công văn số 431/UBND-NV ngày 12/4/2024 "
    "về rà soát tổ chức bộ máy (file đính kèm)."
)

RESULTS = (
    "Đã quán triệt Kế hoạch số 149-KH/TU đến 100% cán bộ, công chức; đăng {n} tin, bài trên "
    "trang thông tin và hệ thống truyền thanh cơ sở.",
    "Ban hành kế hoạch của cơ quan; lồng ghép tuyên truyền tại {n} hội nghị; cập nhật thông tin "
    "đối ngoại trên trang mạng xã hội của đơn vị.",
    "Tổ chức {n} buổi tuyên truyền tại các thôn, khối phố với nội dung giới thiệu hình ảnh quê "
    "hương, con người Hữu Lũng.",
    "Phối hợp Trung tâm Văn hóa, Thể thao và Truyền thông xây dựng {n} phóng sự; phân công cán bộ "
    "phụ trách công tác thông tin đối ngoại.",
)
