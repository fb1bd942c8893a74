"""PNG files, written and read as far as icons need it."""

import struct
import zlib

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

PNG_HEADER = struct.Struct(">II5B")


def read_png_size(png: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None where it is no PNG."""
    if png[:8] != PNG_SIGNATURE or len(png) < 33 or png[12:16] != b"IHDR":
        return None
    width, height, *_ = PNG_HEADER.unpack(png[16:29])
    return width, height


def encode_png(rows: list[bytes], width: int) -> bytes:
    """Rows of red, green, blue and alpha, one byte each. The same rows give the same file on one version of zlib."""
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    header = PNG_HEADER.pack(width, len(rows), 8, 6, 0, 0, 0)
    return PNG_SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def decode_png(png: bytes) -> list[bytes]:
    """The rows of a file that `encode` wrote. ValueError for any other."""
    measured, begins = read_png_size(png), png.find(b"IDAT")
    if measured is None or begins < 0 or png[24:29] != bytes((8, 6, 0, 0, 0)):
        raise ValueError("no PNG of ours")
    length = int.from_bytes(png[begins - 4 : begins], "big")
    raw, step = zlib.decompress(png[begins + 4 : begins + 4 + length]), measured[0] * 4 + 1
    rows = [raw[at : at + step] for at in range(0, len(raw), step)]
    if len(rows) != measured[1] or any(row[:1] != b"\0" for row in rows):
        raise ValueError("no PNG of ours")
    return [row[1:] for row in rows]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
