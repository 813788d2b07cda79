//! Lines and CSV records of a stream, each with the number of its line. One
//! record at a time is held; one that is broken costs itself, not the rest.

use crate::watchlist::strings::Strings;
use csv_core::{ReadRecordResult, Reader};
use std::collections::VecDeque;
use std::io::BufRead;

/// No line is longer; one that is, is bad.
const MAX_LINE: usize = 1 << 20;

/// A quoted field may run over this many lines; beyond, its quote was never closed.
const MAX_LINES: usize = 32;

/// A line, or what is wrong with it.
pub(super) struct Line {
    pub(super) line: u64,
    pub(super) text: Result<String, String>,
}

/// A record, or what is wrong with it.
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) fields: Result<Strings, String>,
}

/// A stream of lines, of which some may be put back.
pub(super) struct Records<R> {
    input: R,
    line: u64,
    put_back: VecDeque<Line>,
    splitter: Splitter,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R) -> Self {
        let splitter = Splitter { reader: Reader::new(), buffer: Vec::new(), ends: Vec::new() };
        Self { input, line: 0, put_back: VecDeque::new(), splitter }
    }

    /// The next line with a line feed at its end; `None` at the end of the input.
    pub(super) fn next_line(&mut self) -> Result<Option<Line>, std::io::Error> {
        if let Some(line) = self.put_back.pop_front() {
            return Ok(Some(line));
        }
        let mut bytes = Vec::new();
        let read = self.read_line(&mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        let text = if read > MAX_LINE {
            Err(format!("longer than {MAX_LINE} bytes"))
        } else {
            String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())
        };
        Ok(Some(Line { line: self.line, text }))
    }

    /// Reads to the next line feed, which is kept; returns the bytes read, of which `MAX_LINE` are kept.
    fn read_line(&mut self, bytes: &mut Vec<u8>) -> Result<usize, std::io::Error> {
        let mut read = 0;
        loop {
            let buffer = self.input.fill_buf()?;
            let end = buffer.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
            let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
            let room = MAX_LINE.saturating_sub(bytes.len());
            bytes.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
            let len = part.len();
            read += len;
            self.input.consume(len);
            if end.is_some() || len == 0 {
                return Ok(read);
            }
        }
    }

    /// The next CSV record. `columns`: how many it should have at most; one over
    /// several lines that has more was not meant to run over several lines.
    pub(super) fn next_record(&mut self, columns: Option<usize>) -> Result<Option<Record>, std::io::Error> {
        loop {
            let Some(first) = self.next_line()? else { return Ok(None) };
            let line = first.line;
            let text = match first.text {
                Ok(text) if text.trim().is_empty() => continue,
                Ok(text) => text,
                Err(message) => return Ok(Some(Record { line, fields: Err(message) })),
            };
            let fields = if is_open(&text) { self.continued(text, columns)? } else { self.splitter.split(&text) };
            return Ok(Some(Record { line, fields }));
        }
    }

    /// The fields of a record whose first line leaves a quote open.
    fn continued(&mut self, first: String, columns: Option<usize>) -> Result<Result<Strings, String>, std::io::Error> {
        let mut text = first;
        let mut more = VecDeque::new();
        while more.len() < MAX_LINES && text.len() < MAX_LINE {
            let Some(line) = self.next_line()? else { break };
            let part = line.text.clone();
            more.push_back(line);
            let Ok(part) = part else { break };
            text.push_str(&part);
            if is_open(&text) {
                continue;
            }
            match self.splitter.split(&text) {
                Ok(fields) if columns.is_none_or(|columns| fields.len() <= columns) => return Ok(Ok(fields)),
                _ => break,
            }
        }
        // The lines after it are records of their own.
        more.append(&mut self.put_back);
        self.put_back = more;
        Ok(Err("a quote in it is never closed".to_owned()))
    }
}

/// Whether a quote is open at the end; RFC 4180 doubles those inside a field.
fn is_open(text: &str) -> bool {
    text.bytes().filter(|&byte| byte == b'"').count() % 2 == 1
}

/// Splits records.
struct Splitter {
    reader: Reader,
    buffer: Vec<u8>,
    ends: Vec<usize>,
}

impl Splitter {
    /// The fields of one record with its line feed.
    fn split(&mut self, text: &str) -> Result<Strings, String> {
        self.reader.reset();
        self.buffer.resize(text.len(), 0);
        self.ends.resize(text.bytes().filter(|&byte| byte == b',').count() + 1, 0);
        let (result, _, _, count) = self.reader.read_record(text.as_bytes(), &mut self.buffer, &mut self.ends);
        let ends = self.ends.get(..count).filter(|_| result == ReadRecordResult::Record).ok_or("not CSV")?;
        let mut fields = Strings::default();
        let mut start = 0;
        for &end in ends {
            let field = self.buffer.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok());
            fields.push(field.ok_or("not CSV")?);
            start = end;
        }
        Ok(fields)
    }
}
