"""Why a file cannot be opened or is no text, in words that say what to do."""

from cm_engine.errors import InputError, Mistake


def why_not(error: OSError) -> str:
    """Say why a file cannot be read."""
    if isinstance(error, IsADirectoryError):
        return "is a folder; name a file in it"
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"cannot be read: {error.strerror or error}"


def decoded(source: str, content: bytes) -> str:
    """Read bytes as UTF-8, with or without a byte order mark. Raises InputError with the line and byte that are not."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = error.start - content.rfind(b"\n", 0, error.start)
        what = f"byte {byte} of the line, 0x{content[error.start]:02x}, is not UTF-8; save the file as UTF-8"
        raise InputError(source, [Mistake(line, "", what)]) from error
