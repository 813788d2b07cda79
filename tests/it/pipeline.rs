//! Feed and watchlist in, alerts out.
