//! The files that pages need besides themselves: part of the binary, and kept by browsers
//! until they change.

use super::Failure;
use super::extract::Path;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// Below it: the assets. They tell nothing of what is watched, and are given to everyone.
pub(super) const ASSETS: &str = "/assets/";

/// A file.
#[derive(Debug)]
pub(super) struct Asset {
    name: &'static str,
    media_type: &'static str,
    content: &'static str,
    /// The beginning of its SHA-256, in hexadecimal.
    version: String,
}

/// How everything looks.
pub(super) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style.css", "text/css; charset=utf-8", include_str!("assets/style.css")));

/// What keeps a page live.
pub(super) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("page.js", "text/javascript; charset=utf-8", include_str!("assets/page.js")));

/// What checks a watchlist as one types.
pub(super) static TRY: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("try.js", "text/javascript; charset=utf-8", include_str!("assets/try.js")));

/// The editor, which is not ours: `vendor/` says whose it is.
pub(super) static CODEMIRROR: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("codemirror.js", "text/javascript; charset=utf-8", include_str!("vendor/codemirror.js"))
});

/// The sign in a browser's tab.
pub(super) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")));

impl Asset {
    fn new(name: &'static str, media_type: &'static str, content: &'static str) -> Self {
        let version = hex(&Sha256::digest(content)).chars().take(16).collect();
        Self { name, media_type, content, version }
    }

    /// The address that changes with the content.
    pub(super) fn address(&self) -> String {
        format!("{ASSETS}{}?v={}", self.name, self.version)
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /assets/{name}`
pub(super) async fn get(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(asset) = [&STYLE, &SCRIPT, &TRY, &CODEMIRROR, &ICON].into_iter().find(|asset| asset.name == name) else {
        return Err(Failure::new(StatusCode::NOT_FOUND, "there is no such file"));
    };
    // The address of another version gives this one, and is not to be kept for it.
    let exact = query.is_some_and(|query| query.strip_prefix("v=") == Some(&asset.version));
    let keep = if exact { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("\"{}\"", asset.version);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let same = known.is_some_and(|known| known.split(',').any(|it| it.trim().trim_start_matches("W/") == tag));
    let kept = [(header::CACHE_CONTROL, keep.to_owned()), (header::ETAG, tag)];
    if same {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    Ok((kept, [(header::CONTENT_TYPE, asset.media_type)], asset.content).into_response())
}
