//! From `[listen]` to where the API listens, and what it asks of its callers.

use super::Listen;
use super::credentials::{Fetched, Vault};
use super::file::Listen as Section;
use super::problem::error;
use super::secret::Secret;
use reqwest::header::HeaderValue;

/// Compiles the section; `None` where it is bad.
pub(super) fn compile(section: &Section, vault: &mut Vault<'_>) -> Option<Listen> {
    let address = section.address.0.as_ref()?;
    let Some(origin) = &section.token.0 else {
        if address.value.0.ip().is_loopback() {
            return Some(Listen { address: address.value.0, token: None });
        }
        let help = "set `token_file`, `token_env` or `token_credential`, or listen on 127.0.0.1".to_owned();
        let message = format!("{} is not loopback: whoever reaches it would need no token", address.value.0);
        vault.problems.push(error(&address.pos, message, Some(help)));
        return None;
    };
    let token = match vault.fetch(origin) {
        Fetched::Known(token) => token,
        // Only who serves must know it.
        Fetched::Absent => Secret::new("unknown"),
        Fetched::Failed => return None,
    };
    if !is_sendable(token.expose()) {
        let help = "use letters, digits and punctuation: `openssl rand -hex 32` makes one".to_owned();
        vault.problems.push(error(
            &origin.pos,
            "this cannot be sent as a token: it has spaces or other signs",
            Some(help),
        ));
        return None;
    }
    Some(Listen { address: address.value.0, token: Some(token) })
}

/// Whether callers can show it in a header, where white space ends it.
fn is_sendable(token: &str) -> bool {
    HeaderValue::from_str(token).is_ok() && token.chars().all(|c| c.is_ascii_graphic())
}
