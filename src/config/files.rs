//! The files that were read, and from a [`Pos`] in one of them to what a person sees.

use super::diagnostic::{Diagnostic, Diagnostics, Excerpt};
use super::{escape, mask};
use crate::watchlist::definition::{Level, Pos, Problem};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A file as it was read.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Its path, as it is shown.
    pub(super) path: PathBuf,
    /// Its text; empty where it could not be read.
    pub(super) text: String,
    /// Bytes of the text that are not to be shown, sorted; found out when some of it is shown.
    secrets: OnceLock<Vec<Range<usize>>>,
    /// Where each line begins; found out when a place is asked for.
    lines: OnceLock<Vec<usize>>,
}

/// The most bytes of a line that are shown on each side of where the marked part begins: a
/// list of very many names may stand in one line, with something to say of each.
const SHOWN: usize = 160;

/// What stands for the rest of a line.
const CUT: &str = "…";

impl SourceFile {
    fn new(path: &Path, text: String) -> Self {
        Self { path: path.to_owned(), text, secrets: OnceLock::new(), lines: OnceLock::new() }
    }

    fn secrets(&self) -> &[Range<usize>] {
        self.secrets.get_or_init(|| mask::secrets(&self.text))
    }

    /// The number of the line, from 1, that holds a byte, and its bytes, with those that end it.
    fn line_of(&self, byte: usize) -> (usize, Range<usize>) {
        let newlines = || self.text.match_indices('\n').map(|(newline, _)| newline + 1);
        let starts = self.lines.get_or_init(|| std::iter::once(0).chain(newlines()).collect());
        let number = starts.partition_point(|start| *start <= byte);
        let start = number.checked_sub(1).and_then(|index| starts.get(index)).copied().unwrap_or_default();
        (number, start..starts.get(number).copied().unwrap_or(self.text.len()))
    }
}

/// All files that were read, indexed by [`Pos::file`].
#[derive(Debug, Default)]
pub(super) struct Files(Vec<SourceFile>);

impl Files {
    /// Adds a file and returns its number.
    pub(super) fn add(&mut self, path: &Path, text: String) -> u32 {
        self.0.push(SourceFile::new(path, text));
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX)
    }

    /// The paths of all files, as they are shown.
    #[must_use]
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.0.iter().map(|file| file.path.clone()).collect()
    }

    /// Sorts problems into errors and warnings, each with its place, none twice.
    #[must_use]
    pub(super) fn diagnostics(&self, mut problems: Vec<Problem>) -> Diagnostics {
        let inside = |problem: &Problem| problem.within.as_ref().map(|within| within.start);
        problems.sort_by_key(|problem| (problem.pos.file, problem.pos.span.start, inside(problem)));
        problems.dedup();
        let mut columns = Columns::default();
        let mut diagnostics = Diagnostics::default();
        for problem in &problems {
            let diagnostic = self.diagnostic(problem, &mut columns);
            match problem.level {
                Level::Error => diagnostics.errors.push(diagnostic),
                Level::Warning => diagnostics.warnings.push(diagnostic),
            }
        }
        diagnostics
    }

    fn get(&self, file: u32) -> Option<&SourceFile> {
        self.0.get(usize::try_from(file).ok()?)
    }

    fn diagnostic(&self, problem: &Problem, columns: &mut Columns) -> Diagnostic {
        let file = self.get(problem.pos.file);
        let place = file.map(|file| place(file, problem, columns)).unwrap_or_default();
        Diagnostic {
            level: problem.level,
            file: file.map(|file| file.path.clone()).unwrap_or_default(),
            line: place.line,
            column: place.column,
            message: problem.message.clone(),
            help: problem.help.clone(),
            excerpt: file.filter(|file| !file.text.is_empty()).map(|file| excerpt(file, &place)),
        }
    }
}

/// A place in a file, as people count.
struct Place {
    line: usize,
    column: usize,
    /// Bytes of the line, without its end.
    bytes: Range<usize>,
    /// The part of these that is meant.
    marked: Range<usize>,
}

impl Default for Place {
    fn default() -> Self {
        Self { line: 1, column: 1, bytes: 0..0, marked: 0..0 }
    }
}

/// Counts columns: of places that come in order, each goes on from the one before.
#[derive(Debug, Default)]
struct Columns {
    /// A file and where a line of it begins, how far it was counted, and to what.
    counted: Option<(u32, usize, usize, usize)>,
}

impl Columns {
    /// The characters between the beginning of a line and a place in it.
    fn count(&mut self, file: u32, text: &str, line: usize, place: usize) -> usize {
        let before = self.counted.filter(|&(of, start, to, _)| (of, start) == (file, line) && to <= place);
        let (from, count) = before.map_or((line, 0), |(.., to, count)| (to, count));
        let count = count + text.get(from..place).map_or(0, |head| head.chars().count());
        self.counted = Some((file, line, place, count));
        count
    }
}

fn place(file: &SourceFile, problem: &Problem, columns: &mut Columns) -> Place {
    let text = file.text.as_str();
    let span = source_span(text, &problem.pos, problem.within.as_ref());
    let start = floor(text, span.start);
    let (number, line) = file.line_of(start);
    let line_start = line.start;
    let shown = text.get(line).unwrap_or_default().trim_end_matches('\n').trim_end_matches('\r');
    let line_end = line_start + shown.len();
    let start = start.min(line_end);
    Place {
        line: number,
        column: columns.count(problem.pos.file, text, line_start, start) + 1,
        bytes: line_start..line_end,
        marked: start..floor(text, span.end).clamp(start, line_end),
    }
}

/// The bytes of the file that a problem is about.
fn source_span(text: &str, pos: &Pos, within: Option<&Range<usize>>) -> Range<usize> {
    let Some(within) = within else { return pos.span.clone() };
    let token = text.get(pos.span.clone()).unwrap_or_default();
    let range = escape::source_range(token, within);
    pos.span.start + range.start..pos.span.start + range.end
}

/// The line, or the part of a long one about the mark, with its secrets masked, and where
/// the marked bytes stand in it.
fn excerpt(file: &SourceFile, place: &Place) -> Excerpt {
    let from = floor(&file.text, place.marked.start.saturating_sub(SHOWN).max(place.bytes.start));
    let to = floor(&file.text, place.marked.start.saturating_add(SHOWN).min(place.bytes.end));
    let marked = place.marked.start..place.marked.end.min(to);
    let mut line = String::new();
    if from > place.bytes.start {
        line.push_str(CUT);
    }
    let (mut start, mut end) = (None, None);
    for (source, hidden) in pieces(file.secrets(), &(from..to)) {
        let from = line.len();
        line.push_str(if hidden { mask::MASK } else { file.text.get(source.clone()).unwrap_or_default() });
        if source.contains(&marked.start) {
            start = Some(if hidden { from } else { from + marked.start - source.start });
        }
        if source.start < marked.end && marked.end <= source.end {
            end = Some(if hidden { line.len() } else { from + marked.end - source.start });
        }
    }
    let start = start.unwrap_or(line.len());
    if to < place.bytes.end {
        line.push_str(CUT);
    }
    Excerpt { marked: start..end.unwrap_or(start).max(start), line }
}

/// A line cut into what may be shown and what is hidden.
fn pieces(secrets: &[Range<usize>], line: &Range<usize>) -> Vec<(Range<usize>, bool)> {
    let mut pieces = Vec::new();
    let mut at = line.start;
    for secret in secrets.iter().filter(|it| it.start < line.end && it.end > line.start) {
        let hidden = secret.start.max(at)..secret.end.min(line.end).max(at);
        pieces.push((at..hidden.start, false));
        at = hidden.end;
        pieces.push((hidden, true));
    }
    pieces.push((at..line.end, false));
    pieces.retain(|(bytes, _)| !bytes.is_empty());
    pieces
}

/// The character boundary at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    text.floor_char_boundary(byte)
}
