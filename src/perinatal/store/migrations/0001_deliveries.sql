-- Deliveries and their events are append-only: history is never rewritten.
CREATE SCHEMA meta;
CREATE SCHEMA ref;
CREATE SCHEMA data;
CREATE SCHEMA curated;

CREATE TABLE meta.delivery (
    delivery_id  TEXT PRIMARY KEY,
    source       TEXT NOT NULL,
    file_name    TEXT NOT NULL,
    sha256       TEXT NOT NULL CHECK (length(sha256) = 64),
    bytes        BIGINT NOT NULL,
    raw_path     TEXT NOT NULL,
    received_at  TIMESTAMP NOT NULL
);

CREATE SEQUENCE meta.event_number;
CREATE TABLE meta.delivery_event (
    event_number BIGINT PRIMARY KEY DEFAULT nextval('meta.event_number'),
    delivery_id  TEXT NOT NULL,
    happened_at  TIMESTAMP NOT NULL,
    event        TEXT NOT NULL CHECK (event IN ('accepted', 'accepted_with_warnings', 'quarantined', 'rejected', 'withdrawn')),
    rules_hash   TEXT NOT NULL,
    detail       TEXT NOT NULL
);

-- Keys of failing rows only; a cell value is never kept here.
CREATE TABLE data.check_result (
    delivery_id  TEXT NOT NULL,
    happened_at  TIMESTAMP NOT NULL,
    rules_hash   TEXT NOT NULL,
    rule_id      TEXT NOT NULL,
    description  TEXT NOT NULL,
    severity     TEXT NOT NULL CHECK (severity IN ('critical', 'warning')),
    outcome      TEXT NOT NULL CHECK (outcome IN ('passed', 'failed', 'broken')),
    row_count    BIGINT NOT NULL,
    keys         TEXT[] NOT NULL
);

CREATE TABLE data.observation (
    delivery_id   TEXT NOT NULL,
    rules_hash    TEXT NOT NULL,
    "row"         BIGINT NOT NULL,
    variable      TEXT NOT NULL,
    region        TEXT NOT NULL,
    level         TEXT NOT NULL CHECK (level IN ('country', 'municipality', 'wijk', 'buurt')),
    boundary_year INTEGER NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL CHECK (period_end >= period_start),
    value         DOUBLE CHECK (value IS NULL OR (value >= 0 AND isfinite(value))),
    status        TEXT NOT NULL CHECK (status IN ('ok', 'provisional', 'under_registered', 'reconstructed', 'withdrawn', 'withheld', 'missing')),
    note          TEXT,
    citation      TEXT,
    PRIMARY KEY (delivery_id, rules_hash, variable, region, boundary_year, period_start, period_end),
    CHECK (value IS NOT NULL OR status IN ('withdrawn', 'withheld', 'missing'))
);

CREATE TABLE ref.region (
    delivery_id   TEXT NOT NULL,
    rules_hash    TEXT NOT NULL,
    code          TEXT NOT NULL,
    name          TEXT NOT NULL,
    level         TEXT NOT NULL CHECK (level IN ('country', 'municipality', 'wijk', 'buurt')),
    boundary_year INTEGER NOT NULL,
    parent        TEXT,
    geometry      BLOB NOT NULL,
    PRIMARY KEY (delivery_id, rules_hash, code)
);
