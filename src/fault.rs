//! Where tests break things: named points at which the process ends, or what is
//! done there fails. With the `failpoints` feature only; a plain build has none.
//!
//! `tests/it/crash.rs` ends the process at every [`crash_point`], `tests/it/faults.rs`
//! lets every [`io_point`] fail and [`clock_point`] go wrong; both read the sources for
//! names that they do not know.

use std::io;

/// Where the process ends, with a `return` configured for `name`.
#[cfg_attr(not(feature = "failpoints"), expect(unused_variables, reason = "a plain build has no fail points"))]
pub(crate) fn crash_point(name: &str) {
    fail::fail_point!(name, |_| std::process::abort());
}

/// How many seconds a clock is wrong by, with a `return(SECONDS)` configured for `name`.
#[cfg_attr(not(feature = "failpoints"), expect(unused_variables, reason = "a plain build has no fail points"))]
pub(crate) fn clock_point(name: &str) -> i64 {
    fail::fail_point!(name, |seconds| seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or_default());
    0
}

/// What fails with an error of the system, with a `return(ERRNO)` configured for `name`.
#[cfg_attr(
    not(feature = "failpoints"),
    expect(unused_variables, clippy::unnecessary_wraps, reason = "a plain build has no fail points")
)]
pub(crate) fn io_point(name: &str) -> io::Result<()> {
    fail::fail_point!(name, |errno| {
        let errno = errno.and_then(|errno| errno.parse().ok()).unwrap_or_default();
        Err(io::Error::from_raw_os_error(errno))
    });
    Ok(())
}
