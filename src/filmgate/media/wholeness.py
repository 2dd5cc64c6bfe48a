"""Telling a whole picture from one that was cut off, by how its file is built and never by a pixel.

Decoding is for the child process alone; a file that ends too early shows it in its structure already.
JPEG: ISO/IEC 10918-1, annex B. PNG: its specification, chapter 5. WebP: RFC 9649, section 2.
"""

import re
import struct
from typing import BinaryIO

from filmgate.media.content import JPEG, PNG

# A camera's JPEG has some dozens of parts, a PNG written row by row some thousands.
_MOST_PARTS = 50_000
# A search holds up the whole process, so that it goes by windows: a few bytes for a header, more for a scan.
_FIRST_WINDOW, _LARGEST_WINDOW = 1 << 12, 1 << 18

# What begins a part. In a scan FF 00 is a byte FF and FF D0 to FF D7 count its intervals; FF may be repeated.
_JPEG_PART = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
_JPEG_END, _JPEG_SCAN = b"\xd9", b"\xda"
_WEBP_PICTURES = (b"VP8 ", b"VP8L", b"ANMF")


def is_whole(file: BinaryIO, *, content_type: str, n_bytes: int) -> bool:
    """Say whether a JPEG, PNG or WebP file of so many bytes holds a picture up to its end.

    What follows the end does not count, nor whether the pixels can be decoded.
    """
    if content_type == JPEG:
        return _is_whole_jpeg(file)
    if content_type == PNG:
        return _is_whole_png(file, n_bytes)
    return _is_whole_webp(file, n_bytes)


def _is_whole_jpeg(file: BinaryIO) -> bool:
    place, has_scan = 2, False
    for _ in range(_MOST_PARTS):
        found = _next_jpeg_part(file, place)
        if found is None:
            return False
        name, place = found
        if name == _JPEG_END:
            return has_scan
        has_scan = has_scan or name == _JPEG_SCAN
        file.seek(place)
        length = file.read(2)
        if len(length) < 2:
            return False
        # Thumbnails are whole pictures with an end of their own, inside a part that is left out here.
        place += int.from_bytes(length)
    return False


def _next_jpeg_part(file: BinaryIO, place: int) -> tuple[bytes, int] | None:
    """Return the name of the next part from `place` on and where its length stands, or None at the end."""
    window = _FIRST_WINDOW
    while True:
        file.seek(place)
        seen = file.read(window)
        if found := _JPEG_PART.search(seen):
            return found[1], place + found.end()
        if len(seen) < window:
            return None
        # The last byte may be the first of a mark.
        place += len(seen) - 1
        window = min(window * 2, _LARGEST_WINDOW)


def _is_whole_png(file: BinaryIO, n_bytes: int) -> bool:
    place, has_pixels = 8, False
    for _ in range(_MOST_PARTS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            return False
        length, name = struct.unpack(">L4s", head)
        place += 12 + length
        if place > n_bytes:
            return False
        if name == b"IEND":
            return has_pixels
        has_pixels = has_pixels or name == b"IDAT"
    return False


def _is_whole_webp(file: BinaryIO, n_bytes: int) -> bool:
    file.seek(4)
    end = 8 + int.from_bytes(file.read(4), "little")
    if end > n_bytes:
        return False
    place, has_pixels = 12, False
    for _ in range(_MOST_PARTS):
        if place + 8 > end:
            return has_pixels
        file.seek(place)
        name, length = struct.unpack("<4sL", file.read(8))
        has_pixels = has_pixels or name in _WEBP_PICTURES
        if place + 8 + length > end:
            return False
        place += 8 + length + length % 2
    return False
