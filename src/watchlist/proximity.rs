//! Distances: where conditions stand in a text, and which of them stand together.
//!
//! A place is one occurrence, or the occurrences that a proximity expression has
//! joined. A join holds each pair of places that are near and share no mention. Where
//! that is more work than a text written for people asks for, each place is joined
//! with its nearest alone: a single operator is as true by these, and only what
//! measures to such pairs in turn may miss one.

use super::Match;
use super::query::{Proximity, Reach, Relation};
use super::rule::Passages;
use super::term::{Field, Occurrence};

/// Steps that are made to find every pair; beyond, only the nearest are found.
const STEPS: usize = 50_000;

/// Neighbours of one occurrence that are looked at on either side for one that
/// shares no mention. Only a text made for it has more in the way.
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

    /// How often it is mentioned: places that do not overlap. A name and its last word are one
    /// mention, and so is what a proximity expression has joined.
    pub(super) fn mentions(&self) -> usize {
        let mut places: Vec<_> = self.iter().filter_map(ends).collect();
        places.sort_unstable_by_key(|(first, last)| (last.field, last.end, first.start));
        let mut count = 0;
        let mut reached: Option<(Field, u32)> = None;
        for (first, last) in places {
            if reached.is_none_or(|(field, end)| field != last.field || end <= first.start) {
                count += 1;
                reached = Some((last.field, last.end));
            }
        }
        count
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
        Relation::Together => {
            every_pair(left, right, &nearness).unwrap_or_else(|| nearest_pairs(left, right, &nearness))
        }
        Relation::InOrder => {
            let sides = Ordered::new(left, right);
            sides.every_pair(&nearness).unwrap_or_else(|| sides.nearest_pairs(&nearness))
        }
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
        Relation::InOrder => Ordered::new(left, right).nearest_pairs(&nearness),
        Relation::Together | Relation::Apart => nearest_pairs(left, right, &nearness),
    };
    pairs.into_iter().filter_map(|(a, b)| words_between(left.get(a), right.get(b))).min()
}

fn words_between(a: &[Match], b: &[Match]) -> Option<u32> {
    let between =
        |x: &Match, y: &Match| distance(&x.occurrence, &y.occurrence).max(distance(&y.occurrence, &x.occurrence));
    a.iter().flat_map(|x| b.iter().filter(|y| !is_one_mention(x, y)).map(move |y| between(x, y))).min()
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

/// Two occurrences of one span are the same mention, whatever terms found it; and so are
/// two names of one entity that overlap (Sir Richard Moore, Moore).
fn is_one_mention(a: &Match, b: &Match) -> bool {
    let of_one_entity = a.entity.is_some() && a.entity == b.entity;
    let (a, b) = (&a.occurrence, &b.occurrence);
    a.field == b.field
        && ((a.start, a.end) == (b.start, b.end) || (of_one_entity && a.start < b.end && b.start < a.end))
}

fn share_a_mention(a: &[Match], b: &[Match]) -> bool {
    a.iter().any(|x| b.iter().any(|y| is_one_mention(x, y)))
}

/// Every pair of places that are near each other in any order; `None` where that takes too many steps.
fn every_pair(left: &Places, right: &Places, nearness: &Nearness<'_>) -> Option<Vec<(usize, usize)>> {
    let of_right = Neighbours::new(right);
    let mut steps = 0;
    let mut pairs = Vec::new();
    for (a, place) in left.iter().enumerate() {
        for found in place {
            for (b, near) in of_right.around(&found.occurrence, nearness) {
                steps += 1;
                if steps > STEPS {
                    return None;
                }
                if near && !share_a_mention(place, right.get(b)) {
                    pairs.push((a, b));
                }
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    Some(pairs)
}

/// Pairs of places that are near each other in any order, each with its nearest.
fn nearest_pairs(left: &Places, right: &Places, nearness: &Nearness<'_>) -> Vec<(usize, usize)> {
    let (of_left, of_right) = (Neighbours::new(left), Neighbours::new(right));
    let right_of = left.iter().enumerate().filter_map(|(a, place)| Some((a, of_right.nearest(place, nearness)?)));
    let left_of = right.iter().enumerate().filter_map(|(b, place)| Some((of_left.nearest(place, nearness)?, b)));
    let mut pairs: Vec<_> = right_of.chain(left_of).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// An occurrence and the index of its place.
type Member<'a> = (&'a Occurrence, usize);

/// All members of places by position, each with its place.
struct Neighbours<'a> {
    places: &'a Places,
    members: Vec<Member<'a>>,
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

    /// The places around an occurrence, and whether they are near enough: those
    /// that begin with it or later, and those that begin before it and may reach it.
    fn around(&self, at: &Occurrence, nearness: &Nearness<'_>) -> impl Iterator<Item = (usize, bool)> {
        let (before, after) = self.split(at);
        let after = after.iter().take_while(move |(member, _)| nearness.reaches(at, member));
        let before =
            before.iter().rev().take_while(move |(member, _)| nearness.may_reach(member, at, self.least(member, at)));
        let later = after.map(|(_, index)| (*index, true));
        later.chain(before.map(move |(member, index)| (*index, nearness.reaches(member, at))))
    }

    /// The members that begin before `at`, and the others.
    fn split(&self, at: &Occurrence) -> (&[Member<'a>], &[Member<'a>]) {
        let index = self.members.partition_point(|(member, _)| (member.field, member.start) < (at.field, at.start));
        self.members.split_at_checked(index).unwrap_or_default()
    }

    /// The least distance to `at` of what begins with `member` or before.
    fn least(&self, member: &Occurrence, at: &Occurrence) -> u32 {
        at.first_word.saturating_sub(member.first_word.saturating_add(self.extra_words))
    }

    /// The nearest place that is near enough to `place` and shares no mention with it.
    fn nearest(&self, place: &[Match], nearness: &Nearness<'_>) -> Option<usize> {
        let of_member = |found: &Match| {
            let at = &found.occurrence;
            let (before, after) = self.split(at);
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
        after: &[Member<'_>],
        place: &[Match],
        nearness: &Nearness<'_>,
    ) -> Option<(u32, usize)> {
        let near = after.iter().take(NEIGHBOURS).take_while(|(member, _)| nearness.reaches(at, member));
        let mut distinct = near.filter(|(_, index)| !share_a_mention(place, self.places.get(*index)));
        distinct.next().map(|(member, index)| (distance(at, member), *index))
    }

    /// Distance and place of the nearest of `before`, which begin before `at`.
    /// One that begins earlier may end later, by as many words as the longest has.
    fn nearest_before(
        &self,
        at: &Occurrence,
        before: &[Member<'_>],
        place: &[Match],
        nearness: &Nearness<'_>,
    ) -> Option<(u32, usize)> {
        let mut best: Option<(u32, usize)> = None;
        for (member, index) in before.iter().rev().take(NEIGHBOURS) {
            let least = self.least(member, at);
            let hopeless =
                best.is_some_and(|(distance, _)| distance <= least) || !nearness.may_reach(member, at, least);
            if hopeless {
                break;
            }
            let found = (distance(member, at), *index);
            let better = best.is_none_or(|best| found < best) && nearness.reaches(member, at);
            if better && !share_a_mention(place, self.places.get(*index)) {
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

/// Places of which the first is to end before the second begins.
struct Ordered<'a> {
    /// By where they end.
    lefts: Vec<Member<'a>>,
    /// By where they begin.
    rights: Vec<Member<'a>>,
}

impl<'a> Ordered<'a> {
    fn new(left: &'a Places, right: &'a Places) -> Self {
        let mut lefts: Vec<_> = left.iter().enumerate().filter_map(|(a, place)| Some((ends(place)?.1, a))).collect();
        let mut rights: Vec<_> = right.iter().enumerate().filter_map(|(b, place)| Some((ends(place)?.0, b))).collect();
        lefts.sort_unstable_by_key(|(last, a)| (last.field, last.end, *a));
        rights.sort_unstable_by_key(|(first, b)| (first.field, first.start, *b));
        Self { lefts, rights }
    }

    /// Those that begin where `last` has ended, nearest first.
    fn after(&self, last: &Occurrence) -> &[Member<'a>] {
        let next = self.rights.partition_point(|(first, _)| (first.field, first.start) < (last.field, last.end));
        self.rights.get(next..).unwrap_or_default()
    }

    /// Every pair; `None` where that takes too many steps.
    fn every_pair(&self, nearness: &Nearness<'_>) -> Option<Vec<(usize, usize)>> {
        let mut pairs = Vec::new();
        for &(last, a) in &self.lefts {
            for &(_, b) in self.after(last).iter().take_while(|(first, _)| nearness.reaches(last, first)) {
                if pairs.len() == STEPS {
                    return None;
                }
                pairs.push((a, b));
            }
        }
        pairs.sort_unstable();
        Some(pairs)
    }

    /// Each with its nearest.
    fn nearest_pairs(&self, nearness: &Nearness<'_>) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        for &(last, a) in &self.lefts {
            let nearest = self.after(last).first().filter(|(first, _)| nearness.reaches(last, first));
            pairs.extend(nearest.map(|&(_, b)| (a, b)));
        }
        for &(first, b) in &self.rights {
            let next = self.lefts.partition_point(|(last, _)| (last.field, last.end) <= (first.field, first.start));
            let nearest = next.checked_sub(1).and_then(|before| self.lefts.get(before));
            pairs.extend(nearest.filter(|(last, _)| nearness.reaches(last, first)).map(|&(_, a)| (a, b)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}
