//! Distances: where conditions stand in a text, and which of them stand together.
//!
//! A place is one occurrence, or the occurrences that a proximity expression has
//! joined. Each place of either side is joined with the nearest one of the other
//! that shares no span with it, so that a join holds at most as many places as
//! its sides together.

use super::Match;
use super::query::{Proximity, Reach, Relation};
use super::rule::Passages;
use super::term::Occurrence;

/// Neighbours of one occurrence that are looked at on either side for one that
/// shares no span. Only a text made for it has more in the way.
const NEIGHBOURS: usize = 64;

/// Places in a text, all members in one buffer.
#[derive(Debug, Default)]
pub(super) struct Places {
    members: Vec<Match>,
    ends: Vec<usize>,
}

impl From<Vec<Match>> for Places {
    /// Each occurrence is a place.
    fn from(members: Vec<Match>) -> Self {
        let ends = (1..=members.len()).collect();
        Self { members, ends }
    }
}

impl Places {
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, index: usize) -> &[Match] {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(index).and_then(|&end| self.members.get(start..end)).unwrap_or_default()
    }

    fn iter(&self) -> impl Iterator<Item = &[Match]> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Adds a place made of `parts`.
    fn push(&mut self, parts: [&[Match]; 2]) {
        for part in parts {
            self.members.extend_from_slice(part);
        }
        self.ends.push(self.members.len());
    }

    /// These and those.
    pub(super) fn and_also(mut self, other: Self) -> Self {
        let before = self.members.len();
        self.members.extend(other.members);
        self.ends.extend(other.ends.iter().map(|end| before + end));
        self
    }

    /// The occurrences of all places; some perhaps twice.
    pub(super) fn into_matches(self) -> Vec<Match> {
        self.members
    }
}

/// The places at which `proximity` holds between `left` and `right`.
pub(super) fn join(proximity: Proximity, left: &Places, right: &Places, passages: &Passages<'_>) -> Places {
    let nearness = Nearness { reach: proximity.reach, passages };
    let mut joined = Places::default();
    let pairs = match proximity.relation {
        Relation::Apart => {
            let neighbours = Neighbours::new(right);
            for place in left.iter().filter(|place| neighbours.nearest(place, &nearness).is_none()) {
                joined.push([place, &[]]);
            }
            return joined;
        }
        Relation::Together => together(left, right, &nearness),
        Relation::InOrder => in_order(left, right, &nearness),
    };
    for (a, b) in pairs {
        joined.push([left.get(a), right.get(b)]);
    }
    joined
}

/// The fewest words between a place of `left` and one of `right` in the same field.
pub(super) fn closest(relation: Relation, left: &Places, right: &Places, passages: &Passages<'_>) -> Option<u32> {
    let nearness = Nearness { reach: Reach::Words(u32::MAX), passages };
    let pairs = match relation {
        Relation::InOrder => in_order(left, right, &nearness),
        Relation::Together | Relation::Apart => together(left, right, &nearness),
    };
    pairs.into_iter().filter_map(|(a, b)| words_between(left.get(a), right.get(b))).min()
}

fn words_between(a: &[Match], b: &[Match]) -> Option<u32> {
    let between =
        |x: &Match, y: &Match| distance(&x.occurrence, &y.occurrence).max(distance(&y.occurrence, &x.occurrence));
    a.iter().flat_map(|x| b.iter().filter(|y| !same_span(x, y)).map(move |y| between(x, y))).min()
}

/// How far apart two occurrences may be.
struct Nearness<'a> {
    reach: Reach,
    passages: &'a Passages<'a>,
}

impl Nearness<'_> {
    /// Whether `after`, which does not begin before `before`, is near enough.
    fn reaches(&self, before: &Occurrence, after: &Occurrence) -> bool {
        before.field == after.field
            && match self.reach {
                Reach::Words(words) => distance(before, after) <= words,
                Reach::Sentence | Reach::Paragraph => self.passage(before) == self.passage(after),
            }
    }

    fn passage(&self, occurrence: &Occurrence) -> Option<usize> {
        let segments = self.passages.of(occurrence.field)?;
        let start = occurrence.start as usize;
        Some(if self.reach == Reach::Sentence { segments.sentence(start) } else { segments.paragraph(start) })
    }
}

/// Words from the last one of `before` to the first one of `after`; 0 where they overlap.
pub(super) fn distance(before: &Occurrence, after: &Occurrence) -> u32 {
    after.first_word.saturating_sub(before.last_word)
}

/// Two occurrences of one span are the same mention, whatever terms found it.
fn same_span(a: &Match, b: &Match) -> bool {
    let (a, b) = (&a.occurrence, &b.occurrence);
    (a.field, a.start, a.end) == (b.field, b.start, b.end)
}

fn share_a_span(a: &[Match], b: &[Match]) -> bool {
    a.iter().any(|x| b.iter().any(|y| same_span(x, y)))
}

/// Pairs of places that are near each other in any order, each with its nearest.
fn together(left: &Places, right: &Places, nearness: &Nearness<'_>) -> Vec<(usize, usize)> {
    let (of_left, of_right) = (Neighbours::new(left), Neighbours::new(right));
    let right_of = left.iter().enumerate().filter_map(|(a, place)| Some((a, of_right.nearest(place, nearness)?)));
    let left_of = right.iter().enumerate().filter_map(|(b, place)| Some((of_left.nearest(place, nearness)?, b)));
    let mut pairs: Vec<_> = right_of.chain(left_of).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// All members of places by position, each with its place.
struct Neighbours<'a> {
    places: &'a Places,
    members: Vec<(&'a Occurrence, usize)>,
    /// Words that the longest member is longer than one.
    extra_words: u32,
}

impl<'a> Neighbours<'a> {
    fn new(places: &'a Places) -> Self {
        let of_place = |(index, place): (usize, &'a [Match])| place.iter().map(move |found| (&found.occurrence, index));
        let mut members: Vec<_> = places.iter().enumerate().flat_map(of_place).collect();
        members.sort_unstable();
        let words = members.iter().map(|(member, _)| member.last_word.saturating_sub(member.first_word));
        let extra_words = words.max().unwrap_or(0);
        Self { places, members, extra_words }
    }

    /// The nearest place that is near enough to `place` and shares no span with it.
    fn nearest(&self, place: &[Match], nearness: &Nearness<'_>) -> Option<usize> {
        let of_member = |found: &Match| {
            let at = &found.occurrence;
            let index = self.members.partition_point(|(member, _)| (member.field, member.start) < (at.field, at.start));
            let (before, after) = self.members.split_at_checked(index)?;
            let after = self.nearest_after(at, after, place, nearness);
            let before = self.nearest_before(at, before, place, nearness);
            after.into_iter().chain(before).min()
        };
        place.iter().filter_map(of_member).min().map(|(_, index)| index)
    }

    /// Distance and place of the nearest of `after`, which do not begin before `at`.
    fn nearest_after(
        &self,
        at: &Occurrence,
        after: &[(&Occurrence, usize)],
        place: &[Match],
        nearness: &Nearness<'_>,
    ) -> Option<(u32, usize)> {
        let near = after.iter().take(NEIGHBOURS).take_while(|(member, _)| nearness.reaches(at, member));
        let mut distinct = near.filter(|(_, index)| !share_a_span(place, self.places.get(*index)));
        distinct.next().map(|(member, index)| (distance(at, member), *index))
    }

    /// Distance and place of the nearest of `before`, which begin before `at`.
    /// One that begins earlier may end later, by as many words as the longest has.
    fn nearest_before(
        &self,
        at: &Occurrence,
        before: &[(&Occurrence, usize)],
        place: &[Match],
        nearness: &Nearness<'_>,
    ) -> Option<(u32, usize)> {
        let mut best: Option<(u32, usize)> = None;
        for (member, index) in before.iter().rev().take(NEIGHBOURS) {
            let least = at.first_word.saturating_sub(member.first_word.saturating_add(self.extra_words));
            let hopeless =
                best.is_some_and(|(distance, _)| distance <= least) || !nearness.may_reach(member, at, least);
            if hopeless {
                break;
            }
            let found = (distance(member, at), *index);
            let better = best.is_none_or(|best| found < best) && nearness.reaches(member, at);
            if better && !share_a_span(place, self.places.get(*index)) {
                best = Some(found);
            }
        }
        best
    }
}

impl Nearness<'_> {
    /// Whether something that begins with `before` or earlier, at a distance of
    /// at least `least`, may still reach `after`.
    fn may_reach(&self, before: &Occurrence, after: &Occurrence, least: u32) -> bool {
        before.field == after.field
            && match self.reach {
                Reach::Words(words) => least <= words,
                Reach::Sentence | Reach::Paragraph => self.passage(before) == self.passage(after),
            }
    }
}

/// The first and the last occurrence of a place: the one that begins first and the one that ends last.
fn ends(place: &[Match]) -> Option<(&Occurrence, &Occurrence)> {
    let occurrences = || place.iter().map(|found| &found.occurrence);
    Some((occurrences().min_by_key(|o| (o.field, o.start))?, occurrences().max_by_key(|o| (o.field, o.end))?))
}

/// Pairs of places of which the first ends before the second begins, each with its nearest.
fn in_order(left: &Places, right: &Places, nearness: &Nearness<'_>) -> Vec<(usize, usize)> {
    let mut lefts: Vec<_> = left.iter().enumerate().filter_map(|(a, place)| Some((ends(place)?.1, a))).collect();
    let mut rights: Vec<_> = right.iter().enumerate().filter_map(|(b, place)| Some((ends(place)?.0, b))).collect();
    lefts.sort_unstable_by_key(|(last, a)| (last.field, last.end, *a));
    rights.sort_unstable_by_key(|(first, b)| (first.field, first.start, *b));
    let mut pairs = Vec::new();
    for &(last, a) in &lefts {
        let next = rights.partition_point(|(first, _)| (first.field, first.start) < (last.field, last.end));
        let nearest = rights.get(next).filter(|(first, _)| nearness.reaches(last, first));
        pairs.extend(nearest.map(|&(_, b)| (a, b)));
    }
    for &(first, b) in &rights {
        let next = lefts.partition_point(|(last, _)| (last.field, last.end) <= (first.field, first.start));
        let nearest = next.checked_sub(1).and_then(|before| lefts.get(before));
        pairs.extend(nearest.filter(|(last, _)| nearness.reaches(last, first)).map(|&(_, a)| (a, b)));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}
