//! What is tried: the file that is edited, and what a person sends of it.

use super::super::{Failure, Page};
use crate::config;
use crate::config::draft::{Draft, Imports};
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use std::path::PathBuf;
use url::form_urlencoded;

/// The most bytes of a text that is edited here. What is longer is a list, which is imported.
const MOST: usize = 1 << 20;

/// The most bytes of a form: it writes many characters as three.
const FORM: usize = 4 << 20;

/// What a new watchlist begins with.
const FRESH: &str = "\
# Words, phrases, and beginnings with a final *.
keywords = [\"undersea cable*\", \"cable sabotage\"]
";

/// The file that is edited.
#[derive(Debug)]
pub(super) struct Target {
    /// The watchlist; `None`: a new one.
    pub(super) name: Option<String>,
    pub(super) file: PathBuf,
    /// It as it stands on disk, as far as it may be shown.
    pub(super) text: String,
    /// Some of it may not.
    pub(super) masked: bool,
    /// What it may import.
    imports: Imports,
}

impl Target {
    /// One that is not there yet.
    pub(super) fn fresh(page: &Page) -> Self {
        let file = page.api.handle.trials.folder().join("watchlists/untitled.toml");
        Self { name: None, file, text: FRESH.to_owned(), masked: false, imports: imports(page) }
    }

    /// The watchlist of that name.
    pub(super) async fn named(page: &Page, name: &str) -> Result<Self, Failure> {
        let live = page.api.handle.live.load_full();
        let Some(file) = live.watchlist_files.get(name) else {
            return Err(Failure::new(StatusCode::NOT_FOUND, format!("there is no watchlist {name:?}")));
        };
        let not =
            |why: &str| Failure::new(StatusCode::CONFLICT, format!("{} cannot be edited here: {why}", file.display()));
        let size = tokio::fs::metadata(file).await.map_err(|error| not(&error.to_string()))?.len();
        if size > MOST as u64 {
            return Err(not(&format!("it has more than {} MiB; what is so long is better imported", MOST >> 20)));
        }
        let bytes = tokio::fs::read(file).await.map_err(|error| not(&error.to_string()))?;
        let text = lines(String::from_utf8(bytes).map_err(|_| not("it is no UTF-8"))?);
        let shown = config::shown(&text);
        let (file, masked) = (file.clone(), shown != text);
        Ok(Self { name: Some(name.to_owned()), file, text: shown, masked, imports: imports(page) })
    }

    /// What a person sends, as what stands in for the file.
    pub(super) fn draft(&self, sent: &Sent) -> Draft {
        Draft { file: self.file.clone(), text: sent.text.clone(), imports: self.imports.clone() }
    }

    /// Whether what is sent is another text than that of the file.
    pub(super) fn differs(&self, sent: &Sent) -> bool {
        self.name.is_some() && sent.text != self.text
    }

    /// A name for what is downloaded.
    pub(super) fn file_name(&self) -> String {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
    }
}

fn imports(page: &Page) -> Imports {
    Imports::Only(page.api.handle.live.load().imports.to_vec())
}

/// Lines end as in a file of Unix: forms send them as CR LF.
fn lines(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n") } else { text }
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Check,
    /// Over so many days.
    Backtest(u16),
    Explain,
    Download,
}

impl Action {
    fn named(name: &str) -> Option<Self> {
        match name {
            "check" => Some(Self::Check),
            "explain" => Some(Self::Explain),
            "download" => Some(Self::Download),
            _ => {
                let days = name.strip_prefix("last-")?.parse().ok()?;
                super::SPANS.iter().any(|(span, _)| *span == days).then_some(Self::Backtest(days))
            }
        }
    }
}

/// What a person sends.
#[derive(Debug)]
pub(in crate::serve::page) struct Sent {
    pub(super) text: String,
    pub(super) action: Action,
    /// The script asks: the result alone is wanted.
    pub(super) part: bool,
    /// The text to explain.
    pub(super) title: String,
    pub(super) body: String,
}

impl Sent {
    /// As it is before anything was sent.
    pub(super) fn of(target: &Target) -> Self {
        let (title, body) = (String::new(), String::new());
        Self { text: target.text.clone(), action: Action::Check, part: false, title, body }
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Response> {
        let refuse = |status, why: String| Failure::new(status, why).into_response();
        let large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, format!("a watchlist may have {} MiB here", MOST >> 20));
        let body = to_bytes(request.into_body(), FORM).await.map_err(|_| large())?;
        let mut fields: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
        let mut take = |name: &str| {
            let field = fields.iter_mut().find(|(it, _)| it == name);
            lines(field.map(|(_, value)| std::mem::take(value)).unwrap_or_default())
        };
        let action = Action::named(&take("action"));
        let action =
            action.ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "action: expected one of the buttons".into()))?;
        let sent =
            Self { text: take("text"), action, part: take("part") == "1", title: take("title"), body: take("body") };
        if sent.text.len() > MOST {
            return Err(large());
        }
        Ok(sent)
    }
}
