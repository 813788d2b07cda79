//! The names that dates use for zones, months and weekdays.

use jiff::civil::Weekday;

/// Seconds east of UTC of a zone's name in lower case. A name that several zones
/// share means the one of RFC 822, else the one with the most people.
pub(super) fn offset_of(name: &str) -> Option<i64> {
    ZONES.iter().find_map(|&(zone, minutes)| (zone == name).then_some(minutes * 60))
}

/// The month, by the first letters of its name in lower case, dots or not, in
/// the languages that feeds are written in.
pub(super) fn month_of(name: &str) -> Option<i8> {
    let name = name.to_lowercase();
    MONTHS.iter().find_map(|&(month, names)| names.iter().any(|known| name.starts_with(known)).then_some(month))
}

/// The weekday, by the first letters of its English name in lower case.
pub(super) fn weekday_of(name: &str) -> Option<Weekday> {
    let days = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];
    days.into_iter().find_map(|(start, day)| name.starts_with(start).then_some(day))
}

/// In minutes. The letters of the military are left out on purpose: RFC 822 had
/// their signs wrong, and RFC 5322 (section 4.3) has them read as UTC.
const ZONES: &[(&str, i64)] = &[
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    // North America: RFC 822.
    ("nst", -210),
    ("ndt", -150),
    ("ast", -240),
    ("adt", -180),
    ("at", -240),
    ("est", -300),
    ("edt", -240),
    ("et", -300),
    ("cst", -360),
    ("cdt", -300),
    ("ct", -360),
    ("mst", -420),
    ("mdt", -360),
    ("mt", -420),
    ("pst", -480),
    ("pdt", -420),
    ("pt", -480),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("hast", -600),
    ("hadt", -540),
    // South America.
    ("brt", -180),
    ("brst", -120),
    ("art", -180),
    ("clt", -240),
    ("clst", -180),
    ("uyt", -180),
    ("pyt", -180),
    ("bot", -240),
    ("vet", -240),
    ("pet", -300),
    ("cot", -300),
    ("ect", -300),
    // Europe.
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("met", 60),
    ("mez", 60),
    ("cest", 120),
    ("mest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("msd", 240),
    ("trt", 180),
    ("samt", 240),
    // Africa.
    ("wat", 60),
    ("cat", 120),
    ("sast", 120),
    ("eat", 180),
    // Asia.
    ("idt", 180),
    ("irst", 210),
    ("gst", 240),
    ("azt", 240),
    ("amt", 240),
    ("pkt", 300),
    ("uzt", 300),
    ("yekt", 300),
    ("ist", 330),
    ("npt", 345),
    ("almt", 360),
    ("omst", 360),
    ("ict", 420),
    ("wib", 420),
    ("krat", 420),
    ("novt", 420),
    ("hkt", 480),
    ("sgt", 480),
    ("myt", 480),
    ("pht", 480),
    ("wita", 480),
    ("irkt", 480),
    ("jst", 540),
    ("kst", 540),
    ("wit", 540),
    ("yakt", 540),
    ("vlat", 600),
    // Australia and New Zealand.
    ("awst", 480),
    ("acst", 570),
    ("acdt", 630),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
];

/// English first; French, German, Spanish, Italian, Portuguese, Dutch, Polish,
/// Hungarian, Russian, Greek.
const MONTHS: &[(i8, &[&str])] = &[
    (1, &["jan", "ene", "gen", "jän", "sty", "янв", "ιαν"]),
    (2, &["feb", "fév", "fev", "lut", "фев", "φεβ"]),
    (3, &["mar", "mär", "mrt", "már", "мар", "μάρ", "μαρ", "μάώ", "μαώ"]),
    (4, &["apr", "avr", "abr", "ápr", "kwi", "апр", "απρ"]),
    (5, &["may", "mai", "mei", "mag", "maj", "máj", "май", "мая", "μάι", "μαϊ", "μαι"]),
    (6, &["jun", "juin", "giu", "jún", "cze", "июн", "ιούν", "ιουν", "ιον"]),
    (7, &["jul", "juil", "lug", "júl", "lip", "июл", "ιούλ", "ιουλ", "ιολ"]),
    (8, &["aug", "aoû", "aou", "ago", "sie", "авг", "αύγ", "αυγ"]),
    (9, &["sep", "set", "sze", "wrz", "сен", "σεπ"]),
    (10, &["oct", "okt", "ott", "out", "paź", "окт", "οκτ"]),
    (11, &["nov", "lis", "ноя", "νοέ", "νοε"]),
    (12, &["dec", "déc", "dez", "dic", "gru", "дек", "δεκ"]),
];
