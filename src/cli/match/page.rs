//! What `match` shows a person: the alerts, and each rule as a tree of what holds
//! and what does not.

use crate::engine::alert::Alert;
use crate::sink::payload::{self, TextMode};
use crate::sink::pretty::{self, Look};
use crate::sink::terminal::Span;
use crate::text::count::count;
use crate::watchlist::Watchlists;
use crate::watchlist::explain::{Explanation, RuleExplanation};
use crate::watchlist::rule::Truth;
use anstyle::{AnsiColor, Effects, Style};
use std::path::Path;

const PLAIN: Style = Style::new();
const STRONG: Style = Style::new().effects(Effects::BOLD);
const DIM: Style = Style::new().effects(Effects::DIMMED);

/// Beyond this depth a tree is indented no further.
const DEEPEST: usize = 12;

/// The file that alerts come from.
pub(super) fn heading(file: &Path, look: &Look) -> String {
    pretty::paragraph("", &[Span::new(&file.display().to_string(), STRONG)], "  ", look)
}

/// The alerts of one item.
pub(super) fn alerts(alerts: &[Alert], look: &Look) -> String {
    alerts.iter().map(|alert| pretty::alert(&payload::envelope(alert, "match", TextMode::Full), look)).collect()
}

/// Of how many rules each is shown, also where nothing of it is found.
const FEW: usize = 12;

/// Every rule, and why it fires or does not. Of many, unless they were `asked` for, those of
/// which nothing is found are counted only.
pub(super) fn why(watchlists: &Watchlists, rules: &[RuleExplanation], asked: bool, look: &Look) -> String {
    let mut text = String::new();
    if !rules.iter().any(RuleExplanation::fires) {
        text.push_str("nothing fires\n\n");
    }
    let all = asked || rules.len() <= FEW;
    let (shown, bare): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| all || rule.condition.touches());
    for rule in shown {
        let list = watchlists.list_of(rule.rule).map_or("", |list| &list.name);
        let id = watchlists.rules().get(rule.rule.0 as usize).map_or("", |rule| &rule.id);
        let truth = rule.truth();
        let title = [Span::new(&format!("{list} / {id}: "), STRONG), Span::new(verdict(truth), style(truth))];
        text.push_str(&pretty::paragraph("", &title, "  ", look));
        for part in rule.filters.iter().chain([&rule.condition]) {
            tree(&mut text, part, 1, look);
        }
    }
    if !bare.is_empty() {
        let message =
            format!("and {} of which nothing is found (--watchlist NAME shows them)", count(bare.len(), "rule"));
        text.push_str(&pretty::paragraph("", &[Span::new(&message, DIM)], "  ", look));
    }
    text
}

fn tree(text: &mut String, node: &Explanation, depth: usize, look: &Look) {
    let indent = " ".repeat(2 * depth.min(DEEPEST));
    let mark = match node.truth {
        Truth::True => "+",
        Truth::False => "-",
        Truth::Unchecked => "?",
    };
    // A condition may be written on several lines.
    let words = node.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut spans = vec![Span::new(mark, style(node.truth)), Span::new(&format!(" {words}"), PLAIN)];
    if !node.why.is_empty() {
        spans.push(Span::new(&format!(" ({})", node.why), DIM));
    }
    text.push_str(&pretty::paragraph(&indent, &spans, &format!("{indent}    "), look));
    for part in &node.parts {
        tree(text, part, depth + 1, look);
    }
}

fn verdict(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unchecked => "unchecked",
    }
}

fn style(truth: Truth) -> Style {
    let colour = match truth {
        Truth::True => AnsiColor::Green,
        Truth::False => AnsiColor::Red,
        Truth::Unchecked => AnsiColor::Yellow,
    };
    colour.on_default()
}
