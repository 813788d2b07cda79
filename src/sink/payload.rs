//! The wire format: the alert, version 1, as `docs/webhooks.md` describes it.
