-- A figure that its source took back says since when.
ALTER TABLE data.observation ADD COLUMN since TEXT;
ALTER TABLE curated.published_value ADD COLUMN since TEXT;
ALTER TABLE curated.published_elsewhere ADD COLUMN since TEXT;

-- Cells of an accepted delivery that were not loaded because a rule about them failed.
CREATE TABLE data.quarantined_cell (
    delivery_id   TEXT NOT NULL,
    rules_hash    TEXT NOT NULL,
    rule_id       TEXT NOT NULL,
    variable      TEXT NOT NULL,
    region        TEXT NOT NULL,
    boundary_year INTEGER NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    PRIMARY KEY (delivery_id, rules_hash, rule_id, variable, region, boundary_year, period_start, period_end)
);

-- A full redelivery silences all before it, except for its own quarantined cells of sources that
-- let the last good figure stand ('keeping'): there the newest earlier accepted delivery speaks.
CREATE OR REPLACE MACRO data.observation_as_of(moment, patching, keeping) AS TABLE
    WITH kept AS (
        SELECT cell.variable, cell.region, cell.boundary_year, cell.period_start, cell.period_end,
               speaking.source, speaking.event_number
        FROM data.quarantined_cell AS cell
        JOIN meta.speaking_as_of(moment, patching) AS speaking USING (delivery_id, rules_hash)
        WHERE list_contains(keeping, speaking.source)
        GROUP BY ALL
    ), earlier AS (
        SELECT accepted.source, accepted.event_number, observation.*
        FROM data.observation
        JOIN meta.accepted_as_of(moment) AS accepted USING (delivery_id, rules_hash)
        JOIN kept ON kept.source = accepted.source
            AND accepted.event_number < kept.event_number
            AND kept.variable = observation.variable AND kept.region = observation.region
            AND kept.boundary_year = observation.boundary_year
            AND kept.period_start = observation.period_start
            AND kept.period_end = observation.period_end
    ), candidate AS (
        SELECT speaking.source, speaking.event_number, observation.*
        FROM data.observation
        JOIN meta.speaking_as_of(moment, patching) AS speaking USING (delivery_id, rules_hash)
        UNION ALL
        SELECT * FROM earlier
    )
    SELECT * EXCLUDE (event_number)
    FROM candidate
    QUALIFY row_number() OVER (
        PARTITION BY source, variable, region, boundary_year, period_start, period_end
        ORDER BY event_number DESC) = 1;

-- Why something is missing in an edition: a rule stopped it, and no earlier figure stands in.
CREATE TABLE curated.published_quarantine (
    edition_id    TEXT NOT NULL,
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    region        TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    kept          BOOLEAN NOT NULL,
    PRIMARY KEY (edition_id, source, indicator, definition, region, period_start, period_end)
);

-- Declared corrections that an edition rests on; the values stay inside.
CREATE TABLE curated.published_correction (
    edition_id    TEXT NOT NULL,
    correction    TEXT NOT NULL,
    source        TEXT NOT NULL,
    variable      TEXT NOT NULL,
    regions       TEXT[] NOT NULL,
    period_start  INTEGER,
    period_end    INTEGER,
    kind          TEXT NOT NULL CHECK (kind IN ('value', 'withdrawn', 'missing')),
    reason        TEXT NOT NULL,
    provider      TEXT NOT NULL,
    date          TEXT NOT NULL,
    PRIMARY KEY (edition_id, correction)
);
