"""What a status message of ours says beside its code, short, for a clerk who reads it."""

from collections.abc import Mapping

from domain.exchange import ExchangeStatus

WORDS: Mapping[ExchangeStatus, str] = {
    ExchangeStatus.ARRIVED: "Đã đến: phần mềm đã nhận văn bản",
    ExchangeStatus.REJECTED: "Từ chối tiếp nhận văn bản",
    ExchangeStatus.REGISTERED: "Đã tiếp nhận văn bản, đã vào sổ theo dõi",
    ExchangeStatus.ASSIGNED: "Đã phân công xử lý",
    ExchangeStatus.PROCESSING: "Đang xử lý",
    ExchangeStatus.FINISHED: "Đã hoàn thành xử lý",
    ExchangeStatus.RECALL_ASKED: "Đề nghị lấy lại văn bản",
    ExchangeStatus.RECALL_AGREED: "Đồng ý với đề nghị về văn bản đã gửi",
    ExchangeStatus.RECALL_REFUSED: "Không đồng ý với đề nghị về văn bản đã gửi",
}
"""The nine statuses of Quyết định 28/2018/QĐ-TTg in its own terms."""
