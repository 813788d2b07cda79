//! Where the parser stands: the tokens still to come, and the errors so far.

use super::operator::{FIELDS, Operator, meant_operator, operator};
use super::token::{Token, TokenKind};
use super::{MAX_NESTING, Proximity, QueryError, Relation};
use std::ops::Range;

/// The tokens of a condition, taken one by one.
pub(super) struct Cursor {
    tokens: Vec<Token>,
    next: usize,
    end: usize,
    nesting: usize,
    pub(super) errors: Vec<QueryError>,
}

impl Cursor {
    /// At the beginning of a string of `end` bytes.
    pub(super) fn new(tokens: Vec<Token>, end: usize) -> Self {
        Self { tokens, next: 0, end, nesting: 0, errors: Vec::new() }
    }

    pub(super) fn peek(&self) -> Option<&TokenKind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    pub(super) fn peek_word(&self) -> Option<&str> {
        self.word_at(self.next)
    }

    /// The bytes of the next token; empty at the end.
    pub(super) fn here(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.end..self.end, |token| token.span.clone())
    }

    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    pub(super) fn take(&mut self, kind: &TokenKind) -> Option<Range<usize>> {
        let span = self.here();
        (self.peek() == Some(kind)).then(|| {
            self.next += 1;
            span
        })
    }

    /// A phrase that begins at byte `start`: its text and its end.
    pub(super) fn take_phrase_at(&mut self, start: usize) -> Option<(String, usize)> {
        let token = self.tokens.get(self.next).filter(|token| token.span.start == start)?;
        let TokenKind::Phrase(text) = &token.kind else { return None };
        let found = (text.clone(), token.span.end);
        self.next += 1;
        Some(found)
    }

    /// The next word, if it can be nothing but one more word of a phrase without quotes.
    pub(super) fn peek_bare_word(&self) -> Option<&str> {
        let word = self.peek_word()?;
        let special = word.starts_with(['=', '@', '$'])
            || word.split_once(':').is_some_and(|(name, _)| FIELDS.contains(&name))
            || operator(word).is_some()
            || meant_operator(word).is_some()
            || (word.eq_ignore_ascii_case("COUNT") && self.is_open(self.next + 1))
            || (is_number(word) && self.list_follows(self.next + 1));
        (!special).then_some(word)
    }

    /// Whether `OF`, in upper case or before a parenthesis, comes next.
    pub(super) fn at_list(&self) -> bool {
        self.list_follows(self.next)
    }

    pub(super) fn at_open(&self) -> bool {
        self.is_open(self.next)
    }

    fn list_follows(&self, index: usize) -> bool {
        self.word_at(index).is_some_and(|of| of == "OF" || (of == "of" && self.is_open(index + 1)))
    }

    fn is_open(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == TokenKind::Open)
    }

    fn word_at(&self, index: usize) -> Option<&str> {
        match &self.tokens.get(index)?.kind {
            TokenKind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether the next word is an operator.
    pub(super) fn at_operator(&self) -> bool {
        self.peek_word().and_then(operator).is_some()
    }

    /// Whether the next word is the operator, or was meant as it. At the very
    /// beginning a word in lower case is a word.
    pub(super) fn at(&self, wanted: Operator) -> bool {
        let Some(word) = self.peek_word() else { return false };
        operator(word) == Some(wanted)
            || (self.next > 0 && meant_operator(word).is_some_and(|(operator, _)| operator == wanted))
    }

    /// Takes the operator, or what was meant as it: then with an error.
    pub(super) fn take_operator(&mut self, wanted: Operator) -> bool {
        let found = self.at(wanted);
        if found {
            self.check_spelling();
            self.next += 1;
        }
        found
    }

    /// Takes a proximity operator; `NOT NEAR/n` is one.
    pub(super) fn take_proximity(&mut self) -> Option<(Proximity, Range<usize>)> {
        let start = self.here().start;
        let negated = self.at(Operator::Not);
        let word = self.word_at(self.next + usize::from(negated))?;
        let meant = operator(word).or_else(|| meant_operator(word).map(|(operator, _)| operator));
        let Some(Operator::Near(relation, reach)) = meant else { return None };
        if negated {
            self.check_spelling();
            self.next += 1;
        }
        self.check_spelling();
        let span = start..self.here().end;
        self.next += 1;
        if negated && relation == Relation::InOrder {
            let help = "use NOT NEAR/n, or NOT (a ONEAR/n b)";
            self.errors.push(QueryError::new(span.clone(), "NOT ONEAR is no operator", help));
        }
        let relation = if negated { Relation::Apart } else { relation };
        Some((Proximity { relation, reach }, span))
    }

    /// Complains of an operator that is not spelt as one.
    fn check_spelling(&mut self) {
        let Some(word) = self.peek_word() else { return };
        if let Some((_, spelling)) = meant_operator(word) {
            let message = format!("{word} is no operator");
            self.misspelt(self.here(), message, &spelling);
        }
    }

    pub(super) fn misspelt(&mut self, span: Range<usize>, message: String, spelling: &str) {
        let help =
            format!("write {spelling} (operators are upper case), or put the word in quotes if it is meant itself");
        self.errors.push(QueryError::new(span, message, help));
    }

    /// One level deeper, if there is one.
    pub(super) fn descend(&mut self) -> Option<()> {
        if self.nesting == MAX_NESTING {
            let message = format!("nested more than {MAX_NESTING} deep");
            return self.fail(self.here(), message, "split the rule, or move a part into [terms]");
        }
        self.nesting += 1;
        Some(())
    }

    pub(super) fn ascend(&mut self) {
        self.nesting -= 1;
    }

    /// After something complete: only the end may follow.
    pub(super) fn expect_end(&mut self) {
        let span = self.here();
        let error = match self.peek() {
            None => return,
            Some(TokenKind::Close) => {
                QueryError::new(span, "this parenthesis was never opened", "remove it, or put an opening one")
            }
            Some(TokenKind::Comma) => stray_comma(span),
            Some(TokenKind::Compare(_)) => stray_comparison(span),
            Some(_) => QueryError::new(span, "an operator is missing here", "put AND, OR or NEAR/n before it"),
        };
        self.errors.push(error);
    }

    pub(super) fn fail<T>(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.errors.push(QueryError::new(span, message, help));
        None
    }
}

pub(super) fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn stray_comma(span: Range<usize>) -> QueryError {
    let help = "put a text with a comma in quotes, or join with OR";
    QueryError::new(span, "a comma separates only the list of n OF (a, b, c)", help)
}

pub(super) fn stray_comparison(span: Range<usize>) -> QueryError {
    QueryError::new(span, "a comparison belongs after COUNT(…)", "write COUNT(term) >= 3")
}
