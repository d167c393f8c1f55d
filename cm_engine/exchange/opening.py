"""Why a file cannot be opened, in words that say what to do."""


def why_not(error: OSError) -> str:
    """Say why a file cannot be read."""
    if isinstance(error, IsADirectoryError):
        return "is a folder; name a file in it"
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"cannot be read: {error.strerror or error}"
