"""Side by side: a draft, and a version, a preset or another draft: the differences in words, and the figures of both."""

from typing import NamedTuple

from flask import render_template, request, session
from flask.typing import ResponseReturnValue

from cm_engine.actions import drafts as actions
from cm_engine.actions.compare import changes
from cm_engine.catalogue import PRESETS, preset_text
from cm_engine.exchange.policy_file import policy_text
from cm_engine.forecast.forecasting import ForecastError
from cm_engine.store.drafts import Draft
from cm_engine.store.published import Running
from web.access import Permission
from web.at_hand import engine, published
from web.at_hand import program as running_of
from web.charts import Told, drawn
from web.doors import needs
from web.studio import at_draft
from web.studio.editor import KEPT, planned
from web.studio.figures import Figures, figures
from web.studio.plan import Plan
from web.studio.reading import Read, read_text
from web.studio.rooms import studio
from web.studio.words import in_force, said, titled, versions_of


class Side(NamedTuple):
    """What stands on one side: how it is called, what it says, and its figures, or why there are none."""

    called: str
    figures: Figures | None
    charts: tuple[Told, ...]
    mended: str


@studio.get("/programs/<program>/studio/<draft>/beside")
@needs(Permission.DRAFT_POLICIES)
def beside(program: str, draft: str) -> ResponseReturnValue:
    """Show a draft beside something else: the version in force, unless something else is chosen."""
    running, found = running_of(program), at_draft.draft_of(program, draft)
    choices = _choices(running, found)
    chosen = request.args.get("with", "")
    chosen = chosen if chosen in choices else next(iter(choices))
    mine, theirs = read_text(found.text), read_text(_text(running, chosen))
    told = planned(running, found.policy, mine, session.get(KEPT, {}))
    sides = _on_one_scale([_side(choices[chosen], theirs, told.plan), _side(found.name, mine, told.plan)])
    return render_template(
        "studio/beside.html",
        running=running,
        draft=found,
        choices=choices,
        chosen=chosen,
        sides=sides,
        drawn=drawn,
        changes=changes(theirs.policy, mine.policy) if theirs.policy and mine.policy else None,
        whom=told.whom,
    )


def _choices(running: Running, draft: Draft) -> dict[str, str]:
    """Give what a draft may be held against: first the version whose place it takes."""
    held = in_force(running, draft.policy)
    versions = sorted(versions_of(running), key=lambda one: one is not held and one.policy.name != draft.policy)
    others = [one for one in actions.drafts_of(engine(), running.id) if one.id != draft.id]
    return {
        **{f"version:{one.id}": f"Version {one.number} of {titled(one.policy)}" for one in versions},
        **{f"draft:{one.id}": f"The draft {one.name}" for one in others},
        **{f"preset:{name}": f"The preset {name}" for name in PRESETS},
    }


def _text(running: Running, chosen: str) -> str:
    sort, _, of = chosen.partition(":")
    if sort == "version":
        return policy_text(published().versions[of].policy)
    return at_draft.draft_of(running.id, of).text if sort == "draft" else preset_text(of)


def _side(called: str, read: Read, plan: Plan | None) -> Side:
    if read.policy is None or plan is None:
        return Side(called, None, (), read.to_mend or "For whom it is told has to be mended in the draft.")
    try:
        told = figures(read.policy, plan)
    except ForecastError as error:
        return Side(called, None, (), said(error))
    return Side(called, told, told.charts, "")


def _on_one_scale(sides: list[Side]) -> list[Side]:
    """Let the charts of both sides end at the same height, where they count the same."""
    one, other = sides
    pairs = list(zip(one.charts, other.charts, strict=False))
    most = [max(map(_most, pair)) if pair[0].chart.up == pair[1].chart.up else None for pair in pairs]
    return [
        side._replace(
            charts=tuple(_up_to(told, height) for told, height in zip(side.charts, most, strict=False)) or side.charts
        )
        for side in sides
    ]


def _most(told: Told) -> float:
    return max((value or 0 for series in told.chart.series for value in series.values), default=0)


def _up_to(told: Told, height: float | None) -> Told:
    return told._replace(chart=told.chart._replace(most=height)) if height else told
