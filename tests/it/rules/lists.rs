//! Compiling, linting and testing of whole watchlists; imports.
