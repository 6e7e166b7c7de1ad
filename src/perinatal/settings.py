"""Where data live and who is told; every setting is an environment variable PERINATAL_*."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_PACKAGE = Path(__file__).parent


def default_expectations_dir() -> Path:
    """The suites: inside an installed wheel, or at the top of a checkout."""
    packaged = _PACKAGE / "expectations"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "expectations"


class Settings(BaseSettings):
    """Settings of one installation.

    ``alert_urls`` are apprise URLs (mail, Teams, Slack, ...) and ``webhook+https://`` addresses,
    separated by spaces; they are told of everything. ``alert_urls_critical`` and
    ``alert_urls_warning`` are told of that severity only, on top of it.
    ``alert_reminder_days``: a trouble that is still there is told again after so many days.
    ``contact``: whom a reader can turn to, where the theme does not say it.
    ``workers``: processes that work at once on what falls apart in pieces; 1: this process alone.
    ``now`` fixes the clock, so that the same input gives the same bytes.
    """

    model_config = SettingsConfigDict(env_prefix="PERINATAL_", extra="ignore")

    data_dir: Path = Path("data")
    catalog_dir: Path | None = None
    expectations_dir: Path = Field(default_factory=default_expectations_dir)
    alert_urls: str = ""
    alert_urls_critical: str = ""
    alert_urls_warning: str = ""
    alert_reminder_days: int = Field(default=3, ge=1)
    contact: str = ""
    workers: int = Field(default_factory=lambda: min(2, os.cpu_count() or 1), ge=1)
    now: datetime | None = None

    @property
    def raw_dir(self) -> Path:
        return self.data_dir / "raw"

    @property
    def curated_dir(self) -> Path:
        return self.data_dir / "curated"

    @property
    def inbox_dir(self) -> Path:
        return self.data_dir / "inbox"

    @property
    def alerts_dir(self) -> Path:
        return self.data_dir / "alerts"

    @property
    def store_file(self) -> Path:
        return self.curated_dir / "perinatal.duckdb"

    @property
    def published_dir(self) -> Path:
        return self.curated_dir / "published"

    def clock(self) -> datetime:
        """The time now, in UTC, to the second."""
        moment = self.now or datetime.now(UTC)
        return moment.astimezone(UTC).replace(microsecond=0)
