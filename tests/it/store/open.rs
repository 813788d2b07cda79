//! Opening: what is made, what is refused, who holds it.

use super::*;
use crate::support::SmallDisk;
use newswatch::store::{FILE_NAME, LockError, OpenError, StateLock};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A folder with the database of a daemon that stopped in good order.
async fn stopped() -> tempfile::TempDir {
    let (dir, store) = fresh();
    commit(&store, with_alerts(poll(vec![new_item(1, at(0))], at(0)), &["alt_1"], &["desk"])).await.unwrap();
    store.close().await;
    dir
}

fn refusal(dir: &Path, access: Access) -> OpenError {
    Store::open(dir, access).unwrap_err()
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let dir = stopped().await;
    let store = open_store(dir.path());
    assert_eq!(store.feed_states().await.unwrap(), [feed("world", at(0))]);
    assert_eq!(known(&store, lookup("world", wanted_keys(&[1]))).await.items.len(), 1);
    assert_eq!(store.latest_alerts(9).await.unwrap()[0].body, b"body of alt_1");
    assert_eq!(store.claim("desk", at(0), 9).await.unwrap()[0].body, b"body of alt_1");
}

#[tokio::test]
async fn what_is_made_is_for_its_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/b");
    open_store(&dir).close().await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for file in [FILE_NAME.to_owned(), format!("{FILE_NAME}-wal"), format!("{FILE_NAME}-shm")] {
        assert_eq!(mode(&dir.join(&file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_store_in_memory_writes_and_reads() {
    let store = Store::in_memory().unwrap();
    commit(&store, with_alerts(poll(vec![], at(0)), &["alt_1"], &["desk"])).await.unwrap();
    assert_eq!(store.latest_alerts(9).await.unwrap().len(), 1);
    assert_eq!(store.claim("desk", at(0), 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let (_dir, store) = fresh();
    let other = store.clone();
    store.close().await;
    assert_eq!(commit(&other, poll(vec![], at(0))).await.unwrap_err(), Error::Closed);
    assert_eq!(other.feed_states().await.unwrap_err(), Error::Closed);
}

#[tokio::test]
async fn a_database_of_another_version_or_program_is_refused() {
    for (statement, access, message) in [
        ("PRAGMA user_version = 99", Access::ReadWrite, "was written by a newer newswatch (schema 99"),
        ("PRAGMA user_version = 99", Access::ReadOnly, "was written by a newer newswatch (schema 99"),
        ("PRAGMA user_version = 0", Access::ReadOnly, "was written by an older newswatch: start `newswatch run`"),
        ("PRAGMA application_id = 7", Access::ReadWrite, "is not a newswatch database: move it away"),
        ("PRAGMA application_id = 7", Access::ReadOnly, "is not a newswatch database: move it away"),
    ] {
        let dir = stopped().await;
        sql(dir.path(), statement);
        let refusal = refusal(dir.path(), access).to_string();
        assert!(refusal.contains(message), "{statement}: {refusal}");
        assert!(refusal.starts_with(dir.path().to_str().unwrap()), "{refusal}");
    }
}

#[test]
fn a_migration_that_fails_leaves_the_database_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    // One of ours, of no version yet, with something in the way of what the first version makes last.
    let ours = i32::from_be_bytes(*b"nwch");
    sql(
        dir.path(),
        &format!("PRAGMA application_id = {ours}; CREATE TABLE run (note); INSERT INTO run VALUES ('kept')"),
    );
    let refusal = refusal(dir.path(), Access::ReadWrite);
    assert!(refusal.to_string().contains("table run already exists"), "{refusal}");
    let connection = rusqlite::Connection::open(dir.path().join(FILE_NAME)).unwrap();
    let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(one("SELECT group_concat(name) FROM sqlite_schema"), "run");
    assert_eq!(one("SELECT note FROM run"), "kept");
    assert_eq!(one("SELECT user_version || '' FROM pragma_user_version"), "0");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    let text = "notes that someone keeps here\n".repeat(100);
    fs::write(&path, &text).unwrap();
    assert_eq!(refusal(dir.path(), Access::ReadWrite), OpenError::Foreign(path.clone()));
    assert_eq!(refusal(dir.path(), Access::ReadOnly), OpenError::Foreign(path.clone()));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn an_empty_file_is_filled() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(FILE_NAME), "").unwrap();
    assert!(matches!(refusal(dir.path(), Access::ReadOnly), OpenError::NoState(_)), "there is nothing to read yet");
    let store = open_store(dir.path());
    commit(&store, poll(vec![], at(0))).await.unwrap();
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let dir = stopped().await;
    let path = dir.path().join(FILE_NAME);
    let mut bytes = fs::read(&path).unwrap();
    // All pages but the first, which holds the schema's root.
    bytes[4_096..].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let refusal = refusal(dir.path(), Access::ReadWrite);
    assert!(matches!(refusal, OpenError::Corrupt { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("restore it from a backup"), "{refusal}");
}

#[test]
fn without_a_database_there_is_nothing_to_read() {
    let dir = tempfile::tempdir().unwrap();
    for dir in [dir.path().to_owned(), dir.path().join("missing")] {
        let refusal = refusal(&dir, Access::ReadOnly);
        assert_eq!(refusal, OpenError::NoState(dir.join(FILE_NAME)));
        assert!(refusal.to_string().starts_with("no state yet"), "{refusal}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let refusal = refusal(&file.join("state"), Access::ReadWrite).to_string();
    assert!(refusal.contains(file.to_str().unwrap()), "{refusal}");
}

/// Every file of a folder with its bytes and the time it was changed.
fn files(dir: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: &Path| (fs::read(path).unwrap(), fs::metadata(path).unwrap().modified().unwrap());
    entries.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), read(&path))).collect()
}

/// A reader, also of another user, leaves every file as it is: of a daemon that
/// stopped in good order, of one that was killed, of a copy of the database alone.
#[tokio::test]
async fn reading_changes_no_file() {
    let good = stopped().await;

    let (killed_from, store) = fresh();
    commit(&store, with_alerts(poll(vec![], at(0)), &["alt_1"], &["desk"])).await.unwrap();
    let killed = tempfile::tempdir().unwrap();
    for (name, (bytes, _)) in files(killed_from.path()) {
        fs::write(killed.path().join(name), bytes).unwrap();
    }

    let copy = tempfile::tempdir().unwrap();
    fs::copy(good.path().join(FILE_NAME), copy.path().join(FILE_NAME)).unwrap();

    for (which, dir) in [("stopped", &good), ("killed", &killed), ("copied", &copy)] {
        let before = files(dir.path());
        let store = Store::open(dir.path(), Access::ReadOnly).unwrap();
        assert_eq!(store.latest_alerts(9).await.unwrap().len(), 1, "{which}");
        assert_eq!(store.claim("desk", at(0), 1).await.unwrap_err(), Error::ReadOnly, "{which}");
        store.close().await;
        assert_eq!(files(dir.path()), before, "{which}");
    }
}

#[tokio::test]
async fn a_reader_sees_what_is_written_after_it_was_opened() {
    let dir = stopped().await;
    let store = open_store(dir.path());
    let reader = Store::open(dir.path(), Access::ReadOnly).unwrap();
    for number in 2..=50 {
        let id = format!("alt_{number}");
        commit(&store, with_alerts(poll(vec![], at(0)), &[&id], &["desk"])).await.unwrap();
        assert_eq!(reader.overview(at(0)).await.unwrap().alerts, number);
    }
}

/// A full disk fails what does not fit, keeps what does, and is got over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let Some(small) = SmallDisk::mount(&dir.path().join("small"), "8m") else { return };
    let store = open_store(&small.dir);
    commit(&store, with_alerts(poll(vec![], at(0)), &["alt_1"], &["desk"])).await.unwrap();
    let ballast = small.dir.join("ballast");
    // Takes what there is, and fails for want of more.
    fs::write(&ballast, vec![0; 16 << 20]).unwrap_err();
    // Several at once share commits; each is told the truth about its own.
    let polls = (2..30).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let id = format!("alt_{number}");
            let mut big = with_alerts(poll(vec![], at(1)), &[&id], &["desk"]);
            big.documents[0].body = vec![b'x'; 400_000];
            (id, commit(&store, big).await)
        })
    });
    let mut committed = vec!["alt_1".to_owned()];
    let mut refused = 0;
    for poll in polls.collect::<Vec<_>>() {
        match poll.await.unwrap() {
            (id, Ok(_)) => committed.push(id),
            (_, Err(error)) => {
                assert_eq!(error, Error::Full);
                assert!(error.is_temporary());
                assert!(error.to_string().contains("disk of the state directory is full"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
    fs::remove_file(&ballast).unwrap();
    commit(&store, with_alerts(poll(vec![], at(2)), &["alt_after"], &["desk"])).await.unwrap();
    committed.push("alt_after".to_owned());
    store.close().await;
    let store = open_store(&small.dir);
    let mut stored: Vec<String> = store.latest_alerts(99).await.unwrap().into_iter().map(|alert| alert.id).collect();
    let mut queued: Vec<String> =
        store.letters(None, None, 99).await.unwrap().into_iter().map(|letter| letter.alert).collect();
    for ids in [&mut committed, &mut stored, &mut queued] {
        ids.sort_unstable();
    }
    assert_eq!((&stored, &queued), (&committed, &committed));
    store.close().await;
}

/// On a disk that is mounted to be read, reading works and writing says why not.
#[tokio::test]
async fn a_read_only_disk_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let Some(small) = SmallDisk::mount(&dir.path().join("small"), "8m") else { return };
    let store = open_store(&small.dir);
    commit(&store, with_alerts(poll(vec![], at(0)), &["alt_1"], &["desk"])).await.unwrap();
    store.close().await;
    small.protect();
    let refusal = refusal(&small.dir, Access::ReadWrite);
    assert_eq!(refusal, OpenError::Denied(small.dir.join(FILE_NAME)));
    assert!(refusal.to_string().contains("how it is mounted"), "{refusal}");
    let reader = Store::open(&small.dir, Access::ReadOnly).unwrap();
    assert_eq!(reader.latest_alerts(9).await.unwrap().len(), 1);
}

#[test]
fn a_second_daemon_learns_who_holds_the_state() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("state");
    assert_eq!(StateLock::holder(&dir).unwrap(), None);
    let lock = StateLock::acquire(&dir, at(7)).unwrap();
    let holder = StateLock::holder(&dir).unwrap().unwrap();
    assert_eq!((holder.pid, holder.since), (std::process::id(), at(7)));
    let refused = StateLock::acquire(&dir, at(9)).unwrap_err();
    assert!(matches!(&refused, LockError::Held { holder: Some(by), .. } if *by == holder), "{refused:?}");
    assert!(refused.to_string().contains(&format!("is in use by process {}", std::process::id())), "{refused}");
    drop(lock);
    assert_eq!(StateLock::holder(&dir).unwrap(), None);
    StateLock::acquire(&dir, at(10)).unwrap();
}
