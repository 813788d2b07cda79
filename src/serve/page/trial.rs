//! Trying a watchlist: an edited copy of its file is checked as one types, run over what is
//! stored, or explained on a text. The files stay the source of truth: nothing is written, the
//! result is copied or downloaded.

mod draft;
mod found;

use super::super::problem::Problem;
use super::super::segment;
use super::extract::Path;
use super::template::{self, Markup, Place};
use super::{Failure, Page};
use crate::config::draft::Draft;
use crate::daemon::backtest::Progress;
use crate::daemon::trial::Trouble;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use draft::{Action, Sent, Target};
use found::{Checked, Explained, Tested};
use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::json;
use std::convert::Infallible;
use tokio::sync::watch;

/// How far back a backtest may look: days, and what their button says.
const SPANS: [(u16, &str); 3] = [(1, "Last day"), (7, "Last 7 days"), (30, "Last 30 days")];

/// The page.
#[derive(Debug, Serialize)]
struct View<'a> {
    /// `None`: a new one.
    name: Option<&'a str>,
    /// Where it is looked at.
    own: Option<String>,
    /// Where forms go.
    action: String,
    /// As seen from the folder of the configuration.
    file: String,
    /// Some of its text is not shown.
    masked: bool,
    text: Markup,
    differs: bool,
    title: &'a str,
    body: &'a str,
    spans: [(u16, &'static str); 3],
    others: Vec<Other>,
    problem: Option<String>,
    result: Option<Markup>,
}

/// Another watchlist.
#[derive(Debug, Serialize)]
struct Other {
    name: String,
    address: String,
}

/// `GET /try`: a new one, and those that are there.
pub(super) async fn fresh(State(page): State<Page>) -> Result<Html<String>, Failure> {
    let target = Target::fresh(&page);
    let sent = Sent::of(&target);
    view(&page, &target, &sent, None, None)
}

/// `GET /try/{watchlist}`
pub(super) async fn one(State(page): State<Page>, Path(name): Path<String>) -> Result<Html<String>, Failure> {
    let target = Target::named(&page, &name).await?;
    let sent = Sent::of(&target);
    view(&page, &target, &sent, None, None)
}

/// `POST /try`
pub(super) async fn try_fresh(State(page): State<Page>, sent: Sent) -> Result<Response, Failure> {
    let target = Target::fresh(&page);
    answer(page, target, sent).await
}

/// `POST /try/{watchlist}`
pub(super) async fn try_one(
    State(page): State<Page>,
    Path(name): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let target = Target::named(&page, &name).await?;
    answer(page, target, sent).await
}

fn view(
    page: &Page,
    target: &Target,
    sent: &Sent,
    problem: Option<String>,
    result: Option<Markup>,
) -> Result<Html<String>, Failure> {
    let live = page.api.handle.live.load();
    let lists = live.runtime.watchlists.lists().iter().map(|list| list.name.clone());
    let others = lists.filter(|name| Some(name) != target.name.as_ref());
    let view = View {
        name: target.name.as_deref(),
        own: target.name.as_ref().map(|name| format!("/watchlists/{}", segment(name))),
        action: target.name.as_ref().map_or_else(|| super::TRY.to_owned(), |name| address(name)),
        file: target.file.strip_prefix(page.api.handle.trials.folder()).unwrap_or(&target.file).display().to_string(),
        masked: target.masked,
        text: Markup::verbatim(&sent.text),
        differs: target.differs(sent),
        title: &sent.title,
        body: &sent.body,
        spans: SPANS,
        others: others.map(|name| Other { address: address(&name), name }).collect(),
        problem,
        result,
    };
    let title = target.name.as_ref().map_or_else(|| "Try a watchlist".to_owned(), |name| format!("Try {name}"));
    Ok(template::page(Place::at("try", &title, page.is_writable()), "try.html", &view)?)
}

fn address(name: &str) -> String {
    format!("{}/{}", super::TRY, segment(name))
}

/// Does what was asked: for the script, the result alone; else a page with it.
async fn answer(page: Page, target: Target, sent: Sent) -> Result<Response, Failure> {
    if sent.part {
        return Ok(part(page, target, sent).await.unwrap_or_else(|Failure(problem)| problem.into_response()));
    }
    let result = match sent.action {
        Action::Check => check(&page, &target, &sent).await.and_then(|checked| checked.markup()),
        Action::Explain => explain(&page, &target, &sent).await,
        Action::Backtest(days) => backtest(page.clone(), target.draft(&sent), days, |_| ()).await,
        Action::Download => return Ok(download(&target, sent.text)),
    };
    match result {
        Ok(result) => Ok(view(&page, &target, &sent, None, Some(result))?.into_response()),
        // What was typed is not to be lost.
        Err(Failure(problem)) if problem.status == StatusCode::TOO_MANY_REQUESTS => {
            let page = view(&page, &target, &sent, Some(problem.detail), None)?;
            Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response())
        }
        Err(failure) => Err(failure),
    }
}

/// The result alone.
async fn part(page: Page, target: Target, sent: Sent) -> Result<Response, Failure> {
    match sent.action {
        Action::Check => {
            let checked = check(&page, &target, &sent).await?;
            Ok(Json(checked.told(target.differs(&sent))?).into_response())
        }
        Action::Explain => Ok(Html(explain(&page, &target, &sent).await?.html()).into_response()),
        Action::Backtest(days) => follow(page, target.draft(&sent), days).await,
        Action::Download => Ok(download(&target, sent.text)),
    }
}

fn download(target: &Target, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{}\"", target.file_name());
    let head = [
        (header::CONTENT_TYPE, "application/toml; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (head, text).into_response()
}

async fn check(page: &Page, target: &Target, sent: &Sent) -> Result<Checked, Failure> {
    let found = page.api.handle.trials.check(target.draft(sent)).await.map_err(failed)?;
    Ok(Checked::new(&found, &target.file))
}

async fn explain(page: &Page, target: &Target, sent: &Sent) -> Result<Markup, Failure> {
    let (title, body) = (sent.title.clone(), sent.body.clone());
    let explained = page.api.handle.trials.look(target.draft(sent), |edited| Explained::new(edited, title, body)).await;
    match explained {
        Ok(explained) => Ok(Markup::of("explained.html", &explained?)?),
        Err(Trouble::Bad(found)) => Checked::new(&found, &target.file).markup(),
        Err(trouble) => Err(failed(trouble)),
    }
}

async fn backtest(
    page: Page,
    draft: Draft,
    days: u16,
    progress: impl FnMut(Progress) + Send,
) -> Result<Markup, Failure> {
    let (handle, file) = (&page.api.handle, draft.file.clone());
    let since = SignedDuration::from_hours(24 * i64::from(days));
    match handle.trials.backtest(&handle.store, draft, since, progress).await {
        Ok((tested, notes)) => Ok(Markup::of("tested.html", &Tested::new(tested, notes, days)?)?),
        Err(Trouble::Bad(found)) => Checked::new(&found, &file).markup(),
        Err(trouble) => Err(failed(trouble)),
    }
}

/// A backtest as lines of JSON: how far it is, at last its result. It ends where nobody
/// listens any more.
async fn follow(page: Page, draft: Draft, days: u16) -> Result<Response, Failure> {
    let mut events = Box::pin(events(page, draft, days));
    // What is refused at once is refused with its status.
    let first = match events.next().await {
        Some(Event::Done(Err(failure))) => return Err(failure),
        first => first,
    };
    let lines = stream::iter(first).chain(events).map(|event| Ok::<_, Infallible>(event.line()));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson"), NGINX], Body::from_stream(lines)).into_response())
}

/// nginx would collect lines before it passes them on.
const NGINX: (header::HeaderName, &str) = (header::HeaderName::from_static("x-accel-buffering"), "no");

enum Event {
    At(Progress),
    Done(Result<Markup, Failure>),
}

impl Event {
    fn line(self) -> Bytes {
        let told = match self {
            Self::At(Progress { done, whole }) => json!({ "done": done, "whole": whole }),
            Self::Done(Ok(result)) => json!({ "html": result.html() }),
            Self::Done(Err(Failure(Problem { detail, .. }))) => json!({ "problem": detail }),
        };
        format!("{told}\n").into()
    }
}

fn events(page: Page, draft: Draft, days: u16) -> impl Stream<Item = Event> + Send {
    let (tell, told) = watch::channel(Progress { done: 0, whole: 0 });
    let work = Box::pin(backtest(page, draft, days, move |progress| {
        tell.send_replace(progress);
    }));
    stream::unfold(Some((work, told)), async |state| {
        let (mut work, mut told) = state?;
        tokio::select! {
            biased;
            result = &mut work => Some((Event::Done(result), None)),
            Ok(()) = told.changed() => {
                let progress = *told.borrow_and_update();
                Some((Event::At(progress), Some((work, told))))
            }
        }
    })
}

fn failed(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Busy(reason) => Failure::new(StatusCode::TOO_MANY_REQUESTS, reason),
        Trouble::Failed(error) => error.into(),
        // Where it is no result by itself.
        Trouble::Bad(_) => Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "the watchlist is bad"),
    }
}
