//! What `backtest` shows a person: a line with a small chart for each rule, then samples.

use crate::cli::output;
use crate::engine::backtest::{Report, RuleReport, Sample};
use crate::sink::in_context;
use crate::sink::pretty::{self, Look};
use crate::sink::terminal::Span;
use crate::text::count::count;
use anstyle::{AnsiColor, Effects, Style};
use jiff::civil::Date;
use std::fmt::Write as _;

const PLAIN: Style = Style::new();
const STRONG: Style = Style::new().effects(Effects::BOLD);
const DIM: Style = Style::new().effects(Effects::DIMMED);
const NEW: Style = AnsiColor::Green.on_default();
const GONE: Style = AnsiColor::Red.on_default();

/// Columns of a rule's name, of each count, and of the greatest day behind the chart.
const NAME: usize = 26;
const COUNT: usize = 7;
const PEAK: usize = 9;

/// The bars of a chart, lowest first; a day without an alert is a dot.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Samples that are shown of each sort.
const SHOWN: usize = 3;

/// Of how many rules each has samples, also where nothing is new or gone.
const FEW: usize = 8;

/// The whole of it. `edited`: one watchlist was asked for.
pub(super) fn report(report: &Report, edited: bool, look: &Look) -> String {
    let chart = Chart::new(report, look);
    let mut text = heading(report, &chart, look);
    let (told, silent): (Vec<_>, Vec<_>) =
        report.rules.iter().partition(|rule| edited || rule.alerts + rule.gone + rule.fired > 0);
    let mut list = None;
    for rule in &told {
        if list != Some(&rule.watchlist) {
            text.push_str(&pretty::paragraph("", &[Span::new(&rule.watchlist, STRONG)], "", look));
            list = Some(&rule.watchlist);
        }
        text.push_str(&line(rule, &chart, look));
    }
    if !silent.is_empty() {
        let rules =
            format!("{} that never fire{}", count(silent.len(), "rule"), if silent.len() == 1 { "s" } else { "" });
        text.push_str(&pretty::paragraph("", &[Span::new(&format!("and {rules}"), DIM)], "", look));
    }
    let few = told.len() <= FEW;
    for rule in told {
        text.push_str(&samples(rule, few, look));
    }
    text
}

fn heading(report: &Report, chart: &Chart, look: &Look) -> String {
    let total = report.alerts;
    let what = format!("{} with {} of text", count(report.items, "item"), size(report.bytes));
    let days = match (report.days.first(), report.days.last()) {
        (Some(first), Some(last)) => format!(", {} to {}", short(*first), short(*last)),
        _ => String::new(),
    };
    let alerts = count(total.alerts, "alert");
    let totals = format!(": {alerts}, {} new, {} gone", total.new, total.gone);
    let bar = if chart.days == 1 { "a bar is a day".to_owned() } else { format!("a bar is {} days", chart.days) };
    let columns = format!("{:NAME$}  {:>COUNT$}{:>COUNT$}{:>COUNT$}  {bar}", "", "alerts", "new", "gone");
    let mut text = pretty::paragraph("", &[Span::new(&(what + &days + &totals), PLAIN)], "  ", look);
    text.push('\n');
    // A paragraph would fold its spaces.
    let _ = writeln!(text, "{columns}");
    text
}

/// A rule: its counts, and its chart.
fn line(rule: &RuleReport, chart: &Chart, look: &Look) -> String {
    let name = if rule.present { rule.rule.clone() } else { format!("{} (no more)", rule.rule) };
    let count = |count: u64, style: Style| {
        let style = if count == 0 || look.colour == pretty::Colour::Never { PLAIN } else { style };
        format!("{style}{count:>COUNT$}{style:#}")
    };
    format!(
        "  {}{}{}{}  {}\n",
        output::fit(&name, NAME),
        count(rule.alerts, PLAIN),
        count(rule.new, NEW),
        count(rule.gone, GONE),
        chart.draw(&rule.by_day)
    )
}

/// How days are drawn.
struct Chart {
    /// Days in a bar.
    days: usize,
}

impl Chart {
    fn new(report: &Report, look: &Look) -> Self {
        let room = look.width.saturating_sub(2 + NAME + 3 * COUNT + 2 + PEAK).max(7);
        Self { days: report.days.len().div_ceil(room).max(1) }
    }

    /// The bars, and the greatest of them in numbers.
    fn draw(&self, by_day: &[u64]) -> String {
        let sums: Vec<u64> = by_day.chunks(self.days).map(|days| days.iter().sum()).collect();
        let most = sums.iter().copied().max().unwrap_or(0);
        if most == 0 {
            return String::new();
        }
        let bars = BARS.len() as u64;
        let bar = |sum: &u64| match sum {
            0 => '·',
            sum => {
                let height = (sum * bars).div_ceil(most).saturating_sub(1);
                usize::try_from(height).ok().and_then(|height| BARS.get(height)).copied().unwrap_or('█')
            }
        };
        format!("{} max {most}", sums.iter().map(bar).collect::<String>())
    }
}

/// The samples of a rule: what is new and gone, and where neither is, what it alerts on.
fn samples(rule: &RuleReport, few: bool, look: &Look) -> String {
    let of = &rule.samples;
    let sorts = [("new", rule.new, &of.new, NEW), ("gone", rule.gone, &of.gone, GONE)];
    let mut sorts: Vec<_> = sorts.into_iter().filter(|(_, count, ..)| *count > 0).collect();
    if sorts.is_empty() && few && rule.alerts > 0 {
        sorts.push(("alerts", rule.alerts, &of.alerts, PLAIN));
    }
    let mut text = String::new();
    for (sort, count, samples, style) in sorts {
        let shown = samples.len().min(SHOWN);
        let of = if count > shown as u64 { format!(" (the latest {shown} of {count})") } else { String::new() };
        let title = [
            Span::new(sort, style.effects(Effects::BOLD)),
            Span::new(&format!(" in {} / {}", rule.watchlist, rule.rule), STRONG),
            Span::new(&of, DIM),
        ];
        text.push('\n');
        text.push_str(&pretty::paragraph("", &title, "  ", look));
        for sample in samples.iter().take(shown) {
            text.push_str(&one(sample, look));
        }
    }
    text
}

/// A sample: its date, its title and its feed, and where what was found is not in the title,
/// the words around it.
fn one(sample: &Sample, look: &Look) -> String {
    let time = look.zone.to_datetime(sample.time).strftime("%b %d %H:%M").to_string();
    let mut spans = vec![Span::new(&time, DIM), Span::new(" ", PLAIN)];
    let title = if sample.title.is_empty() { "(no title)" } else { &sample.title };
    spans.extend(pretty::highlighted(title, sample.mark().into_iter().collect(), PLAIN, look));
    spans.push(Span::new(&format!(" ({})", sample.feed), DIM));
    let mut text = pretty::paragraph("  ", &spans, "    ", look);
    if let (Some(found), None) = (&sample.found, sample.mark()) {
        let mut spans = vec![Span::new(&format!("{}: ", found.field.name()), DIM)];
        let marks = in_context(&found.context, &found.text, found.start);
        spans.extend(pretty::highlighted(&found.context, marks.into_iter().collect(), PLAIN, look));
        text.push_str(&pretty::paragraph("    ", &spans, "      ", look));
    }
    text
}

fn short(day: Date) -> String {
    day.strftime("%b %d").to_string()
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
