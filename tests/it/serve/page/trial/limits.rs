//! What somebody who tries a watchlist cannot do: read files of the machine, come from another
//! site, or keep the daemon from its work.

use super::*;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// With two imports in service.
async fn importing() -> Served {
    let home = Home::new("");
    home.write("watchlists/names.txt", "Alpha Corp\nBeta Corp\n");
    home.write("watchlists/other.csv", "id,type,name,aliases\nq1,person,Gamma Person,\n");
    home.write("secret.txt", "the-secret-of-this-machine\n");
    home.write(
        "watchlists/firms.toml",
        "[[import]]\nfile = \"names.txt\"\nformat = \"lines\"\ntype = \"organization\"\n",
    );
    home.write("watchlists/people.toml", "[[import]]\nfile = \"other.csv\"\nformat = \"csv\"\n");
    home.configure(&format!("{}[file.archive]\npath = \"alerts.jsonl\"\n", with_token()));
    Served::start(home).await
}

#[tokio::test]
async fn only_what_the_configuration_imports_is_imported() {
    let served = importing().await;
    let browser = Browser::sign_in(&served).await;
    let firms = std::fs::read_to_string(served.home.path("watchlists/firms.toml")).unwrap();
    let import = |file: &str| format!("[[import]]\nfile = {}\nformat = \"lines\"\ntype = \"x\"\n", json!(file));
    let told = async |text: &str| browser.post("/try/firms", &part("check", text)).await.json();
    // Its own, and that of another watchlist.
    assert_eq!(told(&firms).await["summary"], "Nothing is wrong.");
    let both = format!("{firms}[[import]]\nfile = \"other.csv\"\nformat = \"csv\"\n");
    assert_eq!(told(&both).await["summary"], "Nothing is wrong.");
    let mut fields = form("explain", &both);
    fields[2].1 = "Gamma Person of Beta Corp";
    assert!(words(&browser.post("/try/firms", &fields).await.text()).contains("Rule any fires"));
    // Others are refused at their place, whatever is there, and nothing of them is said.
    let absolute = served.home.path("secret.txt");
    let answers = [
        "../secret.txt",
        "../none.txt",
        absolute.to_str().unwrap(),
        "/etc/passwd",
        "/",
        "names.txt/../../secret.txt",
        "..",
        "firms.toml",
    ];
    for file in answers {
        let text = format!("keywords = [\"x\"]\n{}", import(file));
        let told = told(&text).await;
        let found = &told["diagnostics"][0];
        assert_eq!((&found["line"], &found["column"]), (&json!(3), &json!(8)), "{file}: {told}");
        assert!(found["message"].as_str().unwrap().starts_with("imports cannot be added here"), "{told}");
        assert_eq!(told["diagnostics"].as_array().unwrap().len(), 1, "{told}");
        for action in ["last-7", "explain"] {
            let mut fields = form(action, &text);
            fields[2].1 = "the-secret-of-this-machine";
            let (_, rest) = taken_apart(&browser.post("/try/firms", &fields).await.text());
            let said = words(&rest);
            assert!(
                said.contains("imports cannot be added here") && !said.contains("fires"),
                "{file} {action}: {said}"
            );
        }
    }
    // Nor is one read again and again.
    let again = told(&firms.repeat(300)).await;
    assert_eq!(again["diagnostics"][0]["message"], "this file is imported above");
    // A person at the command line may import what they can read.
    served.home.write("draft.toml", import("secret.txt"));
    let draft = served.home.path("draft.toml");
    let done = served.home.run(&["backtest", "--watchlist", draft.to_str().unwrap(), "--json"]).await;
    assert!(done.status.success(), "{done:?}");
    served.stop().await;
}

#[tokio::test]
async fn secrets_are_masked() {
    let home = Home::new("");
    let url = "https://user:hunter2@news.example/";
    home.write("watchlists/words.toml", format!("# token = \"abc-def-ghi\"\n# see {url}\nkeywords = [\"sabotage\"]\n"));
    home.configure(&format!("{}[file.archive]\npath = \"alerts.jsonl\"\n", with_token()));
    let served = Served::start(home).await;
    let browser = Browser::sign_in(&served).await;
    let page = browser.get("/try/words").await.text();
    assert!(!page.contains("hunter2") && !page.contains("abc-def-ghi"), "{page}");
    assert!(taken_apart(&page).0.contains("https://user:***@news.example/"));
    assert!(words(&page).contains("What looks like a secret is shown as ***"));
    // No token of the configuration is told, whatever is wrong with it.
    served.home.configure(&format!("{}bogus = 1\n", with_token()));
    let told = browser.post("/try/words", &part("check", "keywords = [\"x\"]\n")).await.text();
    assert!(told.contains("bogus") && !told.contains(TOKEN), "{told}");
    served.stop().await;
}

#[tokio::test]
async fn trials_are_for_pages_of_ours() {
    let served = served("").await;
    let browser = Browser::sign_in(&served).await;
    let fields = part("check", "keywords = [\"x\"]\n");
    for path in ["/try", "/try/ports"] {
        for site in ["cross-site", "same-site", "none"] {
            let answer = post(&browser.caller.clone().with("sec-fetch-site", site), path, &fields).await;
            assert_eq!(answer.status, 403, "{site}");
        }
        assert_eq!(post(&browser.caller, path, &fields).await.status, 403, "a browser that does not say");
        assert_eq!(post(&ours(&served.caller), path, &fields).await.status, 401, "a stranger");
        assert_eq!(post(&served.token(), path, &fields).await.status, 200, "a program");
        assert_eq!(browser.post(path, &fields).await.status, 200);
    }
    served.stop().await;
    // Without a token, pages of this machine try: nothing is changed by it.
    let home = Home::new("");
    let feed = feed(&home, 1);
    home.configure(&format!("{OPEN}[file.archive]\npath = \"alerts.jsonl\"\n{feed}"));
    let served = Served::start(home).await;
    assert_eq!(served.caller.get("/try/words").await.status, 200);
    assert_eq!(post(&ours(&served.caller), "/try/words", &fields).await.status, 200);
    assert_eq!(post(&served.caller, "/try/words", &fields).await.status, 403);
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "http://evil.example")] {
        let stranger = served.caller.clone().with(name, value);
        assert_eq!(post(&stranger, "/try/words", &fields).await.status, 403, "{value}");
    }
    let rebound = ours(&served.caller.clone().with("host", "evil.example"));
    assert_eq!(post(&rebound, "/try/words", &fields).await.status, 421);
    for near in ["/tryit", "/try-words", "/tr"] {
        assert_eq!(post(&ours(&served.caller), near, &fields).await.status, 403, "{near}");
    }
    served.stop().await;
}

#[tokio::test]
async fn a_text_has_a_limit_and_an_action_a_name() {
    let served = served("").await;
    let browser = Browser::sign_in(&served).await;
    let long = format!("# {}\nkeywords = [\"x\"]\n", "ä".repeat(600 << 10));
    for action in ["check", "last-7", "explain", "download"] {
        assert_eq!(browser.post("/try/ports", &part(action, &long)).await.status, 413, "{action}");
    }
    assert_eq!(browser.post("/try/ports", &part("check", &"x = 1\n".repeat(1 << 20))).await.status, 413);
    for action in ["", "save", "last-8", "last-", "last-65543"] {
        assert_eq!(browser.post("/try/ports", &part(action, "")).await.status, 400, "{action}");
    }
    served.home.write("watchlists/ports.toml", format!("{PORTS}{long}"));
    let page = browser.get("/try/ports").await;
    assert_eq!(page.status, 409);
    assert!(words(&page.text()).contains("more than 1 MiB"), "{page:?}");
    std::fs::remove_file(served.home.path("watchlists/ports.toml")).unwrap();
    assert_eq!(browser.get("/try/ports").await.status, 409);
    served.stop().await;
}

/// Writes to a FIFO whenever somebody reads it; until it is dropped.
struct Giving(Arc<AtomicBool>, Option<std::thread::JoinHandle<()>>);

impl Giving {
    fn to(fifo: &Path) -> Self {
        let (fifo, stop) = (fifo.to_owned(), Arc::new(AtomicBool::new(false)));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                // It cannot be opened while nobody reads.
                let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap();
                if let Ok(mut open) = std::fs::OpenOptions::new().write(true).custom_flags(flags).open(&fifo) {
                    let _ = open.write_all(b"Alpha Corp\n");
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Self(stop, Some(thread))
    }
}

impl Drop for Giving {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.take().unwrap().join().unwrap();
    }
}

/// Reading a watchlist waits where it imports a FIFO that nobody writes to.
#[tokio::test]
async fn one_backtest_runs_at_a_time_and_ends_with_whoever_asked() {
    let home = Home::new("");
    let fifo = home.path("watchlists/names.txt");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let text = "[[import]]\nfile = \"names.txt\"\nformat = \"lines\"\ntype = \"x\"\n";
    home.write("watchlists/firms.toml", text);
    let config = format!("state_dir = \"state\"\nwatch_config = false\n{}[stdout.out]\n", with_token());
    home.write("newswatch.toml", config);
    let giving = Giving::to(&fifo);
    let served = Served::start(home).await;
    let browser = Browser::sign_in(&served).await;
    drop(giving);
    let caller = ours(&browser.caller);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(part("last-7", text)).finish();
    let head = caller.head("POST", "/try/firms") + "content-type: application/x-www-form-urlencoded\r\n";
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let other = "keywords = [\"x\"]";
    let ask = async || {
        let asked = tokio::time::timeout(Duration::from_secs(3), browser.post("/try", &part("last-7", other))).await;
        asked.ok().filter(|answer| answer.status == 429)
    };
    let (mut running, mut refused) = (None, None);
    until("one runs, and another one is refused", async || {
        // The one before goes first: it may have the place.
        running = None;
        let mut stream = caller.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        // Where another one was first, it is this one that is refused.
        let answered = tokio::time::timeout(Duration::from_millis(300), stream.read_u8()).await.is_ok();
        refused = if answered { None } else { ask().await };
        running = Some(stream);
        refused.is_some()
    })
    .await;
    let refused = refused.unwrap();
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert!(is_problem(&refused, 429)["detail"].as_str().unwrap().contains("a backtest is running"), "{refused:?}");
    let page = browser.post("/try", &form("last-7", other)).await;
    assert_eq!(page.status, 429);
    assert_eq!(taken_apart(&page.text()).0, other, "what was typed is not lost");
    // The rest of the page goes on.
    assert_eq!(browser.get("/feeds").await.status, 200);
    // Whoever asked goes, and leaves the place to others: the next one waits for the reading only.
    drop(running);
    until("the place is free", async || {
        let asked = tokio::time::timeout(Duration::from_secs(3), browser.post("/try", &part("last-7", other))).await;
        asked.is_err()
    })
    .await;
    let _giving = Giving::to(&fifo);
    let mut answer = None;
    until("it is done", async || {
        answer = Some(browser.post("/try", &part("last-7", other)).await).filter(|answer| answer.status == 200);
        answer.is_some()
    })
    .await;
    let html = last(&answer.unwrap())["html"].as_str().unwrap().to_owned();
    assert!(words(&html).contains("0 alerts on 0 items"), "{html}");
    served.stop().await;
}
