"""The web page behind the QR code of a printed summary.

The code is in the fragment of the address (`#`), so no log has it; the page sends it in a body.
"""

import base64
from hashlib import sha256
from typing import Final

_STYLE: Final = """
body { font: 17px/1.5 sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem }
label { display: block; font-weight: bold }
input { font: 17px monospace; width: 100%; box-sizing: border-box; padding: .5rem }
button { font: inherit; margin-top: .7rem; padding: .4rem 1.2rem }
output { display: block; margin-top: 1.2rem; overflow-wrap: anywhere; white-space: pre-line }
"""
_SCRIPT: Final = """
const form = document.forms[0], said = document.querySelector('output');
const moment = (text) => new Date(text).toLocaleString('vi-VN');
const ask = async () => {
  said.textContent = '…';
  try {
    const answer = await fetch('v1/printed-summaries/checks', {
      method: 'POST', headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({code: form.elements.code.value}),
    });
    if (answer.ok) {
      const known = await answer.json();
      said.textContent = `Mã có thật: hệ thống đã in bản này lúc ${moment(known.printedAt)}.\\n`
        + `This code is genuine: the system printed this copy at that time.\\n`
        + `Tra cứu được đến / can be checked until: ${moment(known.validUntil)}\\n`
        + `SHA-256 (PDF): ${known.sha256}`;
    } else if (answer.status === 404) {
      said.textContent = 'Không tìm thấy mã này, hoặc mã đã hết hạn.\\n'
        + 'This code is not known, or it is too old.';
    } else {
      said.textContent = 'Chưa tra cứu được, xin thử lại sau.\\nPlease try again later.';
    }
  } catch {
    said.textContent = 'Chưa tra cứu được, xin thử lại sau.\\nPlease try again later.';
  }
};
form.addEventListener('submit', (event) => { event.preventDefault(); ask(); });
if (location.hash.length > 1) {
  form.elements.code.value = decodeURIComponent(location.hash.slice(1));
  ask();
}
"""


def digest(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest(_STYLE)}';"
    f" script-src 'sha256-{digest(_SCRIPT)}'; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PAGE: Final = f"""<!doctype html>
<html lang="vi"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tra cứu bản in</title><style>{_STYLE}</style></head>
<body><h1>Tra cứu bản tóm tắt đã in</h1>
<p lang="en">Check a printed summary</p>
<form><label for="code">Mã tra cứu / Look-up code</label>
<input id="code" name="code" maxlength="60" autocomplete="off" required>
<button>Tra cứu / Check</button></form>
<output aria-live="polite"></output>
<script>{_SCRIPT}</script></body></html>
"""
