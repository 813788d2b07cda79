-- Polls that were answered with 304: of the others, their bytes are known.
ALTER TABLE daily_feed ADD COLUMN not_modified INTEGER NOT NULL DEFAULT 0;
