//! What handlers take out of a request; what cannot be taken is a [`Problem`].

use super::problem::Problem;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{self, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// A JSON body.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

/// The query of the URL.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

/// What the path names.
#[derive(Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let taken: Result<extract::Json<T>, JsonRejection> = extract::Json::from_request(request, state).await;
        taken.map(|it| Self(it.0)).map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let taken: Result<extract::Query<T>, QueryRejection> = extract::Query::from_request_parts(parts, state).await;
        taken.map(|it| Self(it.0)).map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let taken: Result<extract::Path<T>, PathRejection> = extract::Path::from_request_parts(parts, state).await;
        taken.map(|it| Self(it.0)).map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))
    }
}
