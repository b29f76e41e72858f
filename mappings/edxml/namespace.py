"""Namespaces of edXML files."""

EDXML = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
"""Everything but the signature block (QCVN 102:2016)."""

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"

KNOWN_PREFIXES = {
    "edXML": EDXML,
    "xlink": "http://www.w3.org/1999/xlink",
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
"""Prefixes that senders use and sometimes forget to declare (the VXP SDK's own sample: xlink)."""
