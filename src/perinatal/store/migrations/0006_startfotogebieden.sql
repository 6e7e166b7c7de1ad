-- Areas below the municipality, as they were cut when they were first needed: births that come
-- later must not move them. A file of the catalogue goes before.
CREATE TABLE ref.register (
    id      TEXT PRIMARY KEY,
    cut_at  TIMESTAMP NOT NULL,
    content TEXT NOT NULL
);

-- Which wijken an area of an edition holds: later editions are held against it.
CREATE TABLE curated.published_area (
    edition_id    TEXT NOT NULL,
    code          TEXT NOT NULL,
    name          TEXT NOT NULL,
    municipality  TEXT NOT NULL,
    boundary_year INTEGER NOT NULL,
    approved      BOOLEAN NOT NULL,
    wijk          TEXT NOT NULL,
    PRIMARY KEY (edition_id, code, wijk)
);
