//! All entities of a configuration, in a few buffers: there may be a million.

use super::rows::Rows;
use super::strings::Strings;
use super::term::TermId;
use super::{Entity, EntityIx, WatchlistIx};
use std::collections::HashMap;

/// All entities by [`EntityIx`], those of one watchlist together.
#[derive(Debug, Default)]
pub(super) struct Entities {
    /// Id and name of each, in turn.
    strings: Strings,
    kinds: Strings,
    kind_numbers: HashMap<String, u32>,
    kind_of: Vec<u32>,
    /// One past the last entity of each watchlist.
    list_ends: Vec<u32>,
    /// By term, whose name it is.
    named: Rows<EntityIx>,
    /// Those with an id that another one of their watchlist had before; sorted.
    again: Vec<EntityIx>,
}

impl Entities {
    pub(super) fn len(&self) -> usize {
        self.kind_of.len()
    }

    pub(super) fn get(&self, entity: EntityIx) -> Option<Entity<'_>> {
        let index = entity.0 as usize;
        let kind = *self.kind_of.get(index)?;
        let (id, name) = (self.strings.get(index * 2), self.strings.get(index * 2 + 1));
        Some(Entity { id, kind: self.kinds.get(kind as usize), name })
    }

    /// All of one watchlist.
    pub(super) fn of_list(&self, list: WatchlistIx) -> impl Iterator<Item = EntityIx> + use<> {
        let list = list.0 as usize;
        let start = list.checked_sub(1).and_then(|before| self.list_ends.get(before)).copied().unwrap_or(0);
        let end = self.list_ends.get(list).copied().unwrap_or(start);
        (start..end).map(EntityIx)
    }

    /// The watchlist it belongs to.
    pub(super) fn list_of(&self, entity: EntityIx) -> WatchlistIx {
        let list = self.list_ends.partition_point(|&end| end <= entity.0);
        WatchlistIx(u32::try_from(list).unwrap_or(u32::MAX))
    }

    pub(super) fn kind_of(&self, entity: EntityIx) -> Option<u32> {
        self.kind_of.get(entity.0 as usize).copied()
    }

    /// The types, each once, in the order of their numbers.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        (0..self.kinds.len()).map(|kind| self.kinds.get(kind))
    }

    /// The entities that have this term as a name.
    pub(super) fn named(&self, term: TermId) -> &[EntityIx] {
        self.named.get(term.0)
    }

    /// Adds an entity to the last watchlist, see [`Entities::end_list`].
    pub(super) fn push(&mut self, id: &str, kind: &str, name: &str) -> EntityIx {
        let kind = self.intern_kind(kind);
        let entity = EntityIx(u32::try_from(self.kind_of.len()).unwrap_or(u32::MAX));
        self.strings.push(id);
        self.strings.push(name);
        self.kind_of.push(kind);
        entity
    }

    /// Takes note of entities of the last watchlist whose id came before; sorted.
    pub(super) fn repeat_id(&mut self, again: &[EntityIx]) {
        self.again.extend_from_slice(again);
    }

    /// Whether its id alone does not tell which entity it is.
    pub(super) fn repeats_id(&self, entity: EntityIx) -> bool {
        self.again.binary_search(&entity).is_ok()
    }

    /// The last watchlist is complete.
    pub(super) fn end_list(&mut self) {
        self.list_ends.push(u32::try_from(self.kind_of.len()).unwrap_or(u32::MAX));
    }

    /// All names are known: pairs of term and entity.
    pub(super) fn set_names(&mut self, names: Vec<(u32, EntityIx)>) {
        self.named = Rows::new(names);
        self.strings.shrink_to_fit();
        self.kind_of.shrink_to_fit();
    }

    fn intern_kind(&mut self, kind: &str) -> u32 {
        if let Some(&number) = self.kind_numbers.get(kind) {
            return number;
        }
        let number = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        self.kinds.push(kind);
        self.kind_numbers.insert(kind.to_owned(), number);
        number
    }

    /// The number of a type.
    pub(super) fn kind_number(&self, kind: &str) -> Option<u32> {
        self.kind_numbers.get(kind).copied()
    }
}
