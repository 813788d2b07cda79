//! What the [press](super) writes with: names, subjects, sentences and forms. `{x}` is a
//! blank: capitals are facts of a story, small letters are filled anew each time.

pub(super) const GIVEN: &[&str] = &[
    "Anna", "Peter", "Maria", "Jan", "Elena", "Lukas", "Sofia", "Marek", "Julia", "Tomas", "Nadia", "Viktor", "Ingrid",
    "Paul", "Clara", "Hassan", "Yuki", "Carlos", "Amina", "David", "Greta", "Oleg", "Irina", "Samuel", "Leila",
    "Henrik", "Monica", "Pierre", "Agnes", "Dmitri", "Rosa", "Kwame", "Mei", "Andrew", "Fatima", "Niklas", "Teresa",
    "Ivan",
];

pub(super) const FAMILY: &[&str] = &[
    "Moreau",
    "Lindqvist",
    "Kowalski",
    "Fischer",
    "Petrov",
    "Andersson",
    "Rossi",
    "Novak",
    "Horvat",
    "Silva",
    "Okafor",
    "Tanaka",
    "Brandt",
    "Keller",
    "Dubois",
    "Marchetti",
    "Jensen",
    "Virtanen",
    "Nowak",
    "Santos",
    "Ahmed",
    "Karlsen",
    "Sokolov",
    "Weber",
    "Murphy",
    "Lambert",
    "Costa",
    "Berg",
    "Ilves",
    "Kask",
    "Popescu",
    "Ivanova",
    "Haddad",
    "Osei",
    "Wright",
    "Sharma",
    "Garcia",
    "Nagy",
    "Baumann",
    "Leclerc",
    "Halonen",
    "Bauer",
    "Rahman",
    "Fraser",
    "Quinn",
    "Toth",
];

pub(super) const PLACES: &[&str] = &[
    "Gdansk",
    "Rostock",
    "Tallinn",
    "Turku",
    "Marseille",
    "Antwerp",
    "Bremen",
    "Vilnius",
    "Aarhus",
    "Trieste",
    "Lyon",
    "Malmo",
    "Riga",
    "Leipzig",
    "Porto",
    "Cork",
    "Bergen",
    "Brno",
    "Graz",
    "Plovdiv",
    "Constanta",
    "Split",
    "Gothenburg",
    "Klaipeda",
    "Szczecin",
    "Lubeck",
    "Kaunas",
    "Narva",
    "Zagreb",
    "Ghent",
    "Basel",
    "Linz",
    "Varna",
    "Tromso",
    "Kiel",
];

pub(super) const ORGANIZATIONS: &[&str] = &[
    "the Interior Ministry",
    "the port authority",
    "the rail operator",
    "the Federal Prosecutor",
    "the Coast Guard",
    "the grid operator",
    "the Transport Agency",
    "the Security Service",
    "the Defence Ministry",
    "the city council",
    "the regional court",
    "the Energy Agency",
    "the police union",
    "the border police",
    "the Cyber Centre",
    "the Maritime Office",
    "the National Bank",
    "the Health Institute",
    "the Labour Federation",
    "the Foreign Ministry",
];

pub(super) const ROLES: &[&str] = &[
    "a spokesman for {O}",
    "the head of {O}",
    "who leads the inquiry",
    "an adviser to {O}",
    "the mayor of {L}",
    "a union official",
    "who runs a workshop nearby",
    "a researcher at the university of {L}",
    "a former minister",
    "a lawyer for the family",
    "who chairs the committee",
    "the deputy director of {O}",
    "a resident of {L}",
];

/// A subject: nouns, what they do, and where.
pub(super) const SUBJECTS: &[(&[&str], &[&str], &[&str])] = &[
    (
        &[
            "a freight train",
            "the signal cables",
            "a railway depot",
            "two wagons",
            "the junction",
            "a track worker",
            "the night train",
            "the overhead line",
            "a maintenance shed",
            "the level crossing",
        ],
        &[
            "was set alight",
            "burnt out",
            "came to a halt",
            "was sabotaged",
            "had been tampered with",
            "was evacuated",
            "derailed at low speed",
            "was closed for hours",
            "failed without warning",
            "was searched by police dogs",
        ],
        &[
            "on the line to {M}",
            "near {L}",
            "before dawn",
            "outside the station",
            "in heavy rain",
            "for the third time this year",
            "while passengers slept",
            "on the eve of the summit",
            "close to the border",
            "as inspectors watched",
        ],
    ),
    (
        &[
            "an undersea cable",
            "a tanker",
            "the anchor of a cargo ship",
            "the pipeline",
            "a patrol boat",
            "the data link",
            "a research vessel",
            "the harbour pilot",
            "a diving team",
            "the shadow fleet",
        ],
        &[
            "was cut",
            "dragged across the seabed",
            "changed course",
            "was boarded",
            "switched off its transponder",
            "was escorted to port",
            "lost pressure",
            "was repaired",
            "refused to answer",
            "was found damaged",
        ],
        &[
            "in the Baltic Sea",
            "off {L}",
            "inside the economic zone",
            "during a storm",
            "at a depth of many metres",
            "under escort",
            "after a chase through the night",
            "south of {M}",
            "within hours",
            "despite a warning",
        ],
    ),
    (
        &[
            "the hospital network",
            "a group of hackers",
            "the payment system",
            "a forged update",
            "the power grid",
            "a ransom note",
            "the back-up servers",
            "the control room",
            "a stolen password",
            "the tax portal",
        ],
        &[
            "was knocked offline",
            "was published on a forum",
            "spread to other sites",
            "was restored by hand",
            "locked its users out",
            "was traced to a rented server",
            "copied patient files",
            "demanded payment",
            "was taken down",
            "was warned in spring",
        ],
        &[
            "in {L}",
            "over the weekend",
            "during the busiest hour",
            "without being noticed",
            "according to logs",
            "in at least four countries",
            "on a public holiday",
            "across the region of {M}",
            "for days",
            "at noon",
        ],
    ),
    (
        &[
            "the coalition",
            "a motion of no confidence",
            "the budget",
            "the opposition",
            "the pension bill",
            "a dissenting minister",
            "the second chamber",
            "a late amendment",
            "the president",
            "the electoral commission",
        ],
        &[
            "was defeated",
            "won a narrow majority",
            "was postponed",
            "walked out",
            "was sent to a committee",
            "drew protests",
            "was signed into law",
            "collapsed",
            "promised a review",
            "called for new elections",
        ],
        &[
            "in parliament",
            "after a night of talks",
            "in {L}",
            "amid jeers",
            "by a handful of votes",
            "to the surprise of allies",
            "ahead of the vote in {M}",
            "on live television",
            "under pressure from {O}",
            "for now",
        ],
    ),
    (
        &[
            "the river",
            "a retaining wall",
            "the lower town",
            "a landslide",
            "the rescue service",
            "the campsite",
            "the motorway",
            "a volunteer",
            "the old bridge",
            "the reservoir",
        ],
        &[
            "burst its banks",
            "was swept away",
            "was cut off",
            "buried two houses",
            "was evacuated by boat",
            "held back the water",
            "gave way",
            "ran out of sandbags",
            "was reopened",
            "reached its highest level on record",
        ],
        &[
            "around {L}",
            "after days of rain",
            "overnight",
            "downstream of {M}",
            "in the valley",
            "before help arrived",
            "as the weather turned",
            "in less than an hour",
            "on Sunday morning",
            "since the spring thaw",
        ],
    ),
    (
        &[
            "a drone",
            "the arms depot",
            "the convoy",
            "a defence contractor",
            "the air base",
            "an explosive device",
            "the runway",
            "a suspect parcel",
            "the courier hub",
            "a retired officer",
        ],
        &[
            "was shot down",
            "caught fire",
            "was sent by post",
            "was jammed",
            "was photographed from above",
            "exploded in a yard",
            "was arrested",
            "had been followed for weeks",
            "was ordered through a messaging service",
            "was traced to {M}",
        ],
        &[
            "near {L}",
            "on its way east",
            "after a tip from abroad",
            "behind the perimeter fence",
            "by a private firm",
            "on the orders of a handler",
            "with an accelerant",
            "in plain sight",
            "late on Friday",
            "during an exercise",
        ],
    ),
    (
        &[
            "the defendants",
            "the chief witness",
            "a former agent",
            "the jury",
            "the appeal",
            "a leaked recording",
            "the sentence",
            "the prosecution",
            "a second hearing",
            "the plea bargain",
        ],
        &[
            "was found guilty",
            "denied all charges",
            "broke down in tears",
            "was adjourned",
            "was dismissed",
            "was read out",
            "was upheld",
            "contradicted the police",
            "asked for more time",
            "was kept behind closed doors",
        ],
        &[
            "in {L}",
            "on charges of spying",
            "after nine days",
            "before a packed courtroom",
            "on the third attempt",
            "because of illness",
            "for want of evidence",
            "in the presence of diplomats",
            "without comment",
            "by video from {M}",
        ],
    ),
    (
        &[
            "the dockworkers",
            "the airline",
            "a walkout",
            "the arbitration",
            "the night shift",
            "the bus drivers",
            "a wage offer",
            "the employers",
            "the picket line",
            "the ferry company",
        ],
        &[
            "went on strike",
            "was rejected",
            "cancelled most services",
            "was extended",
            "returned to work",
            "blocked the gates",
            "voted by a large margin",
            "resumed talks",
            "was called unlawful",
            "reached a deal",
        ],
        &[
            "at the port of {L}",
            "from midnight",
            "over working hours",
            "in the holiday season",
            "with the help of a mediator",
            "for a second week",
            "in {M}",
            "after a ballot",
            "in spite of a court order",
            "with immediate effect",
        ],
    ),
];

/// Sentences around a clause.
pub(super) const SENTENCES: &[&str] = &[
    "{P} said {c} and that {c}.",
    "{P}, {role}, told reporters in {L} that {c}.",
    "{C}, according to {O}.",
    "{C}, and {c}.",
    "Witnesses described how {c}.",
    "Investigators believe that {c}, people close to the inquiry said.",
    "\u{201c}We saw that {c},\u{201d} said {Q}, {role}.",
    "It was not clear whether {c}.",
    "{O2} confirmed late on {day} that {c}.",
    "Some {n} people were told to stay at home when {c}.",
    "{Q} rejected the claim that {c}, and pointed out that {c}.",
    "Asked about the cost, {P} spoke of {n} million euros and said that {c}.",
    "The first report, at {time}, said only that {c}.",
    "Nobody was hurt, although {c}.",
    "In {M}, {c}, which {Q} called a coincidence.",
    "A statement by {O} left open why {c}.",
    "For months, {q}, {role}, had warned that {c}.",
    "{n} officers were sent to {L} after {c}.",
    "By {day}, {c}, yet {c}.",
    "It is the {nth} such case since {month}, when {c}.",
    "{P} thanked those who had helped while {c}.",
    "Neighbours of {Q} said they had noticed nothing until {c}.",
    "Whether {c} will be decided in {M} next week.",
    "Documents seen by this newspaper show that {c}.",
    "The damage was put at {n},000 euros; {c}.",
    "\u{201c}This is what happens when {c},\u{201d} {P} wrote.",
];

/// What an agency writes again and again: a title, and a text with blanks. Each filling is
/// another story.
pub(super) const FORMS: &[(&str, &[(&str, &str)])] = &[
    (
        "police appeal",
        &[(
            "Police appeal after {crime} in {place}",
            "Police are appealing for witnesses after {crime} in {place}. The incident happened on {street} at about {time} on \
         {day}. A {age}-year-old {man} was taken to hospital with injuries that are not believed to be life-threatening. \
         Officers would like to speak to anyone who was in the area at the time and saw anything suspicious, or who has \
         dashcam or doorbell footage. Inspector {person} said: \u{201c}We are carrying out a number of enquiries and there will \
         be an increased police presence in the area.\u{201d} Anyone with information is asked to call the police and quote \
         reference {ref}, or to contact the charity Crimestoppers anonymously.",
        )],
    ),
    (
        "appointment",
        &[(
            "{org} names {person} as chief executive",
            "{org} said on {day} that it had appointed {person} as its next chief executive, succeeding {person}, who will step \
         down at the end of {month} after {small} years in the post. {family}, {age}, joins from {org}, where he was \
         responsible for operations in {place}. The chair of the board, {person}, said the appointment followed a thorough \
         search and that {family} brought the experience needed for the next phase of growth. Shares in the company were \
         little changed in early trading.",
        )],
    ),
    (
        "markets",
        &[
            (
                "{place} stocks close {updown} as investors weigh rate outlook",
                "The {place} benchmark index closed {updown} {pct} per cent at {index} points on {day}, as investors weighed the outlook \
             for interest rates. Shares of {company} {rosefell} {pct} per cent to {price} euros, while {company} {rosefell} {pct} per \
             cent. Turnover came to {pct} billion euros. In the currency market, the euro stood at {rate} dollars, compared with \
             {rate} the day before. Brent crude for delivery next month {rosefell} {pct} per cent to {price} dollars a barrel, \
             and gold was at {index} dollars an ounce. Traders said that trading was thin ahead of the decision of the central bank.",
            ),
            (
                "Market report: shares {updown} at the close",
                "European shares ended {updown} on {day}. The pan-European index was {updown} {pct} per cent at {index} points. In {place}, \
             shares were {updown} {pct} per cent, in {place} {pct} per cent. The biggest mover was {company}, which {rosefell} {pct} per cent \
             after results. Analysts at {org} said that the market had priced in most of the good news. The yield of ten-year \
             bonds was at {pct} per cent.",
            ),
        ],
    ),
    (
        "earthquake",
        &[(
            "Magnitude {mag} earthquake strikes near {place}",
            "An earthquake of magnitude {mag} struck {n} km {compass} of {place} on {day}, the European-Mediterranean Seismological \
         Centre said. The quake was at a depth of {n} km. There were no immediate reports of damage or casualties. The \
         earthquake was felt in {place}, residents said, and was initially reported at magnitude {mag}. No tsunami warning was \
         issued. The region lies on a fault and is regularly hit by earthquakes.",
        )],
    ),
    (
        "weather",
        &[(
            "Weather warning for {place} and the surrounding area",
            "The weather service has issued a {colour} warning for {place} and the surrounding area. From {time} on {day}, gusts of up \
         to {n} kilometres an hour and up to {n} litres of rain per square metre are expected. Temperatures fall to {small} \
         degrees. Drivers should expect delays, and people are advised to stay away from trees and from the shore. The warning \
         remains in force until {time} on {day}.",
        )],
    ),
    (
        "earnings",
        &[(
            "{company}: Q3 earnings snapshot",
            "{place} \u{2014} {company} on {day} reported third-quarter profit of ${pct} million. The {place}-based company said it had net \
         income of {cents} cents per share. Earnings, adjusted for one-time gains and costs, were {cents} cents per share. The \
         results {beat} Wall Street expectations. The average estimate of {small} analysts was for earnings of {cents} cents \
         per share. The company posted revenue of ${pct} million in the period, compared with ${pct} million a year earlier. \
         For the full year, it expects revenue of ${pct} million. This story was generated automatically from data supplied \
         by a provider of research. Access a report on the company on the web site of the provider.",
        )],
    ),
    (
        "football",
        &[(
            "{team} {goals}-{goals} {team}: match report",
            "{team} {goals} {team} {goals}. {family} gave the visitors the lead after {n} minutes with a header from a corner, before \
         {family} levelled shortly before half-time. The second half was a scrappy affair until {family} was sent off for a \
         second yellow card. In stoppage time, {family} scored the winner in front of {index} spectators. \u{201c}We showed \
         character,\u{201d} coach {person} said. {team} play {team} on {day}.",
        )],
    ),
    (
        "obituary",
        &[(
            "{person}, {trade}, dies aged {age}",
            "The {trade} {person} has died at the age of {age}. The family confirmed the death on {day}. {family} was born in {place} \
         and became known to a wider public in the nineteen-{decade} with works that were shown in {place} and {place}. The \
         culture minister, {person}, paid tribute to a great voice that would be missed. {family} leaves a partner and {small} \
         children. The funeral will be held in private.",
        )],
    ),
    (
        "corrections",
        &[(
            "Corrections and clarifications of the day",
            "An article on {day} about {subject} misstated the {thing} of {person}. It is {n}, not {n}. The article was amended. We \
         regret the error.",
        )],
    ),
    (
        "live blog",
        &[(
            "Live: latest on {subject}",
            "Follow our live coverage of the latest developments. You can get in touch with our team by e-mail and find all \
         earlier posts below. {time}: {s} {s} {s} {s}",
        )],
    ),
    (
        "briefing",
        &[
            (
                "Morning briefing: what you need to know today",
                "Good morning. Here is what you need to know: {subject}, {subject} and {subject}. Also in this edition: {person} on {subject}.",
            ),
            (
                "Your evening news in five minutes",
                "Good evening. This is what happened today. {s} {s} {s} {s} {s} That is all for today. Thank you for reading, and \
             see you tomorrow.",
            ),
        ],
    ),
];

/// What house styles write otherwise.
pub(super) const STYLE: &[(&str, &str)] = &[
    ("per cent", "percent"),
    ("Defence", "Defense"),
    ("Labour", "Labor"),
    ("Centre", "Center"),
    ("spokesman", "spokesperson"),
    ("told reporters", "told journalists"),
    ("said", "says"),
    ("late on", "on"),
    ("although", "though"),
    ("euros", "EUR"),
    ("Some ", "About "),
    ("people close to the inquiry", "sources"),
    ("million", "m"),
    ("was not clear", "remains unclear"),
];

/// What outlets put before or behind a text.
pub(super) const FURNITURE: &[&str] = &[
    "Read more on this subject in our newsletter, which is sent every morning.",
    "Additional reporting by {p} in {place}; editing by {p}.",
    "This article first appeared elsewhere and is published here with permission.",
    "Sign up here to get the most important stories of the day straight to your inbox, free of charge.",
    "\u{a9} Agency. All rights reserved. Reproduction in whole or in part without permission is prohibited.",
];
