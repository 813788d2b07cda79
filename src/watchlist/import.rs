//! Long lists of entities from other people's files: plain lines, CSV, and the
//! `targets.simple.csv` of OpenSanctions. Read as a stream; a bad line is named
//! and the good ones are kept. Opening the file is left to the caller.

mod records;

use super::definition::Pos;
use super::strings::Strings;
use records::{Record, Records};
use std::collections::HashMap;
use std::io::BufRead;

/// How an import's file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One name a line, each an entity of the import's own type; `#` begins a comment line.
    /// Its id is the name in lower case with a hyphen between words.
    Lines,
    /// Columns `id,type,name,aliases` in any order, named by the first line; more
    /// columns are ignored. Aliases are separated by `;`.
    Csv,
    /// OpenSanctions `targets.simple.csv`, the same with the column `schema` for
    /// the type, which is taken in lower case.
    OpenSanctions,
}

impl Format {
    /// All.
    pub const ALL: [Self; 3] = [Self::Lines, Self::Csv, Self::OpenSanctions];

    /// The name used in `format`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Csv => "csv",
            Self::OpenSanctions => "opensanctions",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// The entities of one `[[import]]`. Their names take the default options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// The import's `file` key: where problems with its entities are shown.
    pub pos: Pos,
    kinds: Strings,
    kind_numbers: HashMap<String, u32>,
    strings: Strings,
    entities: Vec<Entry>,
}

/// One entity: its id and its names are the next strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    kind: u32,
    names: u32,
}

/// One entity of an [`Imported`].
#[derive(Debug, Clone, Copy)]
pub struct ImportedEntity<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its type.
    pub kind: &'a str,
    strings: &'a Strings,
    first_name: usize,
    names: u32,
}

impl<'a> ImportedEntity<'a> {
    /// Its names, the first being what it is called; at least one.
    pub fn names(self) -> impl Iterator<Item = &'a str> {
        (self.first_name..).take(self.names as usize).map(move |name| self.strings.get(name))
    }
}

impl Imported {
    /// Its entities, in the order of the file.
    pub fn entities(&self) -> impl Iterator<Item = ImportedEntity<'_>> {
        let mut next = 0;
        self.entities.iter().map(move |entry| {
            let id = next;
            next += 1 + entry.names as usize;
            ImportedEntity {
                id: self.strings.get(id),
                kind: self.kinds.get(entry.kind as usize),
                strings: &self.strings,
                first_name: id + 1,
                names: entry.names,
            }
        })
    }

    /// How many entities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    fn push<'a>(&mut self, id: &str, kind: &str, names: impl Iterator<Item = &'a str>) {
        let kind = self.kind(kind);
        self.strings.push(id);
        let mut count = 0;
        for name in names {
            self.strings.push(name);
            count += 1;
        }
        self.entities.push(Entry { kind, names: count });
    }

    fn kind(&mut self, kind: &str) -> u32 {
        if let Some(&known) = self.kind_numbers.get(kind) {
            return known;
        }
        let number = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        self.kinds.push(kind);
        self.kind_numbers.insert(kind.to_owned(), number);
        number
    }
}

/// A line that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, counted from 1.
    pub line: u64,
    /// What is wrong with it, in words.
    pub message: String,
}

/// Reads a whole import. `kind` is the type of the entities that name none
/// (`lines`; an empty type in `csv`).
///
/// # Errors
/// Where `input` fails to be read; what is wrong with single lines is no error.
pub fn read(
    format: Format,
    kind: &str,
    pos: Pos,
    input: impl BufRead,
) -> Result<(Imported, Vec<BadLine>), std::io::Error> {
    let mut import = Import { imported: Imported { pos, ..Imported::default() }, bad: Vec::new(), kind };
    let mut records = Records::new(input);
    match format {
        Format::Lines => import.lines(&mut records)?,
        Format::Csv => import.table(&mut records, "type")?,
        Format::OpenSanctions => import.table(&mut records, "schema")?,
    }
    import.imported.strings.shrink_to_fit();
    Ok((import.imported, import.bad))
}

/// What has been read so far.
struct Import<'a> {
    imported: Imported,
    bad: Vec<BadLine>,
    kind: &'a str,
}

impl Import<'_> {
    fn reject(&mut self, line: u64, message: impl Into<String>) {
        self.bad.push(BadLine { line, message: message.into() });
    }

    fn lines(&mut self, records: &mut Records<impl BufRead>) -> Result<(), std::io::Error> {
        while let Some(record) = records.next_line()? {
            let line = record.line;
            let name = match record.text {
                Ok(name) => name.trim_start_matches('\u{feff}').trim().to_owned(),
                Err(message) => {
                    self.reject(line, message);
                    continue;
                }
            };
            if name.is_empty() || name.starts_with('#') {
                continue;
            }
            match id_of(&name) {
                id if id.is_empty() => self.reject(line, format!("{name:?} holds no letter or digit")),
                id => self.imported.push(&id, self.kind, std::iter::once(name.as_str())),
            }
        }
        Ok(())
    }

    fn table(&mut self, records: &mut Records<impl BufRead>, kind: &str) -> Result<(), std::io::Error> {
        let Some(header) = records.next_record(None)? else {
            self.reject(1, "the file is empty");
            return Ok(());
        };
        let Some(columns) = Columns::new(&header, kind) else {
            self.reject(header.line, format!("the first line does not name the columns id,{kind},name,aliases"));
            return Ok(());
        };
        while let Some(record) = records.next_record(Some(columns.count))? {
            self.row(&record, &columns);
        }
        Ok(())
    }

    fn row(&mut self, record: &Record, columns: &Columns) {
        let fields = match &record.fields {
            Ok(fields) => fields,
            Err(message) => return self.reject(record.line, message.clone()),
        };
        if fields.len() > columns.count {
            let message = format!("{} fields, where the first line names {}", fields.len(), columns.count);
            return self.reject(record.line, message);
        }
        let field = |column: Option<usize>| column.map_or("", |column| fields.get(column).trim());
        let (id, name) = (field(Some(columns.id)), field(Some(columns.name)));
        let kind = match field(columns.kind) {
            "" => self.kind.to_owned(),
            kind => kind.to_lowercase(),
        };
        if id.is_empty() || name.is_empty() {
            return self.reject(record.line, if id.is_empty() { "no id" } else { "no name" });
        }
        let aliases = field(columns.aliases).split(';').map(str::trim);
        let names = std::iter::once(name).chain(aliases.filter(|alias| !alias.is_empty() && *alias != name));
        self.imported.push(id, &kind, names);
    }
}

/// Which column holds what.
struct Columns {
    count: usize,
    id: usize,
    kind: Option<usize>,
    name: usize,
    aliases: Option<usize>,
}

impl Columns {
    fn new(header: &Record, kind: &str) -> Option<Self> {
        let fields = header.fields.as_ref().ok()?;
        let names = (0..fields.len()).map(|column| fields.get(column).trim_start_matches('\u{feff}').trim());
        let find = |name: &str| names.clone().position(|column| column.eq_ignore_ascii_case(name));
        Some(Self {
            count: fields.len(),
            id: find("id")?,
            kind: find(kind),
            name: find("name")?,
            aliases: find("aliases"),
        })
    }
}

/// Words in lower case with a hyphen between; empty where there is no letter or digit.
fn id_of(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<_> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}
