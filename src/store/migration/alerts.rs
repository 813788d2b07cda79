//! What migration 5 does beside its SQL: the alerts that are stored already can be found by
//! what they are about and by their words. Each document is read once, and none is kept: they
//! may be more than there is memory.

use super::super::search::spaced;
use rusqlite::{Connection, Result};
use serde::Deserialize;
use std::borrow::Cow;

/// What of a document is looked for.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    rules: Vec<Named<'a>>,
    #[serde(borrow)]
    matches: Vec<Match<'a>>,
    #[serde(borrow)]
    item: Item<'a>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Match<'a> {
    #[serde(borrow)]
    entity: Option<Named<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

/// Bytes of words that FTS5 collects before it sorts and writes them: as it is by default, and
/// while all texts come at once, which halves what there is to merge.
const COLLECTED: i64 = 1 << 20;
const COLLECTED_HERE: i64 = 8 << 20;

/// Fills `alert_about` and `alert_text`. A document that cannot be read is found by nothing.
pub(super) fn index(connection: &Connection) -> Result<()> {
    let mut alerts = connection.prepare("SELECT seq, body FROM alert ORDER BY seq")?;
    let mut about = connection.prepare("INSERT OR IGNORE INTO alert_about (kind, name, alert) VALUES (?1, ?2, ?3)")?;
    let mut text = connection.prepare("INSERT INTO alert_text (rowid, title, body) VALUES (?1, ?2, ?3)")?;
    let collect = "INSERT INTO alert_text (alert_text, rank) VALUES ('hashsize', ?1)";
    connection.execute(collect, [COLLECTED_HERE])?;
    let mut rows = alerts.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let Ok(Document { data }) = serde_json::from_slice(row.get_ref(1)?.as_bytes()?) else { continue };
        for rule in &data.rules {
            about.execute((0, &rule.id, seq))?;
        }
        for entity in data.matches.iter().filter_map(|found| found.entity.as_ref()) {
            about.execute((1, &entity.id, seq))?;
        }
        text.execute((seq, spaced(&data.item.title), spaced(data.item.text.as_deref().unwrap_or_default())))?;
    }
    connection.execute(collect, [COLLECTED])?;
    Ok(())
}
