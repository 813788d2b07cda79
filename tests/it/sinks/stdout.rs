//! Standard output, through a pipe.

use super::{delivery, sample, told};
use crate::support::LIMIT;
use jiff::tz::TimeZone;
use newswatch::sink::payload::{self, TextMode};
use newswatch::sink::pretty::{Colour, Look};
use newswatch::sink::stdout::{Config, Format, StdoutSink, document};
use std::fs::File;
use std::io::{PipeReader, Read};
use std::os::fd::OwnedFd;

fn look() -> Look {
    Look { colour: Colour::Never, width: 80, zone: TimeZone::UTC }
}

fn piped(format: Format) -> (StdoutSink, PipeReader) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let file = File::from(OwnedFd::from(writer));
    (StdoutSink::to(file, Config { format }, look()).expect("a thread"), reader)
}

fn body() -> Vec<u8> {
    payload::render(&sample(), "desk-1", TextMode::Full)
}

#[test]
fn each_format_writes_its_document() {
    let check = |format, body: &[u8], begins: &str, lines: usize| {
        let written = String::from_utf8(document(format, body, &look())).unwrap();
        assert!(written.starts_with(begins), "{format:?}: {written}");
        assert_eq!(written.matches('\n').count(), lines, "{format:?}: {written}");
        assert!(written.ends_with('\n'));
    };
    check(Format::Json, &body(), "{\"specversion\":\"1.0\",", 1);
    check(Format::Journal, &body(), "<3>high hybrid-threats: Baltic cable cut", 1);
    check(Format::Pretty, &body(), "2026-11-24 02:15:04 HIGH Sabotage and hybrid threats", 9);
    // What this version does not know is shown as it is, but visibly.
    check(Format::Journal, b"{\"type\": \"newswatch.digest.v9\"}", "{\"type\": \"newswatch.digest.v9\"}", 1);
    check(Format::Pretty, b"\x1b[2J\n", "\\x1b[2J\\n", 1);
}

#[tokio::test]
async fn documents_come_out_whole_and_in_order() {
    let (sink, mut reader) = piped(Format::Json);
    // More than the pipe holds: the sink waits for the reader, not the runtime.
    let large = "x".repeat(200_000);
    let read = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).map(|_| text)
    });
    for n in 0..3 {
        assert_eq!(told(&sink.send(&delivery(format!("{n}{large}"))).await), ("delivered", ""));
    }
    drop(sink);
    let text = read.join().unwrap().unwrap();
    assert_eq!(text, format!("0{large}\n1{large}\n2{large}\n"));
}

#[tokio::test]
async fn a_closed_pipe_stops_the_sink() {
    let (sink, reader) = piped(Format::Json);
    drop(reader);
    let outcome = sink.send(&delivery("{}")).await;
    assert_eq!(told(&outcome), ("stop", "the standard output was closed: nobody reads it any more"));
}

#[tokio::test]
async fn a_full_disk_holds_the_sink() {
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let sink = StdoutSink::to(full, Config { format: Format::Json }, look()).expect("a thread");
    let outcome = sink.send(&delivery("{}")).await;
    let (kind, reason) = told(&outcome);
    assert_eq!(kind, "hold");
    assert!(reason.contains("No space left on device") && reason.contains("nothing is lost"), "{reason}");
}

#[tokio::test]
async fn a_reader_that_does_not_read_holds_up_nothing_else() {
    let (sink, reader) = piped(Format::Json);
    let large = delivery("x".repeat(1_000_000));
    let abandoned = tokio::time::timeout(std::time::Duration::from_millis(20), sink.send(&large)).await;
    assert!(abandoned.is_err(), "a full pipe took it");
    // The runtime is free; and once somebody reads, the document is there whole.
    let read = tokio::task::spawn_blocking(move || {
        let mut text = vec![0; 1_000_001];
        let mut reader = reader;
        reader.read_exact(&mut text).map(|()| text)
    });
    let text = tokio::time::timeout(LIMIT, read).await.unwrap().unwrap().unwrap();
    assert!(text.ends_with(b"x\n"));
}
