//! The `newswatch` program: arguments, logs, exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    newswatch::cli::main()
}
