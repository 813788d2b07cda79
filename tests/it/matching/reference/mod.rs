//! What counts as an occurrence, once more: plain, slow and without any index.
//! Every form of the term is tried at every character of the text.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::string_slice, reason = "a test may fail loudly")]

mod forms;

use forms::{Form, exact, forms};
use newswatch::watchlist::term::{Case, Hyphen, Occurrence, Term};
use unicode_normalization::char::{canonical_combining_class, compose, decompose_compatible};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// An occurrence: bytes of the text, and numbers of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) first_word: usize,
    pub(super) last_word: usize,
}

impl Place {
    /// Where the matcher found one.
    pub(super) fn of(found: &Occurrence) -> Self {
        Self {
            start: found.start as usize,
            end: found.end as usize,
            first_word: found.first_word as usize,
            last_word: found.last_word as usize,
        }
    }
}

/// All occurrences of `term` in `text`, sorted.
pub(super) fn find(text: &str, term: &Term) -> Vec<Place> {
    let text = Text::new(text);
    let except: Vec<Place> = term.except.iter().flat_map(|other| text.places(&Term::new(other))).collect();
    let near: Vec<Place> = term.near.iter().flat_map(|other| longest(text.places(&Term::new(other)))).collect();
    let mut places = text.places(term);
    places.retain(|place| !except.iter().any(|other| overlap(place, other)));
    let mut kept = longest(places);
    kept.retain(|place| term.near.is_empty() || near.iter().any(|other| is_near(place, other, term.within as usize)));
    kept.sort_unstable();
    kept
}

/// Of places that overlap the longest, of equally long ones the first.
fn longest(mut places: Vec<Place>) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::new();
    while let Some(longest) = places.iter().copied().max_by_key(|p| (p.end - p.start, usize::MAX - p.start)) {
        kept.push(longest);
        places.retain(|place| !overlap(place, &longest));
    }
    kept
}

fn overlap(a: &Place, b: &Place) -> bool {
    a.start < b.end && b.start < a.end
}

fn is_near(a: &Place, b: &Place, within: usize) -> bool {
    let (left, right) = if a.start < b.start { (a, b) } else { (b, a) };
    left.end <= right.start && right.first_word.saturating_sub(left.last_word) <= within
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Other,
    Word,
    Hangul,
    Unspaced,
    Mark,
    UnspacedMark,
}
use Kind::{Hangul, Mark, Other, Unspaced, UnspacedMark, Word};

fn is_apostrophe(c: char) -> bool {
    "'‘’‚‛ʼ＇".contains(c)
}

fn is_hyphen(c: char) -> bool {
    "-‐‑–︲﹣－".contains(c)
}

fn is_ignorable(c: char) -> bool {
    "\u{AD}\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}".contains(c) || is_variation(c)
}

fn is_variation(c: char) -> bool {
    ('\u{FE00}'..='\u{FE0F}').contains(&c)
}

fn is_dropped(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{652}' | '\u{591}'..='\u{5BD}' | '\u{483}'..='\u{489}')
        || is_variation(c)
}

fn kind(c: char) -> Kind {
    let unspaced = matches!(c, '\u{E01}'..='\u{E5B}' | '\u{2E80}'..='\u{2FD5}' | '々' | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FA}' | 'ー' | '\u{4E00}'..='\u{9FFF}' | '\u{FF66}'..='\u{FF9D}');
    match c.general_category_group() {
        _ if is_apostrophe(c) => Other,
        _ if "\u{3099}\u{309A}ﾞﾟ".contains(c) => UnspacedMark,
        GeneralCategoryGroup::Mark => {
            if unspaced {
                UnspacedMark
            } else {
                Mark
            }
        }
        GeneralCategoryGroup::Letter if matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '가'..='힣') => {
            Hangul
        }
        GeneralCategoryGroup::Letter => {
            if unspaced {
                Unspaced
            } else {
                Word
            }
        }
        _ if c == '_' => Word,
        _ if c.is_ascii_digit() => Word,
        GeneralCategoryGroup::Number if "０１２３４５６７８９".contains(c) => Word,
        _ => Other,
    }
}

fn is_word(kind: Kind) -> bool {
    kind != Other
}

fn is_unspaced(kind: Kind) -> bool {
    matches!(kind, Unspaced | UnspacedMark)
}

fn in_word(kind: Kind) -> bool {
    matches!(kind, Word | Hangul | Mark)
}

/// A folded character and the group of original characters it came from.
#[derive(Debug, Clone, Copy)]
struct Folded {
    c: char,
    group: usize,
}

/// A text, folded.
struct Text<'t> {
    original: &'t str,
    folded: Vec<Folded>,
    /// By group: its bytes in the original.
    groups: Vec<(usize, usize)>,
    /// By folded character: how many words have begun up to and with it.
    words: Vec<usize>,
}

impl<'t> Text<'t> {
    fn new(original: &'t str) -> Self {
        let mut text = Text { original, folded: Vec::new(), groups: Vec::new(), words: Vec::new() };
        for (start, c) in original.char_indices() {
            text.push(c, start, start + c.len_utf8());
        }
        text.number_words();
        text
    }

    fn push(&mut self, c: char, start: usize, end: usize) {
        if is_dropped(c) {
            match self.folded.last() {
                Some(last) => self.groups[last.group].1 = end,
                None if is_ignorable(c) => {}
                None => {
                    self.groups.push((start, end));
                    self.folded.push(Folded { c, group: self.groups.len() - 1 });
                }
            }
            return;
        }
        self.groups.push((start, end));
        for c in fold_char(c) {
            self.put(Folded { c, group: self.groups.len() - 1 });
        }
    }

    /// Appends a folded character, composing Hangul and ordering marks.
    fn put(&mut self, new: Folded) {
        if let Some(last) = self.folded.last().copied()
            && matches!(new.c, '\u{1161}'..='\u{1175}' | '\u{11A8}'..='\u{11C2}')
            && let Some(syllable) = compose(last.c, new.c)
        {
            self.folded.last_mut().unwrap().c = syllable;
            self.unite(last.group, new.group);
            return;
        }
        self.folded.push(new);
        let mut at = self.folded.len() - 1;
        // A dropped mark stands only first, on nothing, and stays there.
        let order = |c: char| if is_dropped(c) { 0 } else { canonical_combining_class(c) };
        while at > 0 && order(self.folded[at].c) > 0 && order(self.folded[at - 1].c) > order(self.folded[at].c) {
            self.folded.swap(at - 1, at);
            self.unite(self.folded[at].group, self.folded[at - 1].group);
            at -= 1;
        }
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (a.min(b), a.max(b));
        self.groups[a].1 = self.groups[a].1.max(self.groups[b].1);
        for folded in &mut self.folded {
            if folded.group == b {
                folded.group = a;
            }
        }
        // Later characters of the same original go on in the united group.
        self.groups[b] = self.groups[a];
    }

    fn number_words(&mut self) {
        let mut count = 0;
        for at in 0..self.folded.len() {
            let c = |back: usize| at.checked_sub(back).map_or(' ', |at| self.folded[at].c);
            let between =
                c(1) == '\'' || c(1) == '.' || (c(1) == ',' && c(2).is_ascii_digit() && c(0).is_ascii_digit());
            let goes_on = in_word(kind(c(1))) || (between && in_word(kind(c(2))));
            let begins = kind(c(0)) == Unspaced || (in_word(kind(c(0))) && !goes_on);
            count += usize::from(begins);
            self.words.push(count);
        }
    }

    /// The original character before folded character `at`, and where its group begins.
    fn before(&self, at: usize) -> Option<(char, usize)> {
        let group = self.folded[at.checked_sub(1)?].group;
        let (start, end) = self.groups[group];
        let c = self.original[start..end].chars().rev().find(|c| !is_ignorable(*c))?;
        Some((c, self.group_start(at - 1)))
    }

    /// The original character at folded character `at`, and where its group ends.
    fn after(&self, at: usize) -> Option<(char, usize)> {
        let group = self.folded.get(at)?.group;
        Some((self.original[self.groups[group].0..].chars().next()?, self.group_end(at)))
    }

    fn group_start(&self, at: usize) -> usize {
        self.folded.iter().position(|folded| folded.group == self.folded[at].group).unwrap()
    }

    fn group_end(&self, at: usize) -> usize {
        self.folded.iter().rposition(|folded| folded.group == self.folded[at].group).unwrap() + 1
    }

    /// All places where a form of `term` counts by itself.
    fn places(&self, term: &Term) -> Vec<Place> {
        let forms = forms(term);
        let starts = 0..self.folded.len();
        starts.flat_map(|at| forms.iter().filter_map(move |form| self.place(form, term, at))).collect()
    }

    fn place(&self, form: &Form, term: &Term, from: usize) -> Option<Place> {
        let plain_end = self.stands(&form.folded, from)?;
        let join = term.hyphen == Hyphen::Join;
        let mut end = plain_end;
        if form.dotted {
            if self.folded.get(end).is_some_and(|f| f.c == '.') && self.after(end)?.1 == end + 1 {
                end += 1;
            }
            if let Some(('.', dot)) = self.before(from)
                && self.before(dot).is_some_and(|(c, _)| is_word(kind(c)))
            {
                return None;
            }
        }
        let start = self.group_start(from);
        let mut end = self.group_end(end - 1);
        if form.prefix {
            end = self.word_end(end, join);
            if form.folded.ends_with(' ') && end == plain_end {
                return None;
            }
        } else if self
            .folded
            .get(plain_end + usize::from(form.dotted && end > plain_end))
            .is_some_and(|f| matches!(kind(f.c), Mark | UnspacedMark))
        {
            return None;
        }
        let (from, to) = (self.groups[self.folded[start].group].0, self.groups[self.folded[end - 1].group].1);
        let surface = &self.original[from..to];
        let mut kinds = surface.chars().filter(|c| !is_ignorable(*c)).map(kind);
        let first = kinds.next()?;
        let last = kinds.next_back().unwrap_or(first);
        if !self.begins(start, first, join) || !self.ends(end, last, join) || !self.has_case(form, term, from, to) {
            return None;
        }
        let last_word = self.words[end - 1].saturating_sub(1);
        let begun = start.checked_sub(1).map_or(0, |before| self.words[before]);
        let first_word = if is_word(kind(self.folded[start].c)) { self.words[start].saturating_sub(1) } else { begun };
        Some(Place { start: from, end: to, first_word: first_word.min(last_word), last_word })
    }

    /// Where the form ends if it stands at `at`.
    fn stands(&self, form: &str, mut at: usize) -> Option<usize> {
        for expected in form.chars() {
            let c = self.folded.get(at)?.c;
            if expected != ' ' {
                if c != expected {
                    return None;
                }
                at += 1;
            } else if c == '-' || c == '–' {
                at += 1;
            } else {
                let run: String = self.folded[at..].iter().map(|f| f.c).take_while(|c| c.is_whitespace()).collect();
                if run.is_empty() || run.replace("\r\n", "\n").replace('\r', "\n").matches('\n').count() >= 2 {
                    return None;
                }
                at += run.chars().count();
            }
        }
        Some(at)
    }

    fn word_end(&self, mut end: usize, join: bool) -> usize {
        let group = self.groups[self.folded[end - 1].group];
        let mut last = self.original[group.0..group.1].chars().rev().find(|c| !is_ignorable(*c)).map_or(Other, kind);
        while let Some((c, next)) = self.after(end) {
            let k = kind(c);
            let hyphen = join && is_hyphen(c) && self.after(next).is_some_and(|(c, _)| is_word(kind(c)));
            if !(matches!(k, Mark | UnspacedMark) || hyphen || (in_word(k) && !is_unspaced(last))) {
                break;
            }
            (last, end) = (k, next);
        }
        end
    }

    fn begins(&self, start: usize, first: Kind, join: bool) -> bool {
        let Some((c, at)) = self.before(start) else { return true };
        if is_apostrophe(c) {
            return !in_word(first) || self.quotes_or_elides(at);
        }
        if join && is_hyphen(c) && self.before(at).is_some_and(|(c, _)| is_word(kind(c))) {
            return false;
        }
        !is_word(kind(c)) || is_unspaced(kind(c)) || is_unspaced(first)
    }

    fn quotes_or_elides(&self, apostrophe: usize) -> bool {
        let mut start = apostrophe;
        while let Some((c, at)) = self.before(start).filter(|(c, _)| in_word(kind(*c))) {
            let _ = c;
            start = at;
        }
        let word: String = self.folded[start..apostrophe].iter().map(|f| f.c).collect();
        let own = !self
            .before(start)
            .is_some_and(|(c, at)| is_apostrophe(c) && self.before(at).is_some_and(|(c, _)| is_word(kind(c))));
        word.is_empty() || (own && ["l", "d", "qu", "jusqu", "n", "s", "un", "all", "dell"].contains(&word.as_str()))
    }

    fn ends(&self, end: usize, last: Kind, join: bool) -> bool {
        let Some((c, next)) = self.after(end) else { return true };
        if join && is_hyphen(c) && self.after(next).is_some_and(|(c, _)| is_word(kind(c))) {
            return false;
        }
        match kind(c) {
            Other | Unspaced | Hangul => true,
            Mark | UnspacedMark => false,
            Word => is_unspaced(last) || last == Hangul,
        }
    }

    fn has_case(&self, form: &Form, term: &Term, from: usize, to: usize) -> bool {
        let surface = &self.original[from..to];
        if let Some(expected) = &form.exact {
            let mut found = exact(surface);
            if form.dotted {
                found.retain(|c| c != '.');
            }
            if !is_spelled(&found, expected, form.prefix) {
                return false;
            }
        }
        if term.case == Case::Proper
            && let Some(c) = surface.chars().find(|c| c.is_alphanumeric())
            && c.is_lowercase()
            && !c.to_uppercase().eq([c])
        {
            return false;
        }
        let shouts = |word: String| {
            !word.chars().any(char::is_lowercase) && word.chars().filter(|c| c.is_uppercase()).count() >= 2
        };
        let part = |c: &char| is_word(kind(*c)) || is_apostrophe(*c);
        let (left, right) = (&self.original[..from], &self.original[to..]);
        let (near_left, near_right) = (left.trim_end(), right.trim_start());
        let before: String = near_left.chars().rev().take_while(part).collect();
        let after: String = near_right.chars().take_while(part).collect();
        let (gap_left, gap_right) = (&left[near_left.len()..], &right[..right.len() - near_right.len()]);
        let apart = [gap_left, gap_right].iter().all(|gap| !gap.is_empty() && gap.matches('\n').count() < 2);
        !(form.context && apart && shouts(before) && shouts(after))
    }
}

/// Whether `found` is spelled like `expected`, in which a space stands for a separator; a prefix
/// may go on.
fn is_spelled(found: &str, expected: &str, prefix: bool) -> bool {
    let mut rest = found;
    for c in expected.chars() {
        let after = match c {
            ' ' => rest.strip_prefix(is_hyphen).or_else(|| Some(rest.trim_start()).filter(|after| *after != rest)),
            c => rest.strip_prefix(c),
        };
        let Some(after) = after else { return false };
        rest = after;
    }
    prefix || rest.is_empty()
}

fn fold_char(c: char) -> Vec<char> {
    let mut parts = Vec::new();
    if is_ignorable(c) {
        return parts;
    }
    if ('가'..='힣').contains(&c) {
        return vec![c];
    }
    decompose_compatible(c, |part| parts.push(part));
    parts.retain(|c| !is_ignorable(*c) && !is_dropped(*c));
    let fold = |c: char| -> String {
        match c {
            '\u{2010}' => "-".into(),
            '\u{2028}' | '\u{85}' => "\n".into(),
            '\u{2029}' => "\n\n".into(),
            _ if is_apostrophe(c) => "'".into(),
            _ if "“”„‟".contains(c) => "\"".into(),
            _ => c
                .to_lowercase()
                .flat_map(char::to_uppercase)
                .flat_map(char::to_lowercase)
                .collect::<String>()
                .replace('ł', "l")
                .replace(['đ', 'ð'], "d")
                .replace('ø', "o")
                .replace('æ', "ae")
                .replace('œ', "oe")
                .replace('þ', "th"),
        }
    };
    parts.into_iter().flat_map(|c| fold(c).chars().collect::<Vec<_>>()).collect()
}
