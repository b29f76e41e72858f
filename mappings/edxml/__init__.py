"""edXML 102, the file format of the document exchange (QCVN 102:2016/BTTTT and the VXP SDK)."""
