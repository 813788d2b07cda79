//! Signing by the Standard Webhooks specification.

use newswatch::config::secret::Secret;
use newswatch::sink::signature::{SigningKey, header};

/// The secret of the specification's own examples.
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn key(secret: &str) -> SigningKey {
    SigningKey::new(&Secret::new(secret)).expect("a secret")
}

#[test]
fn the_official_vectors_come_out() {
    let check = |secret: &str, id: &str, timestamp: i64, body: &str, expect: &str| {
        assert_eq!(key(secret).sign(id, timestamp, body.as_bytes()), expect);
        // The specification's own library says the same.
        let theirs = standardwebhooks::Webhook::new(secret).unwrap();
        assert_eq!(theirs.sign(id, timestamp, body.as_bytes()).unwrap(), expect);
    };
    let id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    let body = r#"{"email":"test@example.com","username":"test_user"}"#;
    check(SECRET, id, 1_649_367_553, body, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let body = r#"{"test": 2432232314}"#;
    check(
        secret,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        body,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
}

#[test]
fn every_secret_signs() {
    let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let keys = [key(SECRET), key(other)];
    let (first, second) = (keys[0].sign("a", 1, b"b"), keys[1].sign("a", 1, b"b"));
    assert_eq!(header(&keys, "a", 1, b"b"), format!("{first} {second}"));
    assert_ne!(first, second);
    assert_eq!(header(&[], "a", 1, b"b"), "");
}

#[test]
fn white_space_around_a_secret_does_not_count() {
    assert_eq!(key(&format!(" {SECRET}\r\n")).sign("a", 1, b"b"), key(SECRET).sign("a", 1, b"b"));
}

#[test]
fn a_bad_secret_is_refused_in_words_without_it() {
    let check = |secret: &str, words: &str| {
        let error = SigningKey::new(&Secret::new(secret)).unwrap_err();
        assert!(error.message.contains(words), "{secret:?}: {:?} does not say {words:?}", error.message);
        assert!(error.help.contains("whsec_$(head -c 32"), "{}", error.help);
        let rest = secret.trim_start_matches("whsec_");
        assert!(rest.is_empty() || !error.message.contains(rest), "{} shows the secret", error.message);
    };
    check("", "is empty");
    check(" \n", "is empty");
    check("hunter2", "does not begin with `whsec_`");
    check("C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "does not begin with `whsec_`");
    check("whsk_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "does not begin with `whsec_`");
    check("whsec_", "has 0 bytes, not 24 to 64");
    check("whsec_aHVudGVyMg==", "has 7 bytes, not 24 to 64");
    check("whsec_hunter2!", "not base64");
    // Without its padding, and in the alphabet for URLs: stock libraries refuse both.
    check("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA", "not base64");
    check("whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD", "not base64");
    check(&format!("whsec_{}", "AAAA".repeat(22)), "has 66 bytes, not 24 to 64");
}

#[test]
fn a_key_does_not_show_itself() {
    assert_eq!(format!("{:?}", key(SECRET)), "SigningKey(***)");
}
