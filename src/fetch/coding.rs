//! The codings of HTTP bodies (RFC 9110, section 8.4.1): their names, and one
//! decoder for each, which gives no more bytes than there is room for.

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

/// Why a stage stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// There is no room for what it gives.
    Full,
    /// It cannot decode what it was given, or more should have come.
    Damaged,
}

/// One decoder.
pub(super) enum Stage {
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
    pub(super) fn new(coding: Coding) -> Self {
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
    pub(super) fn pass(&mut self, bytes: &[u8], room: usize) -> (Vec<u8>, Result<(), Broken>) {
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
    pub(super) fn end(&mut self, room: usize) -> (Vec<u8>, Result<(), Broken>) {
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
pub(super) struct Bounded {
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
