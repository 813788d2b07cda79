//! The elements that HTML knows: what each does to the text around it, and how
//! what is in it is to be read. Where tags begin and end is for [`super::markup`].

/// What a tag does to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It vanishes.
    Inline,
    /// A newline where it stands; the next one adds nothing.
    Line,
    /// A newline wherever it stands.
    Break,
    /// A blank line where it begins and where it ends.
    Block,
    /// A block whose white space counts.
    Preformatted,
    /// It is dropped with all that is in it.
    Dropped,
    /// HTML does not know it; it vanishes.
    Unknown,
}

/// How the inside of an element is read, by the standard's section on parsing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// As markup.
    Markup,
    /// As text with references, up to the element's own end tag.
    Text,
    /// As text without references, up to the element's own end tag.
    Verbatim,
    /// As text without references, up to the end of the fragment.
    Endless,
    /// As [`Content::Verbatim`], but what looks like a comment may hide the end tag.
    Script,
}

/// The longest name that HTML knows, in bytes.
const LONGEST: usize = 10;

impl Effect {
    /// Of the element with this name, in any case of letters. By the rendering
    /// section of the standard; a table's cells stand on lines of their own.
    pub(super) fn of(name: &str) -> Self {
        let mut buffer = [0; LONGEST];
        let Some(lower) = buffer.get_mut(..name.len()) else { return Self::Unknown };
        lower.iter_mut().zip(name.bytes()).for_each(|(lower, byte)| *lower = byte.to_ascii_lowercase());
        match &*lower {
            b"p" | b"div" | b"li" | b"ul" | b"ol" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"blockquote"
            | b"table" | b"tr" | b"tbody" | b"thead" | b"tfoot" | b"caption" | b"section" | b"article" | b"aside"
            | b"header" | b"footer" | b"main" | b"nav" | b"figure" | b"figcaption" | b"dl" | b"dt" | b"dd" | b"hr"
            | b"address" | b"center" | b"details" | b"summary" | b"fieldset" | b"legend" | b"form" | b"hgroup"
            | b"dir" | b"menu" | b"dialog" | b"search" | b"body" | b"html" | b"head" | b"title" | b"frameset"
            | b"optgroup" => Self::Block,
            b"pre" | b"listing" | b"xmp" | b"plaintext" => Self::Preformatted,
            b"br" => Self::Break,
            b"td" | b"th" | b"option" => Self::Line,
            b"script" | b"style" | b"noscript" | b"iframe" | b"noembed" | b"noframes" | b"template" => Self::Dropped,
            b"a" | b"abbr" | b"acronym" | b"applet" | b"area" | b"audio" | b"b" | b"base" | b"basefont" | b"bdi"
            | b"bdo" | b"big" | b"blink" | b"button" | b"canvas" | b"cite" | b"code" | b"col" | b"colgroup"
            | b"data" | b"datalist" | b"del" | b"dfn" | b"em" | b"embed" | b"font" | b"frame" | b"i" | b"img"
            | b"input" | b"ins" | b"kbd" | b"label" | b"link" | b"map" | b"mark" | b"marquee" | b"math" | b"meta"
            | b"meter" | b"nobr" | b"object" | b"output" | b"param" | b"picture" | b"progress" | b"q" | b"rp"
            | b"rt" | b"ruby" | b"s" | b"samp" | b"select" | b"slot" | b"small" | b"source" | b"span" | b"strike"
            | b"strong" | b"sub" | b"sup" | b"svg" | b"textarea" | b"time" | b"track" | b"tt" | b"u" | b"var"
            | b"video" | b"wbr" => Self::Inline,
            _ => Self::Unknown,
        }
    }
}

impl Content {
    /// Of the element with this name, in any case of letters.
    pub(super) fn of(name: &str) -> Self {
        // Most names are shorter than all of these.
        if name.len() < 3 {
            return Self::Markup;
        }
        let is_one_of = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        match name.len() {
            6 if name.eq_ignore_ascii_case("script") => Self::Script,
            5 | 8 if is_one_of(&["title", "textarea"]) => Self::Text,
            9 if name.eq_ignore_ascii_case("plaintext") => Self::Endless,
            3 | 5 | 6 | 7 | 8 if is_one_of(&["xmp", "style", "iframe", "noembed", "noframes", "noscript"]) => {
                Self::Verbatim
            }
            _ => Self::Markup,
        }
    }
}
