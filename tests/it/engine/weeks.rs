//! A feed over weeks, whatever it does to its items: what is new is told, and
//! what was told is not told again.

use super::World;
use newswatch::feed::ParsedItem;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::BTreeSet;

/// By what a feed tells its items apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// A guid and a link.
    Guids,
    /// A link only.
    Links,
    /// The link is the guid.
    Permalinks,
    /// The link is the guid, and there are no titles.
    Untitled,
    /// A guid, and links such as `/?p=7`.
    Queries,
    /// A guid, and links such as `/#!/story/7`.
    Fragments,
    /// A guid only.
    GuidsOnly,
    /// The guid is the place in the list.
    Places,
    /// The same, without links.
    PlacesOnly,
}

use Naming::{Fragments, Guids, GuidsOnly, Links, Permalinks, Places, PlacesOnly, Queries, Untitled};

impl Naming {
    const ALL: [Self; 9] = [Guids, Links, Permalinks, Untitled, Queries, Fragments, GuidsOnly, Places, PlacesOnly];

    fn has_guids(self) -> bool {
        matches!(self, Guids | Queries | Fragments | GuidsOnly)
    }

    fn has_links(self) -> bool {
        !matches!(self, GuidsOnly | PlacesOnly)
    }

    fn has_places(self) -> bool {
        matches!(self, Places | PlacesOnly)
    }
}

/// What a feed does from one poll to the next. An index picks an entry.
#[derive(Debug, Clone)]
enum Act {
    /// A new article, on top.
    Publish,
    /// Another one under a title that comes again and again.
    PublishColumn,
    Drop(Index),
    ReAdd(Index),
    Reverse,
    /// An entry stands in the feed once more, under another guid.
    Copy(Index),
    ChangeGuid(Index),
    ChangeHost(Index),
    ChangeScheme(Index),
    Track(Index),
    EditText(Index),
    EditTitle(Index),
    /// Nobody can ask for a week.
    Outage,
}

fn act() -> impl Strategy<Value = Act> {
    let index = any::<Index>;
    prop_oneof![
        4 => Just(Act::Publish),
        1 => Just(Act::PublishColumn),
        2 => index().prop_map(Act::Drop),
        2 => index().prop_map(Act::ReAdd),
        1 => Just(Act::Reverse),
        1 => index().prop_map(Act::Copy),
        1 => index().prop_map(Act::ChangeGuid),
        1 => index().prop_map(Act::ChangeHost),
        1 => index().prop_map(Act::ChangeScheme),
        1 => index().prop_map(Act::Track),
        1 => index().prop_map(Act::EditText),
        1 => index().prop_map(Act::EditTitle),
        1 => Just(Act::Outage),
    ]
}

#[derive(Debug)]
struct Article {
    title: String,
    /// Begins with the article's number.
    text: String,
    scheme: &'static str,
    host: String,
    tracking: String,
}

/// An article in the feed, under a guid.
#[derive(Debug, Clone)]
struct Entry {
    article: usize,
    guid: String,
}

#[derive(Debug)]
struct Site {
    naming: Naming,
    articles: Vec<Article>,
    shown: Vec<Entry>,
    dropped: Vec<Entry>,
    /// Counts what must be unique.
    serial: u32,
    /// Articles of this step: two changes at once can make another item of one.
    touched: BTreeSet<usize>,
    /// With places for guids, an item that takes the place of one that leaves at the
    /// same moment is that one's revision: nothing shows otherwise.
    has_moved: bool,
}

impl Site {
    fn new(naming: Naming) -> Self {
        let (articles, shown, dropped) = (Vec::new(), Vec::new(), Vec::new());
        Self { naming, articles, shown, dropped, serial: 0, touched: BTreeSet::new(), has_moved: false }
    }

    /// Does what such a feed can do; how many hours pass beside the usual one.
    fn act(&mut self, act: &Act) -> i64 {
        self.serial += 1;
        let serial = self.serial;
        match *act {
            Act::Publish => {
                self.publish(format!("Sabotage at the port of {}", ["Kiel", "Oslo", "Riga"][serial as usize % 3]));
            }
            Act::PublishColumn => self.publish("The sabotage of the day".to_owned()),
            Act::Drop(index) => {
                if let Some(at) = self.pick(index).filter(|_| self.may_move() && self.shown.len() > 1) {
                    let entry = self.shown.remove(at);
                    self.dropped.push(entry);
                }
            }
            Act::ReAdd(index) => {
                if !self.dropped.is_empty() && self.may_move() {
                    let entry = self.dropped.remove(index.index(self.dropped.len()));
                    self.touched.insert(entry.article);
                    self.shown.insert(0, entry);
                }
            }
            Act::Reverse => {
                if self.may_move() {
                    self.shown.reverse();
                }
            }
            Act::Copy(index) => {
                if let Some(at) = self.pick(index).filter(|_| self.naming == Guids) {
                    let entry = Entry { guid: format!("copy-{serial}"), ..self.shown[at].clone() };
                    self.shown.insert(serial as usize % (self.shown.len() + 1), entry);
                }
            }
            Act::ChangeGuid(index) => {
                if let Some(at) = self.pick(index).filter(|_| self.naming.has_guids()) {
                    self.shown[at].guid = format!("changed-{serial}");
                }
            }
            Act::ChangeHost(index) => {
                self.change(index, self.naming.has_links(), |it| it.host = format!("host-{serial}.example"));
            }
            Act::ChangeScheme(index) => self.change(index, self.naming.has_links(), |it| {
                it.scheme = if it.scheme == "http" { "https" } else { "http" };
            }),
            Act::Track(index) => {
                self.change(index, self.naming.has_links(), |it| it.tracking = format!("utm_source={serial}&"));
            }
            // Where the text alone identifies, another text is another item.
            Act::EditText(index) => {
                self.change(index, self.naming != PlacesOnly, |it| it.text.push_str(" More of it."));
            }
            Act::EditTitle(index) => {
                let has_titles = !matches!(self.naming, Untitled | PlacesOnly);
                self.change(index, has_titles, |it| it.title.push_str(", updated"));
            }
            Act::Outage => return 24 * 7,
        }
        0
    }

    fn publish(&mut self, title: String) {
        if !self.may_move() {
            return;
        }
        let number = self.articles.len();
        self.touched.insert(number);
        self.articles.push(Article {
            title,
            text: format!("{number} is the number of this report."),
            scheme: "https",
            host: "news.example".to_owned(),
            tracking: String::new(),
        });
        self.shown.insert(0, Entry { article: number, guid: format!("guid-{number}") });
    }

    fn may_move(&mut self) -> bool {
        let may = !(self.naming.has_places() && self.has_moved);
        self.has_moved = true;
        may
    }

    /// An entry whose article was not touched in this step.
    fn pick(&mut self, index: Index) -> Option<usize> {
        let at = (!self.shown.is_empty()).then(|| index.index(self.shown.len()))?;
        self.touched.insert(self.shown[at].article).then_some(at)
    }

    fn change(&mut self, index: Index, possible: bool, change: impl FnOnce(&mut Article)) {
        if let Some(at) = self.pick(index).filter(|_| possible) {
            change(&mut self.articles[self.shown[at].article]);
        }
    }

    /// The document of this moment.
    fn document(&self) -> Vec<ParsedItem> {
        self.shown.iter().enumerate().map(|(place, entry)| self.item(place, entry)).collect()
    }

    fn item(&self, place: usize, entry: &Entry) -> ParsedItem {
        let article = &self.articles[entry.article];
        let number = entry.article;
        let Article { scheme, host, tracking, .. } = article;
        let page = match self.naming {
            Queries => format!("{scheme}://{host}/?{tracking}p={number}"),
            Fragments => format!("{scheme}://{host}/?{tracking}#!/story/{number}"),
            _ => format!("{scheme}://{host}/story-{number}?{tracking}"),
        };
        ParsedItem {
            id: match self.naming {
                Links => None,
                Permalinks | Untitled => Some(format!("{scheme}://{host}/story-{number}")),
                Places | PlacesOnly => Some((place + 1).to_string()),
                _ => Some(entry.guid.clone()),
            },
            link: self.naming.has_links().then_some(page),
            title: if self.naming == Untitled { String::new() } else { article.title.clone() },
            text: if self.naming == Untitled { format!("{} Sabotage.", article.text) } else { article.text.clone() },
            ..ParsedItem::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn over_weeks_each_item_is_told_once(
        naming in select(&Naming::ALL[..]),
        steps in prop::collection::vec((prop::collection::vec(act(), 1..4), 1..40_i64), 1..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut world, mut site) = (World::new(1), Site::new(naming));
            let mut told: Vec<usize> = Vec::new();
            for (acts, hours) in &steps {
                site.touched.clear();
                site.has_moved = false;
                for act in acts {
                    let idle = site.act(act);
                    world.pass(idle);
                }
                world.pass(*hours);
                let number = |text: &str| text.split(' ').next().and_then(|number| number.parse::<usize>().ok()).unwrap();
                told.extend(world.poll(0, &site.document()).await.iter().map(|alert| number(&alert.item.text)));
                told.sort_unstable();
                let published: Vec<usize> = (0..site.articles.len()).collect();
                assert_eq!(told, published, "{naming:?}, after {acts:?}: {:#?}", site.document());
            }
        });
    }
}
