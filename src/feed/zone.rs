//! The names that dates use for zones, months and weekdays.

use jiff::civil::Weekday;

/// Seconds east of UTC of a zone's name in lower case. A name that several zones
/// share means the one of RFC 822, else the one with the most people. The letters
/// of the military are left out on purpose: RFC 822 had their signs wrong, and
/// RFC 5322 (section 4.3) has them read as UTC.
pub(super) fn offset_of(name: &str) -> Option<i64> {
    let minutes = match name.as_bytes() {
        b"hst" | b"hast" => -600,
        b"akst" | b"hadt" => -540,
        b"pst" | b"pt" | b"akdt" => -480,
        b"mst" | b"mt" | b"pdt" => -420,
        b"cst" | b"ct" | b"mdt" => -360,
        b"est" | b"et" | b"cdt" | b"pet" | b"cot" | b"ect" => -300,
        b"ast" | b"at" | b"edt" | b"clt" | b"bot" | b"vet" => -240,
        b"nst" => -210,
        b"adt" | b"brt" | b"art" | b"clst" | b"uyt" | b"pyt" => -180,
        b"ndt" => -150,
        b"brst" => -120,
        b"z" | b"ut" | b"utc" | b"gmt" | b"wet" => 0,
        b"west" | b"bst" | b"cet" | b"met" | b"mez" | b"wat" => 60,
        b"cest" | b"mest" | b"mesz" | b"eet" | b"cat" | b"sast" => 120,
        b"eest" | b"msk" | b"trt" | b"eat" | b"idt" => 180,
        b"irst" => 210,
        b"msd" | b"samt" | b"gst" | b"azt" | b"amt" => 240,
        b"pkt" | b"uzt" | b"yekt" => 300,
        b"ist" => 330,
        b"npt" => 345,
        b"almt" | b"omst" => 360,
        b"ict" | b"wib" | b"krat" | b"novt" => 420,
        b"hkt" | b"sgt" | b"myt" | b"pht" | b"wita" | b"irkt" | b"awst" => 480,
        b"jst" | b"kst" | b"wit" | b"yakt" => 540,
        b"acst" => 570,
        b"vlat" | b"aest" => 600,
        b"acdt" => 630,
        b"aedt" => 660,
        b"nzst" => 720,
        b"nzdt" => 780,
        _ => return None,
    };
    Some(minutes * 60)
}

/// The month, by the first letters of its name in lower case, dots or not, in
/// the languages that feeds are written in.
pub(super) fn month_of(name: &str) -> Option<i8> {
    english_month(name).or_else(|| {
        MONTHS.iter().find_map(|&(month, names)| names.iter().any(|known| name.starts_with(known)).then_some(month))
    })
}

/// Nearly all dates are in English, and other languages share most beginnings.
fn english_month(name: &str) -> Option<i8> {
    Some(match name.as_bytes().first_chunk()? {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    })
}

/// The weekday, by the first letters of its English name in lower case.
pub(super) fn weekday_of(name: &str) -> Option<Weekday> {
    Some(match name.as_bytes().first_chunk()? {
        b"mon" => Weekday::Monday,
        b"tue" => Weekday::Tuesday,
        b"wed" => Weekday::Wednesday,
        b"thu" => Weekday::Thursday,
        b"fri" => Weekday::Friday,
        b"sat" => Weekday::Saturday,
        b"sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// French, German, Spanish, Italian, Portuguese, Dutch, Polish,
/// Hungarian, Russian, Greek.
const MONTHS: &[(i8, &[&str])] = &[
    (1, &["ene", "gen", "jän", "sty", "янв", "ιαν"]),
    (2, &["fév", "fev", "lut", "фев", "φεβ"]),
    (3, &["mär", "mrt", "már", "мар", "μάρ", "μαρ", "μάώ", "μαώ"]),
    (4, &["avr", "abr", "ápr", "kwi", "апр", "απρ"]),
    (5, &["mai", "mei", "mag", "maj", "máj", "май", "мая", "μάι", "μαϊ", "μαι"]),
    (6, &["juin", "giu", "jún", "cze", "июн", "ιούν", "ιουν", "ιον"]),
    (7, &["juil", "lug", "júl", "lip", "июл", "ιούλ", "ιουλ", "ιολ"]),
    (8, &["aoû", "aou", "ago", "sie", "авг", "αύγ", "αυγ"]),
    (9, &["set", "sze", "wrz", "сен", "σεπ"]),
    (10, &["okt", "ott", "out", "paź", "окт", "οκτ"]),
    (11, &["lis", "ноя", "νοέ", "νοε"]),
    (12, &["déc", "dez", "dic", "gru", "дек", "δεκ"]),
];
