"""Great Expectations' own page of a judged delivery, for use on one's own machine only.

It shows values of failing rows and loads scripts from elsewhere, so it never leaves: the page that
people read is our own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from perinatal.catalog import Source
from perinatal.ingest.helpers_delivered import contract_rules
from perinatal.ingest.quality import build_expectations, quiet
from perinatal.ingest.suites import columns_of, load_suite


def write_gx_page(
    frame: pd.DataFrame,
    suite_file: Path,
    parameters: Mapping[str, int],
    source: Source,
    target: Path,
) -> Path:
    """Judge a conformed frame once more, the way Great Expectations reports it, as HTML.

    Raises:
        CatalogError: the suite itself is wrong.
    """
    rules = load_suite(suite_file)
    rules += [r for r in contract_rules(source, rules) if set(columns_of(r)) <= set(frame)]
    with quiet():
        import great_expectations as gx
        from great_expectations.render.renderer import ValidationResultsPageRenderer
        from great_expectations.render.view import DefaultJinjaPageView

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        batches = (
            context.data_sources.add_pandas("delivery")
            .add_dataframe_asset("rows")
            .add_batch_definition_whole_dataframe("all")
        )
        suite = context.suites.add(
            gx.ExpectationSuite(
                name=source.id,
                expectations=build_expectations(rules, suite_file.name, parameters),
            )
        )
        definition = gx.ValidationDefinition(name=source.id, data=batches, suite=suite)
        said = context.validation_definitions.add(definition).run(
            batch_parameters={"dataframe": frame}
        )
        page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(said))
    target.parent.mkdir(parents=True, exist_ok=True)
    working = target.with_name(f".{target.name}.{os.getpid()}")
    working.write_text(page, encoding="utf-8")
    working.replace(target)
    return target
