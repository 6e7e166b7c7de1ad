-- When an edition left; one without a moment is a draft, and nobody outside has seen its figures.
ALTER TABLE curated.edition ADD COLUMN published_at TIMESTAMP;
UPDATE curated.edition SET published_at = made_at;
