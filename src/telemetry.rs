//! Logs: tracing to stderr, with journald priorities under systemd.
