//! When a delivery is tried again, and when a sink is left alone: the backoff
//! and the breaker, pure.
