//! Parsing of conditions: binding, spans, mistakes.

use newswatch::watchlist::query::{Expr, ExprKind, Reach, Relation, parse};
use newswatch::watchlist::term::Case;

/// An expression with all its parentheses, operators first.
fn show(expr: &Expr) -> String {
    let list = |name: &str, parts: &[Expr]| {
        let parts: Vec<_> = parts.iter().map(show).collect();
        format!("({name} {})", parts.join(" "))
    };
    match &expr.kind {
        ExprKind::Term { text, case: Case::Exact } => format!("={text}"),
        ExprKind::Term { text, .. } if text.contains(' ') => format!("{text:?}"),
        ExprKind::Term { text, .. } => text.clone(),
        ExprKind::Entity(id) => format!("@{id}"),
        ExprKind::EntityType(kind) => format!("@type:{kind}"),
        ExprKind::AnyEntity => "@any".to_owned(),
        ExprKind::Group(name) => format!("${name}"),
        ExprKind::Keywords => "$keywords".to_owned(),
        ExprKind::In(field, inner) => format!("{}:{}", field.name(), show(inner)),
        ExprKind::Feed(feed) => format!("feed:{feed}"),
        ExprKind::Lang(tag) => format!("lang:{tag}"),
        ExprKind::And(parts) => list("and", parts),
        ExprKind::Or(parts) => list("or", parts),
        ExprKind::Not(inner) => format!("(not {})", show(inner)),
        ExprKind::Near(proximity, left, right) => {
            let relation = match proximity.relation {
                Relation::Together => "",
                Relation::InOrder => "o",
                Relation::Apart => "not-",
            };
            let reach = match proximity.reach {
                Reach::Words(words) => format!("near/{words}"),
                Reach::Sentence => "sent".to_owned(),
                Reach::Paragraph => "para".to_owned(),
            };
            format!("({relation}{reach} {} {})", show(left), show(right))
        }
        ExprKind::AtLeast(least, parts) => list(&format!("of-{least}"), parts),
        ExprKind::Count(inner, least) => format!("(count-{least} {})", show(inner)),
    }
}

#[test]
fn conditions_are_parsed_by_the_order_of_binding() {
    for (when, expect) in [
        ("sabotage", "sabotage"),
        ("  \"Storm  Shadow\"\n", "\"Storm  Shadow\""),
        ("“MI6 chief”", "\"MI6 chief\""),
        (r#""the \"boss\"""#, r#""the \"boss\"""#),
        ("incend*", "incend*"),
        ("=Apple OR =\"Apple Pay\"", "(or =Apple =Apple Pay)"),
        ("AT&T OR C++ OR 12:30 OR 2024", "(or AT&T C++ 12:30 2024)"),
        ("@mi6 AND @type:person AND @any", "(and @mi6 @type:person @any)"),
        ("$weapons OR $keywords", "(or $weapons $keywords)"),
        ("a OR b AND c", "(or a (and b c))"),
        ("a AND b OR c AND d", "(or (and a b) (and c d))"),
        ("(a OR b) AND c", "(and (or a b) c)"),
        ("a NOT b", "(and a (not b))"),
        ("a AND NOT b NOT c", "(and a (not b) (not c))"),
        ("a OR b NOT c", "(or a (and b (not c)))"),
        ("a NOT NOT b", "(and a (not (not b)))"),
        ("a AND NOT b NEAR/3 c", "(and a (not (near/3 b c)))"),
        ("a AND b NEAR/3 c OR d", "(or (and a (near/3 b c)) d)"),
        ("a NEAR/3 b NEAR/5 c", "(near/5 (near/3 a b) c)"),
        ("a NEAR/3 (b ONEAR/5 c)", "(near/3 a (onear/5 b c))"),
        ("a NOT NEAR/4 b", "(not-near/4 a b)"),
        ("a NOT SENT b NOT PARA c", "(not-para (not-sent a b) c)"),
        ("a SENT b PARA c", "(para (sent a b) c)"),
        ("(a OR b) NEAR/40 (@x OR @type:y)", "(near/40 (or a b) (or @x @type:y))"),
        ("2 OF (a, \"b c\", d OR e)", "(of-2 a \"b c\" (or d e))"),
        ("2 OF ($weapons)", "(of-2 $weapons)"),
        ("3 OF (title:@any)", "(of-3 title:@any)"),
        ("COUNT(a) >= 3 AND b", "(and (count-3 a) b)"),
        ("COUNT(a OR b)>=12", "(count-12 (or a b))"),
        ("title:\"live blog\"", "title:\"live blog\""),
        ("title:(a OR b) AND body:c", "(and title:(or a b) body:c)"),
        ("title:=Apple OR title:=\"Apple Pay\"", "(or title:=Apple title:=Apple Pay)"),
        ("author:@mi6 OR category:$x OR link:gchq", "(or author:@mi6 category:$x link:gchq)"),
        ("a AND feed:bbc-* NOT feed:tag:world", "(and a feed:bbc-* (not feed:tag:world))"),
        ("a AND feed:(bbc OR \"tag:uk\")", "(and a (or feed:bbc feed:tag:uk))"),
        ("a AND lang:en", "(and a lang:en)"),
        ("title:a NEAR/2 b", "(near/2 title:a b)"),
        ("(a) NOT (b)", "(and a (not b))"),
    ] {
        let parsed = parse(when).unwrap_or_else(|errors| panic!("{when}: {errors:?}"));
        assert_eq!(show(&parsed), expect, "{when}");
    }
}

/// Every error of `when`: the characters it is about, its message, its help.
fn errors(when: &str) -> Vec<String> {
    let errors = parse(when).err().unwrap_or_default();
    let line = |span: std::ops::Range<usize>| when.get(span).unwrap().to_owned();
    errors
        .into_iter()
        .map(|error| format!("[{}] {} / {}", line(error.span), error.message, error.help.unwrap_or_default()))
        .collect()
}

#[test]
fn every_mistake_is_named_at_its_characters() {
    for (when, expect) in [
        ("", &["[] this condition is empty / write what the rule looks for"][..]),
        ("   ", &["[   ] this condition is empty / write what the rule looks for"]),
        (
            "storm shadow AND b",
            &["[storm shadow] several words without quotes / \
               write \"storm shadow\" for the phrase, or join the words with AND, OR or NEAR/n"],
        ),
        (
            "a and b",
            &["[and] and is no operator / \
               write AND (operators are upper case), or put the word in quotes if it is meant itself"],
        ),
        (
            "a or b not c",
            &[
                "[or] or is no operator / write OR (operators are upper case), or put the word in quotes if it is meant itself",
                "[not] not is no operator / write NOT (operators are upper case), or put the word in quotes if it is meant itself",
            ],
        ),
        (
            "a near/5 b",
            &["[near/5] near/5 is no operator / \
               write NEAR/5 (operators are upper case), or put the word in quotes if it is meant itself"],
        ),
        (
            "a NEAR b",
            &["[NEAR] NEAR is no operator / write NEAR/10 (a number of 1 or more) (operators are upper case), \
               or put the word in quotes if it is meant itself"],
        ),
        (
            "a AND",
            &[
                "[] something is missing at the end / write a term, \"a phrase\", @entity, $group or a parenthesis there",
            ],
        ),
        (
            "AND a",
            &[
                "[AND] AND needs something to its left / write a term, \"a phrase\", @entity, $group or a parenthesis there",
            ],
        ),
        ("a AND ()", &["[()] these parentheses are empty / write what the rule looks for"]),
        ("(a OR b", &["[(] this parenthesis is never closed / put a closing parenthesis"]),
        ("a OR b)", &["[)] this parenthesis was never opened / remove it, or put an opening one"]),
        ("a \"b", &["[\"b] this quote is never closed / put a closing quote after the phrase"]),
        ("\"a\" \"b\"", &["[\"b\"] an operator is missing here / put AND, OR or NEAR/n before it"]),
        ("\"\" OR a", &["[\"\"] an empty term finds nothing / write a word, a phrase or a prefix*"]),
        ("a OR *", &["[*] an empty term finds nothing / write a word, a phrase or a prefix*"]),
        ("tittle:a", &["[tittle] there is no field tittle / did you mean title:?"]),
        (
            "http://x.org",
            &["[http] there is no field http / fields are title, body, author, category, link, feed, lang; \
               put a text with a colon in quotes"],
        ),
        ("title: a", &["[title:] title: stands before nothing / write title:word or title:(…)"]),
        (
            "title:(body:a)",
            &["[(body:a)] a field inside another field finds nothing / close the parenthesis before it"],
        ),
        ("3 OF (a, b)", &["[3] 3 OF a list of 2 can never hold / ask for 2 or fewer, or add to the list"]),
        ("0 OF (a, b)", &["[0] 0 is no number of 1 or more / write 2 OF (a, b, c)"]),
        ("COUNT(a) > 3", &["[>] COUNT(…) is compared by >= / write COUNT(term) >= 3"]),
        ("COUNT(a) >= 0", &["[0] COUNT(…) >= needs a number of 1 or more / write COUNT(term) >= 3"]),
        (
            "a NEAR/5 (b AND c)",
            &["[(b AND c)] AND has no position, so that no distance to it can be measured / \
               here may stand terms, entities and groups, joined by OR or by NEAR/n; \
               write (a NEAR/n c) AND (b NEAR/n c)"],
        ),
        (
            "a, b",
            &[
                "[,] a comma separates only the list of n OF (a, b, c) / put a text with a comma in quotes, or join with OR",
            ],
        ),
        ("@ OR a", &["[@] @ names no entity / write @id, @type:person or @any"]),
        ("a NOT ONEAR/3 b", &["[NOT ONEAR/3] NOT ONEAR is no operator / use NOT NEAR/n, or NOT (a ONEAR/n b)"]),
    ] {
        assert_eq!(errors(when), expect, "{when}");
    }
}

#[test]
fn what_has_no_position_and_operators_in_lower_case_are_refused() {
    for (when, expect) in [
        ("a NEAR/5 (NOT b)", "[(NOT b)] NOT has no position, so that no distance to it can be measured"),
        ("a SENT (2 OF (b, c))", "[(2 OF (b, c))] n OF has no position, so that no distance to it can be measured"),
        (
            "a PARA (COUNT(b) >= 2)",
            "[(COUNT(b) >= 2)] COUNT has no position, so that no distance to it can be measured",
        ),
        ("a NOT NEAR/5 feed:b", "[feed:b] feed: has no position, so that no distance to it can be measured"),
        ("lang:en ONEAR/5 a", "[lang:en] lang: has no position, so that no distance to it can be measured"),
        ("COUNT(a AND b) >= 2", "[(a AND b)] AND has no position, so that there is nothing to count"),
        ("COUNT(NOT a) >= 2", "[(NOT a)] NOT has no position, so that there is nothing to count"),
        ("a sent b", "[sent] sent is no operator / write SENT"),
        ("a onear/2 b", "[onear/2] onear/2 is no operator / write ONEAR/2"),
        ("2 of (a, b)", "[of] of is no operator / write OF"),
        ("count(a) >= 2", "[count] count is no operator / write COUNT"),
        ("a NEAR/0 b", "[NEAR/0] NEAR/0 is no operator / write NEAR/10 (a number of 1 or more)"),
    ] {
        let [error] = &*errors(when) else { panic!("{when}: {:?}", errors(when)) };
        assert!(error.starts_with(expect), "{when}: {error}");
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = |n: usize| format!("{}a{}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&deep(30)).is_ok());
    assert!(parse(&deep(100_000)).is_err());
    assert!(parse(&"NOT ".repeat(100_000)).is_err());
    assert!(parse(&format!("a{}", " NEAR/3 a".repeat(100_000))).is_err());
    assert!(parse(&format!("a{}", " OR a".repeat(10_000))).is_ok());
}
