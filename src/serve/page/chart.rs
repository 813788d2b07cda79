//! Charts of how often something happened on each day, as pictures that need no script:
//! bars, said in words as well.

use super::super::problem::Problem;
use super::template::{Markup, grouped};
use jiff::civil::Date;
use serde::Serialize;

/// Units of a day's place and of the highest bar.
const DAY: usize = 10;
const HEIGHT: u64 = 100;

/// How large a chart is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Size {
    /// As wide as the page.
    Large,
    /// In a row of a table.
    Small,
}

/// What the template draws.
#[derive(Debug, Serialize)]
struct Chart {
    size: Size,
    /// All of it in words.
    said: String,
    width: usize,
    /// Of each day on which anything happened.
    bars: Vec<Bar>,
}

#[derive(Debug, Serialize)]
struct Bar {
    x: usize,
    y: u64,
    height: u64,
    said: String,
}

/// A chart of `counts`, one for each of `days`; `what` names what is counted.
///
/// # Errors
/// See [`super::template::part`].
pub(super) fn chart(what: &str, days: &[Date], counts: &[u64], size: Size) -> Result<Markup, Problem> {
    let most = counts.iter().copied().max().unwrap_or(0);
    let (mut bars, mut highest) = (Vec::new(), None);
    for (place, (date, count)) in days.iter().zip(counts).enumerate().filter(|(_, (_, count))| **count > 0) {
        // Whatever happened is seen, beside however much.
        let height = (HEIGHT * count).div_ceil(most).max(3);
        bars.push(Bar { x: place * DAY + 1, y: HEIGHT - height, height, said: format!("{date}: {}", grouped(*count)) });
        if *count == most {
            highest = Some(date);
        }
    }
    let said = match highest {
        None => format!("{what}: none in {} days", days.len()),
        Some(date) => format!(
            "{what}: {} in {} days, the most on {date}: {}",
            grouped(counts.iter().sum()),
            days.len(),
            grouped(most)
        ),
    };
    Markup::of("chart.html", &Chart { size, said, width: days.len() * DAY, bars })
}
