"""Settings of an installation, from its configuration file."""

from dataclasses import dataclass
from pathlib import Path

from cm_engine.events import ANALYTES
from cm_engine.exchange import toml_file
from cm_engine.forms import NewName, Reader, Several, Wrong
from cm_engine.terms import Terms, read_terms, term

DEFAULT_FILE = Path("config.toml")


@dataclass(frozen=True, kw_only=True)
class Settings(Terms):
    """What a site sets for itself."""

    analytes: tuple[str, ...] = term(
        Several(NewName(), unique=True), "analytes that the site tests for beside the ones the engine knows", default=()
    )

    @property
    def known_analytes(self) -> frozenset[str]:
        """All analytes that events and policies may name here."""
        return ANALYTES | set(self.analytes)


def read_settings(path: Path | None) -> Settings:
    """Read a configuration file; without one, `config.toml` in the working folder if it is there.

    Raises InputError with every mistake.
    """
    if path is None:
        if not DEFAULT_FILE.is_file():
            return Settings()
        path = DEFAULT_FILE
    text = toml_file.read_text(path)
    if not text.strip():
        return Settings()
    reader = Reader()
    settings = read_terms(Settings, toml_file.parse(str(path), text), (), reader)
    if isinstance(settings, Wrong):
        raise toml_file.refuse(str(path), text, reader.mistakes)
    return settings
