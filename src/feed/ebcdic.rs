//! EBCDIC, the encodings of mainframes, which the WHATWG Encoding Standard leaves out and
//! appendix F of the XML specification has recognized by the first four bytes.

use super::code_page::number_of;

/// How a document begins that says in EBCDIC what it is: `<?xm`.
pub(super) const BEGIN: [u8; 4] = [0x4c, 0x6f, 0xa7, 0x94];

/// A code page.
#[derive(Debug)]
pub(super) struct Page {
    number: &'static str,
    /// The name that IANA registered, or what it would be.
    pub(super) name: &'static str,
    /// The characters from 40 to FF.
    characters: &'static str,
}

/// The usual one first: what is needed to read a declaration is the same in all.
#[expect(clippy::unicode_not_nfc, reason = "one of them is of two middle dots")]
static PAGES: [Page; 7] = [
    Page {
        number: "037",
        name: "IBM037",
        characters: " \u{a0}âäàáãåçñ¢.<(+|&éêëèíîïìß!$*);¬-/ÂÄÀÁÃÅÇÑ¦,%_>?øÉÊËÈÍÎÏÌ`:#@'=\"Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ¤\
                     µ~stuvwxyz¡¿ÐÝÞ®^£¥·©§¶¼½¾[]¯¨´×{ABCDEFGHI\u{ad}ôöòóõ}JKLMNOPQR¹ûüùúÿ\\÷STUVWXYZ²ÔÖÒÓÕ0123456789³ÛÜÙÚ\u{9f}",
    },
    Page {
        number: "273",
        name: "IBM273",
        characters: " \u{a0}â{àáãåçñÄ.<(+!&éêëèíîïì~Ü$*);^-/Â[ÀÁÃÅÇÑö,%_>?øÉÊËÈÍÎÏÌ`:#§'=\"Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ¤\
                     µßstuvwxyz¡¿ÐÝÞ®¢£¥·©@¶¼½¾¬|‾¨´×äABCDEFGHI\u{ad}ô¦òóõüJKLMNOPQR¹û}ùúÿÖ÷STUVWXYZ²Ô\\ÒÓÕ0123456789³Û]ÙÚ\u{9f}",
    },
    Page {
        number: "424",
        name: "IBM424",
        characters: " אבגדהוזחט¢.<(+|&יךכלםמןנס!$*);¬-/עףפץצקרש¦,%_>?\u{fffd}ת\u{fffd}\u{fffd}\u{a0}\u{fffd}\u{fffd}\u{fffd}‗`:#@'=\"\u{fffd}abcdefghi«»\u{fffd}\u{fffd}\u{fffd}±°jklmnopqr\u{fffd}\u{fffd}\u{fffd}¸\u{fffd}¤\
                     µ~stuvwxyz\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}®^£¥·©§¶¼½¾[]¯¨´×{ABCDEFGHI\u{ad}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}}JKLMNOPQR¹\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\\÷STUVWXYZ²\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}0123456789³\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{9f}",
    },
    Page {
        number: "500",
        name: "IBM500",
        characters: " \u{a0}âäàáãåçñ[.<(+!&éêëèíîïìß]$*);^-/ÂÄÀÁÃÅÇÑ¦,%_>?øÉÊËÈÍÎÏÌ`:#@'=\"Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ¤\
                     µ~stuvwxyz¡¿ÐÝÞ®¢£¥·©§¶¼½¾¬|¯¨´×{ABCDEFGHI\u{ad}ôöòóõ}JKLMNOPQR¹ûüùúÿ\\÷STUVWXYZ²ÔÖÒÓÕ0123456789³ÛÜÙÚ\u{9f}",
    },
    Page {
        number: "875",
        name: "IBM875",
        characters: " ΑΒΓΔΕΖΗΘΙ[.<(+!&ΚΛΜΝΞΟΠΡΣ]$*);^-/ΤΥΦΧΨΩΪΫ|,%_>?¨ΆΈΉ\u{a0}ΊΌΎΏ`:#@'=\"΅abcdefghiαβγδεζ°jklmnopqrηθικλμ\
                     ´~stuvwxyzνξοπρσ£άέήϊίόύϋώςτυφχψ{ABCDEFGHI\u{ad}ωΐΰ‘―}JKLMNOPQR±½\u{fffd}·’¦\\\u{fffd}STUVWXYZ²§\u{fffd}\u{fffd}«¬0123456789³©\u{fffd}\u{fffd}»\u{9f}",
    },
    Page {
        number: "1026",
        name: "IBM1026",
        characters: " \u{a0}âäàáãå{ñÇ.<(+!&éêëèíîïìßĞİ*);^-/ÂÄÀÁÃÅ[Ñş,%_>?øÉÊËÈÍÎÏÌı:ÖŞ'=ÜØabcdefghi«»}`¦±°jklmnopqrªºæ¸Æ¤\
                     µöstuvwxyz¡¿]$@®¢£¥·©§¶¼½¾¬|¯¨´×çABCDEFGHI\u{ad}ô~òóõğJKLMNOPQR¹û\\ùúÿü÷STUVWXYZ²Ô#ÒÓÕ0123456789³Û\"ÙÚ\u{9f}",
    },
    Page {
        number: "1140",
        name: "IBM01140",
        characters: " \u{a0}âäàáãåçñ¢.<(+|&éêëèíîïìß!$*);¬-/ÂÄÀÁÃÅÇÑ¦,%_>?øÉÊËÈÍÎÏÌ`:#@'=\"Øabcdefghi«»ðýþ±°jklmnopqrªºæ¸Æ€\
                     µ~stuvwxyz¡¿ÐÝÞ®^£¥·©§¶¼½¾[]¯¨´×{ABCDEFGHI\u{ad}ôöòóõ}JKLMNOPQR¹ûüùúÿ\\÷STUVWXYZ²ÔÖÒÓÕ0123456789³ÛÜÙÚ\u{9f}",
    },
];

/// The page that a document declares; `None`: it declares one that is not known.
pub(super) fn declared(head: &[u8]) -> Option<&'static Page> {
    let usual = Page::usual();
    let declaration = usual.decode(head);
    let declaration = declaration.split('>').next()?;
    let Some((_, after)) = declaration.split_once("encoding") else { return Some(usual) };
    // Not by its quotes: they are not the same in all pages.
    let is_of_label = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let label = after.trim_start_matches(|c| !is_of_label(c)).split(|c| !is_of_label(c)).next()?;
    page_of(&label.to_ascii_lowercase().replace('_', "-"))
}

/// The page of a label in lower case: by the countries that IANA names, or by its number.
fn page_of(label: &str) -> Option<&'static Page> {
    let number = match label.strip_prefix("ebcdic-cp-") {
        Some("us" | "ca" | "nl" | "wt") => "037",
        Some("be" | "ch") => "500",
        Some("he") => "424",
        Some(_) => return None,
        None => number_of(label)?,
    };
    PAGES.iter().find(|page| page.number == number)
}

impl Page {
    /// The page that is taken where none is declared that is known.
    pub(super) fn usual() -> &'static Self {
        &PAGES[0]
    }

    /// Decodes text; no byte is invalid. Controls that are no white space are dropped.
    pub(super) fn decode(&self, bytes: &[u8]) -> String {
        let characters: Vec<char> = self.characters.chars().collect();
        let character = |&byte: &u8| match byte {
            0x05 => Some('\t'),
            0x0d => Some('\r'),
            // Line feed, and next line, which ends the lines of mainframes.
            0x15 | 0x25 => Some('\n'),
            byte => characters.get(usize::from(byte.checked_sub(0x40)?)).copied(),
        };
        bytes.iter().filter_map(character).collect()
    }
}
