-- When an edition left; one without a moment is a draft, and nobody outside has seen its figures.
ALTER TABLE curated.edition ADD COLUMN published_at TIMESTAMP;
UPDATE curated.edition SET published_at = made_at;

-- The country beside each figure: where all its municipalities are in the build, it is their sum.
ALTER TABLE curated.indicator_value ADD COLUMN reference_x DOUBLE;
ALTER TABLE curated.indicator_value ADD COLUMN reference_n DOUBLE;
