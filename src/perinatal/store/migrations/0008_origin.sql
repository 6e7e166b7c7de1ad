-- Where the figures of an edition stand in the delivered files: line numbers, never a value.
CREATE TABLE curated.published_line (
    edition_id    TEXT NOT NULL,
    source        TEXT NOT NULL,
    delivery_id   TEXT NOT NULL,
    file_name     TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    region        TEXT NOT NULL,
    period_start  INTEGER NOT NULL,
    period_end    INTEGER NOT NULL,
    line          BIGINT NOT NULL,
    variables     TEXT NOT NULL,
    PRIMARY KEY (edition_id, delivery_id, region, period_start, period_end, line)
);
