//! The lint of a rule's condition, by its parsed form.

use super::cover::{covers, covers_list};
use super::{Linter, looks_like_operator, never_found, short_prefix, superfluous};
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
    pub(super) fn rule(&mut self, definition: &Definition, rule: &RuleDefinition) {
        let Ok(expr) = parse(&rule.when.value) else { return };
        let languages = definition.languages.as_deref();
        RuleLinter { linter: self, when: &rule.when, languages }.visit(&expr, Company::Alone);
    }
}

struct RuleLinter<'a> {
    linter: &'a mut Linter,
    when: &'a At<String>,
    languages: Option<&'a [At<String>]>,
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

    /// In a list of `OR`, a term that another one covers adds nothing.
    fn alternatives(&mut self, parts: &[Expr]) {
        let terms: Vec<_> = parts.iter().filter_map(|part| Some((part, as_term(part)?))).collect();
        let values: Vec<_> = terms.iter().map(|(_, term)| term).collect();
        for (special, general) in covers_list(&values) {
            if let Some(((part, special), (_, general))) = terms.get(special).zip(terms.get(general)) {
                let finding = superfluous(special, general);
                self.warn(&part.span, finding.message, finding.help);
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
        let excluded = parts.iter().filter_map(|part| match &part.kind {
            ExprKind::Not(inner) => Some(inner.as_ref()),
            _ => None,
        });
        for part in excluded.flat_map(alternatives_of) {
            let Some(general) = as_term(part) else { continue };
            if let Some((_, special)) = wanted.iter().find(|(_, special)| covers(&general, special)) {
                let message =
                    format!("this can never match: {:?} is found wherever {:?} is", general.text, special.text);
                self.warn(&part.span, message, "remove it, or use NOT NEAR/n");
            }
        }
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

/// The parts of an `OR`, or the expression itself.
fn alternatives_of(expr: &Expr) -> &[Expr] {
    match &expr.kind {
        ExprKind::Or(parts) => parts,
        _ => std::slice::from_ref(expr),
    }
}

fn asks_for_a_term(expr: &Expr) -> bool {
    !matches!(expr.kind, ExprKind::Not(_) | ExprKind::Feed(_) | ExprKind::Lang(_))
}
