"""Reading what a picture is, and that it is whole, without decoding it: headers, never a pixel."""

import io
from pathlib import Path
from typing import BinaryIO

import imagesize

from filmgate.domain.errors import InvalidRequest, Objection
from filmgate.domain.pictures import PICTURE_TYPES, PictureFacts
from filmgate.media.content import N_HEAD_BYTES, content_type_of
from filmgate.media.wholeness import is_whole

# A real photograph is understood after some dozens of reads. The library walks a JPEG byte by byte where
# no marker follows, and ten megabytes of zeros held the process for seconds.
_MAX_READS = 10_000


class _PatientFile:
    """A file that stops serving a reader who asks too often."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._n_reads = 0

    def read(self, size: int = -1) -> bytes:
        self._n_reads += 1
        if self._n_reads > _MAX_READS:
            raise ValueError("too many reads for a picture's header")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)


def read_picture(content: bytes | Path, *, field: str) -> PictureFacts:
    """Return the type and size of a JPEG, PNG or WebP picture, told by its content.

    Width and height, in pixels, are those of the upright picture: a JPEG's Exif orientation is applied.
    Blocks while the file is read through: some 10 ms for ten megabytes of a photograph, 100 for the worst.

    Raises:
        InvalidRequest: it is no such picture, its header is broken, or it is cut off; names `field`.
        OSError: the path cannot be read.
    """
    if isinstance(content, Path):
        with content.open("rb") as file:
            return _read(file, field)
    return _read(io.BytesIO(content), field)


def _read(file: BinaryIO, field: str) -> PictureFacts:
    head = file.read(N_HEAD_BYTES)
    content_type = content_type_of(head)
    if content_type is None or content_type not in PICTURE_TYPES:
        raise _unreadable(field, "is not a JPEG, PNG or WebP picture")
    n_bytes = file.seek(0, io.SEEK_END)
    width, height = imagesize.get(_PatientFile(file))
    if width <= 0 or height <= 0:
        raise _unreadable(field, f"is {content_type} with a broken header; send the picture again")
    if not is_whole(file, content_type=content_type, n_bytes=n_bytes):
        told = f"is {content_type}, but cut off or damaged: its {n_bytes:,} bytes hold no whole picture"
        raise _unreadable(field, f"{told}; send the file again")
    return PictureFacts(content_type=content_type, n_bytes=n_bytes, width=width, height=height)


def _unreadable(field: str, reason: str) -> InvalidRequest:
    return InvalidRequest([Objection(field, None, f"Image format is invalid: {field} {reason}.")])
