//! A press that can be told apart: news of which it is known what is the same story.
//! Stories are written from facts and carried by several feeds with the changes that
//! outlets make; between them stand stories that only look alike. Seeded: the same
//! number gives the same news, in every run.

#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "random choices among a few")]

mod random;
mod words;

use newswatch::feed::ParsedItem;
use random::Random;
use words::{FAMILY, FORMS, FURNITURE, GIVEN, ORGANIZATIONS, PLACES, ROLES, SENTENCES, STYLE, SUBJECTS};

/// One item as a feed carries it.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// Which story it tells.
    pub(crate) truth: usize,
    /// What it is: a kind of copy, or a kind of story of its own.
    pub(crate) kind: &'static str,
    /// It tells what an earlier piece of another feed has told.
    pub(crate) copy: bool,
    /// The feed that carries it.
    pub(crate) feed: u32,
    /// When, in minutes from the beginning.
    pub(crate) minute: i64,
    /// The item.
    pub(crate) item: ParsedItem,
}

/// Feeds that carry news.
pub(crate) const FEEDS: u32 = 40;

/// The category of every item, for those who want to hear of all.
pub(crate) const CATEGORY: &str = "press";

/// Minutes in which a press prints: within the window of a story.
const SPAN: usize = 36 * 60;

/// What so many stories come to with their copies and everything that resembles them, in the order of time.
pub(crate) fn press(seed: u64, stories: usize) -> Vec<Piece> {
    let mut press = Press { random: Random(seed), pieces: Vec::new(), truths: 0 };
    for _ in 0..stories {
        press.story();
    }
    let mut pieces = press.pieces;
    pieces.sort_by_key(|piece| piece.minute);
    pieces
}

struct Press {
    random: Random,
    pieces: Vec<Piece>,
    truths: usize,
}

/// What a story is about.
#[derive(Clone)]
struct Facts {
    subject: usize,
    people: [String; 2],
    places: [&'static str; 2],
    organizations: [&'static str; 2],
}

/// An article: its headline and its paragraphs.
#[derive(Clone)]
struct Article {
    title: String,
    paragraphs: Vec<String>,
}

impl Article {
    fn text(&self) -> String {
        self.paragraphs.join("\n\n")
    }
}

/// Changes that outlets make.
const CHANGES: &[(&str, &[Change])] = &[
    ("another headline", &[]),
    ("another byline", &[Change::Byline]),
    ("another time", &[Change::Time]),
    ("cut by up to a half", &[Change::Cut]),
    ("the first paragraphs only", &[Change::Teaser]),
    ("an added paragraph", &[Change::Added]),
    ("house style", &[Change::Style]),
    ("furniture", &[Change::Furniture]),
    ("cut, house style, byline", &[Change::Cut, Change::Style, Change::Byline]),
    ("added, time, furniture", &[Change::Added, Change::Time, Change::Furniture]),
];

/// A copy that comes first: the whole text follows it.
const TEASER_FIRST: [&str; 2] = ["whole after its beginning", "the same, another headline"];

#[derive(Debug, Clone, Copy)]
enum Change {
    Byline,
    Time,
    Cut,
    Teaser,
    Added,
    Style,
    Furniture,
}

impl Press {
    /// A story, two copies of it, and three that are not: one on the same subject, one that
    /// goes on with it, one of a form.
    fn story(&mut self) {
        let facts = self.facts();
        let article = self.article(&facts);
        let minute = self.random.below(SPAN);
        let feed = self.random.below(FEEDS as usize);
        let truth = self.truth();
        let kinds = CHANGES.len() + TEASER_FIRST.len();
        let first = self.random.below(kinds);
        if let Some(kind) = first.checked_sub(CHANGES.len()) {
            return self.teaser_first(truth, &article, &facts, kind, feed, minute);
        }
        self.print(truth, "a story", false, feed, minute, &article);
        for nth in 1..=2 {
            let (kind, changes) = CHANGES[self.random.below(CHANGES.len())];
            let copy =
                changes.iter().fold(self.retitled(&article, &facts), |it, change| self.change(*change, it, &facts));
            // Shorter texts are known by their titles, which these have not in common.
            if word_count(&copy) >= 45 && word_count(&article) >= 45 {
                let later = minute + 1 + self.random.below(11 * 60);
                self.print(truth, kind, true, feed + nth, later, &copy);
            }
        }
        let later = minute + self.random.below(11 * 60);
        let same_subject = self.article(&facts);
        let truth = self.truth();
        self.print(truth, "the same subject", false, feed + 3, later, &same_subject);
        let follow_up = self.follow_up(&article, &facts);
        let truth = self.truth();
        self.print(truth, "what came next", false, feed + 4, later + 1, &follow_up);
        for nth in 5..7 {
            self.of_a_form(&facts, feed + nth);
        }
        self.brief(&facts, feed + 9);
    }

    /// What an agency writes again and again; now and then another outlet carries it.
    fn of_a_form(&mut self, facts: &Facts, feed: usize) {
        let (kind, form) = self.form(facts);
        let (truth, minute) = (self.truth(), self.random.below(SPAN));
        self.print(truth, kind, false, feed, minute, &form);
        if self.random.below(4) == 0 && word_count(&form) >= 45 {
            let change = [Change::Byline, Change::Furniture, Change::Time][self.random.below(3)];
            let copy = self.change(change, form, facts);
            let later = minute + 1 + self.random.below(11 * 60);
            self.print(truth, "of a form, copied", true, feed + 1, later, &copy);
        }
    }

    /// A sentence or two, as many feeds have no more; carried once more under its headline.
    fn brief(&mut self, facts: &Facts, feed: usize) {
        let (truth, minute) = (self.truth(), self.random.below(SPAN));
        let text = beginning(&self.paragraph(facts), 15 + self.random.below(24));
        let brief = Article { title: self.headline(facts), paragraphs: vec![text] };
        self.print(truth, "in brief", false, feed, minute, &brief);
        let change = [Change::Style, Change::Byline, Change::Time][self.random.below(3)];
        let copy = self.change(change, brief, facts);
        if copy.title.split_whitespace().count() >= 5 && word_count(&copy) < 40 {
            let later = minute + 1 + self.random.below(11 * 60);
            self.print(truth, "in brief, copied", true, feed + 1, later, &copy);
        }
    }

    fn teaser_first(&mut self, truth: usize, whole: &Article, facts: &Facts, kind: usize, feed: usize, minute: usize) {
        let mut teaser = self.change(Change::Teaser, whole.clone(), facts);
        if word_count(&teaser) < 45 || teaser.paragraphs.len() == whole.paragraphs.len() {
            return;
        }
        if kind == 1 {
            teaser.title = self.headline(facts);
        }
        self.print(truth, "a story", false, feed, minute, &teaser);
        let later = minute + 1 + self.random.below(11 * 60);
        self.print(truth, TEASER_FIRST[kind], true, feed + 1, later, whole);
    }

    fn truth(&mut self) -> usize {
        self.truths += 1;
        self.truths
    }

    fn print(&mut self, truth: usize, kind: &'static str, copy: bool, feed: usize, minute: usize, article: &Article) {
        let number = self.pieces.len();
        let feed = feed as u32 % FEEDS;
        let item = ParsedItem {
            id: Some(format!("guid-{number}")),
            link: Some(format!("https://outlet-{feed}.example/{number}")),
            title: article.title.clone(),
            text: article.text(),
            categories: vec![CATEGORY.to_owned()],
            ..ParsedItem::default()
        };
        self.pieces.push(Piece { truth, kind, copy, feed, minute: minute as i64, item });
    }

    fn facts(&mut self) -> Facts {
        let random = &mut self.random;
        Facts {
            subject: random.below(SUBJECTS.len()),
            people: [person(random), person(random)],
            places: [random.one(PLACES), random.one(PLACES)],
            organizations: [random.one(ORGANIZATIONS), random.one(ORGANIZATIONS)],
        }
    }

    /// Half of the articles are short, as most feeds have them.
    fn article(&mut self, facts: &Facts) -> Article {
        let paragraphs = match self.random.below(10) {
            0..5 => 1 + self.random.below(2),
            5..8 => 3 + self.random.below(4),
            _ => 7 + self.random.below(9),
        };
        let title = self.headline(facts);
        Article { title, paragraphs: (0..paragraphs).map(|_| self.paragraph(facts)).collect() }
    }

    fn headline(&mut self, facts: &Facts) -> String {
        let clause = fill("{C}", facts, &mut self.random);
        let added = ["", ", officials say", " in {L}", ": what we know", ", says {P}"][self.random.below(5)];
        clause + &fill(added, facts, &mut self.random)
    }

    fn paragraph(&mut self, facts: &Facts) -> String {
        let sentences: Vec<String> =
            (0..2 + self.random.below(3)).map(|_| fill(self.random.one(SENTENCES), facts, &mut self.random)).collect();
        sentences.join(" ")
    }

    fn retitled(&mut self, article: &Article, facts: &Facts) -> Article {
        Article { title: self.headline(facts), ..article.clone() }
    }

    /// New paragraphs, and then the background that the agency had before: no more than 45 of 100 words.
    fn follow_up(&mut self, article: &Article, facts: &Facts) -> Article {
        let background = self.random.below(article.paragraphs.len());
        let mut paragraphs = vec![self.paragraph(facts)];
        let old: Vec<String> = article.paragraphs[background..].iter().take(3).cloned().collect();
        let words = |paragraphs: &[String]| paragraphs.iter().map(|it| it.split_whitespace().count()).sum::<usize>();
        while words(&paragraphs) * 45 < words(&old) * 55 {
            paragraphs.push(self.paragraph(facts));
        }
        paragraphs.extend(old);
        Article { title: self.headline(facts), paragraphs }
    }

    fn form(&mut self, facts: &Facts) -> (&'static str, Article) {
        let (kind, forms) = FORMS[self.random.below(FORMS.len())];
        let (title, text) = forms[self.random.below(forms.len())];
        let mut fill = |form| fill(form, facts, &mut self.random);
        (kind, Article { title: fill(title), paragraphs: vec![fill(text)] })
    }

    fn change(&mut self, change: Change, mut article: Article, facts: &Facts) -> Article {
        let random = &mut self.random;
        match change {
            Change::Byline => {
                let byline = ["By {p}, {place} \u{2014} ", "{place} (Agency) - ", "{p} reports: "][random.below(3)];
                article.paragraphs[0].insert_str(0, &fill(byline, facts, random));
            }
            Change::Time => {
                let line = ["Published {day}, {time}", "Updated at {time} on {small} {month}", "{day} {time} GMT"];
                article.paragraphs.insert(0, fill(line[random.below(3)], facts, random));
            }
            Change::Cut => {
                let kept = article.text().split_whitespace().count() * (50 + random.below(45)) / 100;
                article.paragraphs = vec![beginning(&article.text(), kept)];
            }
            Change::Teaser => article.paragraphs.truncate(1 + random.below(2)),
            Change::Added => {
                let added = self.paragraph(facts);
                let most = word_count(&article) * 3 / 10;
                let at = self.random.below(article.paragraphs.len() + 1);
                article.paragraphs.insert(at, beginning(&added, most));
            }
            Change::Style => {
                for paragraph in &mut article.paragraphs {
                    for (ours, theirs) in STYLE {
                        if random.below(2) == 0 {
                            *paragraph = paragraph.replace(ours, theirs);
                        }
                    }
                    *paragraph = paragraph.replace(['\u{201c}', '\u{201d}'], "\"");
                }
            }
            Change::Furniture => {
                let at = [0, article.paragraphs.len()][random.below(2)];
                article.paragraphs.insert(at, fill(random.one(FURNITURE), facts, random));
            }
        }
        article
    }
}

/// The first words of a text, as a feed shows them that is cut.
fn beginning(text: &str, words: usize) -> String {
    text.split_whitespace().take(words).collect::<Vec<_>>().join(" ") + " \u{2026}"
}

fn word_count(article: &Article) -> usize {
    article.text().split_whitespace().count()
}

fn person(random: &mut Random) -> String {
    format!("{} {}", random.one(GIVEN), random.one(FAMILY))
}

/// Fills the blanks of a form.
fn fill(form: &str, facts: &Facts, random: &mut Random) -> String {
    let mut filled = String::new();
    let mut rest = form;
    while let Some((before, tail)) = rest.split_once('{') {
        let (blank, tail) = tail.split_once('}').expect("a blank ends");
        filled += before;
        filled += &word(blank, facts, random);
        rest = tail;
    }
    filled + rest
}

fn word(blank: &str, facts: &Facts, random: &mut Random) -> String {
    let decimal = |random: &mut Random, whole: usize| format!("{}.{}", random.below(whole), random.below(10));
    let of = |random: &mut Random, words: &'static [&'static str]| random.one(words).to_owned();
    match blank {
        "P" => facts.people[0].clone(),
        "Q" => facts.people[1].clone(),
        "L" => facts.places[0].to_owned(),
        "M" => facts.places[1].to_owned(),
        "O" => facts.organizations[0].to_owned(),
        "O2" => capital(facts.organizations[1]),
        "c" => clause(facts, random),
        "C" => capital(&clause(facts, random)),
        "s" => fill(random.one(SENTENCES), facts, random),
        "role" => fill(random.one(ROLES), facts, random),
        "subject" => SUBJECTS[random.below(SUBJECTS.len())].0[random.below(10)].to_owned(),
        "p" | "q" | "person" => person(random),
        "family" => of(random, FAMILY),
        "place" | "team" => of(random, PLACES),
        "org" => capital(random.one(ORGANIZATIONS)),
        "company" => format!("{} {}", random.one(FAMILY), random.one(&["AG", "Group", "SA", "plc", "Energy", "Steel"])),
        "n" => (10 + random.below(190)).to_string(),
        "small" => (2 + random.below(18)).to_string(),
        "goals" => random.below(5).to_string(),
        "age" => (18 + random.below(75)).to_string(),
        "cents" => (5 + random.below(195)).to_string(),
        "ref" => (10_000 + random.below(90_000)).to_string(),
        "pct" => decimal(random, 40),
        "mag" => format!("{}.{}", 4 + random.below(3), random.below(10)),
        "price" => format!("{}.{:02}", 10 + random.below(120), random.below(100)),
        "rate" => format!("1.{:04}", 500 + random.below(900)),
        "index" => format!("{},{:03}", 1 + random.below(30), random.below(1000)),
        "time" => format!("{:02}:{:02}", random.below(24), random.below(60)),
        "nth" => of(random, &["second", "third", "fourth", "fifth", "tenth"]),
        "day" => of(random, &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]),
        "month" => of(random, &["January", "March", "April", "June", "July", "September", "October", "November"]),
        "updown" => of(random, &["up", "down", "higher", "lower"]),
        "rosefell" => of(random, &["rose", "fell", "gained", "lost"]),
        "beat" => of(random, &["beat", "missed", "met"]),
        "compass" => of(random, &["north", "south", "east", "west", "north-east", "south-west"]),
        "colour" => of(random, &["yellow", "red", "orange"]),
        "crime" => {
            of(random, &["an assault", "a robbery", "a burglary", "a stabbing", "a collision", "an arson attack"])
        }
        "street" => format!("{} {}", random.one(FAMILY), random.one(&["Street", "Road", "Lane", "Avenue"])),
        "man" => of(random, &["man", "woman", "boy", "girl"]),
        "trade" => of(random, &["painter", "novelist", "composer", "actor", "film-maker", "poet"]),
        "decade" => of(random, &["sixties", "seventies", "eighties", "nineties"]),
        "thing" => of(random, &["age", "length of service", "number of votes", "salary", "rank"]),
        other => panic!("no word for {other}"),
    }
}

/// Something that happened.
fn clause(facts: &Facts, random: &mut Random) -> String {
    let (nouns, verbs, adjuncts) = SUBJECTS[facts.subject];
    let clause = format!("{} {} {}", random.one(nouns), random.one(verbs), random.one(adjuncts));
    fill(&clause, facts, random)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

impl Random {
    fn one(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len())]
    }
}
