//! Opens what `[[import]]` names; reading it is `watchlist::import`'s.

use super::section::{Reader, Required, section};
use super::value::{Choice, FilePath};
use crate::watchlist::definition::At;
use crate::watchlist::import::{self, BadLine, Format, Imported};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

/// So many bad lines of one file are shown; a file of another format has as many as lines.
const MAX_BAD_LINES: usize = 5;

section! {
    /// Entities from another file.
    Import {
        /// The file.
        file: Required<FilePath>,
        /// Its format: "opensanctions", "csv" (id,type,name,aliases) or "lines".
        format: Required<Format>,
        /// The type of entities that the file gives none; needed for "lines".
        r#type: Option<At<String>>,
    }
}

impl Choice for Format {
    const ALL: &'static [(&'static str, Self)] = &[
        (Self::OpenSanctions.name(), Self::OpenSanctions),
        (Self::Csv.name(), Self::Csv),
        (Self::Lines.name(), Self::Lines),
    ];
}

impl Import {
    /// Reads the file, after those `before` it; says its path too. What is wrong is reported at its key.
    pub(super) fn read(self, before: &[PathBuf], reader: &mut Reader<'_>) -> Option<(Imported, PathBuf)> {
        let file = self.file.0?;
        let path = file.value.0;
        if let Some(reason) = reader.imports.refuse(&path, before) {
            let help = "name it in the file itself, and reload".to_owned();
            reader.error(file.pos.span, reason, Some(help));
            return None;
        }
        reader.named.push(path.clone());
        let input = File::open(&path).map(BufReader::new);
        if let Err(error) = &input {
            reader.error(file.pos.span.clone(), format!("{} cannot be read: {error}", path.display()), None);
        }
        let format = self.format.0?;
        if format.value == Format::Lines && self.r#type.is_none() {
            let help = "say what its names are: type = \"person\", for instance".to_owned();
            reader.error(format.pos.span, "a list of names needs a `type`", Some(help));
        }
        let kind = self.r#type.map(|at| at.value).unwrap_or_default();
        match import::read(format.value, &kind, file.pos.clone(), input.ok()?) {
            Ok((imported, bad)) => {
                for message in bad_lines(&path, &bad) {
                    reader.warning(file.pos.span.clone(), message, None);
                }
                Some((imported, path))
            }
            Err(error) => {
                reader.error(file.pos.span, format!("{} cannot be read: {error}", path.display()), None);
                None
            }
        }
    }
}

fn bad_lines(path: &std::path::Path, bad: &[BadLine]) -> Vec<String> {
    let name = path.display();
    let mut messages: Vec<String> =
        bad.iter().take(MAX_BAD_LINES).map(|bad| format!("{name}:{}: {}", bad.line, bad.message)).collect();
    if let Some(more) = bad.len().checked_sub(MAX_BAD_LINES).filter(|more| *more > 0) {
        messages.push(format!("{name}: {more} more lines could not be used"));
    }
    messages
}
