//! A body, read with caps: on the decoded bytes, and on how many of them one
//! byte of the wire may become. Pure: the bytes come in as they arrive.
//!
//! Decoding is done here and not by the HTTP client, because the client hides
//! how many bytes came over the wire, and because real servers mislabel: a body
//! that its `Content-Encoding` cannot decode from the first byte is taken as it
//! is, and a gzip file served without one is decoded.

use super::failure::{Failure, FailureKind};
use brotli_decompressor::DecompressorWriter;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::header::{CONTENT_ENCODING, HeaderMap};
use std::io::{self, Write};
use zstd::stream::raw::DParameter;
use zstd::stream::write::Decoder as ZstdDecoder;
use zstd::stream::zio;

/// A compression that is asked for; `Accept-Encoding` names them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The value of `Accept-Encoding`.
pub(super) const ACCEPT_ENCODING: &str = "gzip, br, zstd, deflate";

/// A feed compresses 5 to 30 times, an endless line of one character over 1,000
/// times. Below the floor no ratio is judged.
const MOST_RATIO: u64 = 200;
const RATIO_FLOOR: u64 = 1 << 20;
/// What a coding may add to what it cannot compress; beyond it nothing sensible comes.
const OVERHEAD: u64 = 64 * 1024;
/// What is looked at before a coding is believed.
const HEAD: usize = 512;
/// Compressed more than twice is no document.
const MOST_CODINGS: usize = 2;
/// The largest window that a sender over HTTP may use (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;
const BROTLI_BUFFER: usize = 8 * 1024;

/// The codings that an answer names, in the order they were applied; what is no
/// coding (`utf-8` is seen) is left out.
pub(super) fn codings(headers: &HeaderMap) -> Vec<Coding> {
    let values = headers.get_all(CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let names = values.flat_map(|value| value.split(',')).map(|name| name.trim().to_ascii_lowercase());
    names.filter_map(|name| coding(&name)).take(MOST_CODINGS).collect()
}

fn coding(name: &str) -> Option<Coding> {
    match name {
        "gzip" | "x-gzip" => Some(Coding::Gzip),
        "deflate" => Some(Coding::Deflate),
        "br" => Some(Coding::Brotli),
        "zstd" => Some(Coding::Zstd),
        _ => None,
    }
}

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
                Err(Broken::Damaged) => {
                    self.damaged = true;
                    break;
                }
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

/// Why a stage stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    Full,
    Damaged,
}

/// One decoder.
enum Stage {
    Gzip(MultiGzDecoder<Bounded>),
    /// One of the next two, by the first byte.
    AnyDeflate(Bounded),
    Zlib(ZlibDecoder<Bounded>),
    /// What some servers mean by `deflate`: without the zlib header.
    Deflate(DeflateDecoder<Bounded>),
    Brotli(Box<DecompressorWriter<Bounded>>),
    Zstd(Box<ZstdDecoder<'static, Bounded>>),
    /// The decoder could not be made.
    Unusable(Bounded),
}

impl Stage {
    fn new(coding: Coding) -> Self {
        let into = Bounded::default();
        match coding {
            Coding::Gzip => Self::Gzip(MultiGzDecoder::new(into)),
            Coding::Deflate => Self::AnyDeflate(into),
            Coding::Brotli => Self::Brotli(Box::new(DecompressorWriter::new(into, BROTLI_BUFFER))),
            Coding::Zstd => zstd_decoder().map_or_else(
                |_| Self::Unusable(Bounded::default()),
                |raw| Self::Zstd(Box::new(ZstdDecoder::with_writer(zio::Writer::new(into, raw)))),
            ),
        }
    }

    /// RFC 1950 begins with the method, 8. RFC 1951 would begin so with a stored
    /// block whose padding is not zero, which nobody writes.
    fn deflate(first: u8) -> Self {
        if first & 0x0f == 8 {
            Self::Zlib(ZlibDecoder::new(Bounded::default()))
        } else {
            Self::Deflate(DeflateDecoder::new(Bounded::default()))
        }
    }

    /// Decodes bytes into at most `room` others.
    fn pass(&mut self, bytes: &[u8], room: usize) -> (Vec<u8>, Result<(), Broken>) {
        if let (Self::AnyDeflate(_), Some(first)) = (&*self, bytes.first()) {
            *self = Self::deflate(*first);
        }
        self.bounded().room = room;
        let how = match self {
            Self::Gzip(decoder) => decoder.write_all(bytes),
            Self::Zlib(decoder) => decoder.write_all(bytes),
            Self::Deflate(decoder) => decoder.write_all(bytes),
            Self::Brotli(decoder) => decoder.write_all(bytes),
            Self::Zstd(decoder) => decoder.write_all(bytes),
            Self::AnyDeflate(_) => Ok(()),
            Self::Unusable(_) => Err(io::ErrorKind::Unsupported.into()),
        };
        self.give(how)
    }

    /// Gives what is still held back; an error says that the end has not come.
    fn end(&mut self, room: usize) -> (Vec<u8>, Result<(), Broken>) {
        self.bounded().room = room;
        let how = match self {
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Zlib(decoder) => decoder.try_finish(),
            Self::Deflate(decoder) => decoder.try_finish(),
            Self::Brotli(decoder) => decoder.close(),
            Self::Zstd(decoder) => decoder.do_finish(),
            Self::AnyDeflate(_) | Self::Unusable(_) => Ok(()),
        };
        self.give(how)
    }

    fn give(&mut self, how: io::Result<()>) -> (Vec<u8>, Result<(), Broken>) {
        let into = self.bounded();
        let broken = if std::mem::take(&mut into.full) { Broken::Full } else { Broken::Damaged };
        (std::mem::take(&mut into.bytes), how.map_err(|_| broken))
    }

    fn bounded(&mut self) -> &mut Bounded {
        match self {
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zlib(decoder) => decoder.get_mut(),
            Self::Deflate(decoder) => decoder.get_mut(),
            Self::Brotli(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
            Self::AnyDeflate(into) | Self::Unusable(into) => into,
        }
    }
}

fn zstd_decoder() -> io::Result<zstd::stream::raw::Decoder<'static>> {
    let mut raw = zstd::stream::raw::Decoder::new()?;
    raw.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
    Ok(raw)
}

/// Bytes with a bound: what would not fit is an error and is not written.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    room: usize,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.room {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
