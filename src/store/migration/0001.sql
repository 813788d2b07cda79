-- Times are milliseconds since 1970 UTC, days are days since then, keys are 16
-- bytes, severities are their rank, from info = 0.

-- Feeds -----------------------------------------------------------------------

CREATE TABLE feed (
  id            INTEGER PRIMARY KEY,
  key           TEXT    NOT NULL UNIQUE,
  removed       INTEGER,          -- since when it is configured no more
  url           TEXT    NOT NULL,
  title         TEXT    NOT NULL,
  link          TEXT,
  etag          BLOB,
  last_modified BLOB,
  body_hash     BLOB,
  at_least      INTEGER,          -- seconds; this and the next two are its pace
  skip_hours    INTEGER NOT NULL,
  skip_days     INTEGER NOT NULL,
  next_poll     INTEGER,
  retry_until   INTEGER,
  last_poll     INTEGER,
  last_success  INTEGER,
  first_read    INTEGER,
  failures      INTEGER NOT NULL,
  failing_since INTEGER,
  last_error    TEXT,
  gap           INTEGER,          -- milliseconds
  mean_gap      REAL,             -- seconds
  moved_to      TEXT,
  moved_seen    INTEGER NOT NULL,
  adopted       TEXT,
  gone          INTEGER NOT NULL,
  items         INTEGER NOT NULL
) STRICT;
CREATE INDEX feed_by_url ON feed (url);

-- Guids and links that a document once used for two items.
CREATE TABLE spoiled_key (
  feed INTEGER NOT NULL REFERENCES feed ON DELETE CASCADE,
  key  BLOB    NOT NULL,
  PRIMARY KEY (feed, key)
) STRICT, WITHOUT ROWID;

-- Stories ---------------------------------------------------------------------

CREATE TABLE story (
  id        INTEGER PRIMARY KEY,
  name      TEXT    NOT NULL UNIQUE, -- sty_…
  started   INTEGER NOT NULL,
  link      BLOB,
  title     BLOB,
  minima    BLOB,                    -- of its signature, 4 bytes each
  bands     BLOB                     -- of its signature, 8 bytes each; both NULL once it can no longer be joined
) STRICT;
CREATE INDEX story_by_link     ON story (link, started)  WHERE link IS NOT NULL;
CREATE INDEX story_by_title    ON story (title, started) WHERE title IS NOT NULL;
CREATE INDEX story_by_start    ON story (started);
CREATE INDEX story_by_joinable ON story (started) WHERE bands IS NOT NULL;

CREATE TABLE story_band (
  band  INTEGER NOT NULL,
  story INTEGER NOT NULL REFERENCES story ON DELETE CASCADE,
  PRIMARY KEY (band, story)
) STRICT, WITHOUT ROWID;
CREATE INDEX story_band_by_story ON story_band (story);

CREATE TABLE story_feed (
  story    INTEGER NOT NULL REFERENCES story ON DELETE CASCADE,
  position INTEGER NOT NULL,
  feed     TEXT    NOT NULL,      -- its key
  name     TEXT    NOT NULL,
  PRIMARY KEY (story, position),
  UNIQUE (story, feed)
) STRICT, WITHOUT ROWID;

CREATE TABLE story_fired (
  story     INTEGER NOT NULL REFERENCES story ON DELETE CASCADE,
  watchlist TEXT    NOT NULL,
  key       TEXT    NOT NULL,
  PRIMARY KEY (story, watchlist, key)
) STRICT, WITHOUT ROWID;

-- Items: what identifies them outlives their text -----------------------------

CREATE TABLE item (
  id          INTEGER PRIMARY KEY,
  name        TEXT    NOT NULL UNIQUE, -- itm_…
  feed        INTEGER NOT NULL REFERENCES feed,
  revision    INTEGER NOT NULL,
  first_seen  INTEGER NOT NULL,
  gone_since  INTEGER,            -- when it had left its feed; NULL: it is there
  story       INTEGER REFERENCES story,
  guid_key    BLOB,
  link_key    BLOB,
  content_key BLOB    NOT NULL,
  second_key  BLOB
) STRICT;
CREATE INDEX item_present  ON item (feed) WHERE gone_since IS NULL;
CREATE INDEX item_gone     ON item (gone_since) WHERE gone_since IS NOT NULL;
CREATE INDEX item_by_feed  ON item (feed);
CREATE INDEX item_by_story ON item (story) WHERE story IS NOT NULL;

-- Every key that ever identified an item; one key can lead to several.
CREATE TABLE item_key (
  feed INTEGER NOT NULL REFERENCES feed,
  key  BLOB    NOT NULL,
  item INTEGER NOT NULL REFERENCES item ON DELETE CASCADE,
  PRIMARY KEY (feed, key, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_key_by_item ON item_key (item);

CREATE TABLE item_fired (
  item      INTEGER NOT NULL REFERENCES item ON DELETE CASCADE,
  watchlist TEXT    NOT NULL,
  key       TEXT    NOT NULL,
  PRIMARY KEY (item, watchlist, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE item_text (
  item           INTEGER PRIMARY KEY REFERENCES item ON DELETE CASCADE,
  stored         INTEGER NOT NULL, -- when this revision was
  guid           TEXT,
  link           TEXT,
  canonical_link TEXT,
  authors        TEXT    NOT NULL, -- JSON array
  categories     TEXT    NOT NULL, -- JSON array
  language       TEXT,
  published      INTEGER,
  updated        INTEGER,
  title          TEXT    NOT NULL,
  summary        TEXT    NOT NULL,
  text           TEXT    NOT NULL
) STRICT;
CREATE INDEX item_text_by_age ON item_text (stored);

-- Alerts and what became of them ----------------------------------------------

CREATE TABLE alert (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  id        TEXT    NOT NULL UNIQUE, -- alt_…
  time      INTEGER NOT NULL,
  watchlist TEXT    NOT NULL,
  severity  INTEGER NOT NULL,
  feed      TEXT    NOT NULL,     -- its name
  story     TEXT    NOT NULL,     -- sty_…
  item      TEXT    NOT NULL,     -- itm_…
  body      BLOB    NOT NULL      -- the rendered document
) STRICT;
CREATE INDEX alert_by_time ON alert (time);

CREATE TABLE arrival (
  alert    INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE,
  sink     TEXT    NOT NULL,
  fate     INTEGER NOT NULL,      -- 0 delivered, 1 dropped
  time     INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  PRIMARY KEY (alert, sink)
) STRICT, WITHOUT ROWID;

-- The outbox: a row leaves it when the alert has arrived -----------------------

CREATE TABLE delivery (
  id       INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of commits
  sink     TEXT    NOT NULL,
  alert    INTEGER NOT NULL REFERENCES alert,
  state    INTEGER NOT NULL,      -- 0 due, 1 waits for `due`, 2 in flight, 3 dead
  due      INTEGER NOT NULL,
  queued   INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  error    TEXT,
  body     BLOB,                  -- NULL: the alert's
  UNIQUE (alert, sink)
) STRICT;
-- One index a question, each holding only the rows it can be asked about, so
-- that no worker scans the queue, however long it is.
CREATE INDEX delivery_due       ON delivery (sink, id)     WHERE state = 0;
CREATE INDEX delivery_waiting   ON delivery (sink, due)    WHERE state = 1;
CREATE INDEX delivery_in_flight ON delivery (sink)         WHERE state = 2;
CREATE INDEX delivery_dead      ON delivery (sink, id)     WHERE state = 3;
CREATE INDEX delivery_by_age    ON delivery (sink, queued) WHERE state < 2;

-- What a file sink is about to append; its deliveries are a JSON array of ids.
CREATE TABLE file_write (
  sink       TEXT    PRIMARY KEY,
  path       BLOB    NOT NULL,
  device     INTEGER NOT NULL,
  inode      INTEGER NOT NULL,
  "offset"   INTEGER NOT NULL,
  length     INTEGER NOT NULL,
  deliveries TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- A sink whose destination asked to be left alone (Retry-After), and until when.
CREATE TABLE sink_hold (
  sink  TEXT    PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Counters by day -------------------------------------------------------------

CREATE TABLE daily_rule (
  day       INTEGER NOT NULL,
  watchlist TEXT    NOT NULL,
  rule      TEXT    NOT NULL,
  alerts    INTEGER NOT NULL,
  PRIMARY KEY (day, watchlist, rule)
) STRICT, WITHOUT ROWID;

CREATE TABLE daily_term (
  day       INTEGER NOT NULL,
  watchlist TEXT    NOT NULL,
  term      TEXT    NOT NULL,
  matches   INTEGER NOT NULL,
  PRIMARY KEY (day, watchlist, term)
) STRICT, WITHOUT ROWID;

CREATE TABLE daily_feed (
  day       INTEGER NOT NULL,
  feed      TEXT    NOT NULL,     -- its key
  polls     INTEGER NOT NULL,
  failed    INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  items     INTEGER NOT NULL,     -- new ones
  bytes     INTEGER NOT NULL,
  repairs   INTEGER NOT NULL,
  PRIMARY KEY (day, feed)
) STRICT, WITHOUT ROWID;

-- The daemon's runs -----------------------------------------------------------

CREATE TABLE run (
  id      INTEGER PRIMARY KEY,
  pid     INTEGER NOT NULL,
  version TEXT    NOT NULL,
  started INTEGER NOT NULL,
  stopped INTEGER
) STRICT;
