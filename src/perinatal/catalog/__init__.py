"""Definitions: what is counted, where, by whom, under which contract."""

from perinatal.catalog.load import load_catalog, read_yaml
from perinatal.catalog.models import (
    Area,
    Catalog,
    ComparabilityKey,
    Correction,
    Definition,
    Indicator,
    Level,
    Plan,
    Policy,
    Register,
    RegisterArea,
    Series,
    Source,
)

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
    "load_catalog",
    "read_yaml",
]
