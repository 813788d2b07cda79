-- An item is found by its name within its feed: a poll then writes where all of its
-- feed's items are, and not one place of a large index for each of them.
CREATE TABLE item_now (
  id          INTEGER PRIMARY KEY,
  name        TEXT    NOT NULL,   -- itm_…
  feed        INTEGER NOT NULL REFERENCES feed,
  revision    INTEGER NOT NULL,
  first_seen  INTEGER NOT NULL,
  gone_since  INTEGER,            -- when it had left its feed; NULL: it is there
  story       INTEGER REFERENCES story,
  guid_key    BLOB,
  link_key    BLOB,
  content_key BLOB    NOT NULL,
  second_key  BLOB,
  UNIQUE (feed, name)
) STRICT;
INSERT INTO item_now (id, name, feed, revision, first_seen, gone_since, story, guid_key, link_key, content_key, second_key)
  SELECT id, name, feed, revision, first_seen, gone_since, story, guid_key, link_key, content_key, second_key FROM item;
DROP TABLE item;
ALTER TABLE item_now RENAME TO item;
CREATE INDEX item_present  ON item (feed) WHERE gone_since IS NULL;
CREATE INDEX item_gone     ON item (gone_since) WHERE gone_since IS NOT NULL;
CREATE INDEX item_by_story ON item (story) WHERE story IS NOT NULL;
