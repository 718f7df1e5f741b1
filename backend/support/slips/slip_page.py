"""The slip for screen and print: a QR code, the same code to type, and instructions."""

import base64
from datetime import datetime
from hashlib import sha256
from html import escape
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

import segno

from backend.core.settings import load_settings
from backend.support.slips.slips import PrintedSlip

_STYLE: Final = """
@page { size: A5; margin: 10mm }
body { font: 10.5pt/1.35 sans-serif; color: #000; background: #fff; max-width: 128mm; margin: auto }
header { border-bottom: 2px solid #000; font-weight: bold }
h1 { font-size: 15pt; line-height: 1.2; margin: 3mm 0 2mm }
i { color: #444 }
dl { display: grid; grid-template-columns: auto 1fr; gap: 1mm 4mm; margin: 0 }
dd { margin: 0; font-weight: bold }
svg { display: block; width: 46mm; height: 46mm; margin: 1mm auto 0 }
.code { font: bold 15pt monospace; text-align: center; letter-spacing: .5pt; margin: 0 0 3mm;
        white-space: nowrap }
ol { margin: 0; padding-left: 6mm }
.warning { border: 2px solid #000; padding: 2mm 3mm; margin: 3mm 0 0 }
"""
_NOTHING_ELSE: Final = (
    "default-src 'none'; style-src 'sha256-"
    f"{base64.b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": f"{_NOTHING_ELSE}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PAGE: Final = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>Phiếu kích hoạt</title>
<style>{style}</style></head>
<body>
<header>{facility}</header>
<h1>Phiếu kích hoạt ứng dụng<br><i lang="en">Activation slip</i></h1>
<dl>
<dt>Dành cho / <i lang="en">For</i></dt><dd>{name}</dd>
<dt>Dùng đến hết / <i lang="en">Valid until</i></dt><dd>{until}</dd>
</dl>
{qr}
<p class="code">{code}</p>
<ol>
<li>Mở ứng dụng, chọn «Tôi có phiếu kích hoạt».<br>
<i lang="en">Open the app and choose “I have an activation slip”.</i></li>
<li>Quét mã QR, hoặc nhập mã ở trên. Không phân biệt chữ hoa, chữ thường.<br>
<i lang="en">Scan the QR code, or type the code above. Capitals do not matter.</i></li>
<li>Phiếu chỉ dùng được một lần. Dùng xong, hãy hủy phiếu.<br>
<i lang="en">The slip works once. Destroy it after use.</i></li>
</ol>
<p class="warning"><b>Ai có phiếu này đều mở được hồ sơ của bạn.</b> Không đưa, không chụp,
không đọc mã cho người khác; nhân viên không bao giờ hỏi mã này qua điện thoại. Mất phiếu: báo ngay
quầy{hotline} để hủy và nhận phiếu mới.<br>
<i lang="en"><b>Whoever has this slip can open your record.</b> Do not give, photograph or read it
out to anyone; staff never ask for the code by telephone. If it is lost, tell the
counter{hotline} at once: it is made worthless and you get a new one.</i></p>
</body></html>
"""


def qr_of(printed: PrintedSlip) -> str:
    """Draw the code as SVG, with the same text as is printed below it."""
    drawn = BytesIO()
    segno.make_qr(printed.slip.code.grouped, error="m").save(
        drawn, kind="svg", xmldecl=False, nl=False, omitsize=True
    )
    return drawn.getvalue().decode()


def page_of(printed: PrintedSlip) -> str:
    return _PAGE.format(
        policy=_NOTHING_ELSE,
        style=_STYLE,
        facility=escape(printed.facility),
        name=escape(printed.name),
        until=_local(printed.slip.expires_at),
        qr=qr_of(printed),
        code=escape(printed.slip.code.grouped),
        hotline=escape(f" ({printed.hotline})" if printed.hotline else ""),
    )


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo(load_settings().timezone)):%H:%M %d/%m/%Y}"
