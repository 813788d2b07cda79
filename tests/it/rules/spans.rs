//! What holds of everything that the parser of conditions says.

use newswatch::watchlist::query::{Expr, ExprKind, parse};

/// Whatever comes out points at characters of the string.
pub(super) fn check_spans(when: &str) {
    match parse(when) {
        Ok(expr) => check_expr(when, &expr),
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(when.get(error.span.clone()).is_some(), "{error:?}");
            }
        }
    }
}

fn check_expr(when: &str, expr: &Expr) {
    assert!(when.get(expr.span.clone()).is_some_and(|text| !text.is_empty()), "{expr:?}");
    match &expr.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) | ExprKind::AtLeast(_, parts) => {
            for part in parts {
                check_expr(when, part);
            }
        }
        ExprKind::In(_, inner) | ExprKind::Not(inner) | ExprKind::Count(inner, _) => check_expr(when, inner),
        ExprKind::Near(_, left, right) => {
            assert!(left.has_position() && right.has_position());
            check_expr(when, left);
            check_expr(when, right);
        }
        _ => {}
    }
}
