"""Documents to bytes: the official layout of Nghị định 30/2020/NĐ-CP, the report, the register."""
