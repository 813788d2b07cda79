-- Less noise: digests, the hourly limit, silences, and what newswatch tells of itself.

-- A delivery carries an alert, or a document of its own: a digest (dig_…), or what
-- newswatch tells of itself (evt_…). Alerts that are collected for a digest are
-- deliveries too, and so nothing that waits is anywhere else.
CREATE TABLE delivery_now (
  id       INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of commits
  sink     TEXT    NOT NULL,
  alert    INTEGER REFERENCES alert,
  document TEXT,                  -- where there is no alert: the id of what `body` is
  state    INTEGER NOT NULL,      -- 0 due, 1 waits for `due`, 2 in flight, 3 dead, 4 collected, 5 in a digest
  due      INTEGER NOT NULL,      -- of one that is collected: when its digest is planned
  queued   INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  error    TEXT,
  body     BLOB,                  -- NULL: the alert's; empty: none could be made yet
  carrier  INTEGER,               -- in state 5: the delivery of the digest
  UNIQUE (alert, sink)
) STRICT;
INSERT INTO delivery_now (id, sink, alert, state, due, queued, attempts, error, body)
  SELECT id, sink, alert, state, due, queued, attempts, error, body FROM delivery;
-- Ids are never used again, also where the table is empty just now.
DELETE FROM sqlite_sequence WHERE name = 'delivery_now';
INSERT INTO sqlite_sequence (name, seq) SELECT 'delivery_now', seq FROM sqlite_sequence WHERE name = 'delivery';
DROP TABLE delivery;
ALTER TABLE delivery_now RENAME TO delivery;

-- One index a question, each holding only the rows it can be asked about, so
-- that no worker scans the queue, however long it is.
CREATE INDEX delivery_due       ON delivery (sink, id)     WHERE state = 0;
CREATE INDEX delivery_waiting   ON delivery (sink, due)    WHERE state = 1;
CREATE INDEX delivery_in_flight ON delivery (sink)         WHERE state = 2;
CREATE INDEX delivery_dead      ON delivery (sink, id)     WHERE state = 3;
CREATE INDEX delivery_collected ON delivery (sink, id)     WHERE state = 4;
CREATE INDEX delivery_by_age    ON delivery (sink, queued) WHERE state < 2;
CREATE INDEX delivery_carried   ON delivery (carrier)      WHERE carrier IS NOT NULL;
CREATE UNIQUE INDEX delivery_of_document ON delivery (document, sink) WHERE document IS NOT NULL;

-- When alerts and digests were let through to a sink with a limit: as many of the
-- latest as the limit allows in an hour.
CREATE TABLE sink_passed (
  sink   TEXT    NOT NULL,
  number INTEGER NOT NULL,
  time   INTEGER NOT NULL,
  PRIMARY KEY (sink, number)
) STRICT, WITHOUT ROWID;

-- Mutes. Each column that is not NULL is a condition, and all must hold.
CREATE TABLE silence (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  watchlist TEXT,
  rule      TEXT,
  entity    TEXT,
  feed      TEXT,
  query     TEXT,
  comment   TEXT    NOT NULL,
  created   INTEGER NOT NULL,
  expires   INTEGER NOT NULL
) STRICT;
CREATE INDEX silence_by_end ON silence (expires);

-- The silence that covered an alert, which went nowhere.
ALTER TABLE alert ADD COLUMN silence INTEGER;

-- Since when people know that a feed fails.
ALTER TABLE feed ADD COLUMN told INTEGER;
-- Whether it is polled; one that is configured and disabled is not.
ALTER TABLE feed ADD COLUMN polled INTEGER NOT NULL DEFAULT 1;
CREATE INDEX feed_failing ON feed (key)
  WHERE failures > 0 AND told IS NULL AND gone = 0 AND removed IS NULL AND polled = 1;

-- Many feeds fail at once, and people were told so: one row, or none.
CREATE TABLE outage (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  since  INTEGER NOT NULL,
  reason TEXT    NOT NULL,
  tries  INTEGER NOT NULL,
  count  INTEGER NOT NULL
) STRICT;

-- The sinks that fail.
CREATE TABLE sink_failure (
  sink   TEXT    PRIMARY KEY,
  since  INTEGER NOT NULL,
  reason TEXT    NOT NULL,
  tries  INTEGER NOT NULL,
  told   INTEGER NOT NULL         -- whether people know
) STRICT, WITHOUT ROWID;

-- When the run last showed that it could write.
ALTER TABLE run ADD COLUMN alive INTEGER;
