"""What a viewer may call somebody: by name, by code, or by neither."""

from collections.abc import Collection

from cm_engine.actions.viewing import Named, named, pseudonym
from web.access import Permission
from web.at_hand import engine, here
from web.viewer import viewer


def called(participant: str) -> str:
    """Give what the viewer may call somebody at the site of the address."""
    return called_all([participant])[participant]


def called_all(participants: Collection[str], *, short: bool = False) -> dict[str, str]:
    """Give what the viewer may call some people; `short`: first name and initial, for a list that others may see."""
    may_see_names = viewer().may(Permission.SEE_NAMES, here())
    if not may_see_names and not viewer().may(Permission.SEE_CODES, here()):
        return {participant: pseudonym(participant) for participant in participants}
    found = named(engine(), participants)
    return {
        participant: _called(participant, found.get(participant), may_see_names=may_see_names, short=short)
        for participant in participants
    }


def shortened(name: str) -> str:
    """Shorten a name to the first, and the initial of the last: `Ada L.` of `Ada Lovelace`."""
    words = name.split()
    return " ".join((words[0], f"{words[-1][0]}.")) if len(words) > 1 else name


def _called(participant: str, who: Named | None, *, may_see_names: bool, short: bool) -> str:
    name = who.person.get("name", "") if who and may_see_names else ""
    if name:
        return shortened(name) if short else name
    return who.code if who and who.code else pseudonym(participant)
