"""Definitions: what is counted, where, by whom, under which contract."""

from perinatal.catalog.contracts import Correction, Series, Source
from perinatal.catalog.load import load_catalog, read_yaml
from perinatal.catalog.models import (
    Area,
    ComparabilityKey,
    Definition,
    Indicator,
    Level,
    Plan,
    Policy,
    Register,
    RegisterArea,
)
from perinatal.catalog.theme import Theme
from perinatal.catalog.whole import Catalog

__all__ = [
    "Area",
    "Catalog",
    "ComparabilityKey",
    "Correction",
    "Definition",
    "Indicator",
    "Level",
    "Plan",
    "Policy",
    "Register",
    "RegisterArea",
    "Series",
    "Source",
    "Theme",
    "load_catalog",
    "read_yaml",
]
