//! Where sentences and paragraphs begin.

#![allow(clippy::indexing_slicing, clippy::string_slice, reason = "a test may fail loudly")]

use newswatch::text::segment::Segments;

/// Checks the sentences of `marked`, in which `|` stands where one begins.
#[track_caller]
fn check(marked: &str) {
    let text = marked.replace('|', "");
    let segments = Segments::new(&text);
    let mut found = String::new();
    let mut last = 0;
    for (at, c) in text.char_indices() {
        let sentence = segments.sentence(at);
        found.push_str(&"|".repeat(sentence - last));
        found.push(c);
        last = sentence;
    }
    assert_eq!(found, marked);
}

#[test]
fn sentences() {
    check("One. |Two! |Three? |Four… |Five");
    check("He said \"No.\" |Then (he left.) |He said: “Go.” |End");
    check("The U.S. administration and the U.K. too. |Next");
    check("Mr. Moore met Gen. Smith and J. F. Kennedy. |Next");
    check("It costs 3.5 million. |See example.com for more. |End");
    check("One line\nwent on. |Two\n\n|Three\r\n\r\n|Four");
    check("普京说。|他走了！|对吗？|好");
    check("他说：“好。”|她走了。 |End");
    check("Wait... |What?! |Yes");
    check("Plan B. Not so");
    check("“Stop the attack!” said Putin. |“Why this?” asked he. |“Why?” |Putin left");
    check("It went on... and on… until it stopped... |Then (why?) |No one knew");
    check("Downing Street No. 10 and Art. 5, p. 3. |She said no. |10 died");
    check("A Ph.D. from Ft. Worth. |Next");
    check("रूस ने हमला किया। |चीन ने कहा। |अंत");
    check("هل هاجمت روسيا؟ |الصين تنفي. |نعم۔ |لا");
    check("Ինչու։ |Այո። |እሺ");
    check("ជា។|ទេ");
    check("  ");
    check("");
}

/// What folding deletes neither ends a sentence nor hides that one ends.
#[test]
fn ignorable_characters_are_passed_over() {
    for invisible in ['\u{200b}', '\u{ad}', '\u{feff}', '\u{200e}'] {
        let within = |marked: &str| check(&marked.replace('^', &invisible.to_string()));
        within("Foo.^ |Bar.” ^|Baz");
        within("Foo M^r. Bar");
        within("foo\n^\n|bar");
        within("foo\r^\nbar");
        within("普京^说。^|他走了");
        assert_eq!(Segments::new(&format!("foo\n{invisible}\nbar")).paragraph(9), 1);
    }
}

#[test]
fn paragraphs() {
    let text = "a. b\nc\n\nd\n \ne\u{2029}f";
    let segments = Segments::new(text);
    let numbers: Vec<usize> = "abcdef".chars().map(|c| segments.paragraph(text.find(c).unwrap())).collect();
    assert_eq!(numbers, [0, 0, 0, 1, 2, 3]);
}
