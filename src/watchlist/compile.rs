//! Definitions to [`super::Watchlists`]: names become ids, terms become one
//! automaton, and every mistake becomes a [`super::definition::Problem`].
