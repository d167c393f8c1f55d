"""The picture that an app scans."""

import segno


def picture(address: str) -> str:
    """Draw an address as a QR code in SVG, black on white in either theme."""
    drawn = segno.make(address, error="m", micro=False)
    return drawn.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None)
