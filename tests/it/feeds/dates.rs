//! Dates in the forms that feeds use, read through an item.

use newswatch::feed::{Hints, parse};

fn read(text: &str) -> Option<String> {
    let feed = format!("<rss><channel><item><pubDate><![CDATA[{text}]]></pubDate></item></channel></rss>");
    let (feed, _) = parse(feed.as_bytes(), Hints::default()).unwrap();
    feed.items[0].published.map(|date| date.to_string())
}

#[track_caller]
fn check(text: &str, expect: &str) {
    assert_eq!(read(text).as_deref(), Some(expect), "{text}");
}

#[test]
fn rfc_822_and_its_relatives() {
    for text in [
        "Tue, 24 Nov 2026 08:15:00 GMT",
        "Tue, 24 Nov 2026 08:15:00 +0000",
        "Tue, 24 Nov 2026 08:15 Z",
        "24 Nov 26 08:15 UT",
        "Tue,24 Nov 2026 08:15:00 UTC",
        "tuesday, 24 november 2026 8:15:00 gmt",
        "Wed, 24 Nov 2026 08:15:00 GMT",
        "Nov 24 2026 08:15:00 GMT",
        "November 24, 2026 at 8:15 AM",
        "Tue, 24th Nov 2026, 09:15 +0100",
        "Tue, 24 Nov 2026 09:15:00 +01:00",
        "Tue, 24 Nov 2026 09:15:00 GMT+1",
        "Tue, 24 Nov 2026 09:15:00 CET",
        "Tue, 24 Nov 2026 03:15:00 EST",
        "Tue, 24 Nov 2026 00:15:00 PST",
        "Tue, 24 Nov 2026 13:45:00 IST",
        "Tue Nov 24 08:15:00 2026",
        "Tue Nov 24 08:15:00 UTC 2026",
        "Tue (a (nested) comment), 24 Nov(ember) 2026 08:15:00",
        "24 Nov 2026 08:15:00 Somewhere/Unknown",
        "Tue, 24 Nov 2026 08:15:00 Q",
        " 24  Nov\n 2026\t08:15:00 ",
        "24 Nov 2026 0815 GMT",
        "mar., 24 nov. 2026 08:15:00 +0000",
        "Dienstag, 24. November 2026 - 08:15",
    ] {
        check(text, "2026-11-24T08:15:00Z");
    }
}

#[test]
fn iso_8601_in_its_laxity() {
    for text in [
        "2026-11-24T08:15:00Z",
        "2026-11-24t08:15:00z",
        "2026-11-24 08:15",
        "2026-11-24T08:15",
        "2026/11/24 08:15:00",
        "2026.11.24 08:15",
        "2026-11-24T09:15:00+01:00",
        "2026-11-24T09:15:00+0100",
        "2026-11-24T09:15:00 +01",
        "2026-11-24 T 03:15:00 -05:00",
        "20261124T081500Z",
        "20261124081500",
        "2026-328T08:15:00Z",
        "26-11-24T08:15:00Z",
        "2026-november-24T08:15",
        "2026-W48-2T08:15:00Z",
        "2026W482T081500Z",
        "Tue, 24 Nov 2026 08.15.00 +0000",
        "24 Nov 2026 08.15 GMT",
        "2026-11-24 09.15.00 +0100",
        "1795508100",
        "1795508100000",
    ] {
        check(text, "2026-11-24T08:15:00Z");
    }
    check("2026-11-24T08:15:00.25Z", "2026-11-24T08:15:00.25Z");
    check("2026-11-24", "2026-11-24T00:00:00Z");
    check("2026-W48-2", "2026-11-24T00:00:00Z");
    check("2026-W48", "2026-11-23T00:00:00Z");
    check("2020-W53-7", "2021-01-03T00:00:00Z");
    check("2026-11", "2026-11-01T00:00:00Z");
    check("2026", "2026-01-01T00:00:00Z");
    check("0103-12-13T18:30:02Z", "0103-12-13T18:30:02Z");
}

#[test]
fn numbers_alone() {
    check("11/24/2026 08:15", "2026-11-24T08:15:00Z");
    check("24/11/2026 08:15", "2026-11-24T08:15:00Z");
    check("24.11.26", "2026-11-24T00:00:00Z");
    check("24-11-2026", "2026-11-24T00:00:00Z");
    check("Mon, 03/02/2026", "2026-03-02T00:00:00Z");
    check("Tue, 03/02/2026", "2026-02-03T00:00:00Z");
    check("03/02/2026", "2026-03-02T00:00:00Z");
}

#[test]
fn halves_of_the_day_and_two_digit_years() {
    check("24 Nov 2026 12:05 am", "2026-11-24T00:05:00Z");
    check("24 Nov 2026 12:05 p.m.", "2026-11-24T12:05:00Z");
    check("24 Nov 2026 3:05PM EST", "2026-11-24T20:05:00Z");
    check("24 Nov 49 00:00:00 GMT", "2049-11-24T00:00:00Z");
    check("24 Nov 96 00:00:00 GMT", "1996-11-24T00:00:00Z");
}

#[test]
fn what_is_beyond_its_range_rolls_over() {
    check("2026-06-31T15:51:30Z", "2026-07-01T15:51:30Z");
    check("2026-13-01T00:00:00Z", "2027-01-01T00:00:00Z");
    check("2026-11-24T24:00:00Z", "2026-11-25T00:00:00Z");
    check("Thu, 31 Dec 2026 23:59:60 GMT", "2027-01-01T00:00:00Z");
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "soon",
        "Sat, 07 Mar 08:03:50 +0000",
        "2026-00-10",
        "2026-11-00",
        "2026-W54-1",
        "2026-W48-8",
        "2026-W",
        "08:15",
        "32",
        "99999999999999999999",
        "-",
        "()",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}
