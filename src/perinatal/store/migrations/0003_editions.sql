CREATE TABLE curated.edition (
    edition_id    TEXT PRIMARY KEY,
    made_at       TIMESTAMP NOT NULL,
    as_of         TIMESTAMP NOT NULL,
    code_version  TEXT NOT NULL,
    catalog_hash  TEXT NOT NULL,
    invented      BOOLEAN NOT NULL
);

CREATE TABLE curated.edition_input (
    edition_id    TEXT NOT NULL,
    delivery_id   TEXT NOT NULL,
    PRIMARY KEY (edition_id, delivery_id)
);

-- Inside only: every figure with its counts and the reason of the decision.
CREATE TABLE curated.indicator_value (
    edition_id    TEXT NOT NULL,
    region        TEXT NOT NULL,
    level         TEXT NOT NULL,
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    numerator     DOUBLE,
    denominator   DOUBLE,
    decision      TEXT NOT NULL CHECK (decision IN ('shown', 'plan', 'policy', 'source', 'unknown_member', 'complementary', 'withdrawn')),
    PRIMARY KEY (edition_id, region, source, indicator, definition, period_start, period_end)
);

-- What may leave. The CHECKs refuse a withheld row that carries any number or direction.
CREATE TABLE curated.published_value (
    edition_id    TEXT NOT NULL,
    region        TEXT NOT NULL,
    level         TEXT NOT NULL,
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('shown', 'withheld', 'withdrawn')),
    label         TEXT NOT NULL,
    numerator     BIGINT,
    denominator   BIGINT,
    per           INTEGER NOT NULL,
    estimate      DOUBLE,
    lower95       DOUBLE,
    upper95       DOUBLE,
    lower998      DOUBLE,
    upper998      DOUBLE,
    reference_estimate DOUBLE,
    reference_decimals INTEGER,
    status        TEXT NOT NULL,
    counts_derived BOOLEAN NOT NULL,
    note          TEXT,
    PRIMARY KEY (edition_id, region, source, indicator, definition, period_start, period_end),
    CHECK (kind = 'shown' OR (numerator IS NULL AND denominator IS NULL AND estimate IS NULL
        AND lower95 IS NULL AND upper95 IS NULL AND lower998 IS NULL AND upper998 IS NULL)),
    CHECK (kind <> 'withheld' OR (label = 'GEEN_CIJFER' AND status = 'ok' AND note IS NULL)),
    CHECK (kind <> 'withdrawn' OR label = 'INGETROKKEN'),
    CHECK (kind <> 'shown' OR (numerator IS NOT NULL AND denominator IS NOT NULL
        AND lower95 <= estimate AND estimate <= upper95))
);

CREATE TABLE curated.published_births (
    edition_id    TEXT NOT NULL,
    region        TEXT NOT NULL,
    level         TEXT NOT NULL,
    source        TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    births        BIGINT NOT NULL CHECK (births >= 10),
    PRIMARY KEY (edition_id, region, source, period_start, period_end)
);

-- Figures as others printed them: context, never compared by label.
CREATE TABLE curated.published_elsewhere (
    edition_id    TEXT NOT NULL,
    source        TEXT NOT NULL,
    indicator     TEXT NOT NULL,
    definition    TEXT NOT NULL,
    region        TEXT NOT NULL,
    year          INTEGER NOT NULL,
    value         DOUBLE,
    status        TEXT NOT NULL,
    note          TEXT,
    citation      TEXT,
    PRIMARY KEY (edition_id, source, indicator, definition, region, year)
);

CREATE TABLE curated.published_region (
    edition_id    TEXT NOT NULL,
    code          TEXT NOT NULL,
    name          TEXT NOT NULL,
    level         TEXT NOT NULL,
    parent        TEXT,
    boundary_year INTEGER NOT NULL,
    source        TEXT NOT NULL,
    geometry      BLOB NOT NULL,
    PRIMARY KEY (edition_id, code)
);

CREATE TABLE curated.published_source (
    edition_id    TEXT NOT NULL,
    source        TEXT NOT NULL,
    delivery_id   TEXT NOT NULL,
    file_name     TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    received_at   TIMESTAMP NOT NULL,
    rules_passed  INTEGER NOT NULL,
    warnings      TEXT[] NOT NULL,
    PRIMARY KEY (edition_id, delivery_id)
);
