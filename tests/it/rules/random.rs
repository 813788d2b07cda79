//! Random conditions on random texts, against an evaluator that is plain and slow.
