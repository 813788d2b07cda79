//! Tokens to an [`Expr`], by recursive descent. The proximity operators bind
//! closest, then `NOT`, `AND`, `OR`.

use super::cursor::{Cursor, is_number, stray_comma, stray_comparison};
use super::operator::{FIELDS, Operator};
use super::token::{TokenKind, tokenize};
use super::{Expr, ExprKind, MAX_CHAIN, QueryError};
use crate::watchlist::suggest::did_you_mean;
use crate::watchlist::term::{Case, Field};
use std::ops::Range;

/// See [`super::parse`].
pub(super) fn parse(when: &str) -> Result<Expr, Vec<QueryError>> {
    let tokens = tokenize(when).map_err(|error| vec![error])?;
    if tokens.is_empty() {
        return Err(vec![QueryError::new(0..when.len(), "this condition is empty", "write what the rule looks for")]);
    }
    let mut parser = Parser { cursor: Cursor::new(tokens, when.len()), filter: None };
    let parsed = parser.or();
    if parsed.is_some() {
        parser.cursor.expect_end();
    }
    let mut errors = parser.cursor.errors;
    errors.sort_by_key(|error| error.span.start);
    parsed.filter(|_| errors.is_empty()).ok_or(errors)
}

/// What the words inside `feed:(…)` or `lang:(…)` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    Feed,
    Lang,
}

struct Parser {
    cursor: Cursor,
    filter: Option<Filter>,
}

/// Every rule of the grammar gives `None` after an error that nothing can follow.
impl Parser {
    fn or(&mut self) -> Option<Expr> {
        let mut parts = vec![self.and()?];
        while self.cursor.take_operator(Operator::Or) {
            parts.push(self.and()?);
        }
        Some(join(parts, ExprKind::Or))
    }

    fn and(&mut self) -> Option<Expr> {
        let mut parts = vec![self.not()?];
        // `a NOT b` is `a AND NOT b`.
        while self.cursor.at(Operator::Not) || self.cursor.take_operator(Operator::And) {
            parts.push(self.not()?);
        }
        Some(join(parts, ExprKind::And))
    }

    fn not(&mut self) -> Option<Expr> {
        let start = self.cursor.here().start;
        if !self.cursor.take_operator(Operator::Not) {
            return self.proximity();
        }
        let inner = self.nested(Self::not)?;
        let span = start..inner.span.end;
        Some(Expr { kind: ExprKind::Not(Box::new(inner)), span })
    }

    fn proximity(&mut self) -> Option<Expr> {
        let mut left = self.primary()?;
        let mut operators = 0;
        while let Some((proximity, operator)) = self.cursor.take_proximity() {
            operators += 1;
            if operators > MAX_CHAIN {
                return self.cursor.fail(
                    operator,
                    format!("more than {MAX_CHAIN} proximity operators follow each other"),
                    "split the rule, or group with parentheses",
                );
            }
            let right = self.primary()?;
            self.check_position(&left, "no distance to it can be measured");
            self.check_position(&right, "no distance to it can be measured");
            let span = left.span.start..right.span.end;
            left = Expr { kind: ExprKind::Near(proximity, Box::new(left), Box::new(right)), span };
        }
        Some(left)
    }

    fn primary(&mut self) -> Option<Expr> {
        let span = self.cursor.here();
        match self.cursor.peek().cloned() {
            None => self.missing_operand(span, "something is missing at the end"),
            Some(TokenKind::Open) => self.group(span),
            Some(TokenKind::Phrase(text)) => {
                self.cursor.advance();
                self.term(text, Case::Smart, span)
            }
            Some(TokenKind::Word(word)) if self.cursor.at_operator() => {
                self.missing_operand(span, format!("{word} needs something to its left"))
            }
            Some(TokenKind::Word(word)) => {
                self.cursor.advance();
                self.word(&word, span)
            }
            Some(TokenKind::Close) => self.missing_operand(span, "something is missing before this parenthesis"),
            Some(TokenKind::Comma) => self.stop(stray_comma(span)),
            Some(TokenKind::Compare(_)) => self.stop(stray_comparison(span)),
        }
    }

    fn group(&mut self, open: Range<usize>) -> Option<Expr> {
        self.cursor.advance();
        if let Some(close) = self.cursor.take(&TokenKind::Close) {
            return self.cursor.fail(
                open.start..close.end,
                "these parentheses are empty",
                "write what the rule looks for",
            );
        }
        let inner = self.nested(Self::or)?;
        let close = self.close(open.clone())?;
        Some(Expr { kind: inner.kind, span: open.start..close.end })
    }

    /// The closing parenthesis, after something complete.
    fn close(&mut self, open: Range<usize>) -> Option<Range<usize>> {
        if let Some(close) = self.cursor.take(&TokenKind::Close) {
            return Some(close);
        }
        if self.cursor.peek().is_some() {
            self.cursor.expect_end();
            return None;
        }
        self.cursor.fail(open, "this parenthesis is never closed", "put a closing parenthesis")
    }

    /// A word that stands where a term may stand; its token is taken.
    fn word(&mut self, word: &str, span: Range<usize>) -> Option<Expr> {
        if let Some(filter) = self.filter {
            return self.filter_value(filter, word, span);
        }
        if let Some((name, value)) = word.split_once(':').filter(|(name, _)| is_field_name(name)) {
            return self.field(name, value, span);
        }
        if let Some(text) = word.strip_prefix('=') {
            return self.exact(text, span);
        }
        if let Some(name) = word.strip_prefix('@') {
            return self.entity(name, span);
        }
        if let Some(name) = word.strip_prefix('$') {
            return self.named_group(name, span);
        }
        if is_number(word) && self.cursor.at_list() {
            return self.at_least(word, span);
        }
        if word.eq_ignore_ascii_case("COUNT") && self.cursor.at_open() {
            return self.count(word, span);
        }
        self.bare(word, Case::Smart, span)
    }

    fn exact(&mut self, text: &str, span: Range<usize>) -> Option<Expr> {
        if !text.is_empty() {
            return self.bare(text, Case::Exact, span);
        }
        match self.cursor.take_phrase_at(span.end) {
            Some((phrase, end)) => self.term(phrase, Case::Exact, span.start..end),
            None => self.cursor.fail(span, "= stands before nothing", "write =Apple or =\"Apple Pay\""),
        }
    }

    fn entity(&mut self, name: &str, span: Range<usize>) -> Option<Expr> {
        let kind = match name.strip_prefix("type:") {
            Some("") => return self.cursor.fail(span, "@type: names no type", "write @type:person"),
            Some(kind) => ExprKind::EntityType(kind.to_owned()),
            None if name.is_empty() => {
                return self.cursor.fail(span, "@ names no entity", "write @id, @type:person or @any");
            }
            None if name == "any" => ExprKind::AnyEntity,
            None => ExprKind::Entity(name.to_owned()),
        };
        Some(Expr { kind, span })
    }

    fn named_group(&mut self, name: &str, span: Range<usize>) -> Option<Expr> {
        let kind = match name {
            "" => {
                return self.cursor.fail(span, "$ names no group", "write $name for a group of [terms], or $keywords");
            }
            "keywords" => ExprKind::Keywords,
            _ => ExprKind::Group(name.to_owned()),
        };
        Some(Expr { kind, span })
    }

    /// `name:` and what is searched there: `value`, or what follows without a space.
    fn field(&mut self, name: &str, value: &str, span: Range<usize>) -> Option<Expr> {
        let name_span = span.start..span.start + name.len();
        let value_span = name_span.end + 1..span.end;
        let filter = match name {
            "feed" => Some(Filter::Feed),
            "lang" => Some(Filter::Lang),
            _ => None,
        };
        let field = Field::ALL.into_iter().find(|field| field.name() == name);
        if filter.is_none() && field.is_none() {
            self.unknown_field(name, name_span.clone());
        }
        if value.is_empty() && self.cursor.here().start != span.end {
            return self.cursor.fail(
                span,
                format!("{name}: stands before nothing"),
                format!("write {name}:word or {name}:(…)"),
            );
        }
        let outer = std::mem::replace(&mut self.filter, filter);
        let inner = self.nested(|parser| match value {
            "" => parser.primary(),
            _ => parser.word(value, value_span),
        });
        self.filter = outer;
        let inner = inner?;
        let span = span.start..inner.span.end;
        match field {
            Some(field) => {
                self.check_one_field(&inner);
                Some(Expr { kind: ExprKind::In(field, Box::new(inner)), span })
            }
            None => Some(Expr { kind: inner.kind, span }),
        }
    }

    fn unknown_field(&mut self, name: &str, span: Range<usize>) {
        let help = did_you_mean(name, FIELDS).map_or_else(
            || format!("fields are {}; put a text with a colon in quotes", FIELDS.join(", ")),
            |field| format!("did you mean {field}:?"),
        );
        self.cursor.errors.push(QueryError::new(span, format!("there is no field {name}"), help));
    }

    /// A field inside another could never match.
    fn check_one_field(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::In(..) => self.cursor.errors.push(QueryError::new(
                expr.span.clone(),
                "a field inside another field finds nothing",
                "close the parenthesis before it",
            )),
            ExprKind::And(parts) | ExprKind::Or(parts) | ExprKind::AtLeast(_, parts) => {
                for part in parts {
                    self.check_one_field(part);
                }
            }
            ExprKind::Not(inner) | ExprKind::Count(inner, _) => self.check_one_field(inner),
            ExprKind::Near(_, left, right) => {
                self.check_one_field(left);
                self.check_one_field(right);
            }
            _ => {}
        }
    }

    fn filter_value(&mut self, filter: Filter, value: &str, span: Range<usize>) -> Option<Expr> {
        if value.is_empty() {
            return self.cursor.fail(span, "an empty text stands here", "write a name, or leave it out");
        }
        let kind = match filter {
            Filter::Feed => ExprKind::Feed(value.to_owned()),
            Filter::Lang => ExprKind::Lang(value.to_owned()),
        };
        Some(Expr { kind, span })
    }

    fn at_least(&mut self, number: &str, span: Range<usize>) -> Option<Expr> {
        let Some(least) = number.parse::<usize>().ok().filter(|&n| n > 0) else {
            return self.cursor.fail(span, format!("{number} is no number of 1 or more"), "write 2 OF (a, b, c)");
        };
        if let Some(of) = self.cursor.peek_word().filter(|of| *of != "OF").map(str::to_owned) {
            self.cursor.misspelt(self.cursor.here(), format!("{of} is no operator"), "OF");
        }
        self.cursor.advance();
        let Some(open) = self.cursor.take(&TokenKind::Open) else {
            return self.cursor.fail(self.cursor.here(), "OF needs a list in parentheses", "write 2 OF (a, b, c)");
        };
        let mut parts = vec![self.nested(Self::or)?];
        while self.cursor.take(&TokenKind::Comma).is_some() {
            parts.push(self.nested(Self::or)?);
        }
        let close = self.close(open)?;
        let one_set = matches!(parts.as_slice(), [only] if only.is_set());
        if least > parts.len() && !one_set {
            self.cursor.errors.push(QueryError::new(
                span.clone(),
                format!("{least} OF a list of {} can never hold", parts.len()),
                format!("ask for {} or fewer, or add to the list", parts.len()),
            ));
        }
        Some(Expr { kind: ExprKind::AtLeast(least, parts), span: span.start..close.end })
    }

    fn count(&mut self, word: &str, span: Range<usize>) -> Option<Expr> {
        if word != "COUNT" {
            self.cursor.misspelt(span.clone(), format!("{word} is no operator"), "COUNT");
        }
        let open = self.cursor.here();
        let inner = self.group(open)?;
        self.check_position(&inner, "there is nothing to count");
        let after = self.cursor.here();
        match self.cursor.peek() {
            Some(TokenKind::Compare(sign)) if sign == ">=" => self.cursor.advance(),
            _ => return self.cursor.fail(after, "COUNT(…) is compared by >=", "write COUNT(term) >= 3"),
        }
        let number = self.cursor.here();
        let least = self.cursor.peek_word().and_then(|word| word.parse::<usize>().ok()).filter(|&n| n > 0);
        let Some(least) = least else {
            return self.cursor.fail(number, "COUNT(…) >= needs a number of 1 or more", "write COUNT(term) >= 3");
        };
        self.cursor.advance();
        Some(Expr { kind: ExprKind::Count(Box::new(inner), least), span: span.start..number.end })
    }

    /// A term without quotes; where more words follow, a phrase that lacks them.
    fn bare(&mut self, word: &str, case: Case, span: Range<usize>) -> Option<Expr> {
        let mut text = word.to_owned();
        let mut span = span;
        let mut words = 1;
        while let Some(next) = self.cursor.peek_bare_word().map(str::to_owned) {
            text = format!("{text} {next}");
            span.end = self.cursor.here().end;
            words += 1;
            self.cursor.advance();
        }
        if words > 1 {
            self.cursor.errors.push(QueryError::new(
                span.clone(),
                "several words without quotes",
                format!("write \"{text}\" for the phrase, or join the words with AND, OR or NEAR/n"),
            ));
        }
        self.term(text, case, span)
    }

    fn term(&mut self, text: String, case: Case, span: Range<usize>) -> Option<Expr> {
        if let Some(filter) = self.filter {
            return self.filter_value(filter, &text, span);
        }
        if text.chars().all(|c| c.is_whitespace() || c == '*') {
            return self.cursor.fail(span, "an empty term finds nothing", "write a word, a phrase or a prefix*");
        }
        Some(Expr { kind: ExprKind::Term { text, case }, span })
    }

    fn nested(&mut self, rule: impl FnOnce(&mut Self) -> Option<Expr>) -> Option<Expr> {
        self.cursor.descend()?;
        let parsed = rule(self);
        self.cursor.ascend();
        parsed
    }

    fn check_position(&mut self, expr: &Expr, what: &str) {
        let Some(part) = expr.without_position() else { return };
        let name = match part.kind {
            ExprKind::And(_) => "AND",
            ExprKind::Not(_) => "NOT",
            ExprKind::AtLeast(..) => "n OF",
            ExprKind::Count(..) => "COUNT",
            ExprKind::Feed(_) => "feed:",
            _ => "lang:",
        };
        self.cursor.errors.push(QueryError::new(
            part.span.clone(),
            format!("{name} has no position, so that {what}"),
            "here may stand terms, entities and groups, joined by OR or by NEAR/n; \
             write (a NEAR/n c) AND (b NEAR/n c)",
        ));
    }

    fn missing_operand(&mut self, span: Range<usize>, message: impl Into<String>) -> Option<Expr> {
        self.cursor.fail(span, message, "write a term, \"a phrase\", @entity, $group or a parenthesis there")
    }

    fn stop(&mut self, error: QueryError) -> Option<Expr> {
        self.cursor.errors.push(error);
        None
    }
}

/// One part as it is, several as a list.
fn join(mut parts: Vec<Expr>, list: impl FnOnce(Vec<Expr>) -> ExprKind) -> Expr {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let start = parts.first().map_or(0, |part| part.span.start);
    let end = parts.last().map_or(0, |part| part.span.end);
    Expr { kind: list(parts), span: start..end }
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
}
