//! Decides on the hits of a backtest in their order and counts what comes of it.

use super::memory::{Memory, StoryNumber};
use super::report::{Report, RuleReport, Sample, Totals};
use super::{Hit, PastAlert, Question, Scanned, Scanner};
use crate::engine::Runtime;
use crate::engine::alert::{Alert, alert_match};
use crate::engine::assess::{AssessedItem, Joined};
use crate::engine::decide::{AssessedPoll, Fired, Known, PollPlan, StoryWrite, decide};
use crate::engine::schedule::FeedState;
use crate::watchlist::term::Field;
use crate::watchlist::{ANY, RuleHit};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

/// A backtest that goes on.
#[derive(Debug)]
pub struct Backtest {
    scanner: Scanner,
    question: Question,
    memory: Memory,
    report: Report,
    /// Where each rule stands in the report, by watchlist and rule.
    places: HashMap<(String, String), usize>,
    by_rule: Vec<Tally>,
    /// The alerts that are new on their item: their story, and where their rules stand.
    new: Vec<(StoryNumber, Box<[usize]>)>,
    /// Ids of items that came since then, and are dated before: alerts on them are not compared,
    /// as they are not either.
    before: HashSet<String>,
    /// The latest time of an item so far.
    latest: Timestamp,
}

/// What is kept of a rule until the end.
#[derive(Debug, Default)]
struct Tally {
    /// The stories on which it would raise an alert that is new on the item; which of them
    /// are told anyhow is known when all of a story was seen.
    new: Vec<StoryNumber>,
    /// The stories on which it had fired.
    told: HashSet<StoryNumber>,
    alerts: Latest<Sample, SAMPLES>,
    news: Latest<(StoryNumber, Sample), UNSETTLED>,
    gone: Latest<Sample, SAMPLES>,
}

/// The latest samples of a sort by their own time, the latest first: what was stored last may
/// be dated long ago.
#[derive(Debug, Default)]
struct Latest<T, const KEPT: usize>(Vec<(Timestamp, T)>);

/// Samples of a sort that are kept of each rule.
const SAMPLES: usize = 5;

/// Samples of which it is not known yet whether they are new.
const UNSETTLED: usize = 20;

impl<T, const KEPT: usize> Latest<T, KEPT> {
    /// Of the same time, the one that came last is the latest.
    fn push(&mut self, time: Timestamp, sample: T) {
        let place = self.0.partition_point(|(other, _)| *other > time);
        if place < KEPT {
            self.0.truncate(KEPT - 1);
            self.0.insert(place, (time, sample));
        }
    }

    fn samples(self) -> impl Iterator<Item = T> {
        self.0.into_iter().map(|(_, sample)| sample)
    }
}

impl Backtest {
    /// One that has seen nothing yet.
    #[must_use]
    pub fn new(scanner: Scanner, question: Question) -> Self {
        let days = days(&question);
        let mut backtest = Self {
            report: Report {
                since: question.since,
                until: question.until,
                items: 0,
                bytes: 0,
                days,
                alerts: Totals::default(),
                rules: Vec::new(),
            },
            scanner,
            question,
            memory: Memory::default(),
            places: HashMap::new(),
            by_rule: Vec::new(),
            new: Vec::new(),
            before: HashSet::new(),
            latest: Timestamp::MIN,
        };
        let watchlists = std::sync::Arc::clone(&backtest.scanner.runtime.watchlists);
        for list in watchlists.lists().iter().filter(|list| !list.library) {
            for rule in list.rules.iter().filter_map(|rule| watchlists.rules().get(rule.0 as usize)) {
                if let Some(place) = backtest.place(&list.name, &rule.id) {
                    backtest.rule(place, |rule, _| rule.present = true);
                }
            }
        }
        backtest
    }

    /// The time before the period whose items are to be taken in too, so that stories that
    /// go on are known.
    #[must_use]
    pub fn warm_up(&self) -> Timestamp {
        self.question.since.checked_sub(self.scanner.runtime.stories.window).unwrap_or(Timestamp::MIN)
    }

    /// Takes in the items of a page, in the order in which they came.
    pub fn take(&mut self, scanned: Scanned) {
        for (time, size) in scanned.items {
            if self.counts(time) {
                self.report.items += 1;
                self.report.bytes += size;
            }
        }
        let since = self.question.since;
        self.before.extend(scanned.dated.into_iter().filter(|(time, _)| *time < since).map(|(_, id)| id));
        for hit in scanned.hits {
            self.hit(hit);
        }
    }

    /// Takes in an alert of the past, when all items are; `gone` are its rules that do not fire any more.
    pub fn fired(&mut self, alert: &PastAlert, gone: &[String]) {
        if !self.counts(alert.item.first_seen) || self.before.contains(&alert.item.id) {
            return;
        }
        if self.asks(&alert.watchlist) {
            self.report.alerts.fired += 1;
            self.report.alerts.gone += u64::from(alert.rules.iter().all(|rule| gone.contains(rule)));
        }
        for id in &alert.rules {
            let Some(place) = self.place(&alert.watchlist, id) else { continue };
            let is_gone = gone.contains(id);
            self.rule(place, |rule, tally| {
                rule.fired += 1;
                if is_gone {
                    rule.gone += 1;
                    tally.gone.push(alert.sample.time, alert.sample.clone());
                }
            });
        }
    }

    /// Whether an alert of this watchlist is asked for.
    #[must_use]
    pub fn asks(&self, watchlist: &str) -> bool {
        self.question.watchlist.as_ref().is_none_or(|name| name == watchlist)
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let told = |story, place: &usize| self.by_rule.get(*place).is_some_and(|rule| rule.told.contains(story));
        let new = self.new.iter().filter(|(story, rules)| !rules.iter().any(|place| told(story, place)));
        self.report.alerts.new = new.count() as u64;
        for (rule, tally) in self.report.rules.iter_mut().zip(self.by_rule) {
            rule.new = tally.new.iter().filter(|story| !tally.told.contains(story)).count() as u64;
            let untold = tally.news.samples().filter(|(story, _)| !tally.told.contains(story));
            rule.samples.new = untold.map(|(_, sample)| sample).take(SAMPLES).collect();
            rule.samples.alerts = tally.alerts.samples().collect();
            rule.samples.gone = tally.gone.samples().collect();
        }
        self.report
    }

    fn counts(&self, time: Timestamp) -> bool {
        time >= self.question.since
    }

    fn hit(&mut self, hit: Hit) {
        self.latest = self.latest.max(hit.time);
        self.memory.forget(self.scanner.runtime.stories.window, self.latest);
        let Hit { assessed, feed, id, time, fired } = hit;
        let (numbers, stories): (Vec<_>, Vec<_>) = self.memory.candidates(&assessed).into_iter().unzip();
        let ids: Vec<String> = stories.iter().map(|story| story.id.clone()).collect();
        // It is no first poll: what it holds is to count.
        let state = FeedState { first_read: Some(time), ..FeedState::default() };
        let known = Known { feed: Some(state), stories, ..Known::default() };
        let poll = AssessedPoll::read(feed, None, vec![assessed]);
        let mut plan = decide(&poll, &known, &self.scanner.runtime, time);
        let Some(story) = self.remember(&mut plan, &ids, &numbers) else { return };
        let Some(assessed) = poll.items.first() else { return };
        self.told(assessed, &fired, story);
        if self.counts(time) {
            for routed in &plan.alerts {
                self.alert(&routed.alert, assessed, &id, &fired, story);
            }
        }
    }

    /// The story that the item of a plan began or joined.
    fn remember(&mut self, plan: &mut PollPlan, ids: &[String], numbers: &[StoryNumber]) -> Option<StoryNumber> {
        match plan.stories.pop()? {
            StoryWrite::Begin(story) => Some(self.memory.begin(story)),
            StoryWrite::Join { id, feed, fired } => {
                let place = ids.iter().position(|known| *known == id)?;
                let number = numbers.get(place).copied()?;
                self.memory.join(number, feed, fired);
                Some(number)
            }
        }
    }

    /// Takes note of the rules that fire on an item and had fired on it.
    fn told(&mut self, assessed: &AssessedItem, fired: &[Fired], story: StoryNumber) {
        let watchlists = std::sync::Arc::clone(&self.scanner.runtime.watchlists);
        for hit in &assessed.hits {
            let Some(list) = watchlists.lists().get(hit.watchlist.0 as usize) else { continue };
            for rule in hit.rules.iter().filter_map(|rule| watchlists.rules().get(rule.rule.0 as usize)) {
                if had_fired(fired, &list.name, &rule.id)
                    && let Some(place) = self.place(&list.name, &rule.id)
                {
                    self.rule(place, |_, tally| tally.told.extend([story]));
                }
            }
        }
    }

    fn alert(&mut self, alert: &Alert, assessed: &AssessedItem, item: &str, fired: &[Fired], story: StoryNumber) {
        if !self.asks(&alert.watchlist) {
            return;
        }
        let day = self.report.days.binary_search(&self.day(alert.time)).ok();
        let mut new = Vec::new();
        for raised in &alert.rules {
            let Some(place) = self.place(&alert.watchlist, &raised.id) else { continue };
            let sample = sample(alert, assessed, item, &raised.id, &self.scanner.runtime);
            let is_new = !had_fired(fired, &alert.watchlist, &raised.id);
            new.extend(is_new.then_some(place));
            self.rule(place, |rule, tally| {
                rule.alerts += 1;
                if let Some(count) = day.and_then(|day| rule.by_day.get_mut(day)) {
                    *count += 1;
                }
                if is_new {
                    tally.new.push(story);
                    tally.news.push(alert.time, (story, sample.clone()));
                }
                tally.alerts.push(alert.time, sample);
            });
        }
        self.report.alerts.alerts += 1;
        if new.len() == alert.rules.len() {
            self.new.push((story, new.into()));
        }
    }

    fn day(&self, time: Timestamp) -> Date {
        self.question.zone.to_datetime(time).date()
    }

    /// Where a rule stands in the report; `None` where it is not asked for.
    fn place(&mut self, watchlist: &str, rule: &str) -> Option<usize> {
        if !self.asks(watchlist) {
            return None;
        }
        let place = *self.places.entry((watchlist.to_owned(), rule.to_owned())).or_insert_with(|| {
            self.report.rules.push(RuleReport {
                watchlist: watchlist.to_owned(),
                rule: rule.to_owned(),
                by_day: vec![0; self.report.days.len()],
                ..RuleReport::default()
            });
            self.by_rule.push(Tally::default());
            self.by_rule.len() - 1
        });
        Some(place)
    }

    fn rule(&mut self, place: usize, change: impl FnOnce(&mut RuleReport, &mut Tally)) {
        if let (Some(rule), Some(tally)) = (self.report.rules.get_mut(place), self.by_rule.get_mut(place)) {
            change(rule, tally);
        }
    }
}

/// The days of the time that is asked for.
fn days(question: &Question) -> Vec<Date> {
    let date = |time: Timestamp| question.zone.to_datetime(time).date();
    let last = date(question.until);
    std::iter::successors(Some(date(question.since)), |day| day.tomorrow().ok())
        .take_while(|day| *day <= last)
        .collect()
}

/// Whether a rule is among what has fired.
fn had_fired(fired: &[Fired], watchlist: &str, rule: &str) -> bool {
    let means = |key: &str| key == rule || (rule == ANY && key.strip_prefix(ANY).is_some_and(|it| it.starts_with('/')));
    fired.iter().any(|it| it.watchlist == watchlist && means(&it.key))
}

/// How an alert of a rule is shown.
fn sample(alert: &Alert, assessed: &AssessedItem, item: &str, rule: &str, runtime: &Runtime) -> Sample {
    let watchlists = &runtime.watchlists;
    let is_rule = |hit: &&RuleHit| {
        let list = watchlists.list_of(hit.rule).is_some_and(|list| list.name == alert.watchlist);
        list && watchlists.rules().get(hit.rule.0 as usize).is_some_and(|it| it.id == rule)
    };
    let matches = assessed.hits.iter().flat_map(|hit| &hit.rules).find(is_rule).map_or(&[][..], |hit| &hit.matches);
    let in_title = matches.iter().find(|found| found.occurrence.field == Field::Title);
    let joined = Joined::of(&assessed.parsed);
    let found = in_title.or(matches.first());
    Sample {
        time: alert.time,
        alert: None,
        item: item.to_owned(),
        title: alert.item.title.clone(),
        link: alert.item.link.clone(),
        feed: alert.feed.name.clone(),
        found: found.map(|found| alert_match(found, &joined.document(&assessed.parsed), watchlists)),
    }
}
