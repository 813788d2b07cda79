//! The alerts: a list that filters and goes on, live, and one of them with all that is
//! known of it.

use super::super::Api;
use super::super::access::Revoked;
use super::super::alerts::{self as api_alerts, AlertDelivery, AlertQuery, Source, envelope};
use super::super::problem::Problem;
use super::super::stream;
use super::extract::Path;
use super::marks::{Link, Piece, address, marked, quoted};
use super::template::{self, Markup, Place};
use super::why;
use super::{Failure, Moment, Page};
use crate::engine::Runtime;
use crate::engine::silence::SilenceId;
use crate::sink::payload::{Data, Envelope, Field};
use crate::store::Error;
use crate::store::alert::StoredAlert;
use crate::watchlist::definition::Severity;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use url::form_urlencoded;

/// The filters of the form, by their names in the URL.
const FILTERS: [&str; 8] = ["q", "watchlist", "severity", "entity", "feed", "rule", "since", "until"];

/// Names that are offered while somebody types; of more, none are.
const OFFERED: usize = 500;

/// Excerpts that a row shows.
const QUOTES: usize = 2;

/// Entities that a row shows.
const ENTITIES: usize = 6;

/// An alert in a list.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    severity: &'static str,
    test: bool,
    time: Moment,
    watchlist: String,
    watchlist_address: String,
    title: Vec<Piece>,
    quotes: Vec<Vec<Piece>>,
    link: Option<Link>,
    feed: String,
    feed_address: String,
    /// How many other feeds carried the story.
    others: u64,
    entities: Vec<Named>,
    silence: Option<String>,
}

/// A name that leads to the alerts it is in.
#[derive(Debug, Serialize)]
struct Named {
    name: String,
    address: String,
}

impl Row {
    fn new(envelope: &Envelope, silence: Option<SilenceId>, others: u64) -> Self {
        let Data { severity, test, watchlist, matches, item, feed, .. } = &envelope.data;
        let mut entities: BTreeMap<&str, &str> = BTreeMap::new();
        for entity in matches.iter().filter_map(|found| found.entity.as_ref()) {
            entities.insert(&entity.id, &entity.name);
        }
        let mut seen = HashSet::new();
        let quotes = matches.iter().filter(|found| found.field == Field::Body && seen.insert(found.context.as_str()));
        Self {
            id: envelope.id.clone(),
            severity: severity.name(),
            test: *test,
            time: envelope.time.0.into(),
            watchlist: watchlist.title.clone(),
            watchlist_address: address("/", [("watchlist", watchlist.name.as_str())]),
            title: marked(item, Field::Title, matches),
            quotes: quotes.take(QUOTES).map(quoted).collect(),
            link: item.link.as_deref().and_then(Link::of),
            feed: feed.name.clone(),
            feed_address: address("/", [("feed", feed.name.as_str())]),
            others,
            entities: entities
                .into_iter()
                .take(ENTITIES)
                .map(|(id, name)| Named { name: name.to_owned(), address: address("/", [("entity", id)]) })
                .collect(),
            silence: silence.map(|silence| silence.to_string()),
        }
    }
}

/// The list, and the form above it.
#[derive(Debug, Serialize)]
struct View {
    error: Option<String>,
    rows: Vec<Markup>,
    /// The filters as they are.
    filters: BTreeMap<&'static str, String>,
    /// Whether any of them is set.
    filtered: bool,
    watchlists: Vec<Watchlist>,
    severities: [&'static str; 5],
    feeds: Vec<String>,
    entities: Vec<String>,
    /// Where the list goes on.
    next: Option<String>,
    /// Where newer alerts come from; `None`: this is no beginning.
    live: Option<String>,
    /// The same filters from the newest on.
    newest: String,
}

#[derive(Debug, Serialize)]
struct Watchlist {
    name: String,
    title: String,
}

impl View {
    /// The form of a query, above nothing.
    fn new(pairs: &[(String, String)], runtime: &Runtime) -> Self {
        let value = |name: &str| pairs.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone());
        let filters: BTreeMap<_, _> = FILTERS.iter().map(|name| (*name, value(name).unwrap_or_default())).collect();
        let watchlists = runtime.watchlists.lists().iter().filter(|list| !list.library);
        let all = runtime.feeds.len();
        let feeds = runtime.feeds.iter().filter(|_| all <= OFFERED).map(|feed| feed.name.clone());
        let mut entities: Vec<_> = runtime.watchlists.entity_ids().take(OFFERED + 1).map(str::to_owned).collect();
        if entities.len() > OFFERED {
            entities.clear();
        }
        Self {
            error: None,
            rows: Vec::new(),
            filtered: filters.values().any(|value| !value.is_empty()),
            filters,
            watchlists: watchlists
                .map(|list| Watchlist { name: list.name.clone(), title: list.title.clone() })
                .collect(),
            severities: Severity::ALL.map(Severity::name),
            feeds: feeds.collect(),
            entities,
            next: None,
            live: None,
            newest: with_cursor("/", pairs, None),
        }
    }
}

/// An address of the same query from another place on.
fn with_cursor(path: &str, pairs: &[(String, String)], cursor: Option<&str>) -> String {
    let kept = pairs.iter().filter(|(name, _)| name != "cursor").map(|(name, value)| (name.as_str(), value.as_str()));
    address(path, kept.chain(cursor.map(|cursor| ("cursor", cursor))))
}

/// `GET /`
pub(super) async fn list(State(page): State<Page>, uri: Uri) -> Result<Response, Failure> {
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    // A form sends what is left empty, too; an address that is shared says what is meant.
    if pairs.iter().any(|(_, value)| value.trim().is_empty()) {
        let said = pairs.iter().filter(|(_, value)| !value.trim().is_empty());
        let said = said.map(|(name, value)| (name.as_str(), value.trim()));
        return Ok(Redirect::to(&address("/", said)).into_response());
    }
    let runtime = page.api.handle.live.load().runtime.clone();
    let mut view = View::new(&pairs, &runtime);
    let asked = Query::<AlertQuery>::try_from_uri(&uri);
    let found = match &asked {
        Ok(Query(query)) => api_alerts::find(&page.api.handle.store, query).await,
        Err(rejection) => Err(Problem::new(StatusCode::BAD_REQUEST, rejection.body_text())),
    };
    let status = match found {
        Ok(found) => {
            view.rows = rows(&page.api, &found.alerts).await?;
            view.next = found.next.map(|next| with_cursor("/", &pairs, Some(&next)));
            let begins = pairs.iter().all(|(name, _)| name != "cursor");
            view.live = begins.then(|| with_cursor("/live", &pairs, Some(&found.newest)));
            StatusCode::OK
        }
        Err(problem) if problem.status == StatusCode::BAD_REQUEST => {
            view.error = Some(problem.detail);
            StatusCode::BAD_REQUEST
        }
        Err(problem) => return Err(problem.into()),
    };
    let place = Place::at("alerts", "Alerts", page.is_writable());
    Ok((status, template::page(place, "alerts.html", &view)?).into_response())
}

async fn rows(api: &Api, alerts: &[StoredAlert]) -> Result<Vec<Markup>, Failure> {
    let mut read = Vec::with_capacity(alerts.len());
    for alert in alerts {
        read.extend(api.damaged.pass_over(alert, envelope(alert))?.map(|envelope| (envelope, alert.silence)));
    }
    let pairs: Vec<_> = read.iter().map(|(envelope, _)| story_and_item(envelope)).collect();
    let others = api.handle.store.other_feeds(&pairs).await?;
    let row = |((envelope, silence), others): (_, u64)| Markup::of("row.html", &Row::new(&envelope, silence, others));
    Ok(read.into_iter().zip(others).map(row).collect::<Result<_, _>>()?)
}

fn story_and_item(envelope: &Envelope) -> (&str, &str) {
    (&envelope.data.story.id, &envelope.data.item.id)
}

/// `GET /live`: rows of the list as they come, as Server-Sent Events.
pub(super) async fn live(
    State(api): State<Api>,
    query: super::super::extract::Query<AlertQuery>,
    headers: HeaderMap,
    revoked: Option<Extension<Revoked>>,
) -> Result<impl IntoResponse, Problem> {
    stream::follow(api, &query.0, &headers, revoked, Box::new(live_row)).await
}

/// What is told of an alert that has just come: who carried its story before is in it.
fn live_row(alert: &StoredAlert) -> Result<String, Error> {
    let envelope = envelope(alert)?;
    let others = envelope.data.story.also_in.len() as u64;
    template::part("row.html", &Row::new(&envelope, alert.silence, others))
        .map_err(|problem| Error::Panicked(problem.detail))
}

/// One alert with all that is known of it.
#[derive(Debug, Serialize)]
struct Whole {
    row: Row,
    rules: Vec<Rule>,
    published: Option<Moment>,
    language: Option<String>,
    revision: u32,
    item: String,
    story: String,
    authors: Vec<Piece>,
    categories: Vec<Piece>,
    /// `None`: it is not kept.
    text: Option<Vec<Piece>>,
    why: Markup,
    sources: Vec<OtherSource>,
    deliveries: Vec<Delivery>,
}

#[derive(Debug, Serialize)]
struct Rule {
    id: String,
    title: String,
    severity: &'static str,
    tags: Vec<String>,
    address: String,
}

#[derive(Debug, Serialize)]
struct OtherSource {
    feed: String,
    title: Option<String>,
    link: Option<Link>,
    first_seen: Moment,
}

#[derive(Debug, Serialize)]
struct Delivery {
    sink: String,
    state: String,
    attempts: u32,
    ended: Option<Moment>,
    next: Option<Moment>,
    error: Option<String>,
}

impl From<Source> for OtherSource {
    fn from(source: Source) -> Self {
        let Source { feed, title, link, first_seen, .. } = source;
        Self { feed, title, link: link.as_deref().and_then(Link::of), first_seen: first_seen.into() }
    }
}

impl From<AlertDelivery> for Delivery {
    fn from(delivery: AlertDelivery) -> Self {
        let AlertDelivery { sink, state, attempts, ended, next, error, .. } = delivery;
        Self { sink, state, attempts, ended: ended.map(Moment::from), next: next.map(Moment::from), error }
    }
}

/// `GET /alerts/{id}`
pub(super) async fn one(State(page): State<Page>, Path(id): Path<String>) -> Result<Html<String>, Failure> {
    let Some((alert, detail)) = api_alerts::detail(&page.api, &id).await? else {
        return Err(Failure::new(StatusCode::NOT_FOUND, format!("there is no alert {id:?}")));
    };
    let envelope = envelope(&alert)?;
    let Data { rules, matches, item, story, watchlist, .. } = &envelope.data;
    let whole = Whole {
        row: Row::new(&envelope, alert.silence, detail.other_feeds as u64),
        rules: rules
            .iter()
            .map(|rule| Rule {
                id: rule.id.clone(),
                title: rule.title.clone(),
                severity: rule.severity.name(),
                tags: rule.tags.clone(),
                address: address("/", [("watchlist", watchlist.name.as_str()), ("rule", rule.id.as_str())]),
            })
            .collect(),
        published: item.published.map(|time| time.0.into()),
        language: item.language.clone(),
        revision: item.revision,
        item: item.id.clone(),
        story: story.id.clone(),
        authors: marked(item, Field::Author, matches),
        categories: marked(item, Field::Category, matches),
        text: item.text.as_ref().map(|_| marked(item, Field::Body, matches)),
        why: why::trees(detail.explanations.iter(), item)?,
        sources: detail.sources.into_iter().map(OtherSource::from).collect(),
        deliveries: detail.deliveries.into_iter().map(Delivery::from).collect(),
    };
    let place = Place::at("alerts", &item.title, page.is_writable());
    Ok(template::page(place, "alert.html", &whole)?)
}
