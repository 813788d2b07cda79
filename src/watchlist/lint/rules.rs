//! The lint of a rule's condition, by its parsed form.

use super::choices::{Choice, Names, covered};
use super::cover::covers;
use super::{Linter, looks_like_operator, never_found, short_prefix};
use crate::watchlist::definition::{At, Definition, Problem, RuleDefinition};
use crate::watchlist::filter::primary_subtag;
use crate::watchlist::query::{Expr, ExprKind, parse};
use crate::watchlist::term::Term;
use std::ops::Range;

/// Whether a term can fire the rule with no other term present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    Alone,
    Beside,
}

impl Linter {
    /// A condition that cannot be parsed is left to the compiler.
    pub(super) fn rule(&mut self, definition: &Definition, rule: &RuleDefinition, names: &Names<'_>) {
        let Ok(expr) = parse(&rule.when.value) else { return };
        let languages = definition.languages.as_deref();
        RuleLinter { linter: self, when: &rule.when, languages, names }.visit(&expr, Company::Alone);
    }
}

struct RuleLinter<'a> {
    linter: &'a mut Linter,
    when: &'a At<String>,
    languages: Option<&'a [At<String>]>,
    names: &'a Names<'a>,
}

impl RuleLinter<'_> {
    fn warn(&mut self, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let warning = Problem::warning(&self.when.pos, message).within(span.clone()).help(help);
        self.linter.warnings.push(warning);
    }

    fn visit(&mut self, expr: &Expr, company: Company) {
        match &expr.kind {
            ExprKind::Term { .. } => self.term(expr, company),
            ExprKind::In(_, inner) | ExprKind::Count(inner, _) => self.visit(inner, company),
            ExprKind::Not(inner) => self.visit(inner, Company::Beside),
            ExprKind::And(parts) => {
                self.conjunction(parts);
                let needing = parts.iter().filter(|part| asks_for_a_term(part)).count();
                let inside = if needing > 1 { Company::Beside } else { company };
                self.visit_all(parts, inside);
            }
            ExprKind::Or(parts) => {
                self.alternatives(parts);
                self.visit_all(parts, company);
            }
            ExprKind::AtLeast(least, parts) => {
                self.repeated(parts);
                let inside = if *least > 1 { Company::Beside } else { company };
                self.visit_all(parts, inside);
            }
            ExprKind::Near(_, left, right) => {
                self.fields(expr, left, right);
                self.visit(left, Company::Beside);
                self.visit(right, Company::Beside);
            }
            ExprKind::Lang(tag) => self.language(tag, &expr.span),
            _ => {}
        }
    }

    fn visit_all(&mut self, parts: &[Expr], company: Company) {
        for part in parts {
            self.visit(part, company);
        }
    }

    fn term(&mut self, expr: &Expr, company: Company) {
        let Some(term) = as_term(expr) else { return };
        let common = self.linter.common_word(&term).filter(|_| company == Company::Alone);
        let findings = [common.or_else(|| short_prefix(&term)), looks_like_operator(&term.text), never_found(&term)];
        for finding in findings.into_iter().flatten() {
            self.warn(&expr.span, finding.message, finding.help);
        }
    }

    /// In a list of `OR`, a term that another part covers adds nothing.
    fn alternatives(&mut self, parts: &[Expr]) {
        let choices: Vec<_> = parts.iter().filter_map(|part| self.names.choices(part, None)).flatten().collect();
        // Of two that are written alike the later is superfluous.
        let later = |special: &Choice<'_>, general: &Choice<'_>| {
            !general.is_like(special) || !general.is_written() || general.part.span.start < special.part.span.start
        };
        let pairs = covered(&choices, |special, general| {
            special.is_written() && general.part.span != special.part.span && later(special, general)
        });
        for (special, general) in pairs {
            let again = general.is_written() && general.is_like(special);
            let found = if general.is_written() {
                format!("{:?}", general.term.text)
            } else {
                self.written(general.part).to_owned()
            };
            let message =
                if again { "it is there twice".to_owned() } else { format!("{found} is found wherever it is") };
            let message = format!("{:?} is superfluous: {message}", special.term.text);
            self.warn(&special.part.span, message, "remove it");
        }
    }

    /// The same twice in a list of which several must hold.
    fn repeated(&mut self, parts: &[Expr]) {
        for (index, part) in parts.iter().enumerate() {
            if parts.iter().take(index).any(|before| before.kind == part.kind) {
                let message = format!("{} is superfluous: it is there twice", self.written(part));
                self.warn(&part.span, message, "remove it: different ones are counted");
            }
        }
    }

    /// In a list of `AND`, a term that covers another one adds nothing, and
    /// excluded it leaves nothing.
    fn conjunction(&mut self, parts: &[Expr]) {
        let wanted: Vec<_> = parts.iter().filter_map(|part| Some((part, as_term(part)?))).collect();
        for (index, (part, general)) in wanted.iter().enumerate() {
            let special = wanted.iter().enumerate().find(|&(other, (_, special))| {
                other != index && covers(general, special) && (special != general || other < index)
            });
            if let Some((_, (_, special))) = special {
                let message = format!("{:?} is superfluous: it is found wherever {:?} is", general.text, special.text);
                self.warn(&part.span, message, "remove it");
            }
        }
        let required: Vec<_> = parts.iter().flat_map(|part| self.names.required(part, None)).collect();
        for part in parts {
            if let ExprKind::Not(excluded) = &part.kind {
                self.exclusion(&required, excluded);
            }
        }
        self.one_language(parts);
    }

    /// Where everything that could satisfy a part is excluded, nothing is left.
    fn exclusion(&mut self, required: &[Vec<Choice<'_>>], excluded: &Expr) {
        let Some(choices) = self.names.choices(excluded, None) else { return };
        let is_excluded = |choice: &Choice<'_>| excluded.span.contains(&choice.part.span.start);
        for wanted in required {
            let all: Vec<_> = wanted.iter().chain(&choices).cloned().collect();
            let pairs = covered(&all, |special, general| !is_excluded(special) && is_excluded(general));
            let Some((special, general)) = pairs.first().filter(|_| pairs.len() == wanted.len()) else { continue };
            let message = match pairs.as_slice() {
                [_] => format!(
                    "this can never match: {:?} is found wherever {:?} is",
                    general.term.text, special.term.text
                ),
                _ => "this can never match: it excludes all that it asks for".to_owned(),
            };
            return self.warn(&general.part.span, message, "remove it, or use NOT NEAR/n");
        }
    }

    fn written(&self, part: &Expr) -> &str {
        self.when.value.get(part.span.clone()).unwrap_or_default()
    }

    /// A distance is measured in one field.
    fn fields(&mut self, expr: &Expr, left: &Expr, right: &Expr) {
        if let (ExprKind::In(left, _), ExprKind::In(right, _)) = (&left.kind, &right.kind)
            && left != right
        {
            let message = format!("this can never match: {} and {} are different fields", left.name(), right.name());
            self.warn(&expr.span, message, "join them with AND");
        }
    }

    /// An item has one language.
    fn one_language(&mut self, parts: &[Expr]) {
        let tags = parts.iter().filter_map(|part| match &part.kind {
            ExprKind::Lang(tag) => Some((tag, &part.span)),
            _ => None,
        });
        let tags: Vec<_> = tags.collect();
        for (tag, span) in tags.iter().skip(1) {
            if tags.first().is_some_and(|(first, _)| primary_subtag(first) != primary_subtag(tag)) {
                self.warn(span, "this can never match: an item is in one language", "join them with OR");
            }
        }
    }

    fn language(&mut self, tag: &str, span: &Range<usize>) {
        let Some(languages) = self.languages else { return };
        if !languages.iter().any(|known| primary_subtag(&known.value) == primary_subtag(tag)) {
            let message = format!("this can never match: {tag} is not among the languages of the watchlist");
            self.warn(span, message, "add it to languages, or remove it here");
        }
    }
}

fn as_term(expr: &Expr) -> Option<Term> {
    match &expr.kind {
        ExprKind::Term { text, case } => Some(Term { case: *case, ..Term::new(text.as_str()) }),
        _ => None,
    }
}

fn asks_for_a_term(expr: &Expr) -> bool {
    !matches!(expr.kind, ExprKind::Not(_) | ExprKind::Feed(_) | ExprKind::Lang(_))
}
