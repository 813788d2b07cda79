-- Stories are recognized by samples of long shingles and by their numbers. Those that
-- were begun before are joined by link and title only.
DROP INDEX story_by_joinable;
DROP TABLE story_band;
ALTER TABLE story DROP COLUMN bands;
UPDATE story SET minima = NULL WHERE minima IS NOT NULL;
ALTER TABLE story ADD COLUMN numbers BLOB;  -- of its signature, 4 bytes each
ALTER TABLE story ADD COLUMN probes  BLOB;  -- of its signature, 8 bytes each; all NULL once it can no longer be joined
CREATE INDEX story_by_joinable ON story (started) WHERE probes IS NOT NULL;

-- Its rows go with `story.probes`, which names them: an index from story to probe
-- would cost as much as the table.
CREATE TABLE story_probe (
  probe INTEGER NOT NULL,
  story INTEGER NOT NULL,
  PRIMARY KEY (probe, story)
) STRICT, WITHOUT ROWID;
