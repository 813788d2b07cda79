//! Bodies: codings, mislabelled ones, damaged ones, bombs and caps.

use super::*;
use std::io::Write;

/// A feed that is larger than any buffer on the way.
fn feed() -> Vec<u8> {
    let items = (0..20_000).map(|n| format!("<item><title>Item {n} of {}</title></item>", n * 7919 % 10_007));
    format!("<rss><channel>{}</channel></rss>", items.collect::<String>()).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn br(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::CompressorWriter::new(&mut out, 4096, 5, 20).write_all(bytes).expect("memory");
    out
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("memory")
}

fn plain(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

type Encode = fn(&[u8]) -> Vec<u8>;

const CODINGS: [(&str, Encode); 4] = [("gzip", gzip), ("deflate", zlib), ("br", br), ("zstd", zstd)];

async fn serve_body(encoding: &str, bytes: Vec<u8>) -> Server {
    let reply = Reply::status(200).header("ETag", "\"1\"").header("Content-Encoding", encoding).body(bytes);
    Server::replies(vec![reply]).await
}

async fn get_body(encoding: &str, bytes: Vec<u8>) -> Fetched {
    let server = serve_body(encoding, bytes).await;
    get(&server.url("/")).await
}

#[tokio::test]
async fn every_coding_is_decoded() {
    let long = feed();
    for (encoding, encode) in [
        ("gzip", gzip as Encode),
        ("x-gzip", gzip),
        ("GZip", gzip),
        ("deflate", zlib),
        ("deflate", deflate),
        ("br", br),
        ("zstd", zstd),
        ("identity", plain),
        ("", plain),
        ("utf-8", plain),
        ("gzip, br", |bytes| br(&gzip(bytes))),
        ("deflate, gzip", |bytes| gzip(&zlib(bytes))),
    ] {
        for document in [FEED.as_bytes(), b"x", long.as_slice()] {
            let encoded = encode(document);
            let wire = encoded.len() as u64;
            let fetched = get_body(encoding, encoded).await;
            assert_eq!((word(&fetched.outcome), fetched.wire_bytes), ("body", wire), "{encoding}");
            assert_eq!(fetched.decoded_bytes, document.len() as u64, "{encoding}");
            assert!(body(&fetched).bytes == document, "{encoding} of {} bytes", document.len());
            assert!(fetched.validators.etag.is_some());
        }
        let empty = get_body(encoding, Vec::new()).await;
        assert_eq!((word(&empty.outcome), empty.decoded_bytes), ("body", 0), "{encoding}");
    }
}

#[tokio::test]
async fn mislabelled_bodies_are_read() {
    let long = feed();
    let two = [gzip(b"<rss>"), gzip(b"</rss>")].concat();
    for (encoding, bytes, expected) in [
        ("gzip", plain(FEED.as_bytes()), FEED.as_bytes()),
        ("gzip", plain(&long), &long),
        ("deflate", plain(FEED.as_bytes()), FEED.as_bytes()),
        ("deflate", plain(&long), &long),
        ("br", plain(FEED.as_bytes()), FEED.as_bytes()),
        ("br", plain(&long), &long),
        ("zstd", plain(FEED.as_bytes()), FEED.as_bytes()),
        ("zstd", plain(&long), &long),
        ("", gzip(FEED.as_bytes()), FEED.as_bytes()),
        ("", gzip(&long), &long),
        ("gzip", two, b"<rss></rss>"),
    ] {
        let fetched = get_body(encoding, bytes).await;
        assert_eq!(word(&fetched.outcome), "body", "{encoding}");
        assert!(body(&fetched).bytes == expected, "{encoding}: {:?}", fetched.hops);
    }
}

#[tokio::test]
async fn what_was_decoded_before_the_damage_is_kept() {
    let long = feed();
    let twice: (&str, Encode) = ("zstd, gzip", |bytes| gzip(&zstd(bytes)));
    for (encoding, encode) in CODINGS.into_iter().chain([twice]) {
        let whole = encode(&long);
        let half = &whole[..whole.len() / 2];
        let mut spoilt = whole.clone();
        let middle = whole.len() / 2;
        spoilt[middle..].fill(0xff);
        for (what, bytes) in [("half", half.to_vec()), ("spoilt", spoilt)] {
            let fetched = get_body(encoding, bytes).await;
            assert_eq!(word(&fetched.outcome), "cut", "{encoding} {what}");
            let read = &body(&fetched).bytes;
            assert!(read[..1000] == long[..1000], "{encoding} {what}");
            assert_eq!(fetched.validators, Validators::default(), "the rest must come next time");
        }
    }
}

#[tokio::test]
async fn bombs_are_defused() {
    // 64 MiB, and in two layers 4 GiB's worth of nothing would come of a few KiB.
    let zeros = vec![0; 64 << 20];
    for (encoding, encode) in CODINGS {
        let bomb = encode(&zeros);
        assert!(bomb.len() < zeros.len() / 500, "{encoding}: a bomb is small");
        let fetched = get_body(encoding, bomb).await;
        let Failure { kind, reason } = failure(&fetched);
        assert_eq!(*kind, FailureKind::TooLarge, "{encoding}: {reason}");
        assert!(reason.contains("200 times"), "{encoding}: {reason}");
        assert!(fetched.decoded_bytes <= 1 << 20, "{encoding}: {}", fetched.decoded_bytes);
    }
    let twice = gzip(&gzip(&zeros));
    assert_eq!(word(&get_body("gzip, gzip", twice).await.outcome), "too_large");
}

#[tokio::test]
async fn the_cap_counts_decoded_bytes() {
    let long = feed();
    let length = long.len() as u64;
    for (encoding, encode) in CODINGS.into_iter().chain([("identity", plain as Encode)]) {
        for (max_body, expected) in [(length, "body"), (length - 1, "too_large")] {
            let client = client(&Settings { max_body, ..settings() });
            let server = serve_body(encoding, encode(&long)).await;
            let fetched = get_from(&client, &source(&server.url("/")), &Validators::default()).await;
            assert_eq!(word(&fetched.outcome), expected, "{encoding} {max_body}: {:?}", fetched.hops);
            if let Outcome::Failed(failure) = &fetched.outcome {
                assert!(failure.reason.contains("max_body"), "{failure:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_endless_body_ends_at_the_cap() {
    let head = "HTTP/1.1 200 OK\r\n\r\n<rss>";
    let server = Server::replies(vec![Reply::endless(head, "<item/>".repeat(1000))]).await;
    let fetched = get(&server.url("/")).await;
    assert_eq!(word(&fetched.outcome), "too_large");
    assert!(fetched.wire_bytes < 2 * settings().max_body, "{}", fetched.wire_bytes);
}

#[tokio::test]
async fn noise_is_read_or_refused_and_never_panics() {
    // A fixed xorshift: the same noise each time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let document = &feed()[..20_000];
    for (encoding, encode) in CODINGS {
        let whole = encode(document);
        for round in 0..40 {
            let mut spoilt = whole.clone();
            for _ in 0..=round % 4 {
                let at = usize::try_from(next()).expect("64 bits") % spoilt.len().min(64 << (round % 8));
                spoilt[at] ^= next().to_le_bytes()[0].max(1);
            }
            let outcome = get_body(encoding, spoilt).await.outcome;
            assert!(matches!(word(&outcome), "body" | "cut" | "too_large" | "protocol"), "{encoding}: {outcome:?}");
        }
    }
}
