//! Redirects: followed, refused, adopted; and who gets the credentials.

use super::*;

/// A server whose paths answer `STATUS LOCATION`, and else with a feed.
async fn paths(routes: &'static [(&'static str, u16, &'static str)]) -> Server {
    Server::start(move |request| {
        let route = routes.iter().find(|(path, ..)| *path == request.target);
        route.map_or_else(
            || Reply::status(200).body(FEED),
            |(_, status, location)| Reply::status(*status).header("Location", location),
        )
    })
    .await
}

fn targets(server: &Server) -> Vec<String> {
    server.requests().into_iter().map(|request| request.target).collect()
}

#[tokio::test]
async fn only_permanent_chains_move_a_feed() {
    const ROUTES: &[(&str, u16, &str)] = &[
        ("/301", 301, "/end"),
        ("/308", 308, "/end"),
        ("/302", 302, "/end"),
        ("/303", 303, "/end"),
        ("/307", 307, "/end"),
        ("/twice", 301, "/308"),
        ("/then", 301, "/302"),
        ("/before", 302, "/301"),
        ("/dead", 301, "/gone"),
        ("/gone", 410, ""),
        ("/astray", 302, "/gone"),
        ("/lost", 308, "/404"),
        ("/404", 404, ""),
    ];
    let server = paths(ROUTES).await;
    for (path, outcome, moved_to) in [
        ("/plain", "body", None),
        ("/301", "body", Some("/end")),
        ("/308", "body", Some("/end")),
        ("/302", "body", None),
        ("/303", "body", None),
        ("/307", "body", None),
        ("/twice", "body", Some("/end")),
        ("/then", "body", None),
        ("/before", "body", None),
        ("/gone", "gone", None),
        ("/dead", "gone", None),
        ("/astray", "status", None),
        ("/lost", "status", None),
    ] {
        let fetched = get(&server.url(path)).await;
        let expected = moved_to.map(|path| server.url(path));
        assert_eq!((word(&fetched.outcome), fetched.moved_to.map(String::from)), (outcome, expected), "{path}");
    }
}

#[tokio::test]
async fn locations_are_read_as_browsers_read_them() {
    for (location, expected) in [
        ("/feed", "/feed"),
        ("feed", "/a/feed"),
        ("?page=2", "/a/b?page=2"),
        ("  /spaced  ", "/spaced"),
        ("/with space", "/with%20space"),
        ("/Zürich", "/Z%C3%BCrich"),
        ("/feed#part", "/feed"),
        ("../up", "/up"),
        ("/a|b{c}^d[e]`f'g", "/a|b%7Bc%7D^d[e]%60f'g"),
        ("/?q=a|b{c}^d[e]`f'g", "/?q=a|b{c}^d[e]`f%27g"),
    ] {
        let server = Server::start(move |request| match request.target.as_str() {
            "/a/b" => Reply::status(302).header("Location", location),
            _ => Reply::status(200),
        })
        .await;
        let fetched = get(&server.url("/a/b")).await;
        assert_eq!(targets(&server).last().map(String::as_str), Some(expected), "{location}");
        assert_eq!(body(&fetched).url, server.url(expected));
    }
}

#[tokio::test]
async fn redirects_that_lead_nowhere_are_failures() {
    const ROUTES: &[(&str, u16, &str)] = &[
        ("/nowhere", 301, ""),
        ("/self", 302, "/self"),
        ("/ping", 301, "/pong"),
        ("/pong", 301, "/ping#again"),
        ("/file", 302, "file:///etc/passwd"),
        ("/ftp", 302, "ftp://example.org/feed"),
        ("/odd", 302, "http://[::1"),
        ("/script", 302, "javascript:alert(1)"),
    ];
    let server = paths(ROUTES).await;
    for (path, part) in [
        ("/nowhere", "does not say where to"),
        ("/self", "circle"),
        ("/ping", "circle"),
        ("/file", "file: URL"),
        ("/ftp", "ftp: URL"),
        ("/odd", "no URL"),
        ("/script", "javascript: URL"),
    ] {
        let fetched = get(&server.url(path)).await;
        let Failure { kind, reason } = failure(&fetched);
        assert_eq!(*kind, FailureKind::Redirect, "{path}: {reason}");
        assert!(reason.contains(part), "{path}: {reason}");
    }
}

#[tokio::test]
async fn ten_redirects_are_followed_and_no_more() {
    for (count, expected) in [(10, "body"), (11, "redirect")] {
        let server = Server::start(move |request| {
            let step: usize = request.target.trim_start_matches('/').parse().unwrap_or(0);
            if step == count { Reply::status(200).body(FEED) } else { to(&format!("/{}", step + 1)) }
        })
        .await;
        let fetched = get(&server.url("/0")).await;
        assert_eq!(word(&fetched.outcome), expected, "{count}");
        assert_eq!((server.requests().len(), fetched.hops.len()), (11, 11));
    }
}

fn to(location: &str) -> Reply {
    Reply::status(301).header("Location", location)
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let other = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let away = other.url("/there");
    let server = Server::start(move |request| match request.target.as_str() {
        "/feed" => to("/same"),
        "/same" => to(&away),
        _ => Reply::status(404),
    })
    .await;
    let secret = |text: &str| Secret::new(text);
    let source = Source {
        headers: vec![("X-Api-Key".to_owned(), secret("s3cret")), ("Accept-Language".to_owned(), secret("de"))],
        authorization: Some(secret("Bearer t0ken")),
        ..source(&server.url("/feed"))
    };
    let known = validators(Some("\"1\""), None);
    let fetched = get_from(&client(&settings()), &source, &known).await;
    for at_home in server.requests() {
        assert_eq!(at_home.header("authorization"), Some("Bearer t0ken"));
        assert_eq!(at_home.header("x-api-key"), Some("s3cret"));
    }
    let away = &other.requests()[0];
    assert_eq!((away.header("authorization"), away.header("x-api-key"), away.header("referer")), (None, None, None));
    assert_eq!((away.header("accept-language"), away.header("if-none-match")), (Some("de"), Some("\"1\"")));
    let noted: Vec<_> = fetched.hops.iter().map(|hop| hop.notes.len()).collect();
    assert_eq!(noted, [0, 0, 1], "{:?}", fetched.hops);
}

#[tokio::test]
async fn a_refusal_elsewhere_names_the_missing_credentials() {
    let other = Server::replies(vec![Reply::status(401)]).await;
    let server = Server::replies(vec![to(&other.url("/"))]).await;
    let source = Source { authorization: Some(Secret::new("Bearer t0ken")), ..source(&server.url("/")) };
    let fetched = get_from(&client(&settings()), &source, &Validators::default()).await;
    assert!(failure(&fetched).reason.contains("another origin"), "{:?}", failure(&fetched));
}

#[tokio::test]
async fn a_password_in_a_redirect_is_neither_sent_nor_shown() {
    let server = Server::start(|request| match request.target.as_str() {
        "/feed" => to(&format!("http://user:s3cret@{}/end", request.header("host").unwrap_or_default())),
        _ => Reply::status(200).body(FEED),
    })
    .await;
    let fetched = get(&server.url("/feed")).await;
    assert_eq!(word(&fetched.outcome), "body");
    assert_eq!(server.requests()[1].header("authorization"), None);
    assert!(!format!("{fetched:?}").contains("s3cret"), "{fetched:?}");
}

/// Asks a feed at `home` that has moved to `adopted`.
async fn get_adopted(source: &Source, adopted: &str) -> Fetched {
    let adopted = Url::parse(adopted).expect("a URL");
    let now = jiff::Timestamp::from_second(NOW).expect("in range");
    let ask = Ask { validators: &Validators::default(), adopted: Some(&adopted), now, traced: true };
    super::guard::public_client().get(source, &ask).await
}

#[tokio::test]
async fn an_adopted_url_is_asked_as_a_redirect_is() {
    let moved = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let home = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let source = Source { authorization: Some(Secret::new("Bearer t0ken")), ..source(&home.url("/")) };
    let fetched = get_adopted(&source, &moved.url("/new")).await;
    assert_eq!(fetched.moved_to.map(String::from), Some(moved.url("/new")));
    assert_eq!(moved.requests()[0].header("authorization"), None);
    assert!(home.requests().is_empty());
}

#[tokio::test]
async fn an_adopted_url_may_lead_back() {
    let home = Server::replies(vec![Reply::status(200).body(FEED)]).await;
    let moved = Server::replies(vec![to(&home.url("/"))]).await;
    let fetched = get_adopted(&source(&home.url("/")), &moved.url("/")).await;
    assert_eq!((word(&fetched.outcome), fetched.moved_to), ("body", None));
}

#[tokio::test]
async fn an_adopted_url_that_is_gone_or_private_does_not_stop_the_feed() {
    let gone = Server::replies(vec![Reply::status(410)]).await;
    let failing = Server::replies(vec![Reply::status(500)]).await;
    for (adopted, expected, asked) in
        [(gone.url("/"), "body", 1), ("http://127.0.0.2:9/".to_owned(), "body", 1), (failing.url("/"), "status", 0)]
    {
        let home = Server::replies(vec![Reply::status(200).body(FEED)]).await;
        let fetched = get_adopted(&source(&home.url("/")), &adopted).await;
        assert_eq!((word(&fetched.outcome), home.requests().len()), (expected, asked), "{adopted}");
        assert_eq!(fetched.moved_to, None, "{adopted}");
    }
}
