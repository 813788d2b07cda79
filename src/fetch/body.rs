//! A body, read with caps: on the decoded bytes, and on how many of them one
//! byte of the wire may become. Pure: the bytes come in as they arrive.
//!
//! Decoding is done here and not by the HTTP client, because the client hides
//! how many bytes came over the wire, and because real servers mislabel: a body
//! that its `Content-Encoding` cannot decode from the first byte is taken as it
//! is, and a gzip file served without one is decoded.

use super::coding::{Broken, Coding, Stage};
use super::failure::{Failure, FailureKind};

/// A feed compresses 5 to 30 times, an endless line of one character over 1,000
/// times. Below the floor no ratio is judged.
const MOST_RATIO: u64 = 200;
const RATIO_FLOOR: u64 = 1 << 20;
/// What a coding may add to what it cannot compress; beyond it nothing sensible comes.
const OVERHEAD: u64 = 64 * 1024;
/// What is looked at before a coding is believed.
const HEAD: usize = 512;

/// Why reading stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// A limit was hit: there is no document.
    Limit(Failure),
    /// The compression is damaged here; what was decoded before is good.
    Damaged,
}

/// A body that was read to its end, or as far as it went.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) bytes: Vec<u8>,
    /// The compression broke off, or is damaged.
    pub(super) damaged: bool,
    /// For the trace.
    pub(super) note: Option<&'static str>,
}

/// Reads one body.
pub(super) struct Reader {
    max: u64,
    wire: u64,
    named: Vec<Coding>,
    /// The first bytes, until they are enough to choose the stages by.
    head: Option<Vec<u8>>,
    /// The decoders, in the order the bytes pass them.
    stages: Vec<Stage>,
    out: Vec<u8>,
    damaged: bool,
    note: Option<&'static str>,
}

impl Reader {
    /// A body of at most `max` decoded bytes, in these codings.
    pub(super) fn new(named: Vec<Coding>, max: u64) -> Self {
        let (head, stages, out) = (Some(Vec::new()), Vec::new(), Vec::new());
        Self { max, wire: 0, named, head, stages, out, damaged: false, note: None }
    }

    /// How many bytes have been decoded so far.
    pub(super) fn decoded(&self) -> u64 {
        self.out.len() as u64
    }

    /// Takes the next bytes of the wire.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), Stop> {
        self.wire += chunk.len() as u64;
        if self.wire > self.max.saturating_add(OVERHEAD) {
            return Err(Stop::Limit(self.too_large(self.max)));
        }
        let Some(head) = &mut self.head else { return self.decode(chunk) };
        head.extend_from_slice(chunk);
        if head.len() < HEAD {
            return Ok(());
        }
        self.begin()
    }

    /// The body is over.
    pub(super) fn finish(mut self) -> Result<Whole, Failure> {
        let short = self.head.clone();
        match self.begin().and_then(|()| self.drain()) {
            Err(Stop::Limit(failure)) => return Err(failure),
            Err(Stop::Damaged) => self.damaged = true,
            Ok(()) => {}
        }
        if let Some(head) = short.filter(|_| self.damaged && self.out.is_empty()) {
            self.take_plain();
            self.out = head;
        }
        Ok(Whole { bytes: self.out, damaged: self.damaged, note: self.note })
    }

    /// Believes the named codings if the first bytes bear them out.
    fn begin(&mut self) -> Result<(), Stop> {
        let Some(head) = self.head.take().filter(|head| !head.is_empty()) else { return Ok(()) };
        if self.named.is_empty() && head.starts_with(&[0x1f, 0x8b]) {
            self.note = Some("a gzip file, though the answer names no Content-Encoding");
            self.named = vec![Coding::Gzip];
        }
        self.stages = self.named.iter().rev().map(|coding| Stage::new(*coding)).collect();
        let begun = self.decode(&head);
        if begun != Err(Stop::Damaged) || !self.out.is_empty() {
            return begun;
        }
        self.take_plain();
        self.decode(&head)
    }

    fn take_plain(&mut self) {
        self.note = Some("not compressed as its Content-Encoding says: taken as it is");
        self.stages.clear();
        self.damaged = false;
    }

    /// Passes bytes through all stages.
    fn decode(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        if self.damaged {
            return Err(Stop::Damaged);
        }
        self.decode_from(0, bytes)
    }

    fn decode_from(&mut self, first: usize, bytes: &[u8]) -> Result<(), Stop> {
        let limit = self.limit();
        let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(self.out.len());
        let mut carried = None;
        for stage in self.stages.iter_mut().skip(first) {
            let (decoded, how) = stage.pass(carried.as_deref().unwrap_or(bytes), room);
            carried = Some(decoded);
            match how {
                Ok(()) => {}
                Err(Broken::Full) => return Err(Stop::Limit(self.too_large(limit))),
                // What it gave before that still passes the stages behind it.
                Err(Broken::Damaged) => self.damaged = true,
            }
        }
        let decoded = carried.as_deref().unwrap_or(bytes);
        if decoded.len() > room {
            return Err(Stop::Limit(self.too_large(limit)));
        }
        self.out.extend_from_slice(decoded);
        if self.damaged { Err(Stop::Damaged) } else { Ok(()) }
    }

    /// Has each stage give what it holds back, the first one first.
    fn drain(&mut self) -> Result<(), Stop> {
        for at in 0..self.stages.len() {
            let room = usize::try_from(self.limit()).unwrap_or(usize::MAX);
            let Some((held, how)) = self.stages.get_mut(at).map(|stage| stage.end(room)) else { break };
            self.decode_from(at + 1, &held)?;
            match how {
                Ok(()) => {}
                Err(Broken::Full) => return Err(Stop::Limit(self.too_large(self.limit()))),
                Err(Broken::Damaged) => return Err(Stop::Damaged),
            }
        }
        Ok(())
    }

    /// How many decoded bytes there may be by now.
    fn limit(&self) -> u64 {
        if self.stages.is_empty() {
            return self.max;
        }
        self.max.min(self.wire.saturating_mul(MOST_RATIO).max(RATIO_FLOOR))
    }

    fn too_large(&self, limit: u64) -> Failure {
        if limit >= self.max {
            return Failure::too_large("the body, decompressed,", self.max);
        }
        let reason =
            format!("the body grows over {MOST_RATIO} times when it is decompressed: no feed does; is the URL right?");
        Failure::new(FailureKind::TooLarge, reason)
    }
}
