//! The real binary killed at every named point of the pipeline: nothing lost, nothing doubled in a file.
