//! Watchlist files as people write them, each with what it finds in some texts: by
//! their own `[[test]]` blocks, which `check` runs.

use super::Place;
use std::fmt::Write as _;

/// What a watchlist is to show, the file, and texts with the surfaces that match in them.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static [&'static str])]);

const CASES: &[Case] = &[
    (
        "a watchlist without a rule fires on any keyword or entity",
        r#"keywords = ["arson", "incendiary device*"]
           [[entity]]
           id = "mi6"
           type = "organization"
           names = ["MI6", "Secret Intelligence Service"]"#,
        &[
            ("Arson, says MI6", &["Arson", "MI6"]),
            ("incendiary devices", &["incendiary devices"]),
            ("the Secret Intelligence Service", &["Secret Intelligence Service"]),
            ("a quiet day, says mi6", &[]),
        ],
    ),
    (
        "with a rule it fires on its rules alone",
        "keywords = [\"arson\"]\n[[rule]]\nid = \"r\"\nwhen = '$keywords AND smoke'",
        &[("arson", &[]), ("smoke", &[]), ("arson and smoke", &["arson", "smoke"])],
    ),
    ("matches is a set", "keywords = [\"arson\"]", &[("arson, arson and Arson", &["Arson", "arson"])]),
    (
        "a term takes case",
        r#"keywords = [{ term = "Apple", case = "exact" }, { term = "US", case = "fold" }, { term = "turkey", case = "proper" }, { term = "Who", case = "smart" }]"#,
        &[
            ("Apple apple APPLE", &["Apple"]),
            ("us US", &["us", "US"]),
            ("Turkey turkey TURKEY", &["Turkey", "TURKEY"]),
            ("who", &["who"]),
        ],
    ),
    (
        "a term takes plural",
        r#"keywords = [{ term = "company", plural = true }, { term = "glide bomb", plural = true }, "spy"]"#,
        &[
            ("companies and glide bombs of spies", &["companies", "glide bombs"]),
            ("a company's glide bomb", &["company", "glide bomb"]),
        ],
    ),
    (
        "a term takes hyphen",
        r#"keywords = [{ term = "Russian", hyphen = "join" }, { term = "Ukraine", hyphen = "split" }]"#,
        &[("anti-Russian, Ukraine-owned", &["Ukraine"]), ("Russian", &["Russian"]), ("Russian-made", &[])],
    ),
    (
        "a term takes swap",
        r#"keywords = [{ term = "Richard Moore", swap = true }]"#,
        &[("Moore, Richard", &["Moore, Richard"]), ("Richard Moore", &["Richard Moore"]), ("Moore. Richard", &[])],
    ),
    (
        "except masks a span instead of vetoing the item",
        r#"keywords = [{ term = "Moore", except = ["Roger Moore", "Moore's law"] }]"#,
        &[("Roger Moore", &[]), ("Moore’s law", &[]), ("Roger Moore knew Moore", &["Moore"])],
    ),
    (
        "near and within count a term only beside another; within is 30 where absent",
        r#"keywords = [{ term = "SIS", near = ["spy*", "intelligence"], within = 2 }, { term = "Lerner", near = ["DGSE"] }]"#,
        &[
            ("SIS and spying", &["SIS"]),
            ("spies of the old SIS", &[]),
            ("intelligence: SIS", &["SIS"]),
            ("Lerner x x x x x x x x x x x x x x x x x x x x x x x x x x x x x DGSE", &["Lerner"]),
            ("Lerner x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x DGSE", &[]),
        ],
    ),
    (
        "options on an entity hold for all its names, and those of a name go first; exceptions add up",
        r#"[[entity]]
           id = "apple"
           type = "company"
           names = ["Apple", { term = "Cupertino", case = "fold" }, { term = "Macintosh", except = ["Macintosh HD"] }]
           case = "exact"
           except = ["Apple pie", "Macintosh coat"]"#,
        &[
            ("apple", &[]),
            ("Apple and CUPERTINO", &["Apple", "CUPERTINO"]),
            ("Apple pie, Macintosh coat, Macintosh HD", &[]),
        ],
    ),
    (
        "options on an entity: plural, hyphen, swap, near, within",
        r#"[[entity]]
           id = "agent"
           type = "person"
           names = ["Double Agent", "Mole"]
           plural = true
           hyphen = "join"
           swap = true
           near = ["spy"]
           within = 4"#,
        &[
            ("Double Agents and a spy", &["Double Agents"]),
            ("the spy, the Moles", &["Moles"]),
            ("spy: Agent, Double", &["Agent, Double"]),
            ("spy of a Mole-hunt", &[]),
            ("a Mole", &[]),
            ("spy one two three four five Mole", &[]),
        ],
    ),
    (
        "groups of terms are used as $name",
        "[terms]\nweapons = [\"Storm Shadow\", { term = \"Scalp\", case = \"proper\" }]\n[[rule]]\nid = \"r\"\nwhen = '$weapons'",
        &[("Storm-Shadow and scalp", &["Storm-Shadow"]), ("Scalp", &["Scalp"])],
    ),
    (
        "= asks for the exact case, also of a phrase and of a prefix",
        "[[rule]]\nid = \"r\"\nwhen = '=Apple OR =\"Blue Origin\" OR =Meta*'",
        &[
            ("apple, blue origin, metals", &[]),
            ("Apple, Blue Origin, Metals", &["Apple", "Blue Origin", "Metals"]),
            ("Blue-Origin, BLUE ORIGIN", &["Blue-Origin"]),
        ],
    ),
    (
        "NEAR counts from the last word of the one to the first of the other, in any order",
        "[[rule]]\nid = \"r\"\nwhen = '\"north sea\" NEAR/2 \"data cable\"'",
        &[
            ("the North Sea data cable", &["North Sea", "data cable"]),
            ("a data cable, North Sea", &["data cable", "North Sea"]),
            ("North Sea old data cable", &["North Sea", "data cable"]),
            ("North Sea and old data cable", &[]),
            // A paragraph does not keep them apart, a field does.
            ("North Sea\n\ndata cable", &["North Sea", "data cable"]),
        ],
    ),
    (
        "each character of a script without spaces counts as a word",
        "[[rule]]\nid = \"r\"\nwhen = '普京 NEAR/2 莫斯科'",
        &[("普京在莫斯科", &["普京", "莫斯科"]), ("普京正在莫斯科", &[]), ("莫斯科的普京", &["莫斯科", "普京"])],
    ),
    (
        "ONEAR asks for the order; a side may be a group or another distance",
        "[[rule]]\nid = \"r\"\nwhen = '(chief OR head) ONEAR/3 (MI6 OR MI5) ONEAR/4 said'",
        &[
            ("The head of MI5 has said", &["head", "MI5", "said"]),
            ("MI6 chief said", &[]),
            ("said the chief of MI6", &[]),
            ("chief of MI6, who then often said", &["chief", "MI6", "said"]),
            ("chief of MI6, who then very often said", &[]),
        ],
    ),
    (
        "SENT asks for one sentence, PARA for one paragraph",
        "[[rule]]\nid = \"s\"\nwhen = 'arson SENT GRU'\n[[rule]]\nid = \"p\"\nwhen = 'bomb PARA FSB'",
        &[
            ("Arson by the GRU.", &["Arson", "GRU"]),
            ("Arson. The GRU.", &[]),
            ("It was arson, Gen. Smith of the U.S. said of the GRU.", &["arson", "GRU"]),
            ("A bomb. The FSB.", &["bomb", "FSB"]),
            ("A bomb.\n\nThe FSB.", &[]),
        ],
    ),
    (
        "NOT NEAR finds those that are not near the other",
        "[[rule]]\nid = \"r\"\nwhen = 'jamming NOT NEAR/2 traffic'",
        &[("traffic jamming", &[]), ("jamming", &["jamming"]), ("traffic jamming, and then GPS jamming", &["jamming"])],
    ),
    (
        "n OF asks for different ones, COUNT for occurrences",
        "[[rule]]\nid = \"o\"\nwhen = '2 OF (arson, bomb, NOT peace)'\n[[rule]]\nid = \"c\"\nwhen = 'COUNT(drone*) >= 3'",
        &[
            ("arson, arson, peace", &[]),
            ("arson", &["arson"]),
            ("arson, bomb, peace", &["arson", "bomb"]),
            ("drone and drones", &[]),
            ("drone, drones, Drones", &["drone", "drones", "Drones"]),
        ],
    ),
    (
        "the proximity operators bind closest, then NOT, AND, OR",
        "[[rule]]\nid = \"r\"\nwhen = 'arson OR bomb AND fuse NOT old NEAR/1 mine'",
        &[
            ("arson of an old mine", &["arson"]),
            ("bomb", &[]),
            ("bomb, fuse", &["bomb", "fuse"]),
            ("bomb, fuse, old mine", &[]),
            ("bomb, fuse, old, deep mine", &["bomb", "fuse"]),
        ],
    ),
    (
        "a phrase holds over white space, one hyphen or en dash, and nothing else",
        "keywords = [\"Wagner Group\"]",
        &[
            ("Wagner  Group Wagner-Group Wagner–Group", &["Wagner  Group", "Wagner-Group", "Wagner–Group"]),
            ("Wagner\nGroup", &["Wagner\nGroup"]),
            ("Wagner, Group. Wagner. Group; Wagner; Group — Wagner—Group Wagner… Group", &[]),
            ("Wagner\n\nGroup", &[]),
        ],
    ),
    (
        "folding goes both ways",
        "keywords = [\"Erdoğan\", \"Walesa\", \"Guðmundur\", \"oeuvre\", \"STRASSE\", \"Горбачёв\", \"“deep” state\"]",
        &[
            (
                "Erdogan, Wałęsa, Gudmundur, Œuvre, Straße, Горбачев",
                &["Erdogan", "Wałęsa", "Gudmundur", "Œuvre", "Straße", "Горбачев"],
            ),
            ("the \"deep\" state", &["\"deep\" state"]),
            ("Wa\u{200B}łę\u{AD}sa", &["Wa\u{200B}łę\u{AD}sa"]),
        ],
    ),
    (
        "an apostrophe on the right is a boundary, on the left after an elision only",
        "keywords = [\"Ukraine\", \"Brien\", \"Istanbul\"]",
        &[
            ("Ukraine's l’Ukraine d'Ukraine qu’Ukraine dell'Ukraine ‘Ukraine’", &["Ukraine"]),
            ("O'Brien", &[]),
            ("‘Brien", &["Brien"]),
            ("İstanbul'da", &["İstanbul"]),
        ],
    ),
    (
        "an acronym is exact, matches its dotted forms, and is refused among capitals",
        "keywords = [\"US\", \"MI6\", \"UNESCO\"]",
        &[
            ("us, mi6, unesco", &["unesco"]),
            ("The U.S. and the U.S", &["U.S.", "U.S"]),
            ("It left the US.", &["US"]),
            ("TELL US MORE", &[]),
            ("TELL MI6 MORE", &["MI6"]),
            ("US MORE", &["US"]),
        ],
    ),
];

#[test]
fn watchlists_find_what_their_tests_say() {
    let place = Place::new();
    for (number, (_, watchlist, texts)) in CASES.iter().enumerate() {
        let mut file = format!("name = \"case-{number}\"\n{watchlist}\n");
        for (text, matches) in *texts {
            // A JSON string is a TOML string.
            let (text, matches) = (serde_json::json!(text), serde_json::json!(matches));
            writeln!(file, "[[test]]\ntext = {text}\nmatches = {matches}").unwrap();
        }
        place.write(&format!("watchlists/case-{number:02}.toml"), &file);
    }
    let found = place.run(&["check", "--json"]).json();
    let mut wrong = Vec::new();
    for error in found["errors"].as_array().unwrap() {
        let file = error["file"].as_str().unwrap();
        let number =
            file.rsplit_once("case-").map(|(_, rest)| rest.trim_end_matches(".toml").parse::<usize>().unwrap());
        let sentence = number.map_or("", |number| CASES[number].0);
        wrong.push(format!("{sentence}: {}:{}: {}", file, error["line"], error["message"]));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn in_a_test_filters_pass_unless_it_says_where_it_comes_from() {
    let place = Place::new();
    let watchlist = "feeds = [\"cnn\", \"tag:world\"]\nlanguages = [\"fr\"]\nkeywords = [\"arson\"]\n";
    let main = super::MAIN.replace("name = \"local\"", "name = \"local\"\ntags = [\"world\"]");
    place.write("newswatch.toml", &main);
    for (test, fires) in [
        ("", true),
        ("feed = \"cnn\"", true),
        ("feed = \"local\"", true),
        ("feed = \"bbc\"", false),
        ("language = \"fr-CA\"", true),
        ("language = \"en\"", false),
        ("feed = \"cnn\"\nlanguage = \"en\"", false),
    ] {
        let fires = if fires { "[\"any\"]" } else { "[]" };
        let file = format!("{watchlist}[[test]]\ntitle = \"Arson\"\nauthor = \"x\"\n{test}\nfires = {fires}\n");
        place.write("watchlists/filtered.toml", &file);
        place.expect(0, &["check"]);
    }
}

#[test]
fn names_are_looked_up_in_the_file_itself_and_then_in_libraries() {
    let place = Place::new();
    let library = "library = true\nkeywords = [\"ignored\"]\n[terms]\nverbs = [\"meets\"]\n\
                   [[entity]]\nid = \"moore\"\ntype = \"spy\"\nnames = [\"Bobby Moore\"]\n\
                   [[entity]]\nid = \"putin\"\ntype = \"person\"\nnames = [\"Putin\"]\n\
                   [[import]]\nfile = \"ships.csv\"\nformat = \"opensanctions\"\n";
    place.write("watchlists/library.toml", library);
    place.write("watchlists/ships.csv", "id,schema,name,aliases\nNK-1,Vessel,Sea Star,Astra;Stella\n");
    let own = "[[entity]]\nid = \"moore\"\ntype = \"person\"\nnames = [\"Sir Richard\"]\n\
               [[rule]]\nid = \"own\"\nwhen = '@moore'\n[[rule]]\nid = \"library\"\nwhen = '@putin NEAR/2 $verbs'\n\
               [[rule]]\nid = \"type\"\nwhen = '@type:spy'\n[[rule]]\nid = \"ship\"\nwhen = '@type:vessel'\n\
               [[test]]\ntext = \"Sir Richard\"\nfires = [\"own\"]\n\
               [[test]]\ntext = \"Bobby Moore\"\nfires = [\"type\"]\n\
               [[test]]\ntext = \"Putin meets nobody\"\nfires = [\"library\"]\n\
               [[test]]\ntext = \"The Astra sails\"\nfires = [\"ship\"]\nmatches = [\"Astra\"]\n\
               [[test]]\ntext = \"ignored\"\nfires = []\n";
    place.write("watchlists/own.toml", own);
    assert_eq!(place.expect(0, &["check", "--json"]).json()["errors"], serde_json::json!([]));
    // A library never fires itself.
    place.expect(1, &["match", "--title", "ignored, says Bobby Moo"]);
}

#[test]
fn a_bad_line_of_an_import_is_named_and_the_good_ones_are_kept() {
    let place = Place::new();
    place.write(
        "watchlists/list.toml",
        "[[import]]\nfile = \"names.csv\"\nformat = \"csv\"\n\
        [[test]]\ntext = \"Ann Smith, Zed and the Last One\"\nmatches = [\"Ann Smith\", \"Last One\", \"Zed\"]\n",
    );
    place.write(
        "watchlists/names.csv",
        "id,type,name,aliases\nann,person,Ann Smith,Annie\n,person,No Id,\n\
        zed,person,Zed,,many\nzed,person,Zed,\nbad,person,\"open\nlast,person,Last One,\n",
    );
    let found = place.expect(0, &["check", "--json"]).json();
    assert_eq!(found["errors"], serde_json::json!([]));
    let messages: Vec<&str> =
        found["warnings"].as_array().unwrap().iter().map(|warning| warning["message"].as_str().unwrap()).collect();
    let expect = [
        "watchlists/names.csv:3: no id",
        "watchlists/names.csv:4: 5 fields, where the first line names 4",
        "watchlists/names.csv:6: a quote in it is never closed",
    ];
    assert_eq!(messages, expect);
    place.expect(1, &["check", "--deny-warnings"]);
}
