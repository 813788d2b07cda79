//! The silences: seeing, adding and ending them.

use super::super::extract::{Json, Path as ApiPath};
use super::super::problem::Problem;
use super::super::segment;
use super::super::silences::{self as api_silences, NewSilence, SilenceRow, Which};
use super::extract::{Path, Query};
use super::form::{Form, Question};
use super::template::{self, Place};
use super::{Failure, Moment, Page};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a silence can be about, by the names in the form.
const FIELDS: [&str; 7] = ["watchlist", "rule", "entity", "feed", "query", "for", "comment"];

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// Those that have ended, too.
    #[serde(default)]
    all: bool,
}

#[derive(Debug, Serialize)]
struct View {
    writable: bool,
    error: Option<String>,
    all: bool,
    rows: Vec<Row>,
    /// The form as it was sent.
    fields: BTreeMap<&'static str, String>,
}

/// A silence.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    /// What it is about: `watchlist`, `people`.
    scope: Vec<(&'static str, String)>,
    comment: String,
    created: Moment,
    expires: Moment,
    active: bool,
}

impl From<SilenceRow> for Row {
    fn from(row: SilenceRow) -> Self {
        let SilenceRow { id, watchlist, rule, entity, feed, query, comment, created, expires, active } = row;
        let scope = [("watchlist", watchlist), ("rule", rule), ("entity", entity), ("feed", feed), ("query", query)];
        let scope = scope.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Self { id, scope, comment, created: created.into(), expires: expires.into(), active }
    }
}

/// `GET /silences`
pub(super) async fn list(State(page): State<Page>, Query(wanted): Query<Wanted>) -> Result<Html<String>, Failure> {
    view(&page, wanted.all, |_| None, None).await
}

async fn view<'a>(
    page: &Page,
    all: bool,
    field: impl Fn(&'static str) -> Option<&'a str>,
    error: Option<String>,
) -> Result<Html<String>, Failure> {
    let which = if all { Which::All } else { Which::Active };
    let rows = api_silences::list(&page.api.handle.store, which).await?;
    let fields = FIELDS.iter().map(|name| (*name, field(name).unwrap_or_default().to_owned())).collect();
    let rows = rows.into_iter().rev().map(Row::from).collect();
    let view = View { writable: page.is_writable(), error, all, rows, fields };
    Ok(template::page(Place::at("silences", "Silences", page.is_writable()), "silences.html", &view)?)
}

/// `POST /silences`: what the silence is about, `for` how long, and why.
pub(super) async fn add(State(page): State<Page>, form: Form) -> Result<Response, Failure> {
    let wish = NewSilence {
        watchlist: form.owned("watchlist"),
        rule: form.owned("rule"),
        entity: form.owned("entity"),
        feed: form.owned("feed"),
        query: form.owned("query"),
        duration: form.owned("for").unwrap_or_default(),
        comment: form.owned("comment").unwrap_or_default(),
    };
    let runtime = page.api.handle.live.load().runtime.clone();
    let sound = api_silences::check(&runtime, wish.clone()).map_err(Problem::from);
    let done = match sound {
        Ok(()) if form.is_sure() => api_silences::post(State(page.api.clone()), Json(wish)).await.map(drop),
        Ok(()) => return Ok(question(&form)?.into_response()),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(Redirect::to("/silences").into_response()),
        Err(Problem { status: 400, detail, .. }) => {
            let page = view(&page, false, |name| form.get(name), Some(detail)).await?;
            Ok((StatusCode::BAD_REQUEST, page).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

fn question(form: &Form) -> Result<Html<String>, Failure> {
    let named = FIELDS.iter().filter_map(|name| Some(format!("{name} {}", form.get(name)?)));
    let question = Question {
        what: format!("Silence {}?", named.collect::<Vec<_>>().join(", ")),
        consequence: "Alerts that it is about are stored, and sent nowhere.",
        button: "Silence",
        action: "/silences".to_owned(),
        back: "/silences",
    };
    question.ask(form)
}

/// `POST /silences/{id}/end`
pub(super) async fn end(State(page): State<Page>, Path(id): Path<String>, form: Form) -> Result<Response, Failure> {
    if !form.is_sure() {
        let question = Question {
            what: format!("End silence {id}?"),
            consequence: "Alerts that it is about are sent again from now on.",
            button: "End",
            action: format!("/silences/{}/end", segment(&id)),
            back: "/silences",
        };
        return Ok(question.ask(&form)?.into_response());
    }
    let _ = api_silences::delete(State(page.api), ApiPath(id)).await?;
    Ok(Redirect::to("/silences").into_response())
}
