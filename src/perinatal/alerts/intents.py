"""What a verdict gives reason to tell, kept beside the verdict until it is in the outbox."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from perinatal.alerts.message import Alert, Kind
from perinatal.alerts.troubles import end_others, raise_all
from perinatal.settings import Settings


class Ended(BaseModel):
    """Troubles that are over: all of these kinds (and this source, and this file)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kinds: tuple[Kind, ...]
    source: str | None = None
    file: str | None = None
    because: str
    """Dutch sentence on what ended them; no value of the data."""


class Intent(BaseModel):
    """What is to be told, and which troubles are over but for those."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    alerts: tuple[Alert, ...] = ()
    over: tuple[Ended, ...] = ()

    def carry_out(self, settings: Settings, cause: str) -> None:
        """Bring the outbox up to date; a second time under the same cause changes nothing.

        Args:
            cause: name of this one intent, the same each time that it is tried.

        Raises:
            OSError: a message could not be written (and was sent all the same).
        """
        try:
            raise_all(self.alerts, settings, cause)
        finally:
            for ended in self.over:
                end_others(
                    self.alerts, settings, kinds=ended.kinds, source=ended.source, file=ended.file,
                    because=ended.because,
                )  # fmt: skip
