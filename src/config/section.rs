//! Sections: a table of keys, declared once. From the declaration come the
//! struct, the reader (every bad key is a problem of its own, unknown keys get a
//! suggestion) and the JSON Schema, so that these cannot drift apart.

use super::draft::Imports;
use super::problem::{error, warning};
use crate::watchlist::definition::{At, Pos, Problem};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Declares a section. Each key has its documentation, its type (a [`Key`]) and, where
/// the type asks for one, its default.
macro_rules! section {
    (
        $(#[doc = $about:literal])*
        $Name:ident {
            $( $(#[doc = $doc:literal])* $key:ident : $ty:ty $(= $default:expr)? , )*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone)]
        #[allow(clippy::struct_field_names, reason = "the names are those of the configuration's keys")]
        pub(super) struct $Name {
            $( $(#[doc = $doc])* pub(super) $key: $ty, )*
        }

        impl $crate::config::section::FromToml for $Name {
            fn from_toml(
                value: &toml::Spanned<toml::de::DeValue<'_>>,
                reader: &mut $crate::config::section::Reader<'_>,
            ) -> Option<Self> {
                $crate::config::section::Keys::open(value, reader).map(<Self as $crate::config::section::Section>::read)
            }

            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }

        impl $crate::config::section::Section for $Name {
            fn read(mut keys: $crate::config::section::Keys<'_, '_, '_, '_>) -> Self {
                $( let $key = <$ty as $crate::config::section::Key>::read(
                    &mut keys, $crate::config::section::key_name(stringify!($key)), ($($default)?),
                ); )*
                keys.close();
                Self { $($key),* }
            }
        }

        impl schemars::JsonSchema for $Name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($Name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut section = $crate::config::section::SectionSchema::new(&[$($about),*], generator);
                $( <$ty as $crate::config::section::Key>::describe(
                    &mut section, $crate::config::section::key_name(stringify!($key)), &[$($doc),*], ($($default)?),
                ); )*
                section.finish()
            }
        }
    };
}
pub(super) use section;

/// The name of a key, without the `r#` of a Rust keyword.
pub(super) fn key_name(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// What every reader of a value needs: the file it is in, and where problems go.
pub(super) struct Reader<'a> {
    /// The file's number.
    pub(super) file: u32,
    /// The folder that relative paths start from.
    pub(super) folder: &'a Path,
    /// The text, to find the end of a damaged section.
    pub(super) text: &'a str,
    /// What was blanked for its syntax.
    pub(super) damage: &'a [Range<usize>],
    /// What a watchlist may import.
    pub(super) imports: &'a Imports,
    /// Further files that it has read, or would have.
    pub(super) named: Vec<PathBuf>,
    /// Everything that is wrong so far.
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    /// The place of a span of this file.
    #[must_use]
    pub(super) fn pos(&self, span: Range<usize>) -> Pos {
        Pos { file: self.file, span }
    }

    /// Reports an error.
    pub(super) fn error(&mut self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        let pos = self.pos(span);
        self.problems.push(error(&pos, message, help));
    }

    /// Reports a key that does not exist. A whole line in quotes is a key as well, so that
    /// what looks like a secret in it is masked.
    pub(super) fn unknown_key(&mut self, key: &Spanned<DeString<'_>>, help: String) {
        let message = format!("unknown key `{}`", super::shown(key.get_ref()));
        self.error(key.span(), message, Some(help));
    }

    /// Reports something that is probably not meant.
    pub(super) fn warning(&mut self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        let pos = self.pos(span);
        self.problems.push(warning(&pos, message, help));
    }

    /// Reports that a value is of the wrong type.
    pub(super) fn expected(&mut self, value: &Spanned<DeValue<'_>>, what: &str) {
        let found = match value.get_ref() {
            DeValue::Boolean(_) => "true or false".to_owned(),
            DeValue::String(_) => "a text".to_owned(),
            DeValue::Integer(_) | DeValue::Float(_) => "a number".to_owned(),
            other => format!("{} {}", if other.is_array() { "an" } else { "a" }, other.type_str()),
        };
        self.error(value.span(), format!("expected {what}, found {found}"), None);
    }

    /// Whether part of the section that begins at a byte was damaged, so that what it lacks
    /// may only be illegible.
    fn is_damaged(&self, start: usize) -> bool {
        let rest = self.text.get(start..).unwrap_or_default();
        let end = rest
            .match_indices('\n')
            .map(|(newline, _)| newline + 1)
            .find(|line| rest.get(*line..).is_some_and(|line| line.trim_start_matches([' ', '\t']).starts_with('[')));
        let section = start..end.map_or(self.text.len(), |end| start + end);
        self.damage.iter().any(|damage| damage.start < section.end && damage.end > section.start)
    }
}

/// A value of the configuration: how it is read, and what its JSON Schema is.
pub(super) trait FromToml: Sized {
    /// Reads a value, or reports what is wrong with it.
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self>;

    /// The JSON Schema of such a value.
    fn schema(generator: &mut SchemaGenerator) -> Schema;

    /// How the configuration writes this value; null where the schema shall show no default.
    fn to_json(&self) -> Value {
        Value::Null
    }
}

/// What [`section!`] declares.
pub(super) trait Section: FromToml {
    /// Takes the keys of an open section.
    fn read(keys: Keys<'_, '_, '_, '_>) -> Self;

    /// The section as it is where the configuration does not have it.
    #[must_use]
    fn defaults() -> Self {
        let table = DeTable::new();
        let mut nowhere = Reader {
            file: 0,
            folder: Path::new(""),
            text: "",
            damage: &[],
            imports: &Imports::Any,
            named: Vec::new(),
            problems: Vec::new(),
        };
        Self::read(Keys {
            reader: &mut nowhere,
            pos: Pos::default(),
            table: &table,
            known: Vec::new(),
            missing: Vec::new(),
        })
    }
}

/// A key of a section, or a family of keys that belong together.
pub(super) trait Key: Sized {
    /// What it is where the configuration says nothing.
    type Default;

    /// Takes it out of a section.
    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, default: Self::Default) -> Self;

    /// Adds it to the schema of a section.
    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], default: Self::Default);
}

/// An optional key.
impl<T: FromToml> Key for Option<At<T>> {
    type Default = ();

    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, (): ()) -> Self {
        let value = keys.take(name)?;
        let pos = keys.reader.pos(value.span());
        Some(At { value: T::from_toml(value, keys.reader)?, pos })
    }

    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], (): ()) {
        let schema = T::schema(section.generator);
        section.property(name, doc, schema, &Value::Null);
    }
}

/// A key with a default, which stands where the section begins.
impl<T: FromToml> Key for At<T> {
    type Default = T;

    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, default: T) -> Self {
        Option::<Self>::read(keys, name, ()).unwrap_or_else(|| Self { value: default, pos: keys.pos.clone() })
    }

    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], default: T) {
        let schema = T::schema(section.generator);
        section.property(name, doc, schema, &default.to_json());
    }
}

/// A key that must be there. `None` where it is not, or bad: that has been reported.
#[derive(Debug, Clone)]
pub(super) struct Required<T>(pub(super) Option<At<T>>);

impl<T: FromToml> Key for Required<T> {
    type Default = ();

    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, (): ()) -> Self {
        if !keys.contains(name) {
            keys.missing(name);
        }
        Self(Option::read(keys, name, ()))
    }

    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], (): ()) {
        let schema = T::schema(section.generator);
        section.property(name, doc, schema, &Value::Null);
        section.required.push(json!(name));
    }
}

/// A list of things that are all independent: one bad thing spoils no other.
impl<T: FromToml> Key for Vec<T> {
    type Default = ();

    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, (): ()) -> Self {
        let Some(value) = keys.take(name) else { return Self::new() };
        match value.get_ref() {
            DeValue::Array(list) => list.iter().filter_map(|it| T::from_toml(it, keys.reader)).collect(),
            DeValue::Table(_) => {
                let help = format!("write [[{name}]], with two brackets: there can be several");
                keys.reader.error(value.span(), format!("`{name}` must be a list of tables"), Some(help));
                Self::new()
            }
            _ => {
                keys.reader.expected(value, "a list");
                Self::new()
            }
        }
    }

    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], (): ()) {
        let items = T::schema(section.generator);
        section.property(name, doc, json_schema!({ "type": "array", "items": items }), &Value::Null);
    }
}

/// Tables by name (`[webhook.desk]`), in the order of the file.
#[derive(Debug, Clone)]
pub(super) struct Named<T>(pub(super) Vec<(At<String>, T)>);

impl<T: FromToml> Key for Named<T> {
    type Default = ();

    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, (): ()) -> Self {
        let Some(value) = keys.take(name) else { return Self(Vec::new()) };
        let Some(table) = value.get_ref().as_table() else {
            let help = format!("write [{name}.NAME]: every sink has a name of its own");
            keys.reader.error(value.span(), format!("`{name}` must be tables with names"), Some(help));
            return Self(Vec::new());
        };
        let read = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>), reader: &mut Reader<'_>| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            let at = At { value: name.clone().into_owned(), pos: reader.pos(key.span()) };
            Some((at, T::from_toml(value, reader)?))
        };
        Self(in_order(table).into_iter().filter_map(|entry| read(entry, keys.reader)).collect())
    }

    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], (): ()) {
        let one = T::schema(section.generator);
        section.property(name, doc, json_schema!({ "type": "object", "additionalProperties": one }), &Value::Null);
    }
}

/// The entries of a table in the order of the file.
#[must_use]
pub(super) fn in_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> Vec<(&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// A section while its keys are taken out.
pub(super) struct Keys<'k, 'r, 't, 'i> {
    /// Where its values' problems go.
    pub(super) reader: &'k mut Reader<'r>,
    /// Where the section begins.
    pub(super) pos: Pos,
    table: &'t DeTable<'i>,
    known: Vec<String>,
    missing: Vec<String>,
}

impl<'k, 'r, 't, 'i> Keys<'k, 'r, 't, 'i> {
    /// Opens a section.
    pub(super) fn open(value: &'t Spanned<DeValue<'i>>, reader: &'k mut Reader<'r>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            reader.expected(value, "a table");
            return None;
        };
        let pos = reader.pos(value.span());
        Some(Self { reader, pos, table, known: Vec::new(), missing: Vec::new() })
    }

    /// The value of a key, which is a known one from now on.
    pub(super) fn take(&mut self, name: &str) -> Option<&'t Spanned<DeValue<'i>>> {
        if !self.known.iter().any(|known| known == name) {
            self.known.push(name.to_owned());
        }
        self.table.get(name)
    }

    /// Whether the section has a key.
    #[must_use]
    pub(super) fn contains(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// The place of a key's name.
    #[must_use]
    pub(super) fn key_span(&self, name: &str) -> Option<Range<usize>> {
        self.table.get_key_value(name).map(|(key, _)| key.span())
    }

    /// Reports that a key is not there, unless it may be among what could not be read.
    pub(super) fn missing(&mut self, name: &str) {
        self.missing.push(name.to_owned());
    }

    /// Ends the section: reports every key that is missing, and every key that nobody took.
    pub(super) fn close(mut self) {
        for (key, _) in in_order(self.table) {
            let name = key.get_ref().as_ref();
            if self.known.iter().any(|known| known == name) {
                continue;
            }
            let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
            let help = match closest(name, &known) {
                Some(close) => did_you_mean(close),
                None => possible(known.iter().copied().filter(|known| !is_source_of_another(known, &self.known))),
            };
            // A key that is only misspelt is not missing as well.
            let meant = closest(name, &known);
            self.missing.retain(|missing| Some(missing.as_str()) != meant);
            self.reader.unknown_key(key, help);
        }
        if !self.reader.is_damaged(self.pos.span.start) {
            for name in self.missing {
                self.reader.error(self.pos.span.clone(), format!("`{name}` is missing"), None);
            }
        }
    }
}

/// What may have been meant by `name`, else everything that is possible.
#[must_use]
pub(super) fn suggestion<'a>(name: &str, possible: impl IntoIterator<Item = &'a str>) -> String {
    let possible: Vec<&str> = possible.into_iter().collect();
    closest(name, &possible).map_or_else(|| self::possible(possible.iter().copied()), did_you_mean)
}

/// That a slip of the pen is likely.
#[must_use]
pub(super) fn did_you_mean(close: &str) -> String {
    format!("did you mean `{close}`?")
}

fn possible<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("possible: {}", names.map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "))
}

/// Whether a key is one of the secret forms of another one, which go without saying.
fn is_source_of_another(key: &str, known: &[String]) -> bool {
    let base = ["_file", "_env", "_credential"].iter().find_map(|suffix| key.strip_suffix(suffix));
    base.is_some_and(|base| known.iter().any(|known| known == base))
}

/// The most similar of the possible names, where one is similar enough to be a slip.
#[must_use]
pub(super) fn closest<'a>(name: &str, possible: &[&'a str]) -> Option<&'a str> {
    let distance = |other: &&str| strsim::damerau_levenshtein(&name.to_lowercase(), other);
    possible.iter().copied().min_by_key(distance).filter(|best| 3 * distance(best) <= name.len().max(best.len()))
}

/// The JSON Schema of a section while it is built.
pub(super) struct SectionSchema<'g> {
    /// For the schemas of the keys.
    pub(super) generator: &'g mut SchemaGenerator,
    about: String,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl<'g> SectionSchema<'g> {
    /// A section without keys.
    #[must_use]
    pub(super) fn new(about: &[&str], generator: &'g mut SchemaGenerator) -> Self {
        Self { generator, about: prose(about), properties: Map::new(), required: Vec::new() }
    }

    /// Adds a key.
    pub(super) fn property(&mut self, name: &str, doc: &[&str], mut schema: Schema, default: &Value) {
        // Beside a reference, other keywords only count inside `allOf`'s sibling in older drafts;
        // in 2020-12, which schemars writes, they stand beside it.
        schema.insert("description".to_owned(), json!(prose(doc)));
        if !default.is_null() {
            schema.insert("default".to_owned(), default.clone());
        }
        self.properties.insert(name.to_owned(), schema.to_value());
    }

    /// The schema: no other keys are allowed.
    #[must_use]
    pub(super) fn finish(self) -> Schema {
        let mut schema = json_schema!({
            "description": self.about,
            "type": "object",
            "properties": self.properties,
            "additionalProperties": false,
        });
        if !self.required.is_empty() {
            schema.insert("required".to_owned(), Value::Array(self.required));
        }
        schema
    }
}

/// The lines of a doc comment as running text.
fn prose(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").trim().to_owned()
}
