"""Kinds of policy that other packages add by entry point."""

from pathlib import Path

import pytest

from cm_engine.catalogue import kind_named, kind_names
from cm_engine.errors import InputError
from cm_engine.exchange.policy_file import parse_policy

TEXT = 'name = "x"\ntitle = "X"\nkind = "{}"\npays = "usd"\non = "test"\n'


def install(folder: Path, name: str, value: str) -> None:
    """Lay out what pip leaves of a package with an entry point."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[cm_engine.policies]\n{name} = {value}\n", encoding="utf-8")


def test_a_kind_is_known_by_the_name_of_its_entry_point() -> None:
    kind = kind_named("punch-card")
    assert kind is not None
    assert kind.kind == "punch-card"
    assert kind_named("punch-cart") is None


@pytest.mark.parametrize("value", ["no_such_module:Kind", "cm_engine.money:NoSuchThing", "cm_engine.money:Unit"])
def test_a_package_that_cannot_be_loaded_is_named_by_who_wants_it_and_bothers_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    install(tmp_path, "broken-kind", value)
    monkeypatch.syspath_prepend(tmp_path)
    assert "broken-kind" in kind_names()
    assert kind_named("punch-card") is not None
    with pytest.raises(InputError, match="broken-kind"):
        parse_policy("mine.toml", TEXT.format("broken-kind"))
    with pytest.raises(InputError, match='did you mean "escalating"'):
        parse_policy("mine.toml", TEXT.format("escalatin"))
