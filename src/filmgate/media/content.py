"""What a file is, by its first bytes; names and headers have no say."""

N_HEAD_BYTES = 64
"""How many leading bytes `content_type_of` needs at most."""

JPEG = "image/jpeg"
PNG = "image/png"
WEBP = "image/webp"
MP4 = "video/mp4"
QUICKTIME = "video/quicktime"

# HEIC and AVIF pictures live in the same container, so that the brand decides.
_MP4_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9"}
    | {b"mp41", b"mp42", b"mp71", b"avc1", b"av01", b"hvc1", b"hev1", b"dash", b"cmfc"}
    | {b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"XAVC", b"f4v ", b"3gp4", b"3gp5", b"3gp6", b"3g2a"}
)


def content_type_of(head: bytes) -> str | None:
    """Return the type of a JPEG, PNG, WebP, MP4 or QuickTime file, or None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand == b"qt  ":
            return QUICKTIME
        return MP4 if brand in _MP4_BRANDS else None
    return None
