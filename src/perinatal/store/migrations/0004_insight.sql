-- What the shown figures say together. Made from shown cells and published totals only, so that a
-- hidden number cannot shine through; figures and limits in units of the indicator's 'per'.

-- One row per shown figure that has a reference. 'smoothed': drawn towards the other shown wijken
-- of the municipality.
CREATE TABLE curated.published_effect (
    edition_id    TEXT NOT NULL,
    region        TEXT NOT NULL,
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    difference         DOUBLE NOT NULL,
    difference_lower95 DOUBLE NOT NULL,
    difference_upper95 DOUBLE NOT NULL,
    ratio              DOUBLE,
    ratio_lower95      DOUBLE,
    ratio_upper95      DOUBLE,
    excess_a_year      DOUBLE,
    excess_lower95     DOUBLE,
    excess_upper95     DOUBLE,
    smoothed           DOUBLE,
    smoothed_lower95   DOUBLE,
    smoothed_upper95   DOUBLE,
    chance_above       DOUBLE CHECK (chance_above BETWEEN 0 AND 1),
    PRIMARY KEY (edition_id, region, source, indicator, definition, period_start, period_end),
    CHECK (difference_lower95 <= difference AND difference <= difference_upper95)
);

CREATE TABLE curated.published_trend (
    edition_id    TEXT NOT NULL,
    region        TEXT NOT NULL,
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    points        INTEGER NOT NULL,
    label         TEXT NOT NULL CHECK (label IN ('STIJGT', 'DAALT', 'TREND_ONBESLIST', 'TREND_ONBEKEND')),
    certainty     TEXT NOT NULL CHECK (certainty IN ('duidelijk', 'waarschijnlijk', '')),
    p_value       DOUBLE,
    yearly_change DOUBLE,
    lower95       DOUBLE,
    upper95       DOUBLE,
    dispersion    DOUBLE,
    first_figure  DOUBLE,
    last_figure   DOUBLE,
    beside        TEXT NOT NULL CHECK (beside IN ('VERSCHIL_OMHOOG', 'VERSCHIL_OMLAAG', 'VERSCHIL_ONBESLIST', 'VERSCHIL_ONBEKEND')),
    beside_certainty TEXT NOT NULL CHECK (beside_certainty IN ('duidelijk', 'waarschijnlijk', '')),
    beside_ratio  DOUBLE,
    beside_lower95 DOUBLE,
    beside_upper95 DOUBLE,
    seen_from     DOUBLE,
    seen_fall_to  DOUBLE,
    seen_rise_to  DOUBLE,
    PRIMARY KEY (edition_id, region, source, indicator, definition),
    CHECK ((label IN ('STIJGT', 'DAALT')) = (certainty <> ''))
);

-- The spread between the shown wijken of one municipality: a diagnostic, never a label.
CREATE TABLE curated.published_spread (
    edition_id    TEXT NOT NULL,
    region        TEXT NOT NULL,
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    areas         INTEGER NOT NULL,
    p_value       DOUBLE NOT NULL,
    phi           DOUBLE,
    tau2          DOUBLE,
    middle_lower  DOUBLE NOT NULL,
    middle_upper  DOUBLE NOT NULL,
    PRIMARY KEY (edition_id, region, source, indicator, definition, period_start, period_end)
);

-- The most and the least deprived fifth of the births in the shown wijken.
CREATE TABLE curated.published_gap (
    edition_id    TEXT NOT NULL,
    region        TEXT NOT NULL,
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    side          TEXT NOT NULL CHECK (side IN ('most', 'least')),
    areas         TEXT[] NOT NULL,
    numerator     BIGINT NOT NULL,
    denominator   BIGINT NOT NULL,
    estimate      DOUBLE NOT NULL,
    lower95       DOUBLE NOT NULL,
    upper95       DOUBLE NOT NULL,
    difference         DOUBLE NOT NULL,
    difference_lower95 DOUBLE NOT NULL,
    difference_upper95 DOUBLE NOT NULL,
    slope_index         DOUBLE,
    slope_index_lower95 DOUBLE,
    slope_index_upper95 DOUBLE,
    relative_index      DOUBLE,
    PRIMARY KEY (edition_id, region, source, indicator, definition, period_start, period_end, side)
);

-- What the births of an area, or of a wijk of middle size in it, could show at all; known without
-- any outcome.
CREATE TABLE curated.published_sight (
    edition_id    TEXT NOT NULL,
    region        TEXT NOT NULL,
    scope         TEXT NOT NULL CHECK (scope IN ('area', 'wijk')),
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    births        BIGINT NOT NULL CHECK (births >= 10),
    reference_estimate DOUBLE NOT NULL,
    seen_below    DOUBLE,
    seen_above    DOUBLE,
    same_births   DOUBLE,
    PRIMARY KEY (edition_id, region, scope, source, indicator, definition, period_start, period_end)
);

-- A coalition's own goal; years is NULL where it would take longer than anyone looks ahead.
CREATE TABLE curated.published_goal (
    edition_id    TEXT NOT NULL,
    region        TEXT NOT NULL,
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    current_figure DOUBLE NOT NULL,
    goal          DOUBLE NOT NULL,
    source_of_goal TEXT NOT NULL,
    births_a_year DOUBLE NOT NULL,
    years         DOUBLE,
    PRIMARY KEY (edition_id, region, source, indicator, definition, period_start, period_end)
);
