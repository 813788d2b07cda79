//! Signatures by the Standard Webhooks specification
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>):
//! HMAC-SHA256 over `ID.TIMESTAMP.BODY`, with a secret of 24 to 64 random bytes
//! written as `whsec_` and base64.

use crate::config::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;

const PREFIX: &str = "whsec_";
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;
const HELP: &str = "a secret is `whsec_` and the base64 of 24 to 64 random bytes; \
                    make one with: echo \"whsec_$(head -c 32 /dev/urandom | base64)\"";

/// A signing secret, ready to sign. `Debug` shows none of it.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

/// Why a secret cannot sign. Holds nothing of the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretError {
    /// What is wrong, without a final stop.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
}

impl SigningKey {
    /// Reads a secret; white space around it (the newline of a file) does not count.
    ///
    /// # Errors
    /// Where it is not `whsec_` and the base64 of 24 to 64 bytes, as stock
    /// libraries would then refuse to verify with it.
    pub fn new(secret: &Secret) -> Result<Self, SecretError> {
        let text = secret.expose().trim();
        let encoded = text.strip_prefix(PREFIX).ok_or_else(|| {
            SecretError::new(if text.is_empty() {
                "the signing secret is empty"
            } else {
                "the signing secret does not begin with `whsec_`"
            })
        })?;
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| SecretError::new("what follows `whsec_` in the signing secret is not base64 with padding"))?;
        if !LENGTHS.contains(&bytes.len()) {
            return Err(SecretError::new(&format!("the signing secret has {} bytes, not 24 to 64", bytes.len())));
        }
        // HMAC takes a key of any length.
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| SecretError::new("the signing secret cannot be used"))
    }

    /// One signature: `v1,` and the base64 of the MAC.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The value of `webhook-signature`: one signature for each key, separated by
/// spaces, so that a receiver finds the one it knows while secrets rotate.
/// `timestamp` is in seconds since 1970.
#[must_use]
pub fn header(keys: &[SigningKey], id: &str, timestamp: i64, body: &[u8]) -> String {
    let signatures: Vec<String> = keys.iter().map(|key| key.sign(id, timestamp, body)).collect();
    signatures.join(" ")
}

impl SecretError {
    fn new(message: &str) -> Self {
        Self { message: message.to_owned(), help: HELP }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}
