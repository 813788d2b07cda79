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

-- Every key that leads to an item; one can lead to several. Its rows go with the item,
-- which names them, and with `former_key`: to watch references, and an index from item to
-- key, would cost more than the table.
CREATE TABLE item_key_now (
  feed INTEGER NOT NULL,
  key  BLOB    NOT NULL,
  item INTEGER NOT NULL,
  PRIMARY KEY (feed, key, item)
) STRICT, WITHOUT ROWID;
INSERT INTO item_key_now (feed, key, item) SELECT feed, key, item FROM item_key;

-- The keys that an item had before: few ever change.
CREATE TABLE former_key (
  item INTEGER NOT NULL REFERENCES item ON DELETE CASCADE,
  key  BLOB    NOT NULL,
  PRIMARY KEY (item, key)
) STRICT, WITHOUT ROWID;
INSERT INTO former_key (item, key)
  SELECT item_key.item, item_key.key FROM item_key JOIN item ON item.id = item_key.item
  WHERE item_key.key IS NOT guid_key AND item_key.key IS NOT link_key
    AND item_key.key IS NOT content_key AND item_key.key IS NOT second_key;
CREATE TRIGGER item_rekeyed AFTER UPDATE OF guid_key, link_key, content_key, second_key ON item BEGIN
  INSERT INTO former_key (item, key) SELECT old.id, old.guid_key
    WHERE old.guid_key <> ifnull(new.guid_key, x'')
      AND NOT EXISTS (SELECT 1 FROM former_key WHERE item = old.id AND key = old.guid_key);
  INSERT INTO former_key (item, key) SELECT old.id, old.link_key
    WHERE old.link_key <> ifnull(new.link_key, x'')
      AND NOT EXISTS (SELECT 1 FROM former_key WHERE item = old.id AND key = old.link_key);
  INSERT INTO former_key (item, key) SELECT old.id, old.content_key
    WHERE old.content_key <> ifnull(new.content_key, x'')
      AND NOT EXISTS (SELECT 1 FROM former_key WHERE item = old.id AND key = old.content_key);
  INSERT INTO former_key (item, key) SELECT old.id, old.second_key
    WHERE old.second_key <> ifnull(new.second_key, x'')
      AND NOT EXISTS (SELECT 1 FROM former_key WHERE item = old.id AND key = old.second_key);
END;
DROP TABLE item_key;
ALTER TABLE item_key_now RENAME TO item_key;

-- A text that begins with its summary holds it: so many bytes. NULL: `summary` does.
ALTER TABLE item_text ADD COLUMN lead INTEGER;
