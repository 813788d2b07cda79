//! Where secrets come from: the configuration itself, a file, a variable, a
//! systemd credential; and reading them. What is read never shows in a message.

use super::Purpose;
use super::environment::Environment;
use super::file::Headers;
use super::problem::{error, warning};
use super::secret::Secret;
use super::section::{FromToml, Key, Keys, Reader, SectionSchema, suggestion};
use super::value::FilePath;
use crate::watchlist::definition::{At, Pos, Problem};
use reqwest::header::{HeaderName, HeaderValue};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeValue;

/// The most bytes of a secret file: enough for every authority of a system, too little to hurt.
const MAX_SECRET: u64 = 1024 * 1024;

/// A placeholder for a URL that could not be read, where only looking is the purpose.
pub(super) const UNKNOWN_URL: &str = "http://secret.invalid/";

/// Where a secret comes from.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// It stands in the configuration.
    Inline(Secret),
    /// The content of a file, without the white space at its end.
    File(PathBuf),
    /// The value of a variable.
    Variable(String),
    /// The content of a file in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inline(secret) => write!(f, "Inline({secret})"),
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Variable(name) => write!(f, "Variable({name})"),
            Self::Credential(name) => write!(f, "Credential({name})"),
        }
    }
}

/// How each kind of origin is written: what its key ends with.
const SUFFIXES: [&str; 4] = ["", "file", "env", "credential"];

fn read_origin(suffix: &str, value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<At<Origin>> {
    let pos = reader.pos(value.span());
    let origin = match suffix {
        "file" => Origin::File(FilePath::from_toml(value, reader)?.0),
        "env" => Origin::Variable(String::from_toml(value, reader)?),
        "credential" => Origin::Credential(credential_name(value, reader)?),
        _ => {
            let text = String::from_toml(value, reader)?;
            if text.contains("${") {
                let help =
                    "to take a value from a variable, use the key that ends with _env, or { env = … }".to_owned();
                reader.warning(value.span(), "${…} is taken as it is", Some(help));
            }
            Origin::Inline(Secret::new(text))
        }
    };
    Some(At { value: origin, pos })
}

/// systemd's credentials are plain file names.
fn credential_name(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<String> {
    let name = String::from_toml(value, reader)?;
    if name.is_empty() || name.contains(['/', '\0']) || name == "." || name == ".." {
        reader.error(value.span(), "expected the name of a credential, without a folder", None);
        return None;
    }
    Some(name)
}

/// A key that can be a secret: `KEY`, `KEY_file`, `KEY_env` or `KEY_credential`.
#[derive(Debug, Clone, Default)]
pub(super) struct Sourced(pub(super) Option<At<Origin>>);

impl Key for Sourced {
    type Default = ();

    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, (): ()) -> Self {
        let found = family(keys, name);
        Self(found.into_iter().next().and_then(|(suffix, value)| read_origin(suffix, value, keys.reader)))
    }

    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], (): ()) {
        for key in SUFFIXES.map(|suffix| member(name, suffix)) {
            section.property(&key, doc, json_schema!({ "type": "string" }), &Value::Null);
        }
    }
}

/// Such a key that must be there. `None` where it is not, or bad: that has been reported.
#[derive(Debug, Clone, Default)]
pub(super) struct RequiredSource(pub(super) Option<At<Origin>>);

impl Key for RequiredSource {
    type Default = ();

    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, (): ()) -> Self {
        if !SUFFIXES.iter().any(|suffix| keys.contains(&member(name, suffix))) {
            keys.missing(name);
        }
        Self(Sourced::read(keys, name, ()).0)
    }

    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], (): ()) {
        Sourced::describe(section, name, doc, ());
    }
}

/// Such a key that also takes a list, for the time of a rotation.
#[derive(Debug, Clone, Default)]
pub(super) struct SourcedList(pub(super) Vec<At<Origin>>);

impl Key for SourcedList {
    type Default = ();

    fn read(keys: &mut Keys<'_, '_, '_, '_>, name: &'static str, (): ()) -> Self {
        let mut origins = Vec::new();
        for (suffix, value) in family(keys, name) {
            match value.get_ref().as_array() {
                Some(list) => origins.extend(list.iter().filter_map(|it| read_origin(suffix, it, keys.reader))),
                None => origins.extend(read_origin(suffix, value, keys.reader)),
            }
        }
        Self(origins)
    }

    fn describe(section: &mut SectionSchema<'_>, name: &'static str, doc: &[&str], (): ()) {
        let one = json_schema!({ "type": "string" });
        let schema = json_schema!({ "anyOf": [one, { "type": "array", "items": one }] });
        for key in SUFFIXES.map(|suffix| member(name, suffix)) {
            section.property(&key, doc, schema.clone(), &Value::Null);
        }
    }
}

/// The member of a family of keys that is there; a second one is reported where it stands.
fn family<'t, 'i>(keys: &mut Keys<'_, '_, 't, 'i>, name: &str) -> Vec<(&'static str, &'t Spanned<DeValue<'i>>)> {
    let mut found = Vec::new();
    for suffix in SUFFIXES {
        let key = member(name, suffix);
        if let Some(value) = keys.take(&key) {
            found.push((keys.key_span(&key).unwrap_or_default(), key, suffix, value));
        }
    }
    found.sort_by_key(|(span, ..)| span.start);
    for (span, key, ..) in found.iter().skip(1) {
        let first = found.first().map_or(name, |(_, first, ..)| first.as_str());
        let help = "keep one of the two".to_owned();
        keys.reader.error(span.clone(), format!("`{key}` says again what `{first}` says"), Some(help));
    }
    found.truncate(1);
    found.into_iter().map(|(_, _, suffix, value)| (suffix, value)).collect()
}

fn member(name: &str, suffix: &str) -> String {
    if suffix.is_empty() { name.to_owned() } else { format!("{name}_{suffix}") }
}

/// A text, or `{ file = … }`, `{ env = … }`, `{ credential = … }`.
impl FromToml for Origin {
    fn from_toml(value: &Spanned<DeValue<'_>>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            return read_origin("", value, reader).map(|at| at.value);
        };
        let mut entries = table.iter();
        let (Some((key, value)), None) = (entries.next(), entries.next()) else {
            reader.error(value.span(), "expected exactly one of `file`, `env`, `credential`", None);
            return None;
        };
        let Some(suffix) = SUFFIXES.into_iter().skip(1).find(|suffix| suffix == key.get_ref()) else {
            let help = suggestion(key.get_ref(), SUFFIXES.into_iter().skip(1));
            reader.unknown_key(key, help);
            return None;
        };
        read_origin(suffix, value, reader).map(|at| at.value)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({ "type": "string" });
        let one = |key: &str| json_schema!({ "type": "object", "properties": { key: text }, "required": [key] });
        json_schema!({ "anyOf": [text, one("file"), one("env"), one("credential")] })
    }
}

/// Reads secrets, and keeps what went wrong.
#[derive(Debug)]
pub(super) struct Vault<'a> {
    environment: &'a Environment,
    purpose: Purpose,
    /// The files that were read, or would have been. Credentials of systemd stay as they are
    /// while a service runs.
    pub(super) named: Vec<PathBuf>,
    /// What went wrong so far.
    pub(super) problems: Vec<Problem>,
}

/// What became of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fetched {
    /// It was read.
    Known(Secret),
    /// It was not, and that is no error for this purpose.
    Absent,
    /// It was not; the error has been reported.
    Failed,
}

impl<'a> Vault<'a> {
    /// A reader of secrets for a purpose.
    #[must_use]
    pub(super) fn new(environment: &'a Environment, purpose: Purpose) -> Self {
        Self { environment, purpose, named: Vec::new(), problems: Vec::new() }
    }

    /// What the configuration is loaded for.
    pub(super) fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Reads one secret.
    pub(super) fn fetch(&mut self, origin: &At<Origin>) -> Fetched {
        let result = match &origin.value {
            Origin::Inline(secret) => Ok(secret.expose().to_owned()),
            Origin::File(path) => {
                self.named.push(path.clone());
                read_file(path)
            }
            Origin::Variable(name) => self.variable(name),
            Origin::Credential(name) => match self.environment.directory("CREDENTIALS_DIRECTORY") {
                Some(folder) => read_file(&folder.join(name)),
                None => return self.no_credentials(name, &origin.pos),
            },
        };
        match result.map(|text| text.trim_end().to_owned()) {
            Ok(text) if !text.is_empty() => Fetched::Known(Secret::new(text)),
            Ok(_) => self.fail(&origin.pos, "this secret is empty".to_owned(), None),
            Err(message) => self.fail(&origin.pos, message, None),
        }
    }

    /// Why a file that the configuration names cannot be read, where it is being judged.
    pub(super) fn unreadable(&self, path: &Path) -> Option<std::io::Error> {
        if self.purpose == Purpose::Check { File::open(path).err() } else { None }
    }

    /// Reads the headers that can be sent; reports the others.
    pub(super) fn headers(&mut self, headers: Headers) -> Vec<(String, Secret)> {
        let mut readable = Vec::new();
        for (name, value) in headers.0 {
            if HeaderName::from_bytes(name.value.as_bytes()).is_err() {
                self.problems.push(error(&name.pos, "this cannot be the name of a header", None));
            } else if let Some(value) = self.header_value(&value) {
                readable.push((name.value, value));
            }
        }
        readable
    }

    /// Reads what is to be sent in a header.
    pub(super) fn header_value(&mut self, origin: &At<Origin>) -> Option<Secret> {
        let value = self.fetch(origin).known()?;
        if HeaderValue::from_str(value.expose()).is_err() {
            self.problems.push(error(&origin.pos, "this cannot be the value of a header", None));
            return None;
        }
        Some(value)
    }

    fn variable(&self, name: &str) -> Result<String, String> {
        let value = self.environment.get(name).ok_or_else(|| format!("the variable `{name}` is not set"))?;
        OsString::from(value).into_string().map_err(|_| format!("the variable `{name}` is no UTF-8"))
    }

    fn no_credentials(&mut self, name: &str, pos: &Pos) -> Fetched {
        let message = format!("`{name}` cannot be read: $CREDENTIALS_DIRECTORY is not set");
        let help = "systemd sets it for a service with LoadCredential= or SetCredential=".to_owned();
        if self.purpose == Purpose::Run {
            return self.fail(pos, message, Some(help));
        }
        self.problems.push(warning(pos, message, Some(help)));
        Fetched::Absent
    }

    fn fail(&mut self, pos: &Pos, message: String, help: Option<String>) -> Fetched {
        if self.purpose == Purpose::Look {
            self.problems.push(warning(pos, message, help));
            return Fetched::Absent;
        }
        self.problems.push(error(pos, message, help));
        Fetched::Failed
    }
}

impl Fetched {
    /// The secret, if it was read.
    pub(super) fn known(self) -> Option<Secret> {
        match self {
            Self::Known(secret) => Some(secret),
            Self::Absent | Self::Failed => None,
        }
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let fail = |reason: &dyn std::fmt::Display| format!("{} cannot be read: {reason}", path.display());
    let file = File::open(path).map_err(|error| fail(&error))?;
    let mut bytes = Vec::new();
    file.take(MAX_SECRET + 1).read_to_end(&mut bytes).map_err(|error| fail(&error))?;
    if bytes.len() as u64 > MAX_SECRET {
        return Err(fail(&"it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| fail(&"it is no UTF-8"))
}
