//! The JSON Schemas: those that are shipped for editors are those that the program
//! prints, and what is shipped conforms to them.

use expect_test::expect_file;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The line of a TOML file that tells editors its schema (Taplo, Even Better TOML, Tombi).
const DIRECTIVE: &str = "#:schema ";

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config")
}

fn validator(schema: &Value) -> Validator {
    assert!(jsonschema::meta::is_valid(schema), "no schema by its own draft: {schema:#}");
    jsonschema::validator_for(schema).unwrap()
}

fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

#[test]
fn the_shipped_schemas_are_those_of_the_program() {
    expect_file!["../../config/schema/watchlist.json"].assert_eq(&text(&newswatch::config::watchlist_schema()));
    expect_file!["../../config/schema/config.json"].assert_eq(&text(&newswatch::config::schema()));
}

#[test]
fn the_program_prints_them() {
    for name in ["watchlist", "config"] {
        let output =
            std::process::Command::new(env!("CARGO_BIN_EXE_newswatch")).args(["schema", name]).output().unwrap();
        let file = shipped().join("schema").join(name).with_extension("json");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), fs::read_to_string(file).unwrap(), "{name}");
    }
}

/// A TOML file as the JSON that a schema judges.
fn json_of(toml: &str) -> Value {
    toml::from_str(toml).unwrap()
}

#[test]
fn what_is_shipped_names_its_schema_and_conforms_to_it() {
    let watchlists = fs::read_dir(shipped().join("watchlists")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = watchlists.chain([shipped().join("newswatch.toml")]).collect();
    assert!(files.len() > 3);
    for file in files {
        let toml = fs::read_to_string(&file).unwrap();
        let first = toml.lines().next().unwrap();
        let schema = first.strip_prefix(DIRECTIVE).unwrap_or_else(|| panic!("{}: {first}", file.display()));
        let schema = fs::read_to_string(file.parent().unwrap().join(schema)).unwrap();
        let validator = validator(&serde_json::from_str(&schema).unwrap());
        let errors: Vec<_> = validator.iter_errors(&json_of(&toml)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", file.display());
    }
}

#[test]
fn a_schema_refuses_what_check_refuses() {
    let watchlist = validator(&newswatch::config::watchlist_schema());
    let config = validator(&newswatch::config::schema());
    for (schema, toml, good) in [
        (&watchlist, "keywords = [\"a\", { term = \"b\", case = \"exact\", near = [\"c\"], within = 3 }]", true),
        (&watchlist, "keyword = [\"a\"]", false),
        (&watchlist, "keywords = [\"\"]", false),
        (&watchlist, "keywords = [{ trem = \"b\" }]", false),
        (&watchlist, "keywords = [{ case = \"exact\" }]", false),
        (&watchlist, "keywords = [{ term = \"b\", case = \"loud\" }]", false),
        (&watchlist, "severity = \"urgent\"", false),
        (&watchlist, "languages = [\"english\"]", false),
        (&watchlist, "[terms]\na = [\"x\", { term = \"y\" }]", true),
        (&watchlist, "[terms]\na = \"x\"", false),
        (&watchlist, "[[entity]]\nid = \"a\"\ntype = \"b\"\nnames = [\"c\"]", true),
        (&watchlist, "[[entity]]\nid = \"a\"\ntype = \"b\"", false),
        (&watchlist, "[[rule]]\nid = \"a\"\nwhen = 'b'\ntags = [\"c\"]", true),
        (&watchlist, "[[rule]]\nid = \"a\"", false),
        (&watchlist, "[[import]]\nfile = \"a\"\nformat = \"excel\"", false),
        (&watchlist, "[[test]]\ntext = \"a\"\nfires = []", true),
        (&config, "[poll]\ninterval = \"15m\"", true),
        (&config, "[poll]\ninterval = 15", false),
        (&config, "[poll]\nintervall = \"15m\"", false),
        (&config, "[webhook.desk]\nurl = \"https://example.org\"\nmin_severity = \"high\"", true),
        (&config, "[stdout.console]\nformat = \"yaml\"", false),
    ] {
        assert_eq!(schema.is_valid(&json_of(toml)), good, "{toml}");
    }
}

#[test]
fn an_alert_conforms_to_the_schema_for_receivers() {
    let schema = newswatch::sink::payload::schema().to_value();
    let alert: Value = serde_json::from_str(include_str!("../golden/alert-v1.json")).unwrap();
    let validator = validator(&schema);
    assert!(validator.is_valid(&alert));
    let mut without = alert.clone();
    without["data"]["item"].as_object_mut().unwrap().remove("guid");
    assert!(!validator.is_valid(&without), "a member that is always there");
    let mut wrong = alert;
    wrong["data"]["severity"] = json!("urgent");
    assert!(!validator.is_valid(&wrong));
}
