//! The stdout sink: `pretty` for people, `json` lines for programs, `journal`
//! lines with priority prefixes.

/// `[stdout.NAME]`, compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Config {
    /// How alerts are written.
    pub format: Format,
}

/// How alerts are written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Pretty,
    /// The payload, one document a line.
    Json,
    /// One line with a syslog priority prefix (`<4>`), for journald.
    Journal,
}
