"""Activity: what the doors tell the activity log."""


def note_view(participant: str, site: str) -> None:
    """Note that somebody of the staff looked at a person's record."""
