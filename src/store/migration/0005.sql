-- Finding alerts: by what they are about, and by their words.

-- What lists of alerts choose by, in the order of commits, without the bodies.
CREATE INDEX alert_list ON alert (seq, time, watchlist, severity, feed);

-- The rules that fired, and the entities that were found.
CREATE TABLE alert_about (
  kind  INTEGER NOT NULL,         -- 0 a rule, 1 an entity
  name  TEXT    NOT NULL,         -- its id
  alert INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE,
  PRIMARY KEY (kind, name, alert)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_about_by_alert ON alert_about (alert);

-- The words of an alert's item; the texts themselves are in the alert.
CREATE VIRTUAL TABLE alert_text USING fts5 (
  title, body,
  content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);
CREATE TRIGGER alert_text_goes AFTER DELETE ON alert BEGIN
  DELETE FROM alert_text WHERE rowid = old.seq;
END;

-- The alerts that are there already: `alerts.rs`.
