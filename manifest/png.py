"""The header of a PNG file."""

import struct

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_SIZE = struct.Struct(">II")


def read_png_size(png: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels, or None if the bytes are not a PNG."""
    if png[:8] != PNG_SIGNATURE or len(png) < 33 or png[12:16] != b"IHDR":
        return None
    width, height = PNG_SIZE.unpack(png[16:24])
    return width, height
