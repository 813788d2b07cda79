//! Feeds in local files.

use super::*;
use std::io::Write;
use std::path::Path;

async fn read(path: &Path) -> Fetched {
    let source = Source { location: Location::File(path.to_owned()), headers: Vec::new(), authorization: None };
    let small = Settings { max_body: 1000, ..settings() };
    get_from(&client(&small), &source, &Validators::default()).await
}

#[tokio::test]
async fn a_file_is_read_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(FEED.as_bytes()).expect("memory");
    for (name, bytes) in [("feed.xml", FEED.as_bytes().to_vec()), ("a feed.xml.gz", packed.finish().expect("memory"))] {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).expect("written");
        let fetched = read(&path).await;
        let read = body(&fetched);
        assert_eq!((read.bytes.as_slice(), &read.cut, read.delta), (FEED.as_bytes(), &None, false), "{name}");
        assert!(read.url.starts_with("file:///") && !read.url.contains(' '), "{}", read.url);
        assert_eq!((fetched.status, fetched.wire_bytes), (None, bytes.len() as u64));
        assert_eq!((fetched.validators, fetched.hops.len()), (Validators::default(), 0));
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = folder.path().join("large");
    std::fs::write(&large, [b'x'; 1001]).expect("written");
    for (path, kind, part) in [
        (folder.path().join("absent"), FailureKind::File, "does not exist"),
        (folder.path().to_owned(), FailureKind::File, "is a directory"),
        ("/dev/null".into(), FailureKind::File, "device"),
        (large, FailureKind::TooLarge, "max_body"),
    ] {
        let fetched = read(&path).await;
        let failure = failure(&fetched);
        assert_eq!(failure.kind, kind, "{}", failure.reason);
        assert!(failure.reason.contains(part), "{}", failure.reason);
        assert!(failure.reason.contains(&path.display().to_string()), "{}", failure.reason);
    }
}
