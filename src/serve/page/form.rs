//! What a person sends by a form, and the one question before something changes.

use super::Failure;
use super::template::{self, Place};
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;
use url::form_urlencoded;

/// The most bytes of a form.
const MOST: usize = 256 << 10;

/// The field by which a person says that it is meant.
const SURE: &str = "sure";

/// The fields of a form, in its order; those that are left empty are not there.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// The first field of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// All fields of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// A field as it goes on to the API.
    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// Whether the person was asked, and is sure.
    pub(super) fn is_sure(&self) -> bool {
        self.get(SURE) == Some("yes")
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Response> {
        let body = to_bytes(request.into_body(), MOST).await;
        let large = |_| Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "this form is too large").into_response();
        let pairs = form_urlencoded::parse(&body.map_err(large)?)
            .map(|(name, value)| (name.into_owned(), value.trim().to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Ok(Self(pairs))
    }
}

/// What is asked before something changes.
#[derive(Debug, Serialize)]
pub(super) struct Question<'a> {
    /// What is asked.
    pub(super) what: String,
    /// What will be so.
    pub(super) consequence: &'a str,
    /// What the button says that does it.
    pub(super) button: &'a str,
    /// Where it is sent.
    pub(super) action: String,
    /// Where to go back to.
    pub(super) back: &'a str,
}

impl Question<'_> {
    /// Asks; who is sure sends the same form again.
    pub(super) fn ask(&self, form: &Form) -> Result<Html<String>, Failure> {
        #[derive(Serialize)]
        struct View<'a> {
            #[serde(flatten)]
            question: &'a Question<'a>,
            fields: &'a [(String, String)],
            sure: &'a str,
        }
        let view = View { question: self, fields: &form.0, sure: SURE };
        let here = self.back.trim_start_matches('/');
        Ok(template::page(Place::at(here, "Are you sure?", true), "confirm.html", &view)?)
    }
}
