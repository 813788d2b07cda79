//! What is kept, and what goes when it has become too much.

use crate::home::{Home, until};

#[tokio::test]
async fn beyond_max_size_the_oldest_texts_go_and_a_warning_says_so() {
    let feed = "[[feed]]\nurl = \"local.xml\"\nfirst_poll = \"all\"\n";
    let home = Home::new(feed);
    let document = |from: u32| {
        let item = |n: u32| {
            let text = format!("Word{n} ").repeat(20_000);
            format!("<item><title>Sabotage {n}</title><guid>{n}</guid><description>{text}</description></item>")
        };
        let items: String = (from..from + 30).map(item).collect();
        format!("<rss version=\"2.0\"><channel>{items}</channel></rss>")
    };
    for from in [1, 100] {
        home.write("local.xml", document(from));
        home.once().await;
    }
    let items = async || home.json(&["status", "--json"]).await["items"].as_u64().unwrap();
    assert_eq!(items().await, 60);
    // Sixty alerts of 160 KB stay, each with its own text; about as much again is left for items.
    home.configure(&format!("{feed}[retention]\nmax_size = \"15MiB\"\n"));
    let daemon = home.start();
    daemon.says(&["WARN", "retention.max_size", "oldest texts were dropped early"]).await;
    until("some texts have gone", async || items().await < 60).await;
    daemon.stop().await;
    assert_eq!(home.json(&["status", "--json"]).await["alerts"]["stored"], 60);
}
