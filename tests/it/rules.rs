//! The rule language: parsing, evaluation, explanation.
