"""Random behaviours: one pattern or two, over every key of a behaviour file."""

from hypothesis import strategies as st

from cm_engine.behaviour import After, Behaviour, Dropout, Moves, Pattern
from tests.strategies import ANALYTES


@st.composite
def _moves(draw: st.DrawFn) -> Moves:
    parts = draw(st.lists(st.integers(0, 8), min_size=3, max_size=3).filter(any))
    success, failure, excused = (part / sum(parts) for part in parts)
    return Moves(success=success, failure=failure, excused=excused)


@st.composite
def _chances(draw: st.DrawFn) -> tuple[float, ...]:
    parts = draw(st.lists(st.integers(0, 5), max_size=6).filter(lambda parts: not parts or any(parts)))
    return tuple(part / sum(parts) for part in parts)


_CHANCE = st.sampled_from((0.0, 0.03, 0.25, 0.6, 1.0))


def _patterns(share: float) -> st.SearchStrategy[Pattern]:
    return st.builds(
        Pattern,
        share=st.just(share),
        visits=_chances(),
        attended=st.one_of(st.none(), _CHANCE),
        first=_moves(),
        after=st.builds(After, success=_moves(), failure=_moves(), excused=_moves()),
        dropout=st.builds(Dropout, success=_CHANCE, failure=_CHANCE, excused=_CHANCE),
        extra=st.tuples(*(st.tuples(st.just(analyte), _CHANCE) for analyte in sorted(ANALYTES))),
    )


def behaviours() -> st.SearchStrategy[Behaviour]:
    """Make up behaviours."""
    alone = st.tuples(_patterns(1.0))
    two = st.sampled_from((0.25, 0.6)).flatmap(lambda share: st.tuples(_patterns(share), _patterns(1 - share)))
    return st.builds(Behaviour, patterns=st.one_of(alone, two))
