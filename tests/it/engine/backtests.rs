//! A backtest of what was stored comes out as the daemon told it.

use super::judge::Desk;
use super::press::press;
use jiff::tz::TimeZone;
use newswatch::daemon::backtest;
use newswatch::engine::backtest::Question;
use newswatch::store::Store;
use newswatch::store::alert::AlertQuery;

#[tokio::test]
async fn weeks_of_news_are_told_as_they_were() {
    let store = Store::in_memory().unwrap();
    let desk = Desk::new(store.clone());
    let pieces = press(3, 150);
    for piece in &pieces {
        desk.poll(piece.feed, vec![piece.item.clone()], piece.minute).await;
    }
    let told = store.alerts(AlertQuery::default(), usize::MAX).await.unwrap();
    let (since, until) = (told[0].time, told.last().unwrap().time);
    let mut reports = Vec::new();
    for cores in [1, 3] {
        let question = Question { since, until, zone: TimeZone::UTC, watchlist: None };
        let tested = backtest::run(&store, desk.runtime(), question, cores, |_| ()).await.unwrap();
        reports.push(tested.report);
    }
    assert_eq!(reports[0], reports[1], "however many cores look at it");
    let report = &reports[0];
    let rule = &report.rules[0];
    // Copies are no alerts, and half of all items are copies.
    assert!(told.len() < pieces.len() * 4 / 5, "{} of {}", told.len(), pieces.len());
    assert_eq!((report.items, rule.alerts, rule.new), (pieces.len() as u64, told.len() as u64, 0));
    assert_eq!(rule.by_day.iter().sum::<u64>(), rule.alerts);
    assert!(rule.by_day.iter().filter(|alerts| **alerts > 0).count() > 1, "{:?}", rule.by_day);
}
