//! What folding equates, and the way back to the original.

#![allow(clippy::indexing_slicing, clippy::string_slice, reason = "a test may fail loudly")]

use newswatch::text::chars::{is_dropped_mark, is_ignorable};
use newswatch::text::fold::{Folded, fold_to_string, words};
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(fold_to_string(text), expected, "{text:?}");
}

#[test]
fn case() {
    check("MI6 Said", "mi6 said");
    check("Straße STRASSE GROẞ", "strasse strasse gross");
    check("ὈΔΥΣΣΕΎΣ ὀδυσσεύς", "οδυσσευσ οδυσσευσ");
    check("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul");
    check("ПУТИН ЁЛКА Йод", "путин елка иод");
    check("ԵՒ և", "եւ եւ");
    check("ᏣᎳᎩ ꮳꮃꭹ", "ꮳꮃꭹ ꮳꮃꭹ");
}

#[test]
fn marks() {
    check("Erdoğan Erdog\u{306}an", "erdogan erdogan");
    check("Ångström Crème brûlée", "angstrom creme brulee");
    check("مُحَمَّد أحمد", "محمد ا\u{654}حمد");
    check("שָׁלוֹם", "שלום");
    check("हिन्दी", "हिन्दी");
    check("ガ ｶﾞ が", "カ\u{3099} カ\u{3099} か\u{3099}");
    check("\u{301}a", "\u{301}a");
    check("क\u{94D}\u{93C}", "क\u{93C}\u{94D}");
}

#[test]
fn letters_with_a_stroke_and_ligatures() {
    check("Łódź Đoković Ørsted Æsir Œuvre Þór Sigurðsson", "lodz dokovic orsted aesir oeuvre thor sigurdsson");
    check("ﬁnance oﬃce ǆ", "finance office dz");
}

#[test]
fn width_and_compatibility() {
    check("ＮＡＴＯ　７", "nato 7");
    check("㎏ ² ™ № …", "kg 2 tm no ...");
    check("𝐌𝐈𝟔", "mi6");
}

#[test]
fn hangul_is_composed() {
    check("러시아", "러시아");
    check("\u{1105}\u{1165}\u{1109}\u{1175}\u{110B}\u{1161}", "러시아");
    check("하\u{11AB}", "한");
    check("㈎", "(가)");
}

#[test]
fn quotation_marks_and_invisible_characters() {
    check("‘a’ ‚b‛ “c” „d‟ eʼs", "'a' 'b' \"c\" \"d\" e's");
    check("No\u{200B}vi\u{AD}chok\u{FEFF}", "novichok");
    check("a\u{2011}b c–d e—f", "a-b c–d e—f");
    check("a\u{A0}b\u{2028}c\u{2029}d", "a b\nc\n\nd");
}

#[test]
fn words_of_a_folded_text() {
    let check = |text: &str, expected: &[&str]| assert_eq!(words(text).collect::<Vec<_>>(), expected, "{text:?}");
    check("", &[]);
    check("mi6's chief, u.k.", &["mi6", "s", "chief", "u", "k"]);
    check("普京 a普京b", &["普", "京", "a", "普", "京", "b"]);
    check("か\u{3099}か", &["か\u{3099}", "か"]);
    check("हिन्दी समाचार", &["हिन्दी", "समाचार"]);
}

#[test]
fn ranges_lead_back_to_whole_characters() {
    #[track_caller]
    fn check(text: &str, piece: &str, expected: &str) {
        let mut folded = Folded::default();
        folded.fold(text);
        let start = folded.text().find(piece).unwrap();
        let (_, original) = folded.widen(start..start + piece.len());
        assert_eq!(&text[original], expected, "{piece:?} in {text:?}");
    }
    check("xx Straße yy", "strasse", "Straße");
    check("xx Straße yy", "stras", "Straß");
    check("xx Straße yy", "se", "ße");
    check("Erdog\u{306}an x", "erdog", "Erdog\u{306}");
    check("a\u{200B}b\u{200B}c", "b", "b");
    check("a\u{200B}\u{301}b", "a", "a\u{200B}\u{301}");
    check("ж普é普z", "普", "普");
    check("1 ﬃ", "f", "ﬃ");
    check("\u{1112}\u{1161}\u{11AB}국", "한", "\u{1112}\u{1161}\u{11AB}");
}

proptest! {
    #[test]
    fn any_text_folds_and_leads_back(text in any::<String>()) {
        let mut folded = Folded::default();
        folded.fold(&text);
        let bounds: Vec<usize> = folded.text().char_indices().map(|(at, _)| at).chain([folded.text().len()]).collect();
        let mut last_end = 0;
        for pair in bounds.windows(2) {
            let (whole, original) = folded.widen(pair[0]..pair[1]);
            prop_assert!(whole.start <= pair[0] && pair[1] <= whole.end);
            prop_assert!(text.get(original.clone()).is_some_and(|piece| !piece.is_empty()));
            prop_assert!(original.end >= last_end);
            last_end = original.end;
        }
        // A mark that stands first sits on nothing and stays; beside others it may not be the first again.
        if !text.chars().find(|c| !is_ignorable(*c)).is_some_and(is_dropped_mark) {
            prop_assert_eq!(fold_to_string(folded.text()), folded.text(), "folding twice changes nothing");
        }
    }
}
