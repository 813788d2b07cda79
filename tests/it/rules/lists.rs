//! Compiling, linting and testing of whole watchlists; imports.

use super::{at, compiled, entity, fired, messages, rule, sample, terms};
use newswatch::watchlist::compile::compile;
use newswatch::watchlist::definition::{Definition, Severity, TestDefinition};
use newswatch::watchlist::explain::{Explanation, explain};
use newswatch::watchlist::import::{Format, read};
use newswatch::watchlist::lint::lint;
use newswatch::watchlist::rule::Truth;
use newswatch::watchlist::self_test;
use newswatch::watchlist::term::{Document, Term};
use newswatch::watchlist::{Counts, EntityIx, FeedLabel, Origin, Scratch, WatchlistIx};

fn body(text: &str) -> Document<'_> {
    Document { body: text, ..Document::default() }
}

#[test]
fn a_watchlist_without_rules_fires_on_anything_of_its_own() {
    let library = Definition {
        name: at("people".to_owned(), 0),
        library: true,
        entities: vec![entity("putin", "person", &["Putin"])],
        ..Definition::default()
    };
    let watchlists = compiled(&[sample(&[]), library]);
    assert_eq!(watchlists.counts(), Counts { watchlists: 2, rules: 1, entities: 4, terms: 12 });
    let document = body("Arson: MI6 and Putin speak of drones");
    assert_eq!(fired(&watchlists, &document, Origin::default()), ["sample/any: Arson, MI6"]);
    let hits = watchlists.scan(&document, Origin::default(), &mut Scratch::default());
    let fired = &hits[0].rules[0];
    let keys: Vec<_> = fired.matches.iter().map(|found| watchlists.fired_key(fired.rule, found)).collect();
    assert_eq!(keys, ["any/arson", "any/@mi6"]);
}

#[test]
fn names_are_looked_up_here_and_then_in_libraries() {
    let library = Definition {
        name: at("people".to_owned(), 0),
        library: true,
        entities: vec![entity("putin", "person", &["Putin"]), entity("moore", "person", &["Bobby Moore"])],
        groups: vec![(at("verbs".to_owned(), 0), terms(&["meets"]))],
        ..Definition::default()
    };
    let other = Definition {
        name: at("other".to_owned(), 0),
        entities: vec![entity("x", "person", &["Xi"])],
        ..Definition::default()
    };
    let list =
        sample(&[("a", "@putin AND $verbs"), ("b", "@moore"), ("c", "2 OF (@type:person)"), ("d", "@any AND rain")]);
    let watchlists = compiled(&[list, library, other]);
    for (text, expect) in [
        ("Putin meets someone", &["sample/a: Putin, meets"][..]),
        // Two entities of that id: the rule means the one here, `@type:` means both.
        ("Bobby Moore", &["sample/b: Moore", "sample/c: Bobby Moore, Moore"]),
        ("Putin and Moore", &["sample/b: Moore", "sample/c: Putin, Moore"]),
        ("Xi and Putin", &["other/any: Xi"]),
        ("Xi in the rain", &["other/any: Xi"]),
        ("Putin in the rain", &["sample/d: Putin, rain"]),
    ] {
        assert_eq!(fired(&watchlists, &body(text), Origin::default()), expect, "{text}");
    }
}

#[test]
fn real_rules_are_remembered_by_their_id() {
    let mut definition = sample(&[("a", "fire"), ("b", "smoke")]);
    definition.severity = Severity::High;
    definition.rules[1].severity = Some(Severity::Low);
    let watchlists = compiled(&[definition]);
    let hits = watchlists.scan(&body("fire, smoke"), Origin::default(), &mut Scratch::default());
    let keys: Vec<_> = hits[0].rules.iter().map(|hit| watchlists.fired_key(hit.rule, &hit.matches[0])).collect();
    assert_eq!(keys, ["a", "b"]);
    let severities: Vec<_> = watchlists.rules().iter().map(|rule| rule.severity).collect();
    assert_eq!(severities, [Severity::High, Severity::Low]);
}

#[test]
fn feeds_and_languages_of_a_watchlist_filter() {
    let definition = |feeds: &[&str], languages: &[&str]| Definition {
        feeds: Some(feeds.iter().map(|feed| at((*feed).to_owned(), 0)).collect()),
        languages: Some(languages.iter().map(|tag| at((*tag).to_owned(), 0)).collect()),
        ..sample(&[])
    };
    let tags = ["world".to_owned()];
    let origin = |name, language| Origin { feed: Some(FeedLabel { name, tags: &tags }), language };
    for (feeds, languages, origin, fires) in [
        (&["bbc-*"][..], &["en"][..], origin("bbc-uk", Some("en-GB")), true),
        (&["bbc-*"], &["en"], origin("cnn", Some("en")), false),
        (&["cnn", "tag:world"], &["en"], origin("bbc", Some("en")), true),
        (&["tag:uk"], &["en"], origin("bbc", Some("en")), false),
        (&["*"], &["en"], origin("bbc", Some("fr")), false),
        (&["*"], &["en", "fr"], origin("bbc", Some("FR")), true),
        (&["*"], &["en"], origin("bbc", None), true),
        (&["example.org/*"], &["en"], origin("example.org/a/b", None), true),
        (&["cnn"], &["en"], Origin::default(), true),
    ] {
        let watchlists = compiled(&[definition(feeds, languages)]);
        assert_eq!(!fired(&watchlists, &body("arson"), origin).is_empty(), fires, "{feeds:?} {languages:?} {origin:?}");
    }
}

#[test]
fn every_mistake_is_reported_at_once() {
    let check = |definition: Definition, expect: &[&str]| {
        assert_eq!(messages(&compile(&[definition]).1), expect);
    };
    check(
        sample(&[("r", "@mi7 AND $weapon AND @type:persn AND $keywords")]),
        &[
            "Error there is no entity mi7 / did you mean @mi6? [0..4]",
            "Error there is no group weapon / did you mean $weapons? [9..16]",
            "Error there is no entity of the type persn / did you mean @type:person? [21..32]",
        ],
    );
    for when in ["NOT fire", "fire OR NOT smoke", "feed:bbc", "NOT (fire AND NOT smoke)", "1 OF (fire, NOT smoke)"] {
        let (_, problems) = compile(&[sample(&[("r", when)])]);
        assert_eq!(problems[0].message, "this rule can fire without any term present", "{when}");
    }
    for when in ["fire AND NOT smoke", "(fire OR NOT smoke) AND ash", "2 OF (fire, NOT smoke)", "fire AND lang:en"] {
        assert!(compile(&[sample(&[("r", when)])]).1.is_empty(), "{when}");
    }
    check(
        sample(&[("r", "4 OF ($weapons)"), ("r", "3 OF (a, b, a)")]),
        &[
            "Error 4 OF a list of 3 different ones can never hold / ask for 3 or fewer, or add to the list [0..15]",
            "Error 3 OF a list of 2 different ones can never hold / ask for 2 or fewer, or add to the list [0..14]",
            "Error the rule r is already defined / give one of them another name",
        ],
    );
    check(
        Definition {
            keywords: terms(&["arson", "*", ""]),
            groups: vec![(at("g".to_owned(), 0), Vec::new())],
            ..sample(&[])
        },
        &[
            "Error the term has nothing to look for / write at least one letter, digit or symbol",
            "Error the term has nothing to look for / write at least one letter, digit or symbol",
            "Error the group g is empty / add terms, or remove it",
        ],
    );
    check(
        Definition {
            entities: vec![entity("a", "person", &["Ann"]), entity("a", "person", &["Bob"]), entity("any", "", &[])],
            feeds: Some(vec![at("bbc-[".to_owned(), 0)]),
            languages: Some(vec![at("english language".to_owned(), 0)]),
            ..sample(&[])
        },
        &[
            "Error the entity any has no type / write type = \"person\", \"organization\" or any other word",
            "Error @any already has a meaning / give the entity another id",
            "Error the entity any has no names / write names = [\"…\"]",
            "Error the entity a is already defined / give one of them another name",
            "Error no feed is named by this: unclosed character class; missing ']' / write the name of a feed, a glob such as bbc-*, or tag:NAME",
            "Error \"english language\" is no language / write a language code such as en or fr",
        ],
    );
    let asking = Definition {
        name: at("asking".to_owned(), 0),
        rules: vec![rule("r", "@mi6 OR $weapons")],
        ..Definition::default()
    };
    let expect = [
        "Error there is no entity mi6 / the watchlist sample defines it: \
         only those with library = true serve others [0..4]",
        "Error there is no group weapons / the watchlist sample defines it: \
         only those with library = true serve others [8..16]",
    ];
    assert_eq!(messages(&compile(&[sample(&[]), asking]).1), expect);
    let (_, problems) = compile(&[sample(&[]), Definition { name: at("sample".to_owned(), 7), ..sample(&[]) }]);
    assert_eq!((problems.len(), problems[0].pos.span.start), (1, 7), "the later one is reported");
    check(
        Definition { name: at("empty".to_owned(), 0), ..Definition::default() },
        &["Warning this watchlist has nothing that could fire / \
           add keywords, entities or a [[rule]], or write library = true"],
    );
}

#[test]
fn tests_say_what_fired_and_what_did_not() {
    let test = |title: &str, text: &str, fires: &[&str], matches: Option<&[&str]>| TestDefinition {
        title: title.to_owned(),
        text: text.to_owned(),
        fires: Some(at(fires.iter().map(|id| at((*id).to_owned(), 0)).collect(), 0)),
        matches: matches.map(|surfaces| at(surfaces.iter().map(|text| (*text).to_owned()).collect(), 0)),
        ..TestDefinition::default()
    };
    let rules = [("near", "(sabotage OR arson) NEAR/5 @mi6"), ("blog", "fire NOT title:\"live blog\"")];
    for (test, expect) in [
        (test("", "Arson, the head of MI6 said", &["near"], Some(&["MI6", "Arson"])), &[][..]),
        (test("", "A quiet day", &[], None), &[]),
        (
            test("", "fire", &[], None),
            &["Error the test failed: blog fired by “fire” / correct the rule, or add it to fires"],
        ),
        (
            test("", "Arson. A b c d e f g h MI6", &["near"], None),
            &["Error the test failed: near did not fire: \
               (sabotage OR arson) NEAR/5 @mi6 at best 9 words apart, the limit is 5"],
        ),
        (
            test("", "Arson by mi6", &["near"], None),
            &["Error the test failed: near did not fire: \
               @mi6 not found, but “mi6” in body at word 3 differs in upper and lower case from “MI6”"],
        ),
        (
            test("Live blog", "Fire", &["blog"], None),
            &["Error the test failed: blog did not fire: NOT title:\"live blog\" what it excludes is there"],
        ),
        (
            test("", "Arson by MI6", &["near"], Some(&["Arson", "GCHQ"])),
            &["Error the test failed: “GCHQ” did not match; “MI6” matched too"],
        ),
        (
            TestDefinition::default(),
            &["Error this test expects nothing / write fires = [\"RULE\"], or fires = [] where none is to fire"],
        ),
    ] {
        let definitions = [Definition { tests: vec![test], ..sample(&rules) }];
        let problems = self_test::run(&definitions, &compiled(&definitions), |_| &[]);
        assert_eq!(messages(&problems), expect);
    }
}

#[test]
fn tests_expect_rules_that_are_there() {
    let test = TestDefinition { fires: Some(at(vec![at("bloc".to_owned(), 0)], 0)), ..TestDefinition::default() };
    let (_, problems) = compile(&[Definition { tests: vec![test], ..sample(&[("blog", "fire")]) }]);
    assert_eq!(messages(&problems), ["Error there is no rule bloc / did you mean blog?"]);
}

/// `truth text: why`, indented by depth.
fn tree(explanation: &Explanation, depth: usize, lines: &mut Vec<String>) {
    let truth = match explanation.truth {
        Truth::False => '-',
        Truth::Unchecked => '?',
        Truth::True => '+',
    };
    lines.push(format!("{}{truth} {}: {}", "  ".repeat(depth), explanation.text, explanation.why));
    explanation.parts.iter().for_each(|part| tree(part, depth + 1, lines));
}

#[test]
fn an_explanation_shows_each_part() {
    let when = "(sabotage OR arson) NEAR/5 @mi6 AND feed:bbc AND 2 OF (fire, smoke) NOT title:blog";
    let definition = Definition { feeds: Some(vec![at("cnn".to_owned(), 0)]), ..sample(&[("r", when)]) };
    let watchlists = compiled(&[definition]);
    let document = Document { title: "Blog", body: "Arson a b c d MI6 fire", ..Document::default() };
    let rules = explain(&watchlists, &document, Origin::default(), &mut Scratch::default());
    let mut lines = Vec::new();
    rules[0].filters.iter().for_each(|filter| tree(filter, 0, &mut lines));
    tree(&rules[0].condition, 0, &mut lines);
    let expect = [
        "? feeds: no feed is given",
        "- (sabotage OR arson) NEAR/5 @mi6 AND feed:bbc AND 2 OF (fire, smoke) NOT title:blog: ",
        "  + (sabotage OR arson) NEAR/5 @mi6: at best 5 words apart, the limit is 5",
        "    + (sabotage OR arson): ",
        "      - sabotage: not found",
        "      + arson: “Arson” in body at word 1",
        "    + @mi6: “MI6” in body at word 6",
        "  ? feed:bbc: no feed is given",
        "  - 2 OF (fire, smoke): 1 of 2 hold, 2 are needed",
        "    + fire: “fire” in body at word 7",
        "    - smoke: not found",
        "  - NOT title:blog: what it excludes is there",
        "    + title:blog: ",
        "      + blog: “Blog” in title at word 1",
    ];
    assert_eq!(lines, expect);
    assert!(!rules[0].fires());
}

#[test]
fn an_explanation_names_what_nearly_matched() {
    let watchlists = compiled(&[sample(&[("r", "sabotage AND @gchq")])]);
    let rules = explain(&watchlists, &body("Sabotages by gchq"), Origin::default(), &mut Scratch::default());
    let mut lines = Vec::new();
    tree(&rules[0].condition, 0, &mut lines);
    let expect = [
        "- sabotage AND @gchq: ",
        "  - sabotage: not found, but “Sabotage” in body at word 1 is a part of a longer word, “Sabotages”",
        "  - @gchq: not found, but “gchq” in body at word 3 differs in upper and lower case from “GCHQ”",
    ];
    assert_eq!(lines, expect);
}

#[test]
fn the_lint_warns_of_one_character_and_of_two_terms_that_are_one() {
    for (texts, expect) in [
        (&["x"][..], &["\"x\" is too broad: one character stands in many texts"][..]),
        (&["7"], &["\"7\" is too broad: one character stands in many texts"]),
        (&["国"], &[]),
        (&["foo", "Foo"], &["\"Foo\" is superfluous: \"foo\" is found wherever it is"]),
    ] {
        let found = lint(&[Definition { keywords: terms(texts), ..Definition::default() }]);
        let said: Vec<&str> = found.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(said, expect);
    }
}

#[test]
fn the_lint_warns_of_what_was_hardly_meant() {
    let keywords = |texts: &[&str]| Definition { keywords: terms(texts), ..Definition::default() };
    let when = |when: &str| Definition { rules: vec![rule("r", when)], ..Definition::default() };
    let named = |when: &str| sample(&[("r", when)]);
    let exact = |text: &str| Term { near: vec!["x".to_owned()], ..Term::new(text) };
    for (definition, expect) in [
        (keywords(&["sabotage", "US", "MI6", "Storm Shadow", "incend*", "the war", "东京*"]), &[][..]),
        (keywords(&["the"]), &["\"the\" is too broad: it is one of the commonest words"]),
        (keywords(&["Gouvernement"]), &["\"Gouvernement\" is too broad: it is one of the commonest words"]),
        (Definition { keywords: vec![at(exact("will"), 0)], ..Definition::default() }, &[]),
        (keywords(&["sa*"]), &["\"sa*\" is too broad: a prefix of fewer than 4 letters begins many words"]),
        (keywords(&["arson", "arson"]), &["\"arson\" is superfluous: it is there twice"]),
        (keywords(&["arson attack", "arson"]), &["\"arson attack\" is superfluous: \"arson\" is found wherever it is"]),
        (keywords(&["Sabotage", "sabot*"]), &["\"Sabotage\" is superfluous: \"sabot*\" is found wherever it is"]),
        (keywords(&["US troops", "US"]), &[]),
        (
            keywords(&["Russia AND Ukraine"]),
            &["\"Russia AND Ukraine\" looks like an operator, but is searched for as it stands"],
        ),
        (keywords(&["@mi6"]), &["\"@mi6\" looks like an operator, but is searched for as it stands"]),
        (keywords(&["title:spy"]), &["\"title:spy\" looks like an operator, but is searched for as it stands"]),
        (
            keywords(&["*bomber"]),
            &["\"*bomber\" can never match as a pattern: only a * at the end stands for more letters"],
        ),
        (
            Definition {
                keywords: vec![at(Term { except: vec!["moore".to_owned()], ..Term::new("Moore") }, 0)],
                ..Definition::default()
            },
            &["\"Moore\" can never match: its own except masks it"],
        ),
        (when("the"), &["\"the\" is too broad: it is one of the commonest words"]),
        (when("director NEAR/3 MI6"), &[]),
        (when("sabotage AND government"), &[]),
        (when("sabotage OR government"), &["\"government\" is too broad: it is one of the commonest words"]),
        (when("government NOT sabotage"), &["\"government\" is too broad: it is one of the commonest words"]),
        (when("go* AND MI6"), &["\"go*\" is too broad: a prefix of fewer than 4 letters begins many words"]),
        (
            when("sabotage OR \"sabotage plot\""),
            &["\"sabotage plot\" is superfluous: \"sabotage\" is found wherever it is"],
        ),
        (
            when("sabotage AND \"sabotage plot\""),
            &["\"sabotage\" is superfluous: it is found wherever \"sabotage plot\" is"],
        ),
        (
            when("\"sabotage plot\" NOT sabotage"),
            &["this can never match: \"sabotage\" is found wherever \"sabotage plot\" is"],
        ),
        (when("title:arson NEAR/5 body:sabotage"), &["this can never match: title and body are different fields"]),
        (when("\"a AND b\""), &["\"a AND b\" looks like an operator, but is searched for as it stands"]),
        (
            Definition { languages: Some(vec![at("en".to_owned(), 0)]), ..when("arson AND lang:fr") },
            &["this can never match: fr is not among the languages of the watchlist"],
        ),
        (when("arson AND lang:fr AND lang:en"), &["this can never match: an item is in one language"]),
        (when("arson AND (lang:fr OR lang:en)"), &[]),
        // Names stand for their terms.
        (named("arson OR $keywords"), &["\"arson\" is superfluous: $keywords is found wherever it is"]),
        (named("$weapons OR \"drone strike\""), &["\"drone strike\" is superfluous: $weapons is found wherever it is"]),
        (named("@moore OR \"Bobby Moore\""), &["\"Bobby Moore\" is superfluous: @moore is found wherever it is"]),
        (named("@mi6 OR \"MI6 chief\""), &[]),
        (named("$weapons OR $keywords"), &[]),
        (named("title:arson OR arson"), &["\"arson\" is superfluous: \"arson\" is found wherever it is"]),
        (named("title:arson OR body:arson"), &[]),
        (named("arson OR author:arson"), &[]),
        (named("arson OR (smoke OR arson)"), &["\"arson\" is superfluous: it is there twice"]),
        (named("2 OF (smoke, fire, smoke)"), &["smoke is superfluous: it is there twice"]),
        // What is excluded leaves nothing.
        (named("title:smoke NOT smoke"), &["this can never match: \"smoke\" is found wherever \"smoke\" is"]),
        (named("smoke NOT title:smoke"), &[]),
        (named("=Smoke NOT smoke"), &["this can never match: \"smoke\" is found wherever \"Smoke\" is"]),
        (named("smoke NOT =Smoke"), &[]),
        (named("smoke NEAR/5 @mi6 NOT smoke"), &["this can never match: \"smoke\" is found wherever \"smoke\" is"]),
        (
            named("(ash OR smoke) NOT (ember OR smoke OR ash)"),
            &["this can never match: it excludes all that it asks for"],
        ),
        (named("(ash OR smoke) NOT ash"), &[]),
        (named("smoke NOT (ash AND smoke)"), &[]),
        (named("$weapons NOT $weapons"), &["this can never match: it excludes all that it asks for"]),
        (named("@mi6 NOT @type:organization"), &["this can never match: it excludes all that it asks for"]),
        (named("@mi6 NOT @any"), &["this can never match: it excludes all that it asks for"]),
        (named("@mi6 NOT @gchq"), &[]),
        (named("smoke NOT NEAR/5 smoke"), &[]),
    ] {
        let found: Vec<_> =
            lint(std::slice::from_ref(&definition)).into_iter().map(|warning| warning.message).collect();
        assert_eq!(found, expect, "{definition:?}");
    }
}

/// `id (type): names` of each entity, then `line N: message`.
fn imported(format: Format, input: &[u8]) -> Vec<String> {
    let (imported, bad) = read(format, "person", super::Pos::default(), input).unwrap();
    let entities = imported.entities().map(|entity| {
        let names: Vec<_> = entity.names().collect();
        format!("{} ({}): {}", entity.id, entity.kind, names.join(" | "))
    });
    entities.chain(bad.iter().map(|bad| format!("line {}: {}", bad.line, bad.message))).collect()
}

#[test]
fn imports_keep_the_good_lines_and_name_the_bad() {
    for (format, input, expect) in [
        (
            Format::Lines,
            &b"\xEF\xBB\xBFRichard Moore\r\n\n# a comment\n  AT&T \n--\n\xFF\xFE\nlast"[..],
            &[
                "richard-moore (person): Richard Moore",
                "at-t (person): AT&T",
                "last (person): last",
                "line 5: \"--\" holds no letter or digit",
                "line 6: not UTF-8",
            ][..],
        ),
        (
            Format::Csv,
            b"\xEF\xBB\xBFid,type,name,aliases\nmi6,Organization,MI6,SIS; Secret Intelligence Service\nx,,\"Ex, the \"\"X\"\"\",\nbare,person,Bare\n",
            &[
                "mi6 (organization): MI6 | SIS | Secret Intelligence Service",
                "x (person): Ex, the \"X\"",
                "bare (person): Bare",
            ],
        ),
        (
            Format::Csv,
            b"name,id\nA,a\n,b\nC,\nD,d,too,many\nE,\"e\nF,f\nG,g",
            &[
                "a (person): A",
                "f (person): F",
                "g (person): G",
                "line 3: no name",
                "line 4: no id",
                "line 5: 4 fields, where the first line names 2",
                "line 6: a quote in it is never closed",
            ],
        ),
        (Format::Csv, b"id,name\n\"a\",\"two\nlines\"\nb,B\n", &["a (person): two\nlines", "b (person): B"]),
        (Format::Csv, b"mi6,organization,MI6\n", &["line 1: the first line does not name the columns id,type,name,aliases"]),
        (Format::Csv, b"", &["line 1: the file is empty"]),
        (
            Format::OpenSanctions,
            b"\"id\",\"schema\",\"name\",\"aliases\",\"birth_date\",\"countries\",\"addresses\",\"identifiers\",\"sanctions\",\"phones\",\"emails\",\"program_ids\",\"dataset\",\"first_seen\",\"last_seen\",\"last_change\"\n\
              \"NK-2\",\"LegalEntity\",\"Acme, Ltd\",\"Acme;ACME Limited\",\"\",\"ru\",\"\",\"\",\"\",\"\",\"\",\"\",\"d\",\"\",\"\",\"\"\n",
            &["NK-2 (legalentity): Acme, Ltd | Acme | ACME Limited"],
        ),
    ] {
        assert_eq!(imported(format, input), expect);
    }
}

#[test]
fn imported_entities_are_found_like_written_ones() {
    let input = b"id,type,name,aliases\nann,person,Ann Smith,Ann Jones\nacme,company,Acme,\nann,person,Other Ann,\n";
    let (import, bad) = read(Format::Csv, "", super::Pos::default(), &input[..]).unwrap();
    assert!(bad.is_empty());
    let definition = Definition { imports: vec![import], ..sample(&[("r", "@ann OR @type:company")]) };
    let (watchlists, problems) = compile(&[definition]);
    assert_eq!(
        messages(&problems),
        ["Warning 1 of its ids are already there, the first is ann / rules find the first of each"]
    );
    assert_eq!(fired(&watchlists, &body("Ann Jones of Acme"), Origin::default()), ["sample/r: Ann Jones, Acme"]);
    let ann = watchlists.entity(EntityIx(3)).unwrap();
    assert_eq!((ann.id, ann.kind, ann.name), ("ann", "person", "Ann Smith"));
}

/// Two lists that both count from 1, and names that come to one id: each is remembered alone.
#[test]
fn entities_with_one_id_are_remembered_apart() {
    let read = |format, input: &[u8]| read(format, "person", super::Pos::default(), input).unwrap().0;
    let csv = |name: &str| read(Format::Csv, format!("id,type,name\n1,person,{name}\n").as_bytes());
    let imports = vec![csv("Ann Smith"), csv("Bob Jones"), read(Format::Lines, b"C++\nC#\n")];
    let (watchlists, _) = compile(&[Definition { imports, ..sample(&[]) }]);
    let document = body("Ann Smith and Bob Jones on C++ and C#");
    let hits = watchlists.scan(&document, Origin::default(), &mut Scratch::default());
    let fired = &hits[0].rules[0];
    let keys: Vec<_> = fired.matches.iter().map(|found| watchlists.fired_key(fired.rule, found)).collect();
    assert_eq!(keys, ["any/@1", "any/@1/Bob Jones", "any/@c", "any/@c/C#"]);
}

#[test]
fn what_a_watchlist_looks_for_is_what_could_make_it_fire() {
    for (when, expected) in [
        ("sabotage", vec!["sabotage"]),
        ("$keywords", vec!["sabotage", "arson", "incendiary device*"]),
        ("sabotage NOT arson", vec!["sabotage"]),
        ("ship NEAR/3 quay", vec!["ship", "quay"]),
        ("ship NOT NEAR/3 quay", vec!["ship"]),
        ("2 OF (ship, quay, $weapons)", vec!["Storm Shadow", "Oreshnik", "drone*", "ship", "quay"]),
        ("title:ship AND (feed:bbc OR quay)", vec!["ship", "quay"]),
        ("@mi6", vec!["MI6", "Secret Intelligence Service"]),
        ("@type:person", vec!["Richard Moore", "Moore"]),
        ("@any AND Moore", vec!["MI6", "Secret Intelligence Service", "GCHQ", "Richard Moore", "Moore"]),
    ] {
        let watchlists = compiled(&[sample(&[("r", when)])]);
        let mut sought: Vec<_> = watchlists.sought(WatchlistIx(0)).collect();
        let mut expected = expected;
        sought.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sought, expected, "{when}");
    }
    // Without a rule, any keyword and any entity of its own.
    let watchlists = compiled(&[sample(&[])]);
    assert_eq!(watchlists.sought(WatchlistIx(0)).count(), 3 + 5);
    assert_eq!(watchlists.sought(WatchlistIx(1)).count(), 0, "there is no such watchlist");
}
