"""`cm-engine account`: where somebody stands, by their code, for people and for programs."""

from tests.installations import Installed


def test_what_somebody_has_is_shown_with_what_the_caps_leave(installed: Installed) -> None:
    installed.filled()
    shown = installed.well("account", "Ben-2044").out
    assert "va-prize: earned" in shown
    assert "paid in 2" in shown
    assert installed.told("account", " Ben-2044 ")["policies"][0]["policy"] == "va-prize"


def test_the_yearly_total_is_told_once_it_reaches_what_the_configuration_names(installed: Installed) -> None:
    installed.write("config.toml", '[[tax_alerts]]\nfrom_year = 2000\namount = "0.00"\n')
    installed.filled()
    assert "this reaches the 0.00 that are to be told" in installed.well("account", "Ben-2044").out


def test_a_code_that_nobody_has_is_told(installed: Installed) -> None:
    installed.filled()
    refused = installed.run("account", "Nobody-1")
    assert refused.code == 2
    assert refused.says('nobody has the code "Nobody-1"')
