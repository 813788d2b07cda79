//! Which files an `include` pattern names, and which folders to watch for more.

use globset::{GlobBuilder, GlobMatcher};
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// What an `include` names when the configuration says nothing.
pub(super) const DEFAULT: [&str; 3] = ["watchlists/*.toml", "feeds/*.toml", "feeds/*.opml"];

/// How deep `**` reaches: a bound for a folder that contains itself.
const MAX_DEPTH: usize = 16;

/// What a pattern names at the moment.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The files, sorted.
    pub(super) files: Vec<PathBuf>,
    /// The folders that were looked into, whether they exist or not.
    pub(super) folders: Vec<PathBuf>,
    /// It names one file, not all that look alike: that one must be there.
    pub(super) literal: bool,
}

/// Finds the files of a pattern, relative to a folder. Hidden files are no matter of patterns.
///
/// # Errors
/// Why the pattern is none, or why a folder cannot be read, in words.
pub(super) fn find(folder: &Path, pattern: &str) -> Result<Found, String> {
    let (base, matcher, depth) = match Pattern::new(folder, pattern)? {
        Pattern::One(file) => {
            let parent = file.parent().map(Path::to_owned).into_iter().collect();
            return Ok(Found { files: vec![file], folders: parent, literal: true });
        }
        Pattern::Many { base, matcher, depth } => (base, matcher, depth),
    };
    let mut walk = Walk { base: &base, matcher, found: Found::default() };
    walk.folder(&base, depth).map_err(|(folder, error)| format!("{} cannot be read: {error}", folder.display()))?;
    walk.found.files.sort();
    Ok(walk.found)
}

/// Whether a pattern would find a file, if that were there.
pub(super) fn takes(folder: &Path, pattern: &str, file: &Path) -> bool {
    match Pattern::new(folder, pattern) {
        Ok(Pattern::One(one)) => place(&one) == place(file),
        Ok(Pattern::Many { base, matcher, .. }) => {
            let (base, file) = (place(&base), place(file));
            file.strip_prefix(base).is_ok_and(|relative| {
                let hidden = |part: Component<'_>| part.as_os_str().as_encoded_bytes().starts_with(b".");
                matcher.is_match(relative) && !relative.components().any(hidden)
            })
        }
        Err(_) => false,
    }
}

/// A path by which two can be compared: links resolved as far as it exists.
fn place(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path
}

/// A pattern, taken apart.
enum Pattern {
    /// It names one file.
    One(PathBuf),
    /// It names all files below a folder that match.
    Many {
        base: PathBuf,
        matcher: GlobMatcher,
        /// How many folders deep it can reach.
        depth: usize,
    },
}

impl Pattern {
    fn new(folder: &Path, pattern: &str) -> Result<Self, String> {
        let components: Vec<&str> = pattern.split('/').collect();
        let fixed = components.iter().position(|it| is_wild(it)).unwrap_or(components.len());
        if fixed == components.len() {
            return Ok(Self::One(folder.join(pattern)));
        }
        let (head, tail) = components.split_at(fixed);
        // An absolute pattern begins with an empty component.
        let base = folder.join(if head == [""] { "/".to_owned() } else { head.join("/") });
        let depth = if tail.contains(&"**") { MAX_DEPTH } else { tail.len() };
        let glob = GlobBuilder::new(&tail.join("/")).literal_separator(true).build();
        let matcher = glob.map_err(|error| error.kind().to_string())?.compile_matcher();
        Ok(Self::Many { base, matcher, depth })
    }
}

fn is_wild(component: &str) -> bool {
    component.contains(['*', '?', '[', '{'])
}

struct Walk<'a> {
    base: &'a Path,
    matcher: GlobMatcher,
    found: Found,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), (PathBuf, io::Error)> {
        self.found.folders.push(folder.to_owned());
        let fail = |error| (folder.to_owned(), error);
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(fail)?,
        };
        for entry in entries {
            let entry = entry.map_err(fail)?;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if path.is_dir() {
                if depth > 1 {
                    self.folder(&path, depth - 1)?;
                }
            } else if path.strip_prefix(self.base).is_ok_and(|relative| self.matcher.is_match(relative)) {
                self.found.files.push(path);
            }
        }
        Ok(())
    }
}
